import IngotCore
import Synchronization

/// What an embedded store does wrong on purpose, so that clients can be tried against it.
///
/// Off unless it is given.
public struct FaultPlan: Sendable {
    /// One thing that goes wrong with one call.
    public enum Fault: Sendable, Equatable {
        /// The answer comes later.
        case delay(Duration)
        /// 429 with the store's rate limit code; with a `retry-after` of whole seconds, or without one.
        case rateLimited(retryAfterSeconds: Int?)
        /// D1: 429 because calls queue too long. R2: 503.
        case overloaded
        /// 500, and nothing was done.
        case internalError
        /// 504 with a page of HTML, and nothing was done.
        case gatewayTimeout
        /// The connection is cut before the call is looked at.
        case dropBefore
        /// The call is done and committed, and the connection is cut instead of an answer.
        case dropAfter
        /// Half of the answer's body, and then the connection is cut.
        case truncatedBody
        /// The answer's body has a changed byte, where a client can notice it: anywhere in an object, whose ETag is
        /// its MD5, and the first byte of all else.
        ///
        /// No answer of D1 carries a checksum. A byte that changed within a string of its JSON is a different string,
        /// and no client could tell; a first byte that changed is JSON no more.
        case corruptedBody
        /// The answer's body comes in small pieces, spread over this time. One without a body comes at once.
        case trickle(Duration)
    }

    /// A fault that comes by chance.
    public struct Chance: Sendable {
        public var fault: Fault
        /// 0 to 1, for each call.
        public var probability: Double

        public init(_ fault: Fault, probability: Double) {
            self.fault = fault
            self.probability = probability
        }
    }

    /// The faults of one store.
    public struct Script: Sendable {
        /// What happens to the first calls, in order; `nil` is a call that goes well.
        public var first: [Fault?]
        /// What may happen to the calls after those.
        public var chances: [Chance]

        public init(first: [Fault?] = [], chances: [Chance] = []) {
            self.first = first
            self.chances = chances
        }
    }

    public var database: Script
    public var objects: Script
    /// The same seed and the same order of calls give the same faults.
    public var seed: UInt64
    /// Calls that the database takes within ``window`` before it answers 429 with code 971; `nil`: any number.
    public var databaseCallBudget: Int?
    public var window: Duration

    public init(
        database: Script = Script(),
        objects: Script = Script(),
        seed: UInt64 = 0,
        databaseCallBudget: Int? = nil,
        window: Duration = .seconds(300)
    ) {
        self.database = database
        self.objects = objects
        self.seed = seed
        self.databaseCallBudget = databaseCallBudget
        self.window = window
    }
}

/// Deals out a script's faults, call by call.
final class FaultDealer: Sendable {
    private struct State {
        var first: ArraySlice<FaultPlan.Fault?>
        var generator: SeededRandom
    }

    private let chances: [FaultPlan.Chance]
    private let state: Mutex<State>

    init(_ script: FaultPlan.Script, seed: UInt64) {
        chances = script.chances
        state = Mutex(State(first: script.first[...], generator: SeededRandom(seed: seed)))
    }

    /// The faults of the next call: any delay, and at most one other.
    func deal() -> [FaultPlan.Fault] {
        state.withLock { state in
            if let fault = state.first.popFirst() { return fault.map { [$0] } ?? [] }
            var faults: [FaultPlan.Fault] = []
            var hasOther = false
            for chance in chances where Double.random(in: 0..<1, using: &state.generator) < chance.probability {
                if case .delay = chance.fault {
                    faults.append(chance.fault)
                } else if !hasOther {
                    hasOther = true
                    faults.append(chance.fault)
                }
            }
            return faults
        }
    }
}

extension FaultDealer {
    /// A place in a body, for the faults that need one.
    func place(in length: Int) -> Int {
        state.withLock { Int.random(in: 0..<max(1, length), using: &$0.generator) }
    }
}
