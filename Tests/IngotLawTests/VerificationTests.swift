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
        let records = RecordReader(objects: CancellingObjects(corpus.objects, reading: "packs/"))
        let task = Task { try await records.record(of: entry) }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A cancelled verification tells of no damage", arguments: ["packs/", "captures/"])
    func cancelledVerification(_ prefix: String) async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", Self.release))
        let objects = CancellingObjects(corpus.objects, reading: prefix)
        let lines = CorpusReader(database: corpus.database, objects: objects).verify("outline")
        let task = Task { try await lines.reduce(into: []) { $0.append($1) } }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

/// An object store that opens a body whatever comes, and cancels the task that reads it: the stream just ends then.
private final class CancellingObjects: ObjectStore {
    private let objects: any ObjectStore
    private let prefix: String

    init(_ objects: any ObjectStore, reading prefix: String) {
        self.objects = objects
        self.prefix = prefix
    }

    func stream(_ key: String) async throws -> ByteStream {
        // A task of its own is not cancelled with the one that asks.
        let stream = try await Task { [objects] in try await objects.stream(key) }.value
        if key.hasPrefix(prefix) { withUnsafeCurrentTask { $0?.cancel() } }
        return stream
    }

    func get(_ key: String, range: Range<Int64>?, limit: Int) async throws -> [UInt8] {
        guard key.hasPrefix(prefix) else { return try await objects.get(key, range: range, limit: limit) }
        return try await stream(key).reduce(into: []) { $0 += $1 }
    }

    @discardableResult
    func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool {
        try await objects.put(key, body, contentType: contentType, onlyIfAbsent: onlyIfAbsent)
    }

    func head(_ key: String) async throws -> ObjectInfo? { try await objects.head(key) }

    func list(prefix: String, after token: String?) async throws -> ObjectPage {
        try await objects.list(prefix: prefix, after: token)
    }

    func delete(_ keys: [String]) async throws { try await objects.delete(keys) }
}
