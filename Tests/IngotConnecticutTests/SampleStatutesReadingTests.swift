import IngotLaw
import IngotSamples
import Testing

@testable import IngotConnecticut

/// Generated statutes, of which every section is known, come back as what they were made from.
@Suite("Reading generated statutes")
struct SampleStatutesReadingTests {
    static let statutes = SampleStatutes(seed: 7, chapters: 120, sections: 1500)

    @Test("Every section is there once, with its number, caption and kind, in its chapter")
    func sections() throws {
        var expected = Self.statutes.allSections[...]
        var keys: Set<String> = []
        try Self.statutes.forEachPage { page in
            let (nodes, findings) = try Self.nodes(of: page)
            #expect(findings.sourceCharacters == findings.keptCharacters, "\(page.path)")
            for node in nodes {
                #expect(keys.insert(node.key).inserted, "\(node.key)")
                guard node.level == "section" else { continue }
                let next = expected.popFirst()
                let section = try #require(next, "\(node.key) is one too many")
                Self.expect(node, is: section)
            }
            let covers = nodes.flatMap(\.covers)
            for key in findings.announcedKeys + findings.announcedDeadKeys {
                #expect(keys.contains(key) || covers.contains { $0.contains(key) }, "\(key) of \(page.path)")
            }
        }
        #expect(expected.isEmpty)
        #expect(keys.contains("/us/ct/cgs/t2a"), "a title without a page")
    }

    private static func expect(_ node: LawNode, is section: SampleStatutes.Section) {
        let numbers = section.numbers.map { $0.lowercased() }
        let key = numbers.joined(separator: section.form == .range ? "..." : ",")
        #expect(node.key == "/us/ct/cgs/s\(key)")
        #expect(node.unit == "\(section.title)-\(unitStep(section.file))")
        let status: String? =
            switch section.kind {
            case .inForce: nil
            case .reserved: "reserved"
            case .transferred: "transferred"
            case .repealed: "repealed"
            }
        #expect(node.status == status, "\(node.key): \(node.text.prefix(80))")
        // What the section's number was stands in its heading.
        let before = section.formerly.map { "(Formerly Sec. \($0)). " } ?? ""
        #expect(node.heading == before + section.caption, "\(node.key)")
        #expect((node.refs.contains { $0.relation == .transferredTo }) == (section.kind == .transferred), "\(node.key)")
        let formerly = node.refs.filter { $0.relation == .formerly }.map(\.target)
        #expect(formerly == (section.formerly.map { ["/us/ct/cgs/s\($0.lowercased())"] } ?? []), "\(node.key)")
        #expect(node.blocks.contains { $0.status == "repealed" } == section.hasRepealedSubsection, "\(node.key)")
    }

    private static func unitStep(_ file: String) -> String {
        guard case .division(let division)? = StatuteFile(name: file) else { return "" }
        return division.step
    }

    /// The nodes of a page, whichever kind of page it is.
    static func nodes(of page: SampleStatutes.Page) throws -> (nodes: [LawNode], findings: LawReadingFindings) {
        let name = page.path.split(separator: "/").last.map(String.init) ?? ""
        switch StatuteFile(name: name) {
        case .index?: return try RealPage.nodes(of: [page.bytes], unit: StatuteDiscovery.indexUnit)
        case .title(let number)?: return try RealPage.nodes(of: [page.bytes], unit: number)
        case .division(let division)?:
            // Which title it is in, a chapter's page says by its sections only.
            let title = statutes.allSections.first { $0.file == name }?.title ?? "1"
            return try RealPage.nodes(of: [page.bytes], unit: "\(title)-\(division.step)")
        case nil: throw Unknown(name: name)
        }
    }

    struct Unknown: Error { var name: String }
}
