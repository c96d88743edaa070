import CLinux
import Glibc

/// Many watchers of one stream and the one who publishes to it, on one thread.
///
/// A delivery costs one `epoll_wait` shared with others, one `recv` and a look for the mark, so that what is measured
/// is the server. Memory of the watchers is plain, as one is touched for each delivery.
final class WatchLoad {
    /// What one phase of publishing came to.
    struct Outcome {
        var published = 0
        var deliveries = 0
        /// Events that a watcher should have got and did not, or not in their order.
        var lost = 0
        /// From the first event to the last delivery.
        var seconds = 0.0
        var latencies = LatencyCounts()
        /// How long the server took to answer the publisher.
        var answers = LatencyCounts()
        /// The processor time of this process.
        var processorMicroseconds = 0
    }

    /// The phase has to end within this time after its last event.
    private static let patience: UInt64 = 20_000_000_000
    private static let bufferSize = 65_536
    /// Few, so that the publisher is not kept waiting behind them.
    private static let eventsAtOnce = 128
    /// The most watchers that have asked and are not answered yet.
    private static let connectingAtOnce = 256
    /// The most events that are on their way; a power of two.
    private static let ringSize = 4096

    private struct Watcher {
        var descriptor: Int32
        /// The number of the newest event that it has got.
        var newest = -1
        /// How many bytes of an unfinished mark are kept.
        var kept = 0
        var isStreaming = false
    }

    private let count: Int
    private let poll: Int32
    private let watchers: UnsafeMutablePointer<Watcher>
    private let keptBytes: UnsafeMutablePointer<UInt8>
    private let buffer: UnsafeMutableRawPointer
    private let ready: UnsafeMutablePointer<epoll_event>
    private let request: [UInt8]
    private let address: HTTPAddress
    /// What has come of answers' heads that are not complete.
    private var heads: [Int: [UInt8]] = [:]
    private var publisher: Publisher
    private(set) var streaming = 0
    private(set) var published = 0
    /// How many watchers have not got an event yet, by its number modulo the size.
    private let missing: UnsafeMutablePointer<Int32>
    /// How many events every watcher has.
    private var complete = 0
    private var newestDelivery: UInt64 = 0
    private var outcome = Outcome()

    init(watchers count: Int, of address: HTTPAddress, key: String?, publisher: Publisher) throws {
        self.count = count
        self.address = address
        self.publisher = publisher
        let credential = key.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        request = Array(
            ("GET \(address.path) HTTP/1.1\r\nHost: \(address.host):\(address.port)\r\n\(credential)"
                + "Accept: text/event-stream\r\n\r\n").utf8
        )
        watchers = .allocate(capacity: count)
        watchers.initialize(repeating: Watcher(descriptor: -1), count: count)
        keptBytes = .allocate(capacity: count * EventMark.maximumLength)
        keptBytes.initialize(repeating: 0, count: count * EventMark.maximumLength)
        buffer = .allocate(byteCount: WatchLoad.bufferSize + EventMark.maximumLength, alignment: 16)
        ready = .allocate(capacity: WatchLoad.eventsAtOnce)
        ready.initialize(repeating: epoll_event(), count: WatchLoad.eventsAtOnce)
        missing = .allocate(capacity: WatchLoad.ringSize)
        missing.initialize(repeating: 0, count: WatchLoad.ringSize)
        poll = epoll_create1(0)
        guard poll >= 0 else { throw SystemCallError("epoll_create1") }
        try add(publisher.descriptor, as: UInt32.max)
    }

    deinit {
        for index in 0..<count where watchers[index].descriptor >= 0 { close(watchers[index].descriptor) }
        close(publisher.descriptor)
        close(poll)
        watchers.deallocate()
        keptBytes.deallocate()
        buffer.deallocate()
        ready.deallocate()
        missing.deallocate()
    }

    // MARK: - Phases

    /// Connects all watchers and lets each of them get an event.
    func connect() throws {
        var asked = 0
        while streaming < count {
            while asked < count, asked - streaming < WatchLoad.connectingAtOnce {
                let descriptor = try LoopbackSocket.connect(to: address)
                watchers[asked].descriptor = descriptor
                try LoopbackSocket.write(request, to: descriptor)
                try add(descriptor, as: UInt32(asked))
                asked += 1
            }
            guard try step(until: monotonicNanoseconds() + WatchLoad.patience) else {
                throw ServerError(description: "only \(streaming) of \(count) watchers are let in")
            }
        }
        // A server may answer a moment before it has the watcher on its list.
        for _ in 0..<50 {
            try publishNext()
            let end = monotonicNanoseconds() + 1_000_000_000
            while monotonicNanoseconds() < end, publisher.sentAt != nil || !isEverybodyUpToDate {
                _ = try step(until: end)
            }
            if isEverybodyUpToDate { return }
        }
        throw ServerError(description: "not every watcher gets events")
    }

    /// Publishes the next event as soon as the last one was answered and fewer than `window` are on their way.
    func burst(seconds: Double, window: Int) throws -> Outcome {
        try phase(seconds: seconds) { [self] end in
            while monotonicNanoseconds() < end {
                if publisher.sentAt == nil, published - complete < window { try publishNext() }
                _ = try step(until: end)
            }
        }
    }

    /// Publishes at a steady rate, whatever the server does.
    func paced(seconds: Double, rate: Double) throws -> Outcome {
        try phase(seconds: seconds) { [self] end in
            let distance = UInt64(1e9 / rate)
            var next = monotonicNanoseconds()
            while next < end {
                if monotonicNanoseconds() >= next, publisher.sentAt == nil, published - complete < WatchLoad.ringSize {
                    try publishNext()
                    next += distance
                }
                _ = try step(until: publisher.sentAt == nil ? next : monotonicNanoseconds() + WatchLoad.patience)
            }
        }
    }

    private func phase(seconds: Double, _ publish: (_ end: UInt64) throws -> Void) throws -> Outcome {
        outcome = Outcome()
        let (first, begun, processor) = (published, monotonicNanoseconds(), WatchLoad.processorMicroseconds())
        complete = published
        newestDelivery = begun
        try publish(begun + UInt64(seconds * 1e9))
        let end = monotonicNanoseconds() + WatchLoad.patience
        while monotonicNanoseconds() < end, publisher.sentAt != nil || !isEverybodyUpToDate {
            _ = try step(until: end)
        }
        outcome.published = published - first
        outcome.seconds = Double(newestDelivery - begun) / 1e9
        outcome.processorMicroseconds = WatchLoad.processorMicroseconds() - processor
        // What has not come by now is lost as well.
        for index in 0..<count { outcome.lost += published - max(first, watchers[index].newest) }
        for index in 0..<count { watchers[index].newest = published }
        return outcome
    }

    // MARK: - One turn

    /// Waits for what there is to read, and reads it.
    ///
    /// - Returns: whether there was something.
    private func step(until end: UInt64) throws -> Bool {
        let now = monotonicNanoseconds()
        // Rounded up, so that the last millisecond is not spent asking again and again.
        let wait = end > now ? Int32((end - now + 999_999) / 1_000_000) : 0
        let number = epoll_wait(poll, ready, Int32(WatchLoad.eventsAtOnce), wait)
        if number < 0 {
            if errno == EINTR { return true }
            throw SystemCallError("epoll_wait")
        }
        for index in 0..<Int(number) {
            let name = ready[index].data.u32
            if name == UInt32.max {
                if let took = try publisher.receive() { outcome.answers.add(nanoseconds: took) }
            } else if watchers[Int(name)].isStreaming {
                try read(Int(name))
            } else {
                try readHead(Int(name))
            }
        }
        return number > 0
    }

    private func publishNext() throws {
        published += 1
        missing[published & (WatchLoad.ringSize - 1)] = Int32(count)
        try publisher.publish(EventMark(sentAt: monotonicNanoseconds(), number: published))
    }

    private func read(_ index: Int) throws {
        let watcher = watchers + index
        let kept = watcher.pointee.kept
        let keptPlace = keptBytes + index * EventMark.maximumLength
        if kept > 0 { memcpy(buffer, keptPlace, kept) }
        let number = recv(watcher.pointee.descriptor, buffer + kept, WatchLoad.bufferSize, 0)
        if number < 0, errno == EAGAIN { return }
        guard number > 0 else { throw ServerError(description: "the stream of watcher \(index) was cut off") }
        let rest = scan(UnsafeRawBufferPointer(start: buffer, count: kept + number), watcher)
        guard rest.count <= EventMark.maximumLength else { throw ServerError(description: "a mark without an end") }
        if !rest.isEmpty, let start = rest.baseAddress { memcpy(keptPlace, start, rest.count) }
        watcher.pointee.kept = rest.count
    }

    /// Takes all marks in some bytes.
    ///
    /// - Returns: the beginning of one that is not complete.
    private func scan(_ bytes: UnsafeRawBufferPointer, _ watcher: UnsafeMutablePointer<Watcher>)
        -> UnsafeRawBufferPointer
    {
        let now = monotonicNanoseconds()
        var place = 0
        while let start = bytes.index(of: EventMark.border, from: place) {
            guard let end = bytes.index(of: EventMark.border, from: start + 1) else {
                return UnsafeRawBufferPointer(rebasing: bytes[start...])
            }
            if let mark = EventMark(UnsafeRawBufferPointer(rebasing: bytes[(start + 1)..<end])) {
                take(mark, at: now, watcher)
            }
            place = end + 1
        }
        return UnsafeRawBufferPointer(start: nil, count: 0)
    }

    @inline(__always)
    private func take(_ mark: EventMark, at now: UInt64, _ watcher: UnsafeMutablePointer<Watcher>) {
        let newest = watcher.pointee.newest
        watcher.pointee.newest = mark.number
        if newest >= 0, mark.number != newest + 1 { outcome.lost += max(1, mark.number - newest - 1) }
        outcome.deliveries += 1
        outcome.latencies.add(nanoseconds: now > mark.sentAt ? now - mark.sentAt : 0)
        newestDelivery = now
        let slot = mark.number & (WatchLoad.ringSize - 1)
        missing[slot] -= 1
        if missing[slot] == 0 { complete += 1 }
    }

    private func readHead(_ index: Int) throws {
        let number = recv(watchers[index].descriptor, buffer, WatchLoad.bufferSize, 0)
        if number < 0, errno == EAGAIN { return }
        guard number > 0 else { throw ServerError(description: "watcher \(index) was turned away") }
        var head = heads.removeValue(forKey: index) ?? []
        head += UnsafeRawBufferPointer(start: buffer, count: number)
        let text = String(decoding: head, as: UTF8.self)
        guard text.contains("\r\n\r\n") else {
            heads[index] = head
            return
        }
        guard text.hasPrefix("HTTP/1.1 200 ") else { throw ServerError(description: "a watcher was answered: \(text)") }
        watchers[index].isStreaming = true
        streaming += 1
        // Events may be in the same bytes.
        head.withUnsafeBytes { bytes in
            let rest = scan(bytes, watchers + index)
            keptBytes.advanced(by: index * EventMark.maximumLength).update(
                from: Array(rest.prefix(EventMark.maximumLength)),
                count: min(rest.count, EventMark.maximumLength)
            )
            watchers[index].kept = min(rest.count, EventMark.maximumLength)
        }
    }

    // MARK: - Details

    private var isEverybodyUpToDate: Bool {
        for index in 0..<count where watchers[index].newest < published { return false }
        return true
    }

    private func add(_ descriptor: Int32, as name: UInt32) throws {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u32 = name
        guard epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0 else { throw SystemCallError("epoll_ctl") }
    }

    private static func processorMicroseconds() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000 + usage.ru_utime.tv_usec
            + usage.ru_stime.tv_usec
    }
}

extension UnsafeRawBufferPointer {
    /// The first place of a byte, found by the C library.
    @inline(__always)
    fileprivate func index(of byte: UInt8, from start: Int) -> Int? {
        guard start < count, let base = baseAddress, let found = memchr(base + start, Int32(byte), count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }
}
