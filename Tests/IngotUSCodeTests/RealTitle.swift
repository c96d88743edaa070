import FoundationEssentials
import IngotLaw
import IngotMarkup
import IngotTesting
import Testing

@testable import IngotUSCode

/// A real title of the Code, as published at one release point.
struct RealTitle: CustomTestStringConvertible, Sendable {
    /// The folder of its collection below the shared one.
    var folder: String
    var zip: String
    /// Without extension: `usc01@119-36`.
    var name: String
    var testDescription: String { name }

    var file: USCodeFile? { USCodeFile(path: String(zip.split(separator: "/").last ?? "")) }

    /// Titles as the site served them.
    static let published = titles(
        in: "data/usc-olrc",
        SharedFolder.names(in: "data/usc-olrc").filter { $0.hasPrefix("rp-") }
    )
    /// Large titles put together from their real sections in force, without contents.
    static let assembled = titles(in: "data/usc-assembled", [""])
    static let whole = published + assembled
    /// Those that can be read over and over in little time.
    static let small = published.filter { $0.zipBytes < 130_000 }

    private var zipBytes: Int {
        (try? FileManager.default.attributesOfItem(atPath: zip)[.size] as? Int) ?? Int.max
    }

    private static func titles(in collection: String, _ folders: [String]) -> [RealTitle] {
        folders.flatMap { folder in
            let path = folder.isEmpty ? collection : "\(collection)/\(folder)"
            return SharedFolder.names(in: path).filter { $0.hasSuffix(".zip") }.compactMap { zip in
                SharedFolder.item("\(path)/\(zip)").map {
                    RealTitle(folder: collection, zip: $0, name: String(zip.dropFirst(4).dropLast(4)))
                }
            }
        }
    }

    /// Its nodes, in document order, and what else was found.
    func read() throws -> (nodes: [LawNode], findings: LawReadingFindings) {
        var nodes: [LawNode] = []
        let findings = try readEach { nodes.append($0) }
        return (nodes.sorted { $0.index < $1.index }, findings)
    }

    /// Hands out its nodes one by one, for titles that are large.
    func readEach(_ take: (LawNode) -> Void) throws -> LawReadingFindings {
        var reader = try USCodeReader(zip: zip, unit: file?.unit.id ?? "", label: file?.release.label)
        while let node = try reader.next() { take(node) }
        return reader.findings
    }

    /// The document as it is published.
    func document() throws -> [UInt8] {
        let archive = try ZipArchive(path: zip)
        guard let entry = archive.entries.first(where: { $0.fileName.hasSuffix(".xml") }) else { return [] }
        let reader = try archive.open(entry)
        var bytes: [UInt8] = []
        while let piece = try reader.next() { bytes += piece }
        return bytes
    }
}
