import IngotCore
import Testing

@testable import IngotLaw

@Suite("References")
struct ReferenceTests {
    private static let citing = """
        /o/1: see @/o/2/s3#a/1 and @/o/2/s1 and @/o/9/s1
          /o/1/s1: see @/o/2/s3 twice: @/o/2/s3#b
          /o/1/s2: nothing
        """
    private static let cited = """
        /o/2: title
          /o/2/s1: one
          /o/2/s2...4: repealed
        """

    private func refs(_ corpus: Corpus, _ key: String, at label: String? = nil) async throws -> [LawCitation] {
        let (entry, view) = try await corpus.reader.entry(key, at: label)
        return try await corpus.reader.citations(of: entry, in: view)
    }

    @Test("lead to the node of the key, or to the one that stands for it, or say that there is none")
    func resolution() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.citing]))
        #expect(try await refs(corpus, "/o/1").map(\.isResolved) == [false, false, false])
        #expect(try await refs(corpus, "/o/1").map(\.target) == ["/o/2/s3", "/o/2/s1", "/o/9/s1"])
        // The other unit comes later: what the references say of themselves has not changed, where they lead has.
        let result = try await corpus.ingest(try corpus.release("2", ["1": Self.citing, "2": Self.cited]))
        #expect(result["counts"]?["unchanged"] == 3)
        let refs = try await refs(corpus, "/o/1")
        #expect(refs.map(\.target) == ["/o/2/s2...4", "/o/2/s1", "/o/9/s1"])
        #expect(refs.map(\.isResolved) == [true, true, false])
        #expect(refs.map(\.piece) == ["a/1", nil, nil])
        #expect(refs.map(\.href) == ["/o/2/s3#a/1", "/o/2/s1", "/o/9/s1"])
        #expect(try await self.refs(corpus, "/o/1", at: "1").map(\.isResolved) == [false, false, false])
    }

    @Test("a member of a range is read as the node that stands for it")
    func memberOfRange() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.citing, "2": Self.cited]))
        #expect(try await corpus.reader.entry("/o/2/s3", at: nil).entry.key == "/o/2/s2...4")
        #expect(try await corpus.reader.entry("/o/2/s3", at: "1").entry.key == "/o/2/s2...4")
        await #expect(throws: LawReadingError.unknownKey("/o/2/s5", label: nil)) {
            try await corpus.reader.entry("/o/2/s5", at: nil)
        }
    }

    @Test("of an export are resolved as those of a node are")
    func export() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.citing, "2": Self.cited]))
        let view = try await corpus.reader.view(of: "outline", at: nil)
        var bytes: [UInt8] = []
        for try await piece in corpus.reader.export(view, format: .ndjson) { bytes += piece }
        let lines = try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: $0) }
        #expect(lines.count == 6)
        for line in lines {
            let key = try #require(line["key"]?.stringValue)
            let (entry, view) = try await corpus.reader.entry(key, at: nil)
            let record = try JSONValue(parsing: await corpus.reader.resolvedRecord(of: entry, in: view))
            #expect(line["refs"] == record["refs"])
            #expect(line["text"] == record["text"])
        }
    }

    @Test("are found from the other side, also through a node that stands for several keys")
    func citedBy() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.citing, "2": Self.cited]))
        let view = try await corpus.reader.view(of: "outline", at: nil)
        func citing(_ key: String) async throws -> [String] {
            try await corpus.reader.citing(key, in: view, limit: 100).map(\.key)
        }
        #expect(try await citing("/o/2/s1") == ["/o/1"])
        #expect(try await citing("/o/2/s2...4") == ["/o/1", "/o/1/s1"])
        #expect(try await citing("/o/1") == [])
        // A node of the key itself comes before one that stands for it.
        try await corpus.ingest(
            try corpus.release("2", ["2": Self.cited + "\n  /o/2/s3: back again"])
        )
        let later = try await corpus.reader.view(of: "outline", at: nil)
        #expect(try await corpus.reader.citing("/o/2/s2...4", in: later, limit: 100).isEmpty)
        #expect(try await corpus.reader.citing("/o/2/s3", in: later, limit: 100).map(\.key) == ["/o/1", "/o/1/s1"])
        #expect(try await citing("/o/2/s2...4") == ["/o/1", "/o/1/s1"], "the older state is as it was")
    }

    @Test("to a node are paged without repeats or holes")
    func pages() async throws {
        let corpus = try await Corpus()
        let sections = (1...25).map { "  /o/1/s\($0): see @/o/1" }.joined(separator: "\n")
        try await corpus.ingest(try corpus.release("1", ["1": "/o/1: title\n" + sections]))
        let view = try await corpus.reader.view(of: "outline", at: nil)
        var keys: [String] = []
        while true {
            let page = try await corpus.reader.citing("/o/1", in: view, after: keys.last, limit: 10).map(\.key)
            keys += page
            if page.count < 10 { break }
        }
        #expect(keys == (1...25).map { "/o/1/s\($0)" })
    }

    @Test(
        "keys are ordered by the value of their numbers",
        arguments: [
            ("/t/s9", "/t/s10"), ("/t/s10", "/t/s10a"), ("/t/s10a", "/t/s11"), ("/t/s300a", "/t/s300a–1"),
            ("/t/s1", "/t/s1/a"), ("/t/s007", "/t/s8"),
        ]
    )
    func order(left: String, right: String) {
        #expect(LawKeyRange.isOrdered(left, before: right))
        #expect(!LawKeyRange.isOrdered(right, before: left))
        #expect(!LawKeyRange.isOrdered(left, before: left))
    }

    @Test("a range holds what lies between its ends")
    func ranges() {
        let range = LawKeyRange(first: "/t/s471", last: "/t/s474b")
        for key in ["/t/s471", "/t/s472", "/t/s474", "/t/s474a", "/t/s474b"] { #expect(range.contains(key), "\(key)") }
        for key in ["/t/s470", "/t/s474c", "/t/s475", "/u/s472", "/t/s47"] { #expect(!range.contains(key), "\(key)") }
    }
}
