import Synchronization
import Testing

@testable import IngotLaw

@Suite("Work on pieces in order")
struct OrderedWorkTests {
    private struct Refusal: Error {}

    @Test("Results come in the order of the pieces, whichever is done first")
    func order() async throws {
        var made = 0
        var kept: [Int] = []
        try await OrderedWork.run(width: 4) {
            guard made < 200 else { return Int?.none }
            made += 1
            return made
        } work: { piece in
            // The first of every few pieces takes longest, so later ones are done before it.
            var sum = piece
            for step in 0..<(piece % 5 == 0 ? 50_000 : 5) { sum = sum &* 31 &+ step }
            return sum == .min ? 0 : piece
        } keep: {
            kept.append($0)
        }
        #expect(kept == Array(1...200))
    }

    @Test("No more pieces are held than the width")
    func width() async throws {
        var made = 0
        var kept = 0
        var most = 0
        try await OrderedWork.run(width: 3) {
            guard made < 50 else { return Int?.none }
            made += 1
            most = max(most, made - kept)
            return made
        } work: {
            $0
        } keep: { _ in
            await Task.yield()
            kept += 1
        }
        #expect(kept == 50)
        #expect(most <= 3)
    }

    @Test("What the work throws ends it")
    func failure() async throws {
        var made = 0
        var kept: [Int] = []
        await #expect(throws: Refusal.self) {
            try await OrderedWork.run(width: 2) {
                made += 1
                return made
            } work: {
                guard $0 < 10 else { throw Refusal() }
                return $0
            } keep: {
                kept.append($0)
            }
        }
        #expect(kept == Array((1..<10).prefix(kept.count)))
        #expect(made <= 12)
    }

    @Test("No pieces are no work")
    func nothing() async throws {
        let calls = Mutex(0)
        try await OrderedWork.run(width: 2) {
            Int?.none
        } work: { piece in
            calls.withLock { $0 += piece }
        } keep: { _ in
            Issue.record("There was nothing to keep.")
        }
        #expect(calls.withLock { $0 } == 0)
    }
}
