import IngotCore
import IngotFetch
import IngotLaw
import IngotTesting
import Testing

@testable import IngotUSCode

/// Renderings of real titles: whatever they do to the layout, they lose no character.
@Suite(
    "Rendering real titles",
    .fillsTheMachine,
    .enabled(if: SharedFolder.path != nil, "the shared folder is not beside the checkout")
)
struct RenderingFidelityTests {
    private static let folder = "data/usc-olrc/rp-119-36"
    private static let files = SharedFolder.names(in: folder).filter { $0.hasSuffix(".zip") }

    @Test("keeps every character in text and in Markdown", arguments: files)
    func losesNothing(file: String) throws {
        let path = try #require(SharedFolder.item("\(Self.folder)/\(file)"))
        let title = try #require(USCodeFile(path: path))
        var reader = try USCodeReader(zip: path, unit: title.unit.id, label: title.release.label)
        var encoder = LawNodeEncoder()
        var count = 0
        while let node = try reader.next() {
            count += 1
            let record = try JSONText.decode(LawRecord.self, from: encoder.encode(node))
            let rendering = LawRendering(record)
            let wanted = Self.characters(of: record)
            // Wrapped cells stand beside each other, so the order of a text with tables is not the record's.
            let isSame = rendering.text.hasAll(wanted, inOrder: !record.hasTable)
            #expect(isSame, "the text of \(node.key) has lost something")
            #expect(rendering.markdown.hasAll(wanted, inOrder: true), "the Markdown of \(node.key) has lost something")
        }
        #expect(count > 0)
    }

    /// Everything that has to be readable, in the order of the renderings.
    private static func characters(of record: LawRecord) -> String {
        var pieces = [record.num, record.heading]
        for block in record.blocks {
            pieces += [block.label ?? "", block.heading ?? ""]
            if let table = block.table { pieces += table.joined().map(\.text) } else { pieces.append(block.text ?? "") }
        }
        pieces.append(record.credit ?? "")
        pieces += record.footnotes.map { $0.text ?? "" }
        for note in record.notes { pieces += [note.heading ?? "", note.text ?? ""] }
        return pieces.joined()
    }
}

extension LawRecord {
    fileprivate var hasTable: Bool {
        blocks.contains { $0.table != nil } || notes.contains { $0.text?.contains("\t") == true }
    }
}

extension String {
    /// Whether all characters of a text but its white space are in this one.
    fileprivate func hasAll(_ wanted: String, inOrder: Bool) -> Bool {
        let wanted = wanted.unicodeScalars.filter { !$0.properties.isWhitespace }
        guard inOrder else {
            var counts: [Unicode.Scalar: Int] = [:]
            for scalar in unicodeScalars { counts[scalar, default: 0] += 1 }
            for scalar in wanted { counts[scalar, default: 0] -= 1 }
            return counts.values.allSatisfy { $0 >= 0 }
        }
        var rest = unicodeScalars.makeIterator()
        return wanted.allSatisfy { scalar in
            while let next = rest.next() {
                if next == scalar { return true }
            }
            return false
        }
    }
}
