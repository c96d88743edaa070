import AsyncHTTPClient
import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import NIOCore
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

/// An `ingot serve` process that a test may stop, freeze and kill, and what the test asks of it.
struct TortureGateway: Sendable {
    let url: String
    let process: pid_t
    let data: String
    private let key: Secret
    private let client: HTTPClient

    /// Starts a gateway on the data folder and a free port, runs the body, and returns when the process has ended.
    ///
    /// A gateway that the body leaves running is asked to end, as an operator would ask it.
    ///
    /// - Parameter command: the program, and what comes before its arguments.
    static func run<Value: Sendable>(
        data: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        command: [String] = [BuiltProducts.path("ingot")],
        _ body: @escaping @Sendable (TortureGateway) async throws -> Value
    ) async throws -> Value {
        let variables = environment.compactMap { name, value in Environment.Key(rawValue: name).map { ($0, value) } }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .torture)
        let outcome = try await Subprocess.run(
            .path(FilePath(command[0])),
            arguments: Arguments(
                command.dropFirst() + ["serve", "--port", "0", "--data", data, "--enable-probe"] + arguments
            ),
            environment: .inherit.updating(Dictionary(uniqueKeysWithValues: variables)),
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            let result: Result<Value, any Error>
            do {
                var lines = execution.standardOutput.strings().makeAsyncIterator()
                let line = try #require(await lines.next(), "the gateway ended before it listened")
                let prefix = "listening on "
                try #require(line.hasPrefix(prefix), "\(line)")
                let gateway = TortureGateway(
                    url: String(line.dropFirst(prefix.count).prefix { !$0.isNewline }),
                    process: execution.processIdentifier.value,
                    data: data,
                    key: try RunningGateway.localKey(of: data),
                    client: client
                )
                result = .success(try await body(gateway))
            } catch {
                result = .failure(error)
            }
            try? execution.send(signal: .resume)
            try? execution.send(signal: .terminate)
            return result
        }
        try await client.shutdown()
        return try outcome.closureResult.get()
    }

    // MARK: - What is done to it

    func kill() { _ = Glibc.kill(process, SIGKILL) }
    func freeze() { _ = Glibc.kill(process, SIGSTOP) }
    func thaw() { _ = Glibc.kill(process, SIGCONT) }

    /// What it has open, by name: files by their path, sockets and pipes by their kind; with how many there are of each.
    var openDescriptors: [String: Int] {
        let folder = "/proc/\(process)/fd"
        var counts: [String: Int] = [:]
        for number in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            guard let name = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(number)") else {
                continue
            }
            // Sockets are told apart by a number: `socket:[4711]`.
            counts[name.hasPrefix("/") ? name : String(name.prefix { $0 != "[" }), default: 0] += 1
        }
        return counts
    }

    /// Its resident size, in bytes.
    var residentBytes: Int {
        let fields = (try? WholeFile.text("/proc/\(process)/statm"))?.split(separator: " ") ?? []
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(getpagesize())
    }

    // MARK: - What is asked of it

    struct Answer: Sendable {
        var status: Int
        var body: JSONValue
    }

    func send(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) async throws -> Answer {
        var request = request(method, path)
        if let body { request.body = .bytes(body.canonicalBytes) }
        let response = try await client.execute(request, timeout: .minutes(5))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return Answer(status: Int(response.status.code), body: try JSONValue(parsing: bytes.readableBytesView))
    }

    /// Posts a job; its id.
    ///
    /// - Parameter options: the query, for example `max_attempts=1`.
    func submit(_ source: String = "probe", _ parameters: JSONValue, options: String = "") async throws -> String {
        let query = options.isEmpty ? "" : "?\(options)"
        let answer = try await send(.POST, "/api/ingest/\(source)\(query)", parameters)
        try #require(answer.status == 202, "\(answer.body.canonicalText)")
        return try #require(answer.body["jobId"]?.stringValue)
    }

    func job(_ id: String) async throws -> Job {
        try JSONText.decode(Job.self, from: try await send(.GET, "/api/ingest/jobs/\(id)").body.canonicalBytes)
    }

    /// All jobs as their rows say, by id.
    func rows() async throws -> [JobID: Job] {
        var rows: [JobID: Job] = [:]
        var cursor = ""
        while true {
            let page = try await send(.GET, "/api/ingest/jobs?limit=200\(cursor)").body
            for value in page["jobs"]?.arrayValue ?? [] {
                let job = try JSONText.decode(Job.self, from: value.canonicalBytes)
                rows[job.id] = job
            }
            guard let next = page["next"]?.stringValue else { return rows }
            cursor = "&cursor=\(next)"
        }
    }

    /// Watches a job to its end; the final job and all events that were seen.
    ///
    /// - Parameter isEnough: ends the watch early.
    @discardableResult
    func watch(
        _ id: String,
        until isEnough: (RunningGateway.Event) -> Bool = { _ in false }
    ) async throws -> [RunningGateway.Event] {
        var request = request(.GET, "/api/ingest/jobs/\(id)/events")
        request.headers.add(name: "last-event-id", value: "0")
        let response = try await client.execute(request, timeout: .minutes(10))
        try #require(response.status == .ok)
        var events: [RunningGateway.Event] = []
        var text = ""
        for try await piece in response.body {
            text += String(decoding: piece.readableBytesView, as: UTF8.self)
            while let end = text.firstRange(of: "\n\n") {
                let block = text[..<end.lowerBound]
                text = String(text[end.upperBound...])
                guard let event = try RunningGateway.event(block) else { continue }
                events.append(event)
                if isEnough(event) { return events }
            }
        }
        return events
    }

    /// Waits for a job's one end.
    func end(of id: String) async throws -> Job {
        let events = try await watch(id)
        let ends = events.filter { $0.name == "done" }
        #expect(ends.count == 1, "job \(id) ended \(ends.count) times")
        #expect(events.last?.name == "done", "something came after the end of job \(id)")
        let job = try JSONText.decode(Job.self, from: try #require(ends.last).data.canonicalBytes)
        #expect(job.status.isTerminal)
        return job
    }

    /// Waits until the job's runner runs the source.
    func start(of id: String) async throws -> Job {
        try await watch(id) { $0.name == "done" || ($0.name == "progress" && $0.data["message"] != nil) }
        // A runner may report before the gateway has noted what its launcher calls it.
        while true {
            let job = try await job(id)
            if job.runnerHandle != nil || job.status != .running { return job }
            await Task.yield()
        }
    }

    /// The process of a running job's runner.
    func runner(of job: Job) throws -> pid_t {
        let handle = try #require(job.runnerHandle, "job \(job.id) has no runner")
        return try #require(pid_t(String(handle.prefix { $0.isNumber })))
    }

    private func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers.add(name: "authorization", value: "Bearer \(key.revealed)")
        return request
    }
}

extension HTTPClient.Configuration {
    fileprivate static var torture: Self {
        var configuration = Self()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        return configuration
    }
}
