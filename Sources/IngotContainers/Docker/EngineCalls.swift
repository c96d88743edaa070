import IngotCore
import NIOHTTP1

/// The calls of the API that a launcher needs.
extension EngineConnection {
    /// What the engine says of itself.
    func version() async throws -> JSONValue {
        let answer = try await call(.GET, "/version")
        guard let json = answer.json else { throw Self.malformed("GET /version", "is no JSON") }
        return json
    }

    func hasImage(_ image: String) async throws -> Bool {
        let path = "/images/\(PercentEncoding.encodePath(image))/json"
        return try await call(.GET, path, accepting: [200, 404]).status == 200
    }

    /// Makes a container; returns its id.
    func create(_ request: ContainerRequest) async throws -> String {
        let answer = try await call(
            .POST,
            "/containers/create",
            query: [("name", request.name)],
            body: request.body,
            within: .seconds(60)
        )
        guard let id = answer.json?["Id"]?.stringValue, !id.isEmpty else {
            throw Self.malformed("POST /containers/create", "names no container")
        }
        return id
    }

    /// Starts a container; one that runs already stays as it is.
    func start(_ id: String) async throws {
        _ = try await call(.POST, path(id, "/start"), accepting: [204, 304], within: .seconds(60))
    }

    /// A container's state, by its id or name; `nil` when it is not there.
    func state(_ id: String) async throws -> ContainerState? {
        let answer = try await call(.GET, path(id, "/json"), accepting: [200, 404])
        if answer.status == 404 { return nil }
        guard let state = answer.json.flatMap(ContainerState.init) else {
            throw Self.malformed("GET \(path(id, "/json"))", "is no container's state")
        }
        return state
    }

    /// Returns when a container ends, or is not there, or `limit` is over; one that has ended before may be waited
    /// for in vain.
    ///
    /// The condition `not-running` would hold for that one too, but Podman's service takes a whole processor for as
    /// long as it waits for it.
    func waitForNextEnd(_ id: String, atMost limit: Duration) async throws {
        let query = [("condition", "next-exit")]
        _ = try await call(.POST, path(id, "/wait"), query: query, accepting: [200, 404], within: limit)
    }

    /// Sends a signal; nothing happens when the container does not run.
    func kill(_ id: String, signal: String) async throws {
        // Docker answers 409 and Podman 500 when it does not run; the caller looks at its state.
        _ = try await call(.POST, path(id, "/kill"), query: [("signal", signal)], accepting: [204, 404, 409, 500])
    }

    /// Removes a container, also a running one; one that is not there is removed.
    func remove(_ id: String) async throws {
        // 409: it is being removed already.
        let query = [("force", "1"), ("v", "1")]
        _ = try await call(
            .DELETE,
            path(id, ""),
            query: query,
            accepting: [200, 204, 404, 409],
            within: .seconds(60)
        )
    }

    /// The ids and labels of all containers of a gateway, also of those that do not run.
    func containers(ofGateway gateway: String) async throws -> [(id: String, labels: [String: String])] {
        let filters: JSONValue = ["label": [.string("\(ContainerLabels.gateway)=\(gateway)")]]
        let answer = try await call(
            .GET,
            "/containers/json",
            query: [("all", "1"), ("filters", filters.canonicalText)]
        )
        guard let list = answer.json?.arrayValue else { throw Self.malformed("GET /containers/json", "is no list") }
        return list.compactMap { entry in
            let labels = (entry["Labels"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
            // An engine that does not know the filter would tell of containers that belong to others.
            guard let id = entry["Id"]?.stringValue, labels[ContainerLabels.gateway] == gateway else { return nil }
            return (id, labels)
        }
    }

    /// What a running container uses; `nil` when it does not run.
    func usage(_ id: String) async throws -> ContainerUsage? {
        let answer = try await call(
            .GET,
            path(id, "/stats"),
            query: [("stream", "0"), ("one-shot", "1")],
            accepting: [200, 404, 409, 500]
        )
        guard answer.status == 200 else { return nil }
        return answer.json.flatMap(ContainerUsage.init)
    }

    /// What has happened to a container since a moment of Unix time.
    func events(_ id: String, since: Int64) async throws -> [JSONValue] {
        let filters: JSONValue = ["container": [.string(id)], "type": ["container"]]
        // Podman tells of the past only with a moment that is not over, and Docker ends only with one.
        let query = [
            ("since", String(since)), ("until", String(Timestamp.now().millisecondsSinceEpoch / 1000 + 1)),
            ("stream", "false"), ("filters", filters.canonicalText),
        ]
        let answer = try await call(.GET, "/events", query: query, within: .seconds(10))
        return answer.bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONParser.parse(Array($0)) }
    }

    private func path(_ id: String, _ rest: String) -> String { "/containers/\(PercentEncoding.encode(id))\(rest)" }

    /// Tries a call again for as long as the engine is away, and a few times when it answers that it failed.
    ///
    /// - Parameters:
    ///   - patience: how long it may be away; `nil`: for ever, and also when it answers that it failed.
    ///   - isWanted: asked before each try but the first.
    func trying<Value: Sendable>(
        for patience: Duration?,
        while isWanted: @Sendable () -> Bool = { true },
        _ work: () async throws -> Value
    ) async throws -> Value {
        let end = patience.map { ContinuousClock.now + $0 }
        var delay = Duration.milliseconds(50)
        var failures = 0
        while true {
            do { return try await work() } catch let error as ContainerEngineError where error.isPassing {
                if !error.isAbsence { failures += 1 }
                if (patience != nil && failures > 3) || !isWanted() { throw error }
                if let end, .now >= end { throw error }
            }
            await Pause.uncancelled(delay)
            delay = min(delay * 2, .seconds(2))
        }
    }
}
