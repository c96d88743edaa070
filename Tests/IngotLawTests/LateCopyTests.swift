import IngotCore
import IngotTesting
import Synchronization
import Testing

@testable import IngotLaw

/// Runs one of the calls once more after each call that follows it: as if it had been given up without an answer, made
/// again, and its first copy came through at that moment.
private final class LateCopies: Database {
    private struct State {
        var count = 0
        var late: [Statement]?
    }

    private let database: any Database
    private let number: Int
    private let state = Mutex(State())

    /// - Parameter number: of the call that comes late, from 0; `nil` for none.
    init(of number: Int?, _ database: any Database) {
        self.database = database
        self.number = number ?? -1
    }

    /// Calls so far, the late ones left out.
    var calls: Int { state.withLock { $0.count } }

    func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        let results = try await database.batch(statements, isIdempotent: isIdempotent)
        let late = state.withLock { state in
            // What may not run twice is not made again when its answer is lost.
            if state.count == number, isIdempotent { state.late = statements }
            state.count += 1
            return state.late
        }
        // It may be refused by then; nobody waits for its answer.
        if let late { _ = try? await database.batch(late, isIdempotent: true) }
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

    @Test("change nothing, whichever call it is, of jobs that insert, change, move and remove")
    func lateCopies() async throws {
        let control = try await Corpus()
        let counting = LateCopies(of: nil, control.database)
        for release in Self.releases {
            try await control.ingest(control.release(release.label, release.units), database: counting)
        }
        #expect(counting.calls > 20)
        var number = 0
        while true {
            let troubled = try await Corpus()
            var mostCalls = 0
            for release in Self.releases {
                let late = LateCopies(of: number, troubled.database)
                try await troubled.ingest(troubled.release(release.label, release.units), database: late)
                mostCalls = max(mostCalls, late.calls)
            }
            guard number < mostCalls else { break }
            for release in Self.releases {
                let expected = try await control.nodes(at: release.label)
                let found = try await troubled.nodes(at: release.label)
                #expect(found.map(\.key) == expected.map(\.key), "call \(number), release \(release.label)")
                #expect(found.map(\.text) == expected.map(\.text), "call \(number), release \(release.label)")
            }
            #expect(try await troubled.rowCount() == control.rowCount(), "call \(number)")
            try await troubled.expectWhole()
            for word in ["alpha", "delta", "gamma"] {
                #expect(try await troubled.words(word) == control.words(word), "call \(number)")
            }
            number += 1
        }
        #expect(number > 8)
    }
}
