import IngotCore
import IngotLaw

/// Reads the nodes of one page of the statutes: of the index, a title, or a chapter with what the Supplement says of it.
///
/// Pages are small, so one is read whole; a node is handed over after those below it.
struct StatuteReader: LawNodeReader {
    /// Children first.
    private var nodes: ArraySlice<LawNode>
    private let count: Int
    let findings: LawReadingFindings

    /// - Parameter pages: of the unit's files.
    /// - Throws: `JobFailure`, as ``ChapterNodes``, ``TitlePage`` and ``StatuteIndex`` do.
    init(unit: String, pages: [[UInt8]]) throws {
        let found: (nodes: [LawNode], findings: LawReadingFindings)
        do {
            found = try Self.read(unit, pages)
        } catch var failure as JobFailure {
            failure.unit = failure.unit ?? unit
            throw failure
        }
        nodes = Self.childrenFirst(found.nodes)[...]
        count = nodes.count
        findings = found.findings
    }

    private static func read(_ unit: String, _ pages: [[UInt8]]) throws -> ([LawNode], LawReadingFindings) {
        if unit == StatuteDiscovery.indexUnit { return try StatuteIndex(pages[0]).nodes(unit: unit) }
        let parts = unit.split(separator: "-").map(String.init)
        guard parts.count == 2, let division = StatuteDivision(name: parts[1]) else {
            return try TitlePage(pages[0], number: unit).nodes(unit: unit)
        }
        let chapters = try pages.map {
            try ChapterNodes(page: StatutePage($0), unit: unit, division: division, title: parts[0])
        }
        guard chapters.count > 1 else { return (chapters[0].nodes, chapters[0].findings) }
        var findings = LawReadingFindings()
        for chapter in chapters {
            findings.sourceCharacters += chapter.findings.sourceCharacters
            findings.keptCharacters += chapter.findings.keptCharacters
            findings.announcedKeys += chapter.findings.announcedKeys
            findings.announcedDeadKeys += chapter.findings.announcedDeadKeys
            findings.emptyPieces += chapter.findings.emptyPieces
        }
        return (SupplementOverlay(base: chapters[0].nodes, overlay: chapters[1].nodes).nodes, findings)
    }

    /// A node comes after those below it.
    private static func childrenFirst(_ nodes: [LawNode]) -> [LawNode] {
        var ordered: [LawNode] = []
        var open: [LawNode] = []
        for node in nodes {
            while let last = open.last, last.key != node.parent { ordered.append(open.removeLast()) }
            open.append(node)
        }
        return ordered + open.reversed()
    }

    mutating func next() throws -> LawNode? { nodes.popFirst() }

    var fractionRead: Double { count == 0 ? 1 : 1 - Double(nodes.count) / Double(count) }
}
