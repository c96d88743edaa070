import IngotCore
import NIOCore
import Testing

@testable import IngotGateway

@Suite("The ring of a job's newest events")
struct ProgressLogTests {
    private func log(events: Int, capacity: Int = 512, lastSequence: Int64 = 0) -> ProgressLog {
        var log = ProgressLog(lastSequence: lastSequence, capacity: capacity)
        for number in 0..<events { _ = log.append(.progress, Array("{\"n\":\(number)}".utf8)) }
        return log
    }

    private func numbers(_ start: ProgressLog.Start) -> [Int64]? {
        if case .replay(let entries) = start { entries.map(\.sequence) } else { nil }
    }

    @Test("A watcher that has seen nothing gets a snapshot, one that has seen something exactly the rest")
    func starts() {
        let log = log(events: 5)
        #expect(log.start(after: nil, isEnded: false) == .snapshot)
        #expect(numbers(log.start(after: 0, isEnded: false)) == [1, 2, 3, 4, 5])
        #expect(numbers(log.start(after: 3, isEnded: false)) == [4, 5])
        #expect(numbers(log.start(after: 5, isEnded: false)) == [])
        #expect(log.start(after: 6, isEnded: false) == .reset)
    }

    @Test("What the ring has dropped is a reset")
    func dropped() {
        let log = log(events: 20, capacity: 8)
        #expect(log.start(after: 11, isEnded: false) == .reset)
        #expect(numbers(log.start(after: 12, isEnded: false)) == Array(13...20))
        #expect(log.start(after: 0, isEnded: false) == .reset)
    }

    @Test("The ring is bounded in bytes too, and keeps the newest event whatever its size")
    func bytes() {
        var log = ProgressLog(lastSequence: 0, maximumBytes: 1000)
        for _ in 0..<10 { _ = log.append(.progress, Array(repeating: 0x20, count: 300)) }
        #expect(numbers(log.start(after: 8, isEnded: false)) == [9, 10])
        #expect(log.start(after: 5, isEnded: false) == .reset)
        _ = log.append(.progress, Array(repeating: 0x20, count: 5000))
        #expect(numbers(log.start(after: 10, isEnded: false)) == [11])
    }

    @Test("A watcher that has seen the end has nothing left")
    func ended() {
        var log = log(events: 3)
        _ = log.append(.done, Array("{}".utf8))
        #expect(log.start(after: 4, isEnded: true) == .nothingLeft)
        #expect(log.start(after: 99, isEnded: true) == .nothingLeft)
        #expect(numbers(log.start(after: 3, isEnded: true)) == [4])
        #expect(log.start(after: nil, isEnded: true) == .snapshot)
    }

    @Test("After a restart the numbers go on behind every number that may have been shown")
    func gap() {
        var log = ProgressLog(lastSequence: 7 + ProgressLog.gapAfterLoss)
        let entry = log.append(.done, [])
        #expect(entry.sequence == 8 + ProgressLog.gapAfterLoss)
        #expect(log.start(after: 8, isEnded: true) == .reset)
    }

    @Test("Numbers that are not saved stay below the gap")
    func saving() {
        var log = log(events: Int(ProgressLog.gapAfterLoss / 2) - 1)
        #expect(!log.mustSaveFirst)
        _ = log.append(.progress, [])
        #expect(log.mustSaveFirst)
        log.noteSaved(log.lastSequence)
        #expect(!log.mustSaveFirst)
        #expect(!log.isExhausted)
    }

    @Test("A decided number is used, and never a smaller one")
    func decidedNumber() {
        var log = log(events: 3)
        #expect(log.append(.done, [], sequence: 9).sequence == 9)
        #expect(log.append(.done, [], sequence: 4).sequence == 10)
    }

    @Test("An event on the wire")
    func frame() {
        let frame = EventFrame.encode(JobEvent(sequence: 12, kind: .progress, data: Array("{\"a\":1}".utf8)))
        #expect(String(buffer: frame) == "id: 12\nevent: progress\ndata: {\"a\":1}\n\n")
        #expect(String(buffer: EventFrame.preamble) == "retry: 2000\n\n")
        #expect(String(buffer: EventFrame.heartbeat) == ": hb\n\n")
    }
}

@Suite("The buffer of one watcher")
struct WatcherQueueTests {
    private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test("What waits comes out in order, as one piece")
    func order() {
        let queue = WatcherQueue()
        #expect(queue.take() == .empty)
        queue.offer(bytes("a"))
        queue.offer(bytes("b"))
        #expect(queue.take() == .bytes(bytes("ab")))
        #expect(queue.take() == .empty)
    }

    @Test("A full buffer drops everything and stays empty until it is restarted")
    func overflow() {
        let queue = WatcherQueue(maximumFrames: 3, maximumBytes: 100)
        for _ in 0..<4 { queue.offer(bytes("x")) }
        queue.offer(bytes("x"))
        #expect(queue.take() == .overflowed)
        #expect(queue.dropped == 5)
        queue.restart(with: bytes("reset"))
        queue.offer(bytes("y"))
        #expect(queue.take() == .bytes(bytes("resety")))
    }

    @Test("Bytes are bounded, but one large event passes")
    func largeEvents() {
        let queue = WatcherQueue(maximumFrames: 10, maximumBytes: 4)
        queue.offer(bytes("123456"))
        #expect(queue.take() == .bytes(bytes("123456")))
        queue.offer(bytes("123"))
        queue.offer(bytes("45"))
        #expect(queue.take() == .overflowed)
    }

    @Test("After closing, what waits is taken first")
    func closing() async {
        let queue = WatcherQueue()
        queue.offer(bytes("last"))
        queue.close()
        queue.offer(bytes("late"))
        for await _ in queue.signals {}
        #expect(queue.take() == .bytes(bytes("last")))
        #expect(queue.take() == .ended)
    }

    @Test("A heartbeat is not queued behind events")
    func heartbeat() {
        let queue = WatcherQueue()
        queue.offer(bytes("event"))
        queue.offerIfIdle(EventFrame.heartbeat)
        #expect(queue.take() == .bytes(bytes("event")))
        queue.offerIfIdle(EventFrame.heartbeat)
        #expect(queue.take() == .bytes(EventFrame.heartbeat))
    }
}
