import AsyncHTTPClient
import IngotCore
import Logging
import NIOCore

/// Hands a pod's log on as it grows, each line once, however often the connection breaks.
actor PodLog {
    /// The longest line that is read, in bytes; the job's log cuts lines far earlier.
    static let maximumLine = 8 << 20

    private let api: KubernetesAPI
    private let namespace: String
    private let notes: LogNotes
    private let name: AttemptName
    private let output: @Sendable ([UInt8]) async -> Void
    private let logger: Logger
    private var resumption: LogResumption
    /// How far the output has taken the log; nothing else goes into a note.
    private var handedOn: LogPosition?
    /// Nobody reads any more, and the note may be forgotten.
    private var isOver = false
    private var following: Task<Void, Never>?
    /// The container has ended, so a reading that comes to its end has read all.
    private var isEnding = false
    /// Whether the last reading that began came to its end.
    private var isWhole = false
    /// Writes the next note; there is one whenever something was handed on that is in no note.
    private var noting: Task<Void, Never>?

    init(
        _ name: AttemptName,
        api: KubernetesAPI,
        namespace: String,
        notes: LogNotes,
        logger: Logger,
        output: @escaping @Sendable ([UInt8]) async -> Void
    ) {
        self.name = name
        self.api = api
        self.namespace = namespace
        self.notes = notes
        self.logger = logger
        self.output = output
        let position = notes.position(job: name.job, attempt: name.attempt)
        resumption = LogResumption(from: position)
        handedOn = position
    }

    /// Follows the log of a pod whose container has begun; once is enough.
    func follow(_ pod: String) {
        guard following == nil else { return }
        following = Task {
            var failures = 0
            var generator = SystemRandomNumberGenerator()
            let policy = RetryPolicy(maximumAttempts: .max, firstDelay: .milliseconds(200), maximumDelay: .seconds(5))
            while !Task.isCancelled {
                do {
                    try await read(pod, follows: true)
                    isWhole = true
                    if isEnding { return }
                    // A node that stops ends it as well, so it is asked for again.
                    failures = min(failures + 1, 4)
                } catch {
                    // Nothing more is there to read; what was read before may be whole all the same.
                    let isGone = [.notFound, .invalid].contains((error as? KubernetesError)?.kind)
                    if !isGone { isWhole = false }
                    if isGone, isEnding { return }
                    failures += 1
                    logger.debug("A log has broken off", metadata: ["pod": "\(pod)", "reason": "\(error)"])
                }
                try? await Task.sleep(for: policy.delay(afterAttempt: failures, using: &generator) ?? .seconds(1))
            }
        }
    }

    /// Reads what is left of the log of a container that has ended.
    ///
    /// - Parameter pod: `nil`: it is gone, and only what is on its way can be read.
    func finish(_ pod: String?, patience: Duration) async {
        isEnding = true
        defer { close() }
        if let following {
            let timer = Task {
                try? await Task.sleep(for: min(patience, .seconds(5)))
                following.cancel()
            }
            await following.value
            timer.cancel()
            self.following = nil
            note()
            if isWhole { return }
            if pod == nil { return await miss("its pod is gone") }
        }
        guard let pod else { return }
        let begin = ContinuousClock.now
        let end = ContinuousClock.now + patience
        var wait = Duration.milliseconds(100)
        while true {
            let problem: String
            do {
                try await read(pod, follows: false)
                return
            } catch let error as KubernetesError {
                problem = "\(error)"
                // It will not come back.
                switch error.kind {
                case .notFound, .malformedAnswer: return await miss(problem)
                // As a pod whose container was taken away with its log answers.
                case .invalid where ContinuousClock.now - begin > .seconds(3): return await miss(problem)
                default: break
                }
            } catch { problem = "the connection broke" }
            guard ContinuousClock.now + wait < end else { return await miss(problem) }
            await Pause.uncancelled(wait)
            wait = min(wait * 2, .seconds(5))
        }
    }

    /// Ends the reading; all that was read has been handed on and noted when this returns.
    func leave() async {
        await stopFollowing()
        close()
    }

    /// Writes the last note.
    private func close() {
        note()
        isOver = true
    }

    private func stopFollowing() async {
        following?.cancel()
        await following?.value
        following = nil
    }

    /// Says in the log itself that it is not whole.
    private func miss(_ problem: String) async {
        logger.warning("The end of a pod's log could not be read", metadata: ["attempt": "\(name.object)"])
        await output(Array("[the end of this log could not be read from the cluster: \(problem)]\n".utf8))
    }

    private func read(_ pod: String, follows: Bool) async throws {
        resumption.beginAgain()
        let since = resumption.since.map { Timestamp(millisecondsSinceEpoch: $0 * 1000).description }
        let call = KubernetesCall.log(
            pod: pod,
            container: AttemptObjects.container,
            follows: follows,
            since: since,
            in: namespace
        )
        var lines = LineSplitter(maximum: Self.maximumLine)
        let body = try await api.stream(call)
        for try await piece in body {
            let complete: [[UInt8]]
            do { complete = try lines.take(piece.readableBytesView) } catch {
                throw KubernetesError(.malformedAnswer, operation: call.operation, message: "a line of over 8 MiB")
            }
            for line in complete {
                if Self.isNodesWord(line) {
                    throw KubernetesError(.notFound, operation: call.operation, message: "its node has it no more")
                }
                await handOn(line, end: [0x0A])
            }
        }
        // A line that only the end of a connection has cut comes again whole.
        let rest = lines.takeRest()
        if Self.isNodesWord(rest) {
            throw KubernetesError(.notFound, operation: call.operation, message: "its node has it no more")
        }
        if !follows || isEnding, !rest.isEmpty { await handOn(rest, end: []) }
        note()
    }

    /// Whether a line is the node's, which says in the log's place that it cannot find it; it has no time before it.
    private static func isNodesWord(_ line: [UInt8]) -> Bool {
        ["rpc error: ", "unable to retrieve container logs", "failed to try resolving symlinks"].contains {
            line.starts(with: $0.utf8)
        }
    }

    private func handOn(_ line: [UInt8], end: [UInt8]) async {
        let piece = LogPiece(line[...])
        guard resumption.isNew(piece.moment) else { return }
        let position = resumption.position
        await output(Array(piece.bytes) + end)
        handedOn = position
        noting =
            noting
            ?? Task { [weak self] in
                // Also when nothing more is written: a gateway that is killed leaves a note of nearly all.
                do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
                await self?.note()
            }
    }

    private func note() {
        noting?.cancel()
        noting = nil
        guard !isOver else { return }
        if let position = handedOn { notes.note(position, job: name.job, attempt: name.attempt) }
    }
}
