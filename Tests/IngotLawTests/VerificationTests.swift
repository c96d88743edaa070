import IngotCore
import Testing

@testable import IngotLaw

@Suite("Verifying a corpus whose store fails")
struct VerificationTests {
    struct Failure: Sendable, CustomTestStringConvertible {
        var kind: ObjectStoreError.Kind
        var code: String?
        var testDescription: String { code ?? "\(kind)" }
    }

    private static let release = ["1": "/o/1: the title\n  /o/1/a: alpha"]

    /// The lines of a verification during which reads of these keys fail.
    private func verify(reading prefix: String, _ failure: Failure) async throws -> [VerificationLine] {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", Self.release))
        let objects = WatchedObjects(corpus.objects) { call, key in
            guard call == .read, key.hasPrefix(prefix) else { return }
            throw ObjectStoreError(kind: failure.kind, code: failure.code, key: key, message: "refused")
        }
        var lines: [VerificationLine] = []
        for try await line in CorpusReader(database: corpus.database, objects: objects).verify("outline") {
            lines.append(line)
        }
        return lines
    }

    @Test(
        "A store that cannot be read ends the verification, and is no damage",
        arguments: [
            Failure(kind: .access, code: "AccessDenied"), Failure(kind: .notFound, code: "NoSuchBucket"),
            Failure(kind: .notFound, code: "RouteNotFound"), Failure(kind: .invalidRequest),
            Failure(kind: .unavailable), Failure(kind: .overloaded), Failure(kind: .full),
        ],
        ["packs/", "captures/"]
    )
    func unreadable(_ failure: Failure, _ prefix: String) async throws {
        let error = await #expect(throws: ObjectStoreError.self) { try await verify(reading: prefix, failure) }
        #expect(error?.kind == failure.kind && error?.code == failure.code)
    }

    @Test(
        "What is missing or wrong is damage, and the verification goes on",
        arguments: [
            Failure(kind: .notFound, code: "NoSuchKey"), Failure(kind: .corrupted), Failure(kind: .invalidRange),
            Failure(kind: .tooLarge),
        ]
    )
    func damaged(_ failure: Failure) async throws {
        let rows = try await verify(reading: "packs/", failure)
        #expect(rows.map { $0.problem != nil } == [true, true, false])
        #expect(rows.last?.problems == 2 && rows.last?.captures == 1)
        let captures = try await verify(reading: "captures/", failure)
        #expect(captures.map { $0.problem != nil } == [true, false])
        #expect(captures.last?.problems == 1 && captures.last?.nodes == 2)
    }

    @Test("A cancelled read of a record is no damage")
    func cancelledRead() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", Self.release))
        let entry = try #require(
            try await corpus.database.rows("SELECT \(LawEntry.columns) FROM nodes ORDER BY sort LIMIT 1")
                .map(LawEntry.init).first
        )
        // Cancelled when the read has begun, whose stream then just ends.
        let records = RecordReader(
            objects: WatchedObjects(corpus.objects) { _, _ in withUnsafeCurrentTask { $0?.cancel() } }
        )
        let task = Task { try await records.record(of: entry) }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A cancelled read of a capture is no damage")
    func cancelledCapture() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", Self.release))
        let objects = WatchedObjects(corpus.objects) { _, key in
            if key.hasPrefix("captures/") { withUnsafeCurrentTask { $0?.cancel() } }
        }
        let lines = CorpusReader(database: corpus.database, objects: objects).verify("outline")
        let task = Task {
            var problems: [String] = []
            for try await line in lines { if let problem = line.problem { problems.append(problem) } }
            return problems
        }
        // The stream of lines of a cancelled task ends, by itself or with the error; it tells of no damage.
        let found = await task.result
        if case .success(let problems) = found { #expect(problems.isEmpty) }
        if case .failure(let error) = found { #expect(error is CancellationError) }
    }
}
