import IngotCore
import IngotTesting
import Testing

@testable import IngotUSCode

@Suite("Documents that are refused")
struct ReaderErrorTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let title = "<title identifier=\"/us/usc/t1\"><num>Title 1—</num></title>"

    private func failure(_ document: String, unit: String = "1", label: String? = nil) -> JobFailure? {
        #expect(throws: JobFailure.self) { try SmallTitle.read(document, unit: unit, label: label) }
    }

    private func failure(files: [(name: String, text: String)], unit: String = "1") throws -> JobFailure? {
        let path = try folder.zip("xml_usc01@900-1.zip", files)
        do {
            var reader = try USCodeReader(zip: path, unit: unit, label: "900-1")
            while try reader.next() != nil {}
            return nil
        } catch let failure as JobFailure {
            return failure
        }
    }

    @Test("Malformed XML is told with unit, file, line and column")
    func malformed() throws {
        let failure = try failure(files: [("usc01.xml", SmallTitle.document("\n<title><num></title>"))])
        #expect(failure?.code == "xml_malformed")
        #expect(failure?.unit == "1")
        #expect(failure?.place == SourcePlace(file: "usc01.xml", line: 5, column: 15))
    }

    @Test("A document that ends early is malformed")
    func cut() {
        let whole = SmallTitle.document(Self.title)
        #expect(failure(String(whole.dropLast(20)))?.code == "xml_malformed")
        #expect(failure("")?.code == "xml_empty")
    }

    @Test("A document type and deep nesting are refused")
    func hostile() {
        #expect(failure("<!DOCTYPE uscDoc [<!ENTITY a \"b\">]>" + "<uscDoc/>")?.code == "xml_doctype")
        let deep = String(repeating: "<p>", count: 100_000)
        #expect(failure(SmallTitle.document("<title>\(deep)"))?.code == "xml_too_deep")
    }

    @Test("A page instead of a document is called a page")
    func page() {
        #expect(failure("<!DOCTYPE html><html><body>Under maintenance")?.code == "upstream_html")
        let strict = "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><body/></html>"
        #expect(failure(strict)?.code == "upstream_html")
    }

    @Test("Something that is not USLM, or has no title, is unexpected")
    func notUSLM() {
        #expect(failure("<rss/>")?.code == "document_unexpected")
        #expect(failure(SmallTitle.document("<p>Nothing.</p>"))?.code == "document_unexpected")
    }

    @Test("Another title than asked for is unexpected", arguments: ["2", "1a", "11"])
    func otherTitle(number: String) {
        let document = SmallTitle.document(Self.title, number: number)
        #expect(failure(document)?.code == "document_unexpected")
        #expect(failure(document)?.unit == "1")
        let unnumbered = SmallTitle.document(Self.title, number: "?", identifier: "/us/usc/t\(number)")
        #expect(failure(unnumbered)?.code == "document_unexpected")
    }

    @Test("The number is compared as a number", arguments: ["5a", "05A", " 5a\n"])
    func number(number: String) throws {
        let document = SmallTitle.document("<appendix identifier=\"/us/usc/t5a\"/>", number: number)
        #expect(try SmallTitle.read(document, unit: "5a").nodes.count == 1)
    }

    @Test("Another release point than the file's name says is refused; one without a label is taken")
    func release() throws {
        let document = SmallTitle.document(Self.title)
        #expect(try SmallTitle.read(document, label: "900-1").nodes.count == 1)
        let wrong = failure(document, label: "900-2")
        #expect(wrong?.code == "document_wrong_release")
        #expect(wrong?.message == "The document is of release point 900-1, not 900-2.")
        let first = SmallTitle.document(Self.title, name: "Online")
        #expect(try SmallTitle.read(first, label: "900-2").nodes.count == 1)
    }

    @Test("A zip without XML, or with that of other titles only, is refused")
    func zipContents() throws {
        let document = SmallTitle.document(Self.title)
        #expect(try failure(files: [("usc01.pdf", "%PDF")])?.code == "zip_without_xml")
        #expect(try failure(files: [])?.code == "zip_without_xml")
        #expect(try failure(files: [("usc02.xml", document)])?.code == "document_unexpected")
        #expect(try failure(files: [("a.xml", document), ("b.xml", document)])?.code == "document_unexpected")
        #expect(try failure(files: [("USLM.xml", document)]) == nil)
        #expect(
            try failure(
                files: [("usc02.xml", "no"), ("x/usc01.xml", document), ("__MACOSX/usc01.xml", "no"), ("a.css", "")]
            ) == nil
        )
    }

    @Test("A page with the name of a zip is called a page, with its unit")
    func pageAsZip() throws {
        let path = try folder.write("xml_usc01@900-1.zip", "<!DOCTYPE html><html>")
        let failure = #expect(throws: JobFailure.self) { try USCodeReader(zip: path, unit: "1", label: "900-1") }
        #expect(failure?.code == "upstream_html")
        #expect(failure?.unit == "1")
    }

    @Test("How much has been read goes from 0 to 1")
    func fraction() throws {
        let document = Array(SmallTitle.document(Self.title).utf8)
        var pieces = [Array(document[300...]), Array(document[..<300])]
        var reader = try USCodeReader(unit: "1", label: nil, file: "a", size: Int64(document.count)) {
            pieces.popLast()
        }
        #expect(reader.fractionRead == 0)
        while try reader.next() != nil {}
        #expect(reader.fractionRead == 1)
        #expect(try reader.next() == nil)
    }
}
