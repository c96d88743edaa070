import IngotCore
import IngotMarkup
import IngotTesting
import Testing

@Suite("Bad input ends as a failed job with its reason, and changes nothing", .fillsTheMachine)
struct BadInputTests {
    /// What upstream serves instead of title 1, and how the job has to end.
    struct BadDocument: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: String
        var hasPlace = false
        /// Makes the zip's bytes out of those of a good one.
        var make: @Sendable (_ good: [UInt8]) -> [UInt8]
    }

    static func zip(_ xml: String) -> [UInt8] {
        var zip = HandMadeZip()
        zip.add("usc01.xml", Array(xml.utf8))
        return zip.bytes
    }

    static func document(_ body: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <uscDoc xmlns="http://xml.house.gov/schemas/uslm/1.0" identifier="/us/usc/t1"><meta><docNumber>1</docNumber>
        <docPublicationName>Online@900-2</docPublicationName></meta><main>\(body)</main></uscDoc>
        """
    }

    static let documents: [BadDocument] = [
        .init(testDescription: "a zip that is cut off", code: "zip_malformed") { Array($0.dropLast($0.count / 3)) },
        .init(testDescription: "an empty file", code: "zip_malformed") { _ in [] },
        .init(testDescription: "noise", code: "zip_malformed") { _ in
            (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        },
        .init(testDescription: "a zip without XML", code: "zip_without_xml") { _ in
            var zip = HandMadeZip()
            zip.add("readme.txt", Array("nothing".utf8))
            return zip.bytes
        },
        .init(testDescription: "a zip that names a path outside itself", code: "zip_unsafe_name") { _ in
            var zip = HandMadeZip()
            zip.add("../../usc01.xml", Array(document("").utf8))
            return zip.bytes
        },
        .init(testDescription: "a zip whose checksum is wrong", code: "zip_corrupted") { _ in
            let xml = Array(document("<title identifier=\"/us/usc/t1\"><num>1</num></title>").utf8)
            var zip = HandMadeZip()
            zip.addRaw("usc01.xml", xml, crc: 1, uncompressed: xml.count, method: 0)
            return zip.bytes
        },
        .init(testDescription: "an HTML page under the zip's name", code: "upstream_html") { _ in
            Array("<!DOCTYPE html><html><body><h1>Under maintenance</h1></body></html>".utf8)
        },
        .init(testDescription: "an HTML page inside the zip", code: "upstream_html", hasPlace: false) { _ in
            zip("<!DOCTYPE html>\n<html><body><p>Not found</body></html>")
        },
        .init(testDescription: "malformed XML", code: "xml_malformed", hasPlace: true) { _ in
            zip(document("<title identifier=\"/us/usc/t1\">\n<num>1</heading></title>"))
        },
        .init(testDescription: "XML that ends in the middle", code: "xml_malformed", hasPlace: true) { _ in
            zip(String(document("<title identifier=\"/us/usc/t1\"><num>1</num>").dropLast(30)))
        },
        .init(testDescription: "a document type with entities", code: "xml_doctype", hasPlace: true) { _ in
            zip(
                "<?xml version=\"1.0\"?>\n<!DOCTYPE uscDoc [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<uscDoc>&b;</uscDoc>"
            )
        },
        .init(testDescription: "absurd nesting", code: "xml_too_deep", hasPlace: true) { _ in
            zip(document(String(repeating: "<p>", count: 100_000)))
        },
        .init(testDescription: "another kind of XML", code: "document_unexpected") { _ in
            zip("<?xml version=\"1.0\"?><catalog><book/></catalog>")
        },
    ]

    @Test("a document that is not what it should be", arguments: documents)
    func badDocument(_ bad: BadDocument) async throws {
        let folder = try TemporaryFolder()
        let good = try folder.sample("good", label: "900-1", sections: 20)
        let ingot = IngotCommandLine(data: folder.path + "/data")
        try await ingot.run("ingest", "usc", "--from", good)
        let before = try await ingot.run("export", "usc").output

        let bytes = bad.make(try WholeFile.bytes(good + "/xml_usc01@900-1.zip"))
        _ = try folder.write("bad/xml_usc01@900-2.zip", bytes)
        try await ingot.run("ingest", "usc", "--from", folder.path + "/bad", expecting: 1)
        let job = try await ingot.newestJob()
        #expect(job.status == .failed)
        #expect(job.error?.code == bad.code, "\(job.error?.description ?? "no error")")
        #expect(job.error?.unit == "1")
        if bad.hasPlace { #expect((job.error?.place?.line ?? 0) > 0) }
        #expect(try await ingot.run("export", "usc").output == before)
        // The way is free for the next job.
        try await ingot.run("ingest", "usc", "--from", good)
    }

    @Test("a zip bomb is refused before it fills anything")
    func bomb() async throws {
        let folder = try TemporaryFolder()
        let zeroes = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
        let zip = try ZipWriter(path: try folder.write("bomb/xml_usc01@900-2.zip", ""))
        try zip.begin("usc01.xml")
        for _ in 0..<64 { try zip.write(zeroes) }
        try zip.end()
        try zip.finish()
        let ingot = IngotCommandLine(data: folder.path + "/data")
        try await ingot.run("ingest", "usc", "--from", folder.path + "/bomb", expecting: 1)
        #expect(try await ingot.newestJob().error?.code == "zip_bomb")
    }

    @Test("a release, a title or an origin that is not there")
    func missing() async throws {
        let folder = try TemporaryFolder()
        let good = try folder.sample("good", label: "900-1", sections: 20)
        let ingot = IngotCommandLine(data: folder.path + "/data")
        func code(_ arguments: String...) async throws -> String? {
            switch arguments.count {
            case 2: try await ingot.run("ingest", "usc", arguments[0], arguments[1], expecting: 1)
            default:
                try await ingot.run(
                    "ingest",
                    "usc",
                    arguments[0],
                    arguments[1],
                    arguments[2],
                    arguments[3],
                    expecting: 1
                )
            }
            return try await ingot.newestJob().error?.code
        }
        #expect(try await code("--from", good, "--release", "900-7") == "release_not_found")
        #expect(try await code("--from", good, "--title", "42") == "release_missing_titles")
        #expect(try await code("--from", folder.path) == "release_not_found")
        #expect(try await code("--from", folder.path + "/nowhere") == "upstream_not_found")
        #expect(try await code("--from", "http://127.0.0.1:1") == "upstream_unreachable")
    }
}
