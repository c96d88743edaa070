import NIOCore

/// The watchers of one job, and those who only wait for its end.
struct WatcherSet: Sendable {
    /// One for each event loop that has had a watcher.
    private var fanOuts: [ObjectIdentifier: FanOut] = [:]
    private var waiting: [ObjectIdentifier: WatcherQueue] = [:]

    /// Adds a watcher, which gets these bytes first.
    mutating func start(_ watcher: Watcher, with bytes: ByteBuffer) { fanOut(of: watcher).add(.start(watcher, bytes)) }

    /// Lets a watcher that has lost events start over with these bytes.
    mutating func restart(_ watcher: Watcher, with bytes: ByteBuffer) {
        fanOut(of: watcher).add(.restart(watcher, bytes))
    }

    /// Lets one watcher end, once it has what it was given.
    mutating func finish(_ watcher: Watcher) { fanOut(of: watcher).add(.finish(watcher)) }

    mutating func remove(_ watcher: Watcher) { fanOut(of: watcher).add(.leave(watcher)) }

    /// Adds a queue that is closed at the end and otherwise not minded.
    mutating func insert(_ queue: WatcherQueue) { waiting[ObjectIdentifier(queue)] = queue }

    mutating func remove(_ queue: WatcherQueue) { waiting[ObjectIdentifier(queue)] = nil }

    /// Gives all of them an event.
    func offer(_ event: ByteBuffer) {
        for fanOut in fanOuts.values { fanOut.offer(event) }
    }

    /// Gives those that have nothing waiting a sign of life.
    func beat() {
        for fanOut in fanOuts.values { fanOut.add(.beat(EventFrame.heartbeat)) }
    }

    /// Gives all of them the last event and lets them end.
    mutating func finish(with event: ByteBuffer) {
        for fanOut in fanOuts.values {
            fanOut.offer(event)
            fanOut.add(.finishAll)
        }
        for queue in waiting.values { queue.close() }
        waiting = [:]
    }

    private mutating func fanOut(of watcher: Watcher) -> FanOut {
        let name = ObjectIdentifier(watcher.eventLoop)
        if let fanOut = fanOuts[name] { return fanOut }
        let fanOut = FanOut(on: watcher.eventLoop)
        fanOuts[name] = fanOut
        return fanOut
    }
}
