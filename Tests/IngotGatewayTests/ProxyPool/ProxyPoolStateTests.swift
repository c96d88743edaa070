import IngotCore
import Testing

@testable import IngotGateway

/// A state that a test changes within an expectation.
@dynamicMemberLookup
private final class Pool {
    private var state: ProxyPoolState
    private var generator = SeededRandom(seed: 1)

    init(_ settings: ProxyPoolSettings) { state = ProxyPoolState(settings: settings) }

    subscript<Value>(dynamicMember path: KeyPath<ProxyPoolState, Value>) -> Value { state[keyPath: path] }

    func set(_ settings: ProxyPoolSettings) { state.set(settings) }

    func take(_ list: [ProxyEndpoint], of source: String, at now: Timestamp) { state.take(list, of: source, at: now) }

    func fail(_ source: String, _ error: String, at now: Timestamp) { state.fail(source, error, at: now) }

    func finish(_ endpoint: ProxyEndpoint, passed: Bool?, at now: Timestamp) {
        state.finish(endpoint, passed: passed, at: now)
    }

    func judgeSources(at now: Timestamp) { state.judgeSources(at: now) }
    func nextBatch(at now: Timestamp) -> [ProxyEndpoint] { state.nextBatch(at: now, using: &generator) }

    func nextLook(at now: Timestamp) -> Timestamp? { state.nextLook(at: now) }

    func isValidating(at now: Timestamp) -> Bool { state.isValidating(at: now) }

    func sourcesToFetch(at now: Timestamp, because reason: ProxyPoolState.FetchReason = .age) -> [ProxySource] {
        state.sourcesToFetch(at: now, because: reason)
    }

    func lend(to session: ProxyLoans.Session, at now: Timestamp) -> ProxyLoans.Loan? {
        state.lend(to: session, at: now)
    }

    func report(_ outcome: ProxyOutcome, of loan: String, by party: String, at now: Timestamp) {
        state.report(outcome, of: loan, by: party, at: now)
    }

    func endLoans(party: String) { state.loans.end(party: party) }

    func takeChanges() -> (proxies: [ProxyEndpoint: PooledProxy?], sources: [String: ProxySourceRecord?]) {
        state.takeChanges()
    }

    func restore(_ kept: [ProxyEndpoint: PooledProxy], _ records: [String: ProxySourceRecord]) {
        state.restore(kept, records)
    }
}

@Suite("The pool's decisions")
struct ProxyPoolStateTests {
    private static let start = Timestamp(millisecondsSinceEpoch: 1_772_000_000_000)

    private static func endpoints(_ range: Range<UInt32>) -> [ProxyEndpoint] {
        range.map { ProxyEndpoint(address: 0x0A00_0000 + $0, port: 80) }
    }

    private static func settings(_ target: Int, sources: [String] = ["a"]) -> ProxyPoolSettings {
        var settings = ProxyPoolSettings()
        settings.targetCount = target
        settings.sources = sources.map { ProxySource(name: $0, url: "http://\($0).example/list") }
        return settings
    }

    /// A pool in which these are valid.
    private static func pool(_ count: UInt32, target: Int? = nil) -> Pool {
        let state = Pool(settings(target ?? Int(count)))
        state.take(endpoints(0..<count), of: "a", at: start)
        for endpoint in endpoints(0..<count) { state.finish(endpoint, passed: true, at: start) }
        return state
    }

    private static func session(_ name: String, _ party: String = "job/1") -> ProxyLoans.Session {
        ProxyLoans.Session(party: party, name: name)
    }

    @Test("A batch is as large as it probably takes, never larger than may be checked at once, and no proxy is in two")
    func batches() {
        let state = Pool(Self.settings(100))
        state.take(Self.endpoints(0..<2000), of: "a", at: Self.start)
        let first = state.nextBatch(at: Self.start)
        #expect(first.count == 200)
        let second = state.nextBatch(at: Self.start)
        #expect(Set(first).isDisjoint(with: second))
        // One in ten is good, so the next batch is of the most that may be checked.
        for (index, endpoint) in (first + second).enumerated() {
            state.finish(endpoint, passed: index % 10 == 0, at: Self.start)
        }
        #expect(state.valid.count == (first.count + second.count) / 10)
        #expect(state.nextBatch(at: Self.start).count == 250)
    }

    @Test("While the pool is full nobody is checked, until a check is too old")
    func age() {
        let state = Self.pool(10)
        state.take(Self.endpoints(0..<100), of: "a", at: Self.start)
        #expect(state.nextBatch(at: Self.start.advanced(by: .seconds(299))) == [])
        #expect(state.isValidating(at: Self.start) == false)
        let later = Self.start.advanced(by: .seconds(300))
        #expect(state.nextLook(at: Self.start) == later)
        #expect(Set(state.nextBatch(at: later)) == state.valid)
        // A clock that is set back leaves nobody unchecked.
        let other = Self.pool(10)
        #expect(other.nextBatch(at: Self.start.advanced(by: .seconds(-1))).count == 10)
    }

    @Test("A proxy that fails rests for longer each time, and is given up at the third")
    func strikes() throws {
        let state = Pool(Self.settings(5))
        let endpoint = Self.endpoints(0..<1)
        state.take(endpoint, of: "a", at: Self.start)
        var now = Self.start
        for rest in [30, 120, 3600] {
            #expect(state.nextBatch(at: now) == endpoint)
            state.finish(endpoint[0], passed: false, at: now)
            #expect(state.nextBatch(at: now.advanced(by: .seconds(rest - 1))) == [])
            now = now.advanced(by: .seconds(rest))
        }
        // Not by itself any more; a list that still has it gives it one more chance.
        #expect(state.nextBatch(at: now) == [])
        #expect(state.knownCount == 0)
        state.take(endpoint, of: "a", at: now)
        #expect(state.nextBatch(at: now) == endpoint)
    }

    @Test("A source whose proxies are bad is put aside, each time for twice as long")
    func quarantine() {
        let state = Pool(Self.settings(5, sources: ["bad", "good"]))
        state.take(Self.endpoints(0..<5000), of: "bad", at: Self.start)
        state.take(Self.endpoints(5000..<5001), of: "good", at: Self.start)
        state.finish(Self.endpoints(5000..<5001)[0], passed: true, at: Self.start)
        var now = Self.start
        for minutes in [10, 20, 40] {
            var batch = state.nextBatch(at: now)
            while !batch.isEmpty {
                for endpoint in batch where state.proxies[endpoint]?.sources == ["bad"] {
                    state.finish(endpoint, passed: false, at: now)
                }
                for endpoint in batch { state.finish(endpoint, passed: nil, at: now) }
                state.judgeSources(at: now)
                batch = state.nextBatch(at: now).filter { state.proxies[$0]?.isValid == false }
            }
            let end = now.advanced(by: .seconds(60 * minutes))
            #expect(state.records["bad"]?.quarantinedUntil == end)
            #expect(state.records["good"]?.quarantinedUntil == nil)
            #expect(!state.sourcesToFetch(at: end.advanced(by: .seconds(-1))).contains { $0.name == "bad" })
            #expect(state.sourcesToFetch(at: now, because: .request).map(\.name) == ["bad", "good"])
            now = end
        }
    }

    @Test("A source that gives few good proxies, but some, is not put aside")
    func measured() {
        var record = ProxySourceRecord()
        for number in 0..<3000 {
            record.count(passed: number % 60 == 0, at: Self.start)
            if number % 250 == 249 { record.judge(at: Self.start) }
        }
        #expect(record.quarantinedUntil == nil)
    }

    @Test("A source whose dead proxies answer before its good ones is judged when all have answered")
    func order() {
        let state = Pool(Self.settings(100))
        let endpoints = Self.endpoints(0..<250)
        state.take(endpoints, of: "a", at: Self.start)
        let batch = state.nextBatch(at: Self.start)
        #expect(batch.count > ProxySourceRecord.measuredChecks)
        for endpoint in batch.dropLast(20) { state.finish(endpoint, passed: false, at: Self.start) }
        for endpoint in batch.suffix(20) { state.finish(endpoint, passed: true, at: Self.start) }
        state.judgeSources(at: Self.start)
        #expect(state.records["a"]?.quarantinedUntil == nil)
        #expect(state.records["a"]?.succeeded == 20)
    }

    @Test("Lists are fetched by age, sooner when there is nobody left to check or runners wait")
    func lists() {
        let state = Pool(Self.settings(5))
        #expect(state.sourcesToFetch(at: Self.start).count == 1)
        state.take(Self.endpoints(0..<30), of: "a", at: Self.start)
        #expect(state.sourcesToFetch(at: Self.start.advanced(by: .seconds(599))) == [])
        #expect(state.sourcesToFetch(at: Self.start.advanced(by: .seconds(600))).count == 1)
        #expect(state.sourcesToFetch(at: Self.start.advanced(by: .seconds(10)), because: .lack).count == 1)
        for endpoint in Self.endpoints(0..<30) { state.finish(endpoint, passed: false, at: Self.start) }
        #expect(state.sourcesToFetch(at: Self.start.advanced(by: .seconds(60))).count == 0)
        for endpoint in Self.endpoints(0..<30) { state.finish(endpoint, passed: false, at: Self.start) }
        for endpoint in Self.endpoints(0..<30) { state.finish(endpoint, passed: false, at: Self.start) }
        #expect(state.sourcesToFetch(at: Self.start.advanced(by: .seconds(59))) == [])
        #expect(state.sourcesToFetch(at: Self.start.advanced(by: .seconds(60))).count == 1)
    }

    @Test("What a list does not have any more is forgotten, unless it is valid; a failing list changes nothing")
    func merging() {
        let state = Pool(Self.settings(2, sources: ["a", "b"]))
        state.take(Self.endpoints(0..<4), of: "a", at: Self.start)
        state.take(Self.endpoints(3..<5), of: "b", at: Self.start)
        state.finish(Self.endpoints(0..<1)[0], passed: true, at: Self.start)
        state.fail("b", "status 500", at: Self.start)
        #expect(state.proxies.count == 5)
        state.take(Self.endpoints(1..<2), of: "a", at: Self.start)
        #expect(Set(state.proxies.keys) == Set(Self.endpoints(0..<2) + Self.endpoints(3..<5)))
        #expect(state.records["b"]?.error == "status 500")
        state.set(Self.settings(2, sources: ["b"]))
        #expect(Set(state.proxies.keys) == Set(Self.endpoints(3..<5)))
        #expect(state.valid == [])
    }

    @Test("No more proxies are known than the bound")
    func bound() {
        let state = Pool(Self.settings(2, sources: (0..<6).map { "s\($0)" }))
        for number in 0..<6 {
            let start = UInt32(number) * 10_000
            state.take(Self.endpoints(start..<start + 10_000), of: "s\(number)", at: Self.start)
        }
        #expect(state.proxies.count == ProxyPoolState.maximumProxies)
    }

    @Test("A hundred loans over ten proxies use each ten times, and none twice running")
    func rotation() throws {
        let state = Self.pool(10)
        var lent: [ProxyEndpoint] = []
        for number in 0..<100 {
            let loan = try #require(state.lend(to: Self.session("s\(number)"), at: Self.start))
            lent.append(loan.endpoint)
        }
        #expect(Dictionary(grouping: lent) { $0 }.mapValues(\.count).values.sorted() == Array(repeating: 10, count: 10))
        #expect(zip(lent, lent.dropFirst()).allSatisfy { $0 != $1 })
    }

    @Test("The same holds when each loan ends before the next")
    func rotationOfOne() throws {
        let state = Self.pool(10)
        var lent: [ProxyEndpoint] = []
        for number in 0..<100 {
            lent.append(try #require(state.lend(to: Self.session("s", "job/\(number)"), at: Self.start)).endpoint)
            state.endLoans(party: "job/\(number)")
        }
        #expect(Set(lent).count == 10)
        #expect(zip(lent, lent.dropFirst()).allSatisfy { $0 != $1 })
        #expect(state.loans.count == 0)
    }

    @Test("A session keeps its proxy until that has failed; another session has another")
    func sticky() throws {
        let state = Self.pool(3)
        let first = try #require(state.lend(to: Self.session("one"), at: Self.start))
        let second = try #require(state.lend(to: Self.session("two"), at: Self.start))
        #expect(first.endpoint != second.endpoint)
        #expect(state.lend(to: Self.session("one"), at: Self.start) == first)
        state.report(.served, of: first.id, by: "job/1", at: Self.start)
        #expect(state.lend(to: Self.session("one"), at: Self.start) == first)
        // Nobody can speak for another attempt.
        state.report(.failed, of: first.id, by: "job/2", at: Self.start)
        #expect(state.lend(to: Self.session("one"), at: Self.start) == first)
        state.report(.failed, of: first.id, by: "job/1", at: Self.start)
        let next = try #require(state.lend(to: Self.session("one"), at: Self.start))
        #expect(next.endpoint != first.endpoint)
        #expect(next.endpoint != second.endpoint)
    }

    @Test("Three reports of failure in a row take a proxy out at once, a lie alone does")
    func reports() throws {
        let state = Self.pool(1)
        func fail(_ outcome: ProxyOutcome) throws {
            let loan = try #require(state.lend(to: Self.session("s"), at: Self.start))
            state.report(outcome, of: loan.id, by: "job/1", at: Self.start)
            // A report that arrives again counts once.
            if outcome == .failed { state.report(outcome, of: loan.id, by: "job/1", at: Self.start) }
        }
        for outcome in [ProxyOutcome.failed, .failed, .served, .failed, .failed] { try fail(outcome) }
        #expect(state.valid.count == 1)
        try fail(.failed)
        #expect(state.valid.count == 0)
        #expect(state.lend(to: Self.session("s"), at: Self.start) == nil)
        // It may come back by a check, after its rest.
        let rested = Self.start.advanced(by: .seconds(30))
        #expect(state.nextBatch(at: rested).count == 1)
        let other = Self.pool(1)
        let loan = try #require(other.lend(to: Self.session("s"), at: Self.start))
        other.report(.lied, of: loan.id, by: "job/1", at: Self.start)
        #expect(other.valid.count == 0)
        #expect(other.nextBatch(at: rested) == [])
    }

    @Test("Loans are bounded")
    func loans() {
        let state = Self.pool(3)
        for number in 0..<ProxyLoans.maximumLoans + 10 {
            _ = state.lend(to: Self.session("s\(number)"), at: Self.start)
        }
        #expect(state.loans.count <= ProxyLoans.maximumLoans)
    }

    @Test("What was kept is there at once and is checked first")
    func restoring() {
        let old = Self.pool(5, target: 8)
        old.finish(Self.endpoints(0..<1)[0], passed: false, at: Self.start)
        let kept = old.takeChanges()
        #expect(old.takeChanges().proxies.isEmpty)
        let state = Pool(Self.settings(8))
        state.restore(kept.proxies.compactMapValues { $0 }, kept.sources.compactMapValues { $0 })
        #expect(state.valid.count == 4)
        #expect(state.records["a"]?.checked == 5)
        #expect(Set(state.nextBatch(at: Self.start)) == Set(Self.endpoints(1..<5)))
        // Those of a source that is not there any more are not taken up.
        let other = Pool(Self.settings(8, sources: ["b"]))
        other.restore(kept.proxies.compactMapValues { $0 }, [:])
        #expect(other.proxies.isEmpty)
        #expect(other.takeChanges().proxies.count == 5)
    }

    @Test("Another address for checks has all proxies checked anew")
    func otherCheck() {
        let state = Self.pool(5)
        var settings = Self.settings(5)
        settings.validationURL = "http://other.example/"
        state.set(settings)
        #expect(state.valid.count == 5)
        #expect(state.nextBatch(at: Self.start).count == 5)
    }
}
