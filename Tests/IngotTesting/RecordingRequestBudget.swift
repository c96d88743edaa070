public import IngotCore
import Synchronization

/// A budget that lets every request through and remembers them.
public final class RecordingRequestBudget: RequestBudget {
    /// A request as the budget saw it.
    public struct Request: Sendable, Equatable {
        public var host: String
        public var minimumInterval: Duration?
        /// `nil` until the permit is given back.
        public var answer: HostAnswer?
    }

    private let state = Mutex<[Request]>([])

    public init() {}

    public var requests: [Request] { state.withLock { $0 } }

    public func permit(toAsk host: String, minimumInterval: Duration?) async throws -> RequestPermit {
        try Task.checkCancellation()
        let number = state.withLock { requests in
            requests.append(Request(host: host, minimumInterval: minimumInterval, answer: nil))
            return requests.count - 1
        }
        return RequestPermit(id: String(number), host: host)
    }

    public func finish(_ permit: RequestPermit, _ answer: HostAnswer) async {
        guard let number = Int(permit.id) else { return }
        state.withLock { $0[number].answer = answer }
    }
}

/// Keeps `robots.txt` files in memory.
public final class KeptRobotsFiles: RobotsCache {
    private let files: Mutex<[String: RobotsFile]>
    private let others: RobotsFile?

    /// - Parameters:
    ///   - files: by origin.
    ///   - others: the file of every other origin, so that nobody asks it; `nil`: it is asked.
    public init(_ files: [String: RobotsFile] = [:], others: RobotsFile? = nil) {
        self.files = Mutex(files)
        self.others = others
    }

    /// No site has rules, and none is asked for them.
    public static var none: KeptRobotsFiles {
        KeptRobotsFiles(others: RobotsFile(status: 404, text: "", fetchedAt: .now()))
    }

    public func robots(of origin: String) async -> RobotsFile? { files.withLock { $0[origin] } ?? others }

    public func keep(_ robots: RobotsFile, of origin: String) async { files.withLock { $0[origin] = robots } }
}
