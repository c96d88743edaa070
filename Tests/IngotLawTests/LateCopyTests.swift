import IngotCore
import IngotTesting
import Synchronization
import Testing

@testable import IngotLaw

/// Runs, after each call, all calls before it once more: as if each had been given up without an answer, made again,
/// and its first copy had come through at last.
private final class LateCopies: Database {
    private let database: any Database
    private let calls = Mutex<[[Statement]]>([])
    let lateCalls = Atomic<Int>(0)

    init(_ database: any Database) { self.database = database }

    func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        let results = try await database.batch(statements, isIdempotent: isIdempotent)
        // What may not run twice is not made again when its answer is lost.
        guard isIdempotent else { return results }
        let before = calls.withLock { calls in
            calls.append(statements)
            return calls
        }
        for call in before {
            // A copy may be refused by then; nobody waits for its answer.
            _ = try? await database.batch(call, isIdempotent: true)
            lateCalls.add(1, ordering: .relaxed)
        }
        return results
    }
}

@Suite("Calls to the database that come through late")
struct LateCopyTests {
    private static let releases: [(label: String, units: [String: String])] = [
        ("1", ["1": "/o/1: one\n  /o/1/a: alpha\n  /o/1/b: beta", "2": "/o/2: two\n  /o/2/a: gamma"]),
        ("2", ["1": "/o/1: one\n  /o/1/a: alpha changed\n  /o/1/c: new", "2": "/o/2: two\n  /o/2/a: gamma"]),
        ("3", ["1": "/o/1: one\n  /o/1/c: new\n  /o/1/a: alpha", "2": "/o/2: two again\n  /o/2/b: delta"]),
    ]

    @Test("change nothing, of jobs that insert, change, move and remove")
    func lateCopies() async throws {
        let (control, troubled) = (try await Corpus(), try await Corpus())
        for release in Self.releases {
            try await control.ingest(control.release(release.label, release.units))
            let late = LateCopies(troubled.database)
            try await troubled.ingest(troubled.release(release.label, release.units), database: late)
            #expect(late.lateCalls.load(ordering: .relaxed) > 20)
        }
        for release in Self.releases {
            let expected = try await control.nodes(at: release.label)
            let found = try await troubled.nodes(at: release.label)
            #expect(found.map(\.key) == expected.map(\.key), "release \(release.label)")
            #expect(found.map(\.text) == expected.map(\.text), "release \(release.label)")
        }
        #expect(try await troubled.rowCount() == control.rowCount())
        try await troubled.expectWhole()
        for word in ["alpha", "delta", "gamma"] { #expect(try await troubled.words(word) == control.words(word)) }
    }
}
