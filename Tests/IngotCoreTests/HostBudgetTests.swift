import Testing

@testable import IngotCore

/// A budget whose clock is a number of milliseconds, and all that it has granted.
private struct Simulation {
    var budget: HostBudget
    var now = ContinuousClock.now
    var generator = SeededRandom(seed: 7)
    /// What has started, with when.
    var starts: [(request: HostRequest, at: HostBudget.Instant)] = []
    private let beginning: HostBudget.Instant

    init(rate: Double = 10, requests: Int = 4) {
        budget = HostBudget(limits: HostLimits(rate: rate, requests: requests))
        beginning = now
    }

    /// Milliseconds since the beginning.
    var time: Int64 { (now - beginning).milliseconds }

    mutating func ask(_ party: String, _ id: String, every interval: Duration? = nil) {
        budget.ask(HostRequest(party: party, id: id), minimumInterval: interval, at: now)
        start()
    }

    /// Starts what may start now.
    mutating func start() {
        while let request = budget.next(at: now) { starts.append((request, now)) }
    }

    mutating func finish(_ party: String, _ id: String, _ answer: HostAnswer? = .served) {
        end(HostRequest(party: party, id: id), answer)
        start()
    }

    /// Gives a request back and starts nothing yet.
    mutating func end(_ request: HostRequest, _ answer: HostAnswer?) {
        budget.finish(request, answer, at: now, using: &generator)
    }

    /// Moves to the next moment for which the budget wants to be woken, as an alarm would.
    mutating func sleep() throws {
        now = try #require(budget.nextLook(at: now))
        start()
    }

    mutating func sleep(for duration: Duration) {
        let end = now + duration
        while let look = budget.nextLook(at: now), look <= end {
            now = look
            start()
        }
        now = end
        start()
    }

    var started: [String] { starts.map { $0.request.party + $0.request.id } }
}

@Suite("The budget of a host")
struct HostBudgetTests {
    @Test("A request to a host that is at rest starts at once, and the next after the interval")
    func spacing() throws {
        var simulation = Simulation(rate: 5)
        simulation.ask("a", "1")
        simulation.ask("a", "2")
        #expect(simulation.started == ["a1"])
        try simulation.sleep()
        #expect(simulation.started == ["a1", "a2"])
        #expect(simulation.time == 200)
    }

    @Test("No more requests are under way than may be, and one that ends lets the next one start")
    func concurrency() throws {
        var simulation = Simulation(rate: 1000, requests: 2)
        for number in 1...3 { simulation.ask("a", "\(number)") }
        simulation.sleep(for: .seconds(60))
        #expect(simulation.started == ["a1", "a2"])
        simulation.finish("a", "2")
        #expect(simulation.started == ["a1", "a2", "a3"])
        #expect(simulation.budget.requestsUnderWay == 2)
    }

    @Test("One party with many requests does not hold up another")
    func fairness() throws {
        var simulation = Simulation(requests: 1000)
        for number in 0..<100 { simulation.ask("a", "\(number)") }
        for number in 0..<3 { simulation.ask("b", "\(number)") }
        for _ in 0..<7 { try simulation.sleep() }
        #expect(simulation.started == ["a0", "a1", "b0", "a2", "b1", "a3", "b2", "a4"])
    }

    @Test("The distance that a host wishes holds before and after the request")
    func minimumInterval() throws {
        var simulation = Simulation(rate: 10)
        simulation.ask("a", "1")
        simulation.ask("a", "2", every: .seconds(2))
        simulation.ask("a", "3")
        try simulation.sleep()
        #expect(simulation.time == 2000)
        try simulation.sleep()
        #expect(simulation.time == 4000)
        #expect(simulation.started == ["a1", "a2", "a3"])
    }

    @Test("A grant that is taken back is given again when the distance to the start elsewhere is kept")
    func takenBack() throws {
        var simulation = Simulation(rate: 10)
        simulation.ask("a", "1", every: .seconds(72))
        #expect(simulation.started == ["a1"])
        simulation.budget.takeBack(
            HostRequest(party: "a", id: "1"),
            startedElsewhere: .seconds(50),
            keeping: .seconds(72),
            at: simulation.now
        )
        simulation.ask("a", "1", every: .seconds(72))
        #expect(simulation.started == ["a1"])
        try simulation.sleep()
        #expect(simulation.time == 22_000)
        #expect(simulation.started == ["a1", "a1"])
        // It keeps its own distance again.
        simulation.ask("a", "2", every: .seconds(72))
        try simulation.sleep()
        #expect(simulation.time == 94_000)
    }

    @Test("A host's wish for a pause holds for everybody, those that wait already included")
    func sharedPause() throws {
        var simulation = Simulation(rate: 1000)
        simulation.ask("a", "1")
        simulation.sleep(for: .milliseconds(1))
        simulation.ask("b", "1")
        simulation.finish("a", "1", .throttled(retryAfter: .seconds(30)))
        simulation.ask("b", "2")
        simulation.sleep(for: .milliseconds(29_998))
        #expect(simulation.started == ["a1", "b1"])
        simulation.sleep(for: .milliseconds(2))
        #expect(simulation.started == ["a1", "b1", "b2"])
    }

    @Test("No pause is longer than the bound")
    func pauseBound() throws {
        var simulation = Simulation()
        simulation.ask("a", "1")
        simulation.finish("a", "1", .throttled(retryAfter: .seconds(1_000_000)))
        #expect(simulation.budget.pauseLeft(at: simulation.now) == HostPause.longest)
        simulation.ask("a", "2")
        try simulation.sleep()
        #expect(simulation.started == ["a1", "a2"])
        for number in 2..<40 {
            simulation.finish("a", "\(number)", .throttled(retryAfter: nil))
            let left = try #require(simulation.budget.pauseLeft(at: simulation.now))
            #expect(left <= HostPause.longestUnasked)
            simulation.ask("a", "\(number + 1)")
            try simulation.sleep()
        }
    }

    /// The pause after one more refusal.
    private func refusal(_ simulation: inout Simulation, _ number: Int) throws -> Duration {
        simulation.ask("a", "\(number)")
        if simulation.budget.requestsUnderWay == 0 { try simulation.sleep() }
        simulation.finish("a", "\(number)", .throttled(retryAfter: nil))
        return try #require(simulation.budget.pauseLeft(at: simulation.now))
    }

    @Test("Pauses without a length grow with each refusal, and a success ends that")
    func growth() throws {
        var simulation = Simulation()
        var bound = HostPause.first
        for number in 1...6 {
            let pause = try refusal(&simulation, number)
            #expect(pause >= bound / 2 && pause <= bound, "\(number): \(pause)")
            bound = bound * 2
        }
        simulation.ask("a", "7")
        try simulation.sleep()
        simulation.finish("a", "7", .served)
        let pause = try refusal(&simulation, 8)
        #expect(pause <= HostPause.first)
    }

    @Test("An answer that says nothing of the host neither ends a row of refusals nor makes it longer")
    func unknownAnswer() throws {
        var simulation = Simulation()
        _ = try refusal(&simulation, 1)
        simulation.ask("a", "2")
        try simulation.sleep()
        simulation.finish("a", "2", .unknown)
        #expect(simulation.budget.pauseLeft(at: simulation.now) == nil)
        let pause = try refusal(&simulation, 3)
        #expect(pause >= HostPause.first && pause <= HostPause.first * 2)
        let ended = EndedRequest(RequestPermit(id: "1", host: "h"), .unknown)
        #expect(ended.answer == .unused)
        #expect(ended.hostAnswer == nil)
    }

    @Test("A place that was kept long enough does not keep the host from being forgotten")
    func idleness() {
        var simulation = Simulation(requests: 1)
        for number in 1...2 { simulation.ask("a", "\(number)") }
        simulation.budget.leave(HostRequest(party: "a", id: "2"), at: simulation.now)
        simulation.finish("a", "1")
        let end = simulation.now + HostBudget.placeKeeping
        #expect(!simulation.budget.isIdle(at: end - .milliseconds(1)))
        #expect(simulation.budget.waitingCount(of: "a", at: end - .milliseconds(1)) == 1)
        #expect(simulation.budget.isIdle(at: end))
        #expect(simulation.budget.waitingCount(of: "a", at: end) == 0)
    }

    @Test("A host that asks for an hour is left alone for an hour")
    func longPause() {
        var simulation = Simulation()
        simulation.ask("a", "1")
        simulation.finish("a", "1", .throttled(retryAfter: .seconds(3600)))
        #expect(simulation.budget.pauseLeft(at: simulation.now) == .seconds(3600))
    }

    @Test("Requests that were under way together count as one refusal, and their successes as none")
    func oneBurst() throws {
        var simulation = Simulation(rate: 1000)
        for number in 1...4 { simulation.ask("a", "\(number)") }
        simulation.sleep(for: .milliseconds(10))
        for number in 1...3 { simulation.finish("a", "\(number)", .throttled(retryAfter: nil)) }
        simulation.finish("a", "4", .served)
        let first = try #require(simulation.budget.pauseLeft(at: simulation.now))
        #expect(first <= HostPause.first)
        let second = try refusal(&simulation, 5)
        #expect(second >= HostPause.first && second <= HostPause.first * 2)
    }

    @Test("A request that is never given back ends with its lifetime, and its return after that changes nothing")
    func expiry() throws {
        var simulation = Simulation(requests: 1)
        simulation.ask("a", "1")
        simulation.ask("a", "2")
        try simulation.sleep()
        #expect(simulation.time == HostBudget.lifetime.milliseconds)
        #expect(simulation.started == ["a1", "a2"])
        simulation.finish("a", "1")
        simulation.budget.restore(HostRequest(party: "a", id: "1"), at: simulation.now)
        #expect(simulation.budget.requestsUnderWay == 1)
    }

    @Test("The end of a party ends what it makes and waits for")
    func partyEnd() throws {
        var simulation = Simulation(rate: 1000, requests: 2)
        for number in 1...4 { simulation.ask("a", "\(number)") }
        simulation.ask("b", "1")
        simulation.sleep(for: .seconds(1))
        simulation.budget.end("a")
        simulation.sleep(for: .seconds(1))
        #expect(simulation.started == ["a1", "a2", "b1"])
        #expect(simulation.budget.requestsUnderWay == 1)
        #expect(simulation.budget.waitingCount == 0)
    }

    @Test("A granted request that is asked for again waits for another moment, and counts once")
    func lostAnswer() throws {
        var simulation = Simulation(rate: 1)
        simulation.ask("a", "1")
        simulation.ask("a", "2")
        simulation.sleep(for: .milliseconds(900))
        simulation.ask("a", "1")
        try simulation.sleep()
        #expect(simulation.started == ["a1", "a1"])
        #expect(simulation.time == 1000)
        try simulation.sleep()
        #expect(simulation.started == ["a1", "a1", "a2"])
        #expect(simulation.budget.requestsUnderWay == 2)
    }

    @Test("Whoever does not listen is not granted anything, keeps a place for a while, and then has none")
    func placeKeeping() throws {
        var simulation = Simulation(rate: 1)
        simulation.ask("a", "1")
        for number in 2...3 { simulation.ask("a", "\(number)") }
        simulation.budget.leave(HostRequest(party: "a", id: "2"), at: simulation.now)
        try simulation.sleep()
        #expect(simulation.started == ["a1", "a3"])
        simulation.ask("a", "4")
        simulation.ask("a", "2")
        try simulation.sleep()
        #expect(simulation.started == ["a1", "a3", "a2"])
        simulation.budget.leave(HostRequest(party: "a", id: "4"), at: simulation.now)
        #expect(simulation.budget.nextLook(at: simulation.now) == nil)
        simulation.sleep(for: HostBudget.placeKeeping)
        #expect(simulation.budget.waitingCount == 0)
    }

    @Test("A request that was given back cannot be asked for by a message that comes late")
    func lateAsk() {
        var simulation = Simulation()
        simulation.finish("a", "1", nil)
        let isTaken = simulation.budget.ask(HostRequest(party: "a", id: "1"), minimumInterval: nil, at: simulation.now)
        #expect(!isTaken)
        #expect(simulation.budget.waitingCount == 0)
    }

    @Test("What is said twice counts once")
    func repeatedEnd() throws {
        var simulation = Simulation()
        simulation.ask("a", "1")
        simulation.finish("a", "1", .throttled(retryAfter: .seconds(10)))
        simulation.sleep(for: .seconds(9))
        simulation.finish("a", "1", .throttled(retryAfter: .seconds(10)))
        #expect(simulation.budget.pauseLeft(at: simulation.now) == .seconds(1))
    }

    @Test("After a restart those that are under way count again, and what the host told them holds")
    func restoration() throws {
        var simulation = Simulation(rate: 10, requests: 2)
        for number in 1...3 { simulation.budget.restore(HostRequest(party: "a", id: "\(number)"), at: simulation.now) }
        simulation.ask("a", "4")
        simulation.finish("a", "1")
        simulation.sleep(for: .seconds(1))
        #expect(simulation.starts.isEmpty)
        simulation.finish("a", "2")
        #expect(simulation.started == ["a4"])
        simulation.finish("z", "unknown", .throttled(retryAfter: .seconds(5)))
        #expect(simulation.budget.pauseLeft(at: simulation.now) == .seconds(5))
    }

    @Test("Whatever happens: the limits hold, nobody starts in a pause, and everybody gets a turn", arguments: 1...40)
    func anything(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let requests = Int.random(in: 1...5, using: &random)
        let rate = Double.random(in: 0.5...50, using: &random)
        var simulation = Simulation(rate: rate, requests: requests)
        let interval = HostLimits(rate: rate, requests: requests).interval
        var wishes: [HostRequest: Duration] = [:]
        var underWay: Set<HostRequest> = []
        var seen = 0
        var pausedUntil: HostBudget.Instant?
        func check() {
            for (index, start) in simulation.starts.enumerated().dropFirst(seen) {
                underWay.insert(start.request)
                #expect(pausedUntil.map { $0 <= start.at } ?? true)
                guard index > 0 else { continue }
                let before = simulation.starts[index - 1]
                let least = max(interval, wishes[before.request] ?? .zero, wishes[start.request] ?? .zero)
                #expect(start.at - before.at >= least)
            }
            seen = simulation.starts.count
            #expect(underWay.count <= requests)
            #expect(simulation.budget.requestsUnderWay == underWay.count)
        }
        var asked = 0
        for step in 0..<400 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let request = HostRequest(party: ["a", "b", "c"].randomElement(using: &random) ?? "a", id: "\(step)")
                if Bool.random(using: &random) {
                    wishes[request] = .milliseconds(Int.random(in: 0...300, using: &random))
                }
                asked += 1
                simulation.ask(request.party, request.id, every: wishes[request])
            case 4..<7:
                guard let request = underWay.sorted(by: { $0.id < $1.id }).randomElement(using: &random) else { break }
                underWay.remove(request)
                let answers: [HostAnswer] = [
                    .served, .served, .failed, .throttled(retryAfter: .seconds(2)), .throttled(retryAfter: nil),
                ]
                let answer = answers.randomElement(using: &random) ?? .served
                // What is not to start before the pause must not start in the very call that brings it.
                simulation.end(request, answer)
                pausedUntil = simulation.budget.pauseLeft(at: simulation.now).map { simulation.now + $0 }
                simulation.start()
            default: simulation.sleep(for: .milliseconds(Int.random(in: 0...500, using: &random)))
            }
            check()
        }
        while simulation.budget.waitingCount > 0 {
            for request in underWay { simulation.finish(request.party, request.id) }
            underWay = []
            check()
            // Otherwise it would sleep until those that are under way are given up.
            if simulation.budget.waitingCount > 0, underWay.isEmpty { try simulation.sleep() }
            check()
        }
        #expect(simulation.starts.count == asked)
    }
}
