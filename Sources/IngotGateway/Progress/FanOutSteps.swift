import NIOCore

/// What is to be done for watchers, in the order in which their job's actor said it.
///
/// Events that follow each other wait as one, so that a loop that is behind gives each connection all of them at once.
/// They are bounded: when too many wait they are dropped, and the watchers of that moment start over.
struct FanOutSteps<Watcher> {
    enum Step {
        /// Events for all.
        case events(ByteBuffer, since: ContinuousClock.Instant)
        /// Events for all were dropped.
        case overflow
        /// A watcher comes, and these bytes are the first for it.
        case start(Watcher, ByteBuffer)
        /// A watcher that was too slow starts over with these bytes.
        case restart(Watcher, ByteBuffer)
        case leave(Watcher)
        /// Nothing comes any more for this watcher.
        case finish(Watcher)
        /// Nothing comes any more for anybody.
        case finishAll
        /// Whoever has nothing waiting gets these bytes.
        case beat(ByteBuffer)
    }

    private let maximumEvents: Int
    private let maximumBytes: Int
    private var steps: [Step] = []
    private var events = 0
    private var bytes = 0

    init(maximumEvents: Int = 1024, maximumBytes: Int = 4 << 20) {
        self.maximumEvents = maximumEvents
        self.maximumBytes = maximumBytes
    }

    var isEmpty: Bool { steps.isEmpty }

    mutating func add(_ step: Step) {
        steps.append(step)
    }

    /// Adds one event.
    mutating func add(event: ByteBuffer, at time: ContinuousClock.Instant) {
        guard events == 0 || events < maximumEvents && bytes + event.readableBytes <= maximumBytes else {
            steps.removeAll { if case .events = $0 { true } else { false } }
            events = 0
            bytes = 0
            // While nobody takes the steps they do not grow by it.
            if case .overflow? = steps.last { return }
            steps.append(.overflow)
            return
        }
        events += 1
        bytes += event.readableBytes
        if case .events(var waiting, let since) = steps.last {
            steps.removeLast()
            waiting.writeImmutableBuffer(event)
            steps.append(.events(waiting, since: since))
        } else {
            steps.append(.events(event, since: time))
        }
    }

    /// Takes all steps.
    mutating func take() -> [Step] {
        defer { self = FanOutSteps(maximumEvents: maximumEvents, maximumBytes: maximumBytes) }
        return steps
    }
}
