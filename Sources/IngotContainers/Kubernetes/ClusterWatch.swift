import AsyncHTTPClient
import IngotCore
import Logging
import NIOCore

/// What the cluster shows of this gateway's attempts, kept up to date by one watch of Jobs and one of Pods for all.
///
/// Whoever waits for an attempt is woken when something of it has changed and looks at the newest state, so nothing
/// piles up for those who are slow.
actor ClusterWatch {
    /// What is known of one attempt.
    struct View: Sendable, Equatable {
        var job: JSONValue?
        /// By name.
        var pods: [String: JSONValue] = [:]
        /// The last that was seen of pods that are gone, by name; kept while somebody listens, as it may tell the end
        /// of a container that is told of only once.
        var gonePods: [String: JSONValue] = [:]
    }

    private enum Resource: String, CaseIterable {
        case jobs, pods
    }

    /// How long the server lets one watch last.
    private static let watchSeconds = 60
    /// What one event may have at most, in bytes; the server itself takes no object larger than about 1.5 MiB.
    static let maximumEvent = 4 << 20

    private let api: KubernetesAPI
    private let namespace: String
    private let selector: String
    private let resync: Duration
    private let logger: Logger
    private var views: [String: View] = [:]
    private var listeners: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
    private var nextListener = 0
    private var tasks: [Task<Void, Never>] = []

    init(api: KubernetesAPI, namespace: String, selector: String, resync: Duration, logger: Logger) {
        self.api = api
        self.namespace = namespace
        self.selector = selector
        self.resync = resync
        self.logger = logger
    }

    deinit { for task in tasks { task.cancel() } }

    /// What is known of the attempt whose objects have this name.
    func view(of name: String) -> View { views[name] ?? View() }

    /// A signal for each change of the attempt, the first at once.
    func changes(of name: String) -> AsyncStream<Void> {
        start()
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = nextListener
        nextListener += 1
        listeners[name, default: [:]][id] = continuation
        continuation.onTermination = { [weak self] _ in
            Task { [weak self] in await self?.forget(name, id) }
        }
        continuation.yield()
        return stream
    }

    private func forget(_ name: String, _ id: Int) {
        listeners[name]?[id] = nil
        guard listeners[name]?.isEmpty == true else { return }
        listeners[name] = nil
        guard var view = views[name] else { return }
        view.gonePods = [:]
        set(view, name)
    }

    private func start() {
        guard tasks.isEmpty else { return }
        for resource in Resource.allCases {
            tasks.append(
                Task { [weak self, api, namespace, selector, resync, logger] in
                    await Self.follow(resource, api, namespace, selector, resync, logger) { [weak self] change in
                        await self?.apply(change)
                    }
                }
            )
        }
    }

    // MARK: - Changes

    private enum Change: Sendable {
        case all(Resource, [JSONValue])
        case one(Resource, JSONValue)
        case none(Resource, JSONValue)
    }

    private func apply(_ change: Change) {
        switch change {
        case .all(let resource, let objects):
            var fresh: [String: View] = [:]
            for object in objects { Self.put(object, resource, into: &fresh) }
            for name in Set(views.keys).union(fresh.keys) {
                var view = views[name] ?? View()
                switch resource {
                case .jobs: view.job = fresh[name]?.job
                case .pods:
                    let pods = fresh[name]?.pods ?? [:]
                    if listeners[name] != nil {
                        view.gonePods.merge(view.pods.filter { pods[$0.key] == nil }) { _, newer in newer }
                    }
                    view.pods = pods
                }
                set(view, name)
            }
        case .one(let resource, let object):
            guard let name = Self.owner(of: object) else { return }
            var changed = [name: view(of: name)]
            Self.put(object, resource, into: &changed)
            if let view = changed[name] { set(view, name) }
        case .none(let resource, let object):
            guard let name = Self.owner(of: object) else { return }
            var view = view(of: name)
            switch resource {
            case .jobs: view.job = nil
            case .pods:
                if let pod = object["metadata"]?["name"]?.stringValue {
                    view.pods[pod] = nil
                    if listeners[name] != nil { view.gonePods[pod] = object }
                }
            }
            set(view, name)
        }
    }

    private func set(_ view: View, _ name: String) {
        guard views[name] ?? View() != view else { return }
        views[name] = view == View() ? nil : view
        for listener in (listeners[name] ?? [:]).values { listener.yield() }
    }

    private static func put(_ object: JSONValue, _ resource: Resource, into views: inout [String: View]) {
        guard let name = owner(of: object) else { return }
        switch resource {
        case .jobs: views[name, default: View()].job = object
        case .pods:
            guard let pod = object["metadata"]?["name"]?.stringValue else { return }
            views[name, default: View()].pods[pod] = object
        }
    }

    private static func owner(of object: JSONValue) -> String? { AttemptName(labelsOf: object)?.object }

    // MARK: - Listing and watching

    private static func follow(
        _ resource: Resource,
        _ api: KubernetesAPI,
        _ namespace: String,
        _ selector: String,
        _ resync: Duration,
        _ logger: Logger,
        _ apply: @escaping @Sendable (Change) async -> Void
    ) async {
        var failures = 0
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            do {
                let (objects, first) = try await list(resource.rawValue, api, namespace, selector)
                await apply(.all(resource, objects))
                failures = 0
                var version = first
                let end = ContinuousClock.now + resync
                while ContinuousClock.now < end {
                    do {
                        let begin = ContinuousClock.now
                        try await watch(resource, from: &version, api, namespace, selector, apply)
                        // One that ends at once, again and again, must not keep the server busy.
                        failures = begin.duration(to: .now) < .seconds(1) ? failures + 1 : 0
                        if failures > 0 { try await pause(failures, &generator) }
                    } catch let error as KubernetesError where error.isTransient {
                        // The list still holds, so the watch goes on where it was.
                        failures += 1
                        logger.debug("A watch has broken off", metadata: ["reason": "\(error)"])
                        try await pause(failures, &generator)
                    }
                }
            } catch is CancellationError {
                return
            } catch {
                if (error as? KubernetesError)?.kind != .gone {
                    failures += 1
                    logger.warning("The cluster cannot be watched; trying again", metadata: ["reason": "\(error)"])
                }
                do { try await pause(failures, &generator) } catch { return }
            }
        }
    }

    private static func pause(_ failures: Int, _ generator: inout SystemRandomNumberGenerator) async throws {
        let policy = RetryPolicy(maximumAttempts: .max, firstDelay: .milliseconds(100), maximumDelay: .seconds(10))
        try await Task.sleep(for: policy.delay(afterAttempt: max(failures, 1), using: &generator) ?? .zero)
    }

    /// All objects of this gateway, piece by piece, and the version that they are of.
    static func list(
        _ resource: String,
        _ api: KubernetesAPI,
        _ namespace: String,
        _ selector: String
    ) async throws -> ([JSONValue], String) {
        var objects: [JSONValue] = []
        var version: String?
        var token: String?
        var isRepeated = false
        while true {
            let answer: JSONValue
            do {
                answer = try await api.call(.list(resource, selector: selector, token: token, in: namespace))
            } catch let error as KubernetesError where error.kind == .gone && token != nil {
                // What was to be continued is forgotten; the next time is the last.
                guard !isRepeated else { throw error }
                (isRepeated, token, version, objects) = (true, nil, nil, [])
                continue
            }
            objects += answer["items"]?.arrayValue ?? []
            // The first piece's: a watch from a later one would miss what changed while the others were asked for.
            version = version ?? answer["metadata"]?["resourceVersion"]?.stringValue
            guard let version else {
                throw KubernetesError(.malformedAnswer, operation: "list \(resource)", message: "no version")
            }
            token = answer["metadata"]?["continue"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
            if token == nil { return (objects, version) }
        }
    }

    /// Watches until the server ends it.
    ///
    /// - Parameter version: the one up to which everything was seen.
    /// - Throws: ``KubernetesError``; of the kind `gone` when that version is forgotten.
    private static func watch(
        _ resource: Resource,
        from version: inout String,
        _ api: KubernetesAPI,
        _ namespace: String,
        _ selector: String,
        _ apply: @escaping @Sendable (Change) async -> Void
    ) async throws {
        let call = KubernetesCall.watch(
            resource.rawValue,
            selector: selector,
            from: version,
            seconds: watchSeconds,
            in: namespace
        )
        var lines = LineSplitter(maximum: maximumEvent)
        let body = try await api.stream(call)
        do {
            for try await piece in body {
                for line in try lines.take(piece.readableBytesView) where !line.isEmpty {
                    switch try WatchEvent(line: line, operation: call.operation) {
                    case .added(let object), .modified(let object):
                        await apply(.one(resource, object))
                        version = object["metadata"]?["resourceVersion"]?.stringValue ?? version
                    case .deleted(let object):
                        await apply(.none(resource, object))
                        version = object["metadata"]?["resourceVersion"]?.stringValue ?? version
                    case .bookmark(let newer): version = newer
                    case .error(let error): throw error
                    }
                }
            }
        } catch let error as KubernetesError {
            throw error
        } catch let error as LineSplitter.LineTooLong {
            let words = "an event of more than \(error.maximum) bytes"
            throw KubernetesError(.malformedAnswer, operation: call.operation, message: words)
        } catch {
            try Task.checkCancellation()
            throw KubernetesError(.unavailable, operation: call.operation, message: "the connection broke")
        }
    }
}
