import FoundationEssentials
import Glibc
import IngotCore
import IngotLaw
import IngotTesting
import Testing

@testable import IngotUSCode

/// Holds every real title against tables that were counted from the same files by other programs.
@Suite(
    "Real titles",
    .fillsTheMachine,
    .enabled(if: !RealTitle.whole.isEmpty, "the real titles are not there")
)
struct RealTitleTests {
    /// One line of a table of sections.
    struct Row {
        var identifier, status, num, heading: String
    }

    /// The table of a title's sections; `nil` when there is none or it cannot be unpacked.
    static func rows(_ title: RealTitle) throws -> [Row]? {
        guard let path = SharedFolder.item("\(title.folder)/counts/\(title.name).sections.tsv.xz"),
            let pipe = popen("xz -dc '\(path)'", "r")
        else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { bytes += buffer[..<count] }
        guard pclose(pipe) == 0 else { return nil }
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")[...]
        guard let header = lines.popFirst() else { return nil }
        let names = header.split(separator: "\t").map(String.init)
        func column(_ name: String) throws -> Int { try #require(names.firstIndex(of: name), "\(names)") }
        let columns = try (column("identifier"), column("status"), column("num_text"), column("heading"))
        return lines.map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Row(
                identifier: fields[columns.0],
                status: fields[columns.1],
                num: fields[columns.2],
                heading: fields[columns.3]
            )
        }
    }

    @Test("Every title reads completely, with the sections that others counted", arguments: RealTitle.whole)
    func title(_ title: RealTitle) throws {
        let (nodes, findings) = try title.read()
        #expect(findings.sourceCharacters == findings.keptCharacters)
        #expect(nodes.map(\.index) == Array(0..<nodes.count))
        let keys = Set(nodes.map(\.key))
        #expect(keys.count == nodes.count)
        #expect(nodes.allSatisfy { $0.parent.map(keys.contains) ?? ($0.index == 0) })
        #expect(nodes.allSatisfy(Self.blocksHoldText))
        #expect(findings.announcedKeys.filter { !keys.contains($0) } == [])
        #expect(findings.emptyPieces == [])
        checkAnnouncements(title, nodes, findings)
        try checkRepetitions(nodes)
        guard let rows = try Self.rows(title) else { return }
        let sections = nodes.filter { $0.level == "section" }
        #expect(sections.count == rows.count)
        for (section, row) in zip(sections, rows) {
            let key = section.key.prefix { $0 != "~" }
            #expect(row.identifier.isEmpty || row.identifier == key)
            #expect((section.status ?? "") == row.status)
            #expect(Self.isSame(section.num, row.num, section.footnotes), "\(section.key)")
            #expect(Self.isSame(section.heading, row.heading, section.footnotes), "\(section.key)")
        }
    }

    /// Contents announce every section in force, so that a cut section is missed.
    private func checkAnnouncements(_ title: RealTitle, _ nodes: [LawNode], _ findings: LawReadingFindings) {
        // The acts in appendices have no contents, nor have the large titles that were put together.
        guard title.folder == "data/usc-olrc", title.file?.unit.isAppendix == false else { return }
        let announced = Set(findings.announcedKeys)
        let sections = nodes.filter { $0.level == "section" && $0.status == nil && $0.repeats == nil }
        #expect(sections.filter { !announced.contains($0.key) }.map(\.key) == [])
    }

    /// No real repetition says the same as the first, so that one that does was not published so.
    private func checkRepetitions(_ nodes: [LawNode]) throws {
        let wanted = Set(nodes.compactMap(\.repeats))
        let firsts = Dictionary(nodes.filter { wanted.contains($0.key) }.map { ($0.key, $0) }) { first, _ in first }
        for node in nodes where node.repeats != nil {
            let first = try #require(firsts[node.repeats ?? ""])
            #expect(node.heading != first.heading || node.text != first.text, "\(node.key)")
        }
    }

    /// The tables leave the footnotes and their markers in numbers and headings, where nodes do not have them.
    private static func isSame(_ own: String, _ counted: String, _ footnotes: [LawFootnote]) -> Bool {
        if own == counted { return true }
        var text = String(decoding: squeezed(counted), as: UTF8.self)
        for footnote in footnotes {
            let inside = (footnote.marker ?? "") + footnote.text
            text = text.replacing(String(decoding: squeezed(inside), as: UTF8.self), with: "")
        }
        return text == String(decoding: squeezed(own), as: UTF8.self)
    }

    private static func blocksHoldText(_ node: LawNode) -> Bool {
        let parts = node.blocks.flatMap { [$0.label ?? "", $0.heading ?? "", $0.text] }
        return squeezed(parts.joined()) == squeezed(node.text)
    }

    private static func squeezed(_ text: String) -> [UInt8] { text.utf8.filter { $0 > 0x20 } }
}
