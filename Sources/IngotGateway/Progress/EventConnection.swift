import CoreMetrics
import NIOCore

/// The connection of one watcher, from its answer's head to its end.
///
/// What all watchers of a job are given goes straight to the socket from here: through the HTTP server, each event
/// would be handed from task to task, and framed, for each watcher anew. All of it happens on the connection's event
/// loop. A connection that takes nothing at the moment has a bounded backlog; when that overflows, and takes something
/// again, it asks for a fresh snapshot.
final class EventConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let standing: CallerStanding
    private let metrics: GatewayMetrics
    private var context: ChannelHandlerContext?
    private var backlog = WatcherBacklog()
    /// Nothing may be written before the answer's head, which the server writes.
    private var isHeadWritten = false
    private var isFinishing = false
    private var hasAskedForSnapshot = false
    /// Told what this needs; `nil` once it has ended.
    private var demand: ((Watcher.Demand) -> Void)?

    init(standing: CallerStanding, metrics: GatewayMetrics, demand: @escaping (Watcher.Demand) -> Void) {
        self.standing = standing
        self.metrics = metrics
        self.demand = demand
    }

    // MARK: - What the watchers' fan-out does

    /// Gives bytes of the answer's body, framed.
    ///
    /// - Parameter time: since when they wait.
    func give(_ bytes: ByteBuffer, since time: ContinuousClock.Instant) {
        guard demand != nil, !isFinishing else { return }
        guard let context, isHeadWritten, backlog.isEmpty, context.channel.isWritable else {
            backlog.add(bytes, at: time)
            return
        }
        // The client connects again, and is told why it may not.
        guard standing.isGood else { return end() }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
        metrics.eventDelay.recordNanoseconds((.now - time).nanoseconds)
    }

    /// Gives bytes that are worth nothing when others wait already.
    func giveIfIdle(_ bytes: ByteBuffer) {
        if backlog.isEmpty { give(bytes, since: .now) }
    }

    /// Events were dropped that this watcher should have got.
    func lose() {
        backlog.overflow()
        drain()
    }

    /// Starts over after a loss.
    func restart(with bytes: ByteBuffer) {
        hasAskedForSnapshot = false
        backlog.restart()
        backlog.add(bytes, at: .now)
        drain()
    }

    /// Nothing comes any more: ends once the watcher has what there is.
    func finish() {
        isFinishing = true
        drain()
    }

    // MARK: - What the channel does

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        end()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        guard !isHeadWritten else { return }
        isHeadWritten = true
        drain()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        drain()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Whoever does not want to say anything more is gone.
        if case ChannelEvent.inputClosed = event { end() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    // MARK: - Details

    /// Writes what waits, as far as the connection takes something.
    private func drain() {
        guard demand != nil, let context, isHeadWritten else { return }
        if !backlog.isEmpty {
            guard context.channel.isWritable else { return }
            guard standing.isGood else { return end() }
            if backlog.isOverflowed { return askForSnapshot() }
            let since = backlog.waitingSince
            for bytes in backlog.take() { context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: nil) }
            context.flush()
            if let since { metrics.eventDelay.recordNanoseconds((.now - since).nanoseconds) }
        }
        if isFinishing { end() }
    }

    private func askForSnapshot() {
        guard !hasAskedForSnapshot else { return }
        hasAskedForSnapshot = true
        metrics.resets.increment()
        demand?(.snapshot)
    }

    private func end() {
        guard let demand else { return }
        self.demand = nil
        backlog.restart()
        demand(.end)
    }
}
