import IngotCore
import NIOCore

/// A stream of events that is connected again when it ends before its time, from where it was.
///
/// Only the events of one piece of the body are kept, so a slow reader slows the gateway's sending down; the gateway
/// then leaves out what does not fit its own buffer, and says so with a `reset`.
struct ResumingEvents {
    enum Item {
        case event(EventStreamParser.Event)
        /// The gateway is away; it is tried again.
        case disconnected(any Error)
        case reconnected
        /// The gateway says that there is nothing after the place that was asked for.
        case nothingLeft
    }

    /// Where the events are, after a place.
    typealias Request = @Sendable (_ place: Int64?) -> (path: String, headers: [(String, String)])

    private let client: GatewayClient
    private let request: Request
    private var reconnection: Reconnection
    /// The number of the last event that was taken.
    private(set) var place: Int64?
    private var connection: (pieces: BodyPieces, parser: EventStreamParser)?
    private var pending: ArraySlice<EventStreamParser.Event> = []
    private var pause: (any Error)?

    init(_ client: GatewayClient, after place: Int64?, _ request: @escaping Request) {
        self.client = client
        self.request = request
        self.place = place
        reconnection = Reconnection(limits: client.limits)
    }

    /// The next item; never the end, which only the events themselves tell.
    mutating func next() async throws -> Item {
        while true {
            if let event = pending.popFirst() {
                if let id = event.id { place = id }
                return .event(event)
            }
            if let failure = pause {
                pause = nil
                try await reconnection.pause(after: failure)
            }
            do {
                guard try await readMore() else { return .nothingLeft }
                // A sign of life is an answer as well: a job that waits has nothing else to say.
                if reconnection.answered() { return .reconnected }
            } catch let error as CancellationError {
                throw error
            } catch {
                connection = nil
                try Task.checkCancellation()
                pause = error
                if try reconnection.failed(error) { return .disconnected(error) }
            }
        }
    }

    /// Reads one piece, from a new connection when there is none.
    ///
    /// - Returns: false when there is nothing after the place.
    private mutating func readMore() async throws -> Bool {
        if connection == nil {
            let (path, headers) = request(place)
            let answer = try await client.open(path, headers: headers, silence: client.limits.silence)
            if answer.status == 204 { return false }
            connection = (answer.pieces, EventStreamParser(maximumEventBytes: client.limits.eventBytes))
        }
        guard let pieces = connection?.pieces else { return true }
        do {
            guard let piece = try await pieces.next() else {
                // A gateway that is being stopped ends its streams in good order; the next one goes on with them.
                throw GatewayConnectionError(.brokenOff, client.address, "the stream ended before the job")
            }
            if let events = try connection?.parser.take(piece.readableBytesView) { pending = events[...] }
        } catch {
            throw client.streamFailure(error)
        }
        return true
    }
}
