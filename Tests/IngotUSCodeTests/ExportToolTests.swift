import Glibc
import IngotLaw
import IngotSamples
import Testing

@testable import IngotUSCode

/// Writes titles as NDJSON for programs outside of Swift to check: `INGOT_USC_ZIPS` names zips, one a line, and
/// `INGOT_USC_EXPORT` the file to write.
@Suite("Export for outside checkers")
struct ExportToolTests {
    static let zips = getenv("INGOT_USC_ZIPS").map { String(cString: $0) }
    static let output = getenv("INGOT_USC_EXPORT").map { String(cString: $0) }

    @Test("Titles are written as NDJSON", .enabled(if: zips != nil && output != nil, "not asked for"))
    func export() throws {
        let file = try #require(fopen(Self.output ?? "", "w"))
        defer { fclose(file) }
        var encoder = LawNodeEncoder()
        for zip in (Self.zips ?? "").split(separator: "\n") {
            let name = String(zip.split(separator: "/").last ?? "")
            let known = try #require(USCodeFile(path: name))
            var reader = try USCodeReader(zip: String(zip), unit: known.unit.id, label: known.release.label)
            while let node = try reader.next() {
                var line = encoder.encode(node)
                line.removeLast()
                line += Array(",\"sort\":\(node.index)}\n".utf8)
                #expect(fwrite(line, 1, line.count, file) == line.count)
            }
            let findings = reader.findings
            if findings.sourceCharacters != findings.keptCharacters {
                print("coverage of \(name): \(findings.keptCharacters) of \(findings.sourceCharacters)")
            }
        }
    }
}

/// Writes sample titles into the folder that `INGOT_SAMPLE_FOLDER` names, for validators outside of Swift.
@Suite("Samples for outside checkers")
struct SampleToolTests {
    static let folder = getenv("INGOT_SAMPLE_FOLDER").map { String(cString: $0) }

    @Test("Sample titles are written as zips", .enabled(if: folder != nil, "not asked for"))
    func write() throws {
        let titles = [
            SampleTitle(seed: 1, number: 1), SampleTitle(seed: 1, number: 2, sections: 500, edition: 3),
            SampleTitle(seed: 9, number: 54, sections: 1),
        ]
        try SampleRelease.write(label: "900-1", titles: titles, toFolder: Self.folder ?? "")
    }
}
