import NIOCore
import Testing

@testable import IngotGateway

@Suite("What is to be done for a job's watchers")
struct FanOutStepsTests {
    private typealias Steps = FanOutSteps<String>

    private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    /// The steps as words.
    private func words(_ steps: inout Steps) -> [String] {
        steps.take().map { step in
            switch step {
            case .events(let events, _): "events \(String(buffer: events))"
            case .overflow: "overflow"
            case .start(let watcher, let bytes): "start \(watcher) \(String(buffer: bytes))"
            case .restart(let watcher, let bytes): "restart \(watcher) \(String(buffer: bytes))"
            case .leave(let watcher): "leave \(watcher)"
            case .finish(let watcher): "finish \(watcher)"
            case .finishAll: "finish all"
            case .beat: "beat"
            }
        }
    }

    @Test("Events that follow each other go out as one, and stay in their order among the comings and goings")
    func order() {
        var steps = Steps()
        #expect(steps.isEmpty)
        steps.add(.start("a", bytes("snapshot")))
        steps.add(event: bytes("1"), at: .now)
        steps.add(event: bytes("2"), at: .now)
        steps.add(.start("b", bytes("snapshot")))
        steps.add(event: bytes("3"), at: .now)
        steps.add(.leave("a"))
        steps.add(.finishAll)
        #expect(
            words(&steps) == ["start a snapshot", "events 12", "start b snapshot", "events 3", "leave a", "finish all"]
        )
        #expect(steps.isEmpty)
        #expect(words(&steps) == [])
    }

    @Test("Joining leaves the event itself as it is")
    func sharing() {
        var steps = Steps()
        let first = bytes("1")
        steps.add(event: first, at: .now)
        steps.add(event: bytes("2"), at: .now)
        #expect(words(&steps) == ["events 12"])
        #expect(String(buffer: first) == "1")
    }

    @Test("Events that wait together have waited since the first")
    func since() {
        var steps = Steps()
        let time = ContinuousClock.now
        steps.add(event: bytes("1"), at: time)
        steps.add(event: bytes("2"), at: time + .seconds(1))
        guard case .events(_, time)? = steps.take().first else {
            Issue.record("no events")
            return
        }
    }

    @Test("Too many events are dropped; whoever was there loses them, whoever comes later does not")
    func overflow() {
        var steps = Steps(maximumEvents: 2)
        steps.add(.start("a", bytes("snapshot")))
        for number in 1...3 { steps.add(event: bytes("\(number)"), at: .now) }
        steps.add(.start("b", bytes("snapshot")))
        steps.add(event: bytes("4"), at: .now)
        #expect(words(&steps) == ["start a snapshot", "overflow", "start b snapshot", "events 4"])
        for number in 1...2 { steps.add(event: bytes("\(number)"), at: .now) }
        #expect(words(&steps) == ["events 12"])
    }

    @Test("However much is dropped while nobody takes the steps, they say it once")
    func overflowAgain() {
        var steps = Steps(maximumEvents: 2)
        for number in 1...10 { steps.add(event: bytes("\(number)"), at: .now) }
        #expect(words(&steps) == ["overflow", "events 10"])
    }

    @Test("Events are bounded in bytes too, but one large event passes")
    func largeEvents() {
        var steps = Steps(maximumBytes: 4)
        steps.add(event: bytes("123456"), at: .now)
        #expect(words(&steps) == ["events 123456"])
        steps.add(event: bytes("123"), at: .now)
        steps.add(event: bytes("45"), at: .now)
        #expect(words(&steps) == ["overflow"])
    }
}

@Suite("What waits for one watcher")
struct WatcherBacklogTests {
    private func text(_ backlog: inout WatcherBacklog) -> [String] { backlog.take().map { String(buffer: $0) } }

    private func add(_ text: String, to backlog: inout WatcherBacklog) {
        backlog.add(ByteBuffer(string: text), at: .now)
    }

    @Test("It comes out in order")
    func order() {
        var backlog = WatcherBacklog()
        #expect(backlog.isEmpty)
        let time = ContinuousClock.now
        backlog.add(ByteBuffer(string: "a"), at: time)
        add("b", to: &backlog)
        #expect(!backlog.isEmpty)
        #expect(backlog.waitingSince == time)
        #expect(text(&backlog) == ["a", "b"])
        #expect(backlog.isEmpty)
        #expect(backlog.waitingSince == nil)
    }

    @Test("When it is full it drops everything and takes nothing until it starts over")
    func overflow() {
        var backlog = WatcherBacklog(maximumPieces: 3)
        for _ in 0..<4 { add("x", to: &backlog) }
        add("x", to: &backlog)
        #expect(backlog.isOverflowed)
        #expect(!backlog.isEmpty)
        #expect(text(&backlog) == [])
        backlog.restart()
        add("y", to: &backlog)
        #expect(text(&backlog) == ["y"])
    }

    @Test("Bytes are bounded, but one large piece passes")
    func largePieces() {
        var backlog = WatcherBacklog(maximumBytes: 4)
        add("123456", to: &backlog)
        #expect(text(&backlog) == ["123456"])
        add("123", to: &backlog)
        add("45", to: &backlog)
        #expect(backlog.isOverflowed)
    }
}
