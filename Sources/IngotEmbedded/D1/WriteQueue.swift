import IngotCore
import Synchronization

/// The calls that wait for the writer, in their order and bounded in number and in bytes.
final class WriteQueue: Sendable {
    /// More waiting calls than this are refused, as D1 refuses them.
    static let longest = 1000
    /// SQL text and parameters of all waiting calls together.
    ///
    /// A call that finds the queue empty may be larger.
    static let largest = 64 << 20

    private let state = Mutex<(calls: [WriteCall], bytes: Int)>(([], 0))

    /// - Throws: `DatabaseError` of kind `overloaded` when too much waits already.
    func append(_ call: WriteCall) throws {
        try state.withLock { state in
            guard state.calls.isEmpty || state.calls.count < Self.longest && state.bytes + call.bytes <= Self.largest
            else {
                throw DatabaseError(
                    kind: .overloaded,
                    message: "D1 DB is overloaded. Too many requests queued.",
                    advice: "wait and try again"
                )
            }
            state.calls.append(call)
            state.bytes += call.bytes
        }
    }

    /// Takes out the calls that have waited longest.
    func take(_ count: Int) -> [WriteCall] {
        state.withLock { state in
            let taken = Array(state.calls.prefix(count))
            state.calls.removeFirst(taken.count)
            for call in taken { state.bytes -= call.bytes }
            return taken
        }
    }

    /// Takes out one call, unless somebody has taken it already.
    func remove(_ call: WriteCall) {
        state.withLock { state in
            guard let index = state.calls.firstIndex(where: { $0 === call }) else { return }
            state.calls.remove(at: index)
            state.bytes -= call.bytes
        }
    }
}

/// A call on its way through the writer.
final class WriteCall: Sendable {
    private enum State {
        case waiting
        case cancelled
        case finished(Result<DatabaseOutcome, any Error>)
    }

    let request: DatabaseRequest
    /// Of SQL text and parameters.
    let bytes: Int
    private let state = Mutex<State>(.waiting)

    init(_ request: DatabaseRequest) {
        self.request = request
        bytes = request.statements.reduce(0) { sum, statement in
            statement.parameters.reduce(sum + statement.sql.utf8.count) { $0 + $1.bytesInMemory }
        }
    }

    func cancel() {
        state.withLock { if case .waiting = $0 { $0 = .cancelled } }
    }

    /// False once the call has run, and when its caller has gone before it began.
    var isWaiting: Bool {
        state.withLock { if case .waiting = $0 { true } else { false } }
    }

    func finish(_ outcome: Result<DatabaseOutcome, any Error>) {
        state.withLock { $0 = .finished(outcome) }
    }

    func outcome() throws -> DatabaseOutcome {
        try state.withLock { state in
            switch state {
            case .finished(let outcome): try outcome.get()
            case .waiting, .cancelled: throw CancellationError()
            }
        }
    }
}
