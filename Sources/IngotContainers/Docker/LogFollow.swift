import IngotCore
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Reads a container's log from where it was left until its end, however often the engine breaks off.
///
/// A note of how far it was handed on is written after each piece, so that the next gateway goes on there.
final class LogFollow: Sendable {
    private struct State {
        var isLeft = false
        var hasEnded = false
        var pass: Task<Void, any Error>?
    }

    /// How long a log may stay open when its container has ended.
    private static let patienceAtEnd: Duration = .seconds(5)
    /// How often the end of a log is tried to be read without getting on.
    private static let triesAtEnd = 60

    private let container: String
    private let job: JobID
    private let attempt: Int
    private let engine: EngineConnection
    private let notes: LogNotes
    private let logger: Logger
    private let output: @Sendable ([UInt8]) async -> Void
    private let state = Mutex(State())

    init(
        container: String,
        job: JobID,
        attempt: Int,
        engine: EngineConnection,
        notes: LogNotes,
        logger: Logger,
        output: @escaping @Sendable ([UInt8]) async -> Void
    ) {
        self.container = container
        self.job = job
        self.attempt = attempt
        self.engine = engine
        self.notes = notes
        self.logger = logger
        self.output = output
    }

    /// Returns when all of the log was handed on, or it was left, or it is not there.
    func run() async {
        var resumption = LogResumption(from: notes.position(job: job, attempt: attempt))
        var delay = Duration.milliseconds(50)
        var failures = 0
        // Whether the last pass that followed the log came to its end.
        var isWhole = false
        while !state.withLock({ $0.isLeft }) {
            // Known before it is read: then what is read is all of it.
            let isLast = state.withLock { $0.hasEnded }
            let reading = LogReading(resumption)
            let pass = Task { try await read(reading, following: !isLast) }
            let mustStop = state.withLock { state in
                state.pass = pass
                // It may have ended since it was asked, and nobody would end this pass then.
                return state.isLeft || (state.hasEnded && !isLast)
            }
            if mustStop { pass.cancel() }
            let result = await pass.result
            state.withLock { $0.pass = nil }
            resumption = reading.resumption
            if isLast {
                switch result {
                case .success: return
                case .failure(let error as ContainerEngineError) where error.status == 404:
                    if !isWhole { await tellLoss(error) }
                    return
                case .failure(let error):
                    failures = reading.hasMoved ? 1 : failures + 1
                    guard failures < Self.triesAtEnd, !(error is LogFrames.Malformed) else {
                        await tellLoss(error)
                        return
                    }
                }
            } else if case .success = result {
                isWhole = true
            } else {
                isWhole = false
            }
            await Pause.uncancelled(delay)
            delay = reading.hasMoved ? .milliseconds(50) : min(delay * 2, .seconds(2))
        }
    }

    /// The container has ended: what there is of the log now is all.
    func containerEnded() {
        let pass = state.withLock { state in
            state.hasEnded = true
            return state.pass
        }
        guard let pass else { return }
        Task {
            await Pause.uncancelled(Self.patienceAtEnd)
            pass.cancel()
        }
    }

    /// Reads no more.
    func leave() {
        let pass = state.withLock { state in
            state.isLeft = true
            return state.pass
        }
        pass?.cancel()
    }

    private func tellLoss(_ error: any Error) async {
        logger.error("The end of a container's log cannot be read", metadata: ["error": "\(error)"])
        await output(Array("ingot: the rest of the container's log cannot be read\n".utf8))
    }

    private func read(_ reading: LogReading, following: Bool) async throws {
        var query = [("stdout", "1"), ("stderr", "1"), ("timestamps", "1"), ("follow", following ? "1" : "0")]
        if let since = reading.resumption.since { query.append(("since", String(since))) }
        reading.begin()
        var frames = LogFrames()
        try await engine.stream(.GET, "/containers/\(PercentEncoding.encode(container))/logs", query: query) { buffer in
            var new: [UInt8] = []
            for frame in try frames.take(buffer.readableBytesView) { reading.add(frame, to: &new) }
            guard !new.isEmpty else { return }
            await output(new)
            if let position = reading.resumption.position { notes.note(position, job: job, attempt: attempt) }
        }
    }
}

/// How far a log was read, kept when a pass over it breaks off.
private final class LogReading: Sendable {
    private struct State {
        var resumption: LogResumption
        var hasMoved = false
    }

    private let state: Mutex<State>

    init(_ resumption: LogResumption) { state = Mutex(State(resumption: resumption)) }

    var resumption: LogResumption { state.withLock { $0.resumption } }

    var hasMoved: Bool { state.withLock { $0.hasMoved } }

    func begin() { state.withLock { $0.resumption.beginAgain() } }

    func add(_ frame: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        let piece = LogPiece(frame)
        let isNew = state.withLock { state in
            let isNew = state.resumption.isNew(piece.moment)
            if isNew { state.hasMoved = true }
            return isNew
        }
        if isNew { bytes += piece.bytes }
    }
}
