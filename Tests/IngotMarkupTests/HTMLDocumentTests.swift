import IngotCore
import IngotMarkup
import Testing

@Suite("HTML pages")
struct HTMLDocumentTests {
    private func document(_ page: String, _ limits: HTMLLimits = HTMLLimits()) throws -> HTMLElement {
        try HTMLDocument(Array(page.utf8), limits: limits).root
    }

    @Test("Broken markup reads as browsers read it")
    func broken() throws {
        let root = try document(
            """
            <HTML><ul><LI Class="a  b">One <b>two<li class=c title='x > y' title=z>Three &amp; f&ouml;ur&nbsp;
            <!-- <li>hidden --><script>if (a < b) { "<li>" }</script></ul><p>A<p>B<custom-x>c</custom-x>
            """
        )
        #expect(root.name == "html")
        let items = root.elements { $0.name == "li" }
        #expect(items.map(\.classes) == [["a", "b"], ["c"]])
        #expect(items[0].text == "One two")
        #expect(items[1].attributes["title"] == "x > y")
        #expect(items[1].text.hasPrefix("Three & för") == false)
        #expect(items[1].text.hasPrefix("Three & föur"))
        #expect(root.elements { $0.name == "p" }.map(\.text) == ["A", "Bc"])
        #expect(root.elements { $0.name == "custom-x" }.map(\.text) == ["c"])
    }

    @Test(
        "Empty, cut off and binary pages are pages",
        arguments: ["", " ", "<", "<a href=\"x", "</p></html>", "\u{0}\u{1}"]
    )
    func odd(page: String) throws {
        let root = try document(page)
        #expect(root.name == "html")
        #expect(root.elements { $0.attributes["href"] != nil }.isEmpty)
    }

    @Test("Bytes that are no text do no harm")
    func bytes() throws {
        var bytes: [UInt8] = Array("<p>".utf8)
        bytes += [0xFF, 0xC3, 0x28, 0xE2, 0x82]
        #expect(try HTMLDocument(bytes).root.elements { $0.name == "p" }.count == 1)
    }

    @Test("Pages that are too large, too deep or too many tags are refused")
    func limits() throws {
        var limits = HTMLLimits()
        limits.bytes = 10
        #expect(throws: JobFailure.self) { try document("<p>12345678", limits) }
        limits = HTMLLimits()
        limits.tags = 3
        #expect(throws: JobFailure.self) { try document("<p><p><p><p>", limits) }
        limits = HTMLLimits()
        limits.nodes = 10
        #expect(throws: JobFailure.self) { try document(String(repeating: "<p>a", count: 10), limits) }
        let deep = String(repeating: "<div>", count: 25_000)
        let failure = #expect(throws: JobFailure.self) { try document(deep) }
        #expect(failure?.code == "html_too_deep")
    }
}
