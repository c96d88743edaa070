import IngotCore
import Testing

@testable import IngotLaw

extension CorpusReader {
    /// What changed, in numbers.
    fileprivate func summary(of comparison: LawComparison) async throws -> LawChangeSummary {
        var summary = LawChangeSummary()
        for try await change in changes(in: comparison) { summary.add(change) }
        return summary
    }
}

@Suite("Differences between labels")
struct DifferenceTests {
    private struct Node: Equatable {
        var key: String
        var parent: String?
        var text: String
    }

    /// An outline of a title with chapters and sections in them, as a list of `(chapter, [(section, text)])`.
    private struct Outline {
        var chapters: [(key: String, sections: [(key: String, text: String)])]

        var text: String {
            "/o/1: title\n"
                + chapters.map { chapter in
                    "  \(chapter.key): chapter\n"
                        + chapter.sections.map { "    \($0.key): \($0.text)\n" }.joined()
                }.joined()
        }

        var nodes: [Node] {
            [Node(key: "/o/1", parent: nil, text: "title")]
                + chapters.flatMap { chapter in
                    [Node(key: chapter.key, parent: "/o/1", text: "chapter")]
                        + chapter.sections.map { Node(key: $0.key, parent: chapter.key, text: $0.text) }
                }
        }

        /// Adds, removes, changes or moves something.
        mutating func edit(round: Int, _ generator: inout SeededRandom) {
            let chapter = Int.random(in: chapters.indices, using: &generator)
            let count = chapters[chapter].sections.count
            guard count > 0 else {
                chapters[chapter].sections.append(("/o/1/n\(round)", "new"))
                return
            }
            let section = Int.random(in: 0..<count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: chapters[chapter].sections.insert(("/o/1/n\(round)", "new"), at: section)
            case 1: chapters[chapter].sections.remove(at: section)
            case 2: chapters[chapter].sections[section].text += " \(round)"
            case 3:
                let moved = chapters[chapter].sections.remove(at: section)
                let other = Int.random(in: chapters.indices, using: &generator)
                chapters[other].sections.append(moved)
            default:
                let moved = chapters[chapter].sections.remove(at: section)
                chapters[chapter].sections.insert(moved, at: 0)
            }
        }
    }

    @Test("say of any two labels what a comparison of the documents says, whichever way round")
    func randomEdits() async throws {
        let corpus = try await Corpus()
        var generator = SeededRandom(seed: 11)
        var outline = Outline(
            chapters: (0..<4).map { chapter in
                ("/o/1/c\(chapter)", (0..<8).map { ("/o/1/s\(chapter * 8 + $0)", "text \($0)") })
            }
        )
        var states: [[Node]] = []
        for round in 1...12 {
            if round > 1 {
                for edit in 0..<Int.random(in: 1...6, using: &generator) {
                    outline.edit(round: round * 10 + edit, &generator)
                }
            }
            let result = try await corpus.ingest(
                try corpus.release("\(round)", ["1": outline.text]),
                parameters: ["allow_shrink": true]
            )
            states.append(outline.nodes)
            guard round > 1 else { continue }
            let comparison = try await corpus.reader.comparison(of: "outline", from: "\(round - 1)", to: "\(round)")
            let summary = try await corpus.reader.summary(of: comparison)
            #expect(try JSONValue(parsing: JSONText.encode(summary)) == result["changes"])
            #expect(
                result["counts"]?["rows_written"] == .integer(Int64(summary.added + summary.changed + summary.moved))
            )
        }
        for from in states.indices {
            for to in states.indices {
                try await check(corpus, from: from, to: to, states)
            }
        }
    }

    private func check(_ corpus: Corpus, from: Int, to: Int, _ states: [[Node]]) async throws {
        let comparison = try await corpus.reader.comparison(of: "outline", from: "\(from + 1)", to: "\(to + 1)")
        var changes: [String: LawChange] = [:]
        for try await change in corpus.reader.changes(in: comparison) {
            #expect(changes.updateValue(change, forKey: change.key) == nil, "\(change.key) is said twice")
        }
        let old = Dictionary(uniqueKeysWithValues: states[from].map { ($0.key, $0) })
        let new = Dictionary(uniqueKeysWithValues: states[to].map { ($0.key, $0) })
        #expect(Set(changes.values.filter { $0.kind == .added }.map(\.key)) == Set(new.keys).subtracting(old.keys))
        #expect(Set(changes.values.filter { $0.kind == .removed }.map(\.key)) == Set(old.keys).subtracting(new.keys))
        // What is not said to have moved must have kept its order.
        let still = { (nodes: [Node]) in
            nodes.map(\.key).filter { old[$0] != nil && new[$0] != nil && changes[$0]?.kind != .moved }
        }
        if !changes.values.contains(where: { $0.kind == .changed }) {
            #expect(still(states[from]) == still(states[to]))
        }
        for key in Set(old.keys).intersection(new.keys) {
            guard let before = old[key], let after = new[key] else { continue }
            let fields = Set(changes[key]?.fields ?? [])
            #expect(fields.contains(.text) == (before.text != after.text), "\(key) from \(from) to \(to)")
            #expect(fields.contains(.parent) == (before.parent != after.parent), "\(key) from \(from) to \(to)")
            if before == after { #expect(changes[key] == nil || changes[key]?.kind == .moved) }
            if let change = changes[key], let earlier = change.before {
                #expect(earlier.parent == before.parent)
                #expect(change.caption.parent == after.parent)
            }
        }
    }

    @Test("do not call a unit moved whose ranks were all given anew")
    func freshRanks() async throws {
        let corpus = try await Corpus()
        // Each round halves the gap before the last section, until none is left.
        var keys = ["/o/1/a", "/o/1/z"]
        func outline() -> String { "/o/1: title\n" + keys.map { "  \($0): text\n" }.joined() }
        try await corpus.ingest(try corpus.release("1", ["1": outline()]))
        var hasNewRanks = false
        for round in 2...24 {
            keys.insert("/o/1/n\(round)", at: keys.count - 1)
            let result = try await corpus.ingest(try corpus.release("\(round)", ["1": outline()]))
            #expect(result["changes"]?["added"] == 1)
            #expect(result["changes"]?["moved"] == 0)
            #expect(result["changes"]?["changed"] == 0)
            if result["counts"]?["rows_written"] != 1 { hasNewRanks = true }
            let comparison = try await corpus.reader.comparison(of: "outline", from: "\(round - 1)", to: nil)
            #expect(
                try JSONValue(parsing: JSONText.encode(await corpus.reader.summary(of: comparison)))
                    == result["changes"]
            )
        }
        #expect(hasNewRanks, "the gap was never used up")
        #expect(try await corpus.reader.history(of: "/o/1/a").entries.map(\.kind) == [.added])
    }

    @Test("can be kept to a unit and a level, and show one node word by word")
    func filters() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(
            try corpus.release("1", ["1": "/o/1: one\n  /o/1/a: the old text", "2": "/o/2: two"])
        )
        try await corpus.ingest(
            try corpus.release("2", ["1": "/o/1: uno\n  /o/1/a: the new text", "2": "/o/2: due"])
        )
        func keys(_ unit: String?, _ level: String?) async throws -> [String] {
            let comparison = try await corpus.reader.comparison(
                of: "outline",
                from: "1",
                to: "2",
                unit: unit,
                level: level
            )
            var keys: [String] = []
            for try await change in corpus.reader.changes(in: comparison) { keys.append(change.key) }
            return keys
        }
        #expect(try await keys(nil, nil) == ["/o/1", "/o/1/a", "/o/2"])
        #expect(try await keys("2", nil) == ["/o/2"])
        #expect(try await keys(nil, "section") == ["/o/1/a"])
        let comparison = try await corpus.reader.comparison(of: "outline", from: "1", to: "2")
        let node = try await corpus.reader.difference(of: "/o/1/a", in: comparison)
        #expect(node.change?.fields == [.text])
        #expect(node.texts.map(\.field) == [.text])
        #expect(
            node.texts.first?.pieces == [
                .init(.equal, "the "), .init(.deleted, "old"), .init(.inserted, "new"), .init(.equal, " text"),
            ]
        )
        let same = try await corpus.reader.comparison(of: "outline", from: "2", to: nil)
        #expect(try await corpus.reader.difference(of: "/o/1/a", in: same).change == nil)
        await #expect(throws: LawReadingError.unknownKey("/o/x", label: "2")) {
            try await corpus.reader.difference(of: "/o/x", in: comparison)
        }
    }

    @Test("a node's history says when it came, changed, moved, went and came back")
    func history() async throws {
        let corpus = try await Corpus()
        let documents = [
            "/o/1: t\n  /o/1/a: one\n  /o/1/b: b\n    /o/1/c: c",
            "/o/1: t\n  /o/1/a: two\n  /o/1/b: b\n    /o/1/c: c",
            "/o/1: t\n  /o/1/b: b\n    /o/1/a: two\n    /o/1/c: c",
            "/o/1: t\n  /o/1/b: b\n    /o/1/c: c",
            "/o/1: t\n  /o/1/b: b\n    /o/1/c: c\n",
            "/o/1: t\n  /o/1/b: b\n    /o/1/c: c\n  /o/1/a: three",
        ]
        for (index, document) in documents.enumerated() {
            try await corpus.ingest(try corpus.release("\(index + 1)", ["1": document]))
        }
        let (source, entries) = try await corpus.reader.history(of: "/o/1/a")
        #expect(source == "outline")
        #expect(entries.map(\.label) == ["1", "2", "3", "4", "6"])
        #expect(entries.map(\.kind) == [.added, .changed, .moved, .removed, .added])
        #expect(entries.map(\.fields) == [[], [.text], [.parent], [], []])
        #expect(entries[3].contentHash == nil)
        #expect(try await corpus.reader.history(of: "/o/1/c").entries.map(\.kind) == [.added])
        await #expect(throws: LawReadingError.unknownKey("/o/x", label: nil)) {
            try await corpus.reader.history(of: "/o/x")
        }
    }
}
