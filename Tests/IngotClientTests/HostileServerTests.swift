import IngotCore
import IngotTesting
import Testing

@testable import IngotClient

@Suite("What a faulty or hostile server says", .timeLimit(.minutes(2)))
struct HostileServerTests {
    private static let job = JobID.make()

    private static func document(_ status: JobStatus) throws -> String {
        var document = Job(id: job, source: "probe", status: status, parameters: [:], createdAt: .now())
        document.lastSequence = 3
        return try JSONText.string(document)
    }

    private static func answer(_ body: String, status: String = "200 OK", headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)Connection: close\r\n\r\n\(body)"
    }

    /// An answer that says that more comes, which never does.
    private static func cutOff(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 100000000\r\n\r\n\(body)"
    }

    private static func event(_ id: Int, _ name: String, _ data: String) -> String {
        "id: \(id)\nevent: \(name)\ndata: \(data)\n\n"
    }

    /// Asks a server that gives these answers, one a connection.
    private func withServer<Value: Sendable>(
        _ answers: [String],
        _ change: (inout GatewayLimits) -> Void = { _ in },
        _ body: (GatewayClient, RawServer) async throws -> Value
    ) async throws -> Value {
        let server = try await RawServer(answers)
        var limits = GatewayLimits()
        limits.longestPause = .milliseconds(1)
        change(&limits)
        let value = try await GatewayClient.with(address: server.url, limits: limits) { try await body($0, server) }
        try await server.close()
        return value
    }

    @Test("A stream that is cut goes on after its last event, and says so")
    func cut() async throws {
        let progress = #"{"status":"running","progress":5,"attempt":1,"at":"2026-03-01T09:30:00.125Z"}"#
        let answers = [
            Self.cutOff("retry: 2000\n\n" + Self.event(1, "snapshot", try Self.document(.running)) + "id: 2\neve"),
            Self.cutOff(Self.event(2, "progress", progress)),
            Self.answer("", status: "503 Service Unavailable", headers: "Retry-After: 0\r\n"),
            Self.cutOff(Self.event(3, "done", try Self.document(.succeeded))),
        ]
        try await withServer(answers) { gateway, server in
            var seen: [String] = []
            for try await update in gateway.events(of: Self.job) {
                switch update.content {
                case .snapshot: seen.append("snapshot")
                case .progress: seen.append("progress")
                case .disconnected: seen.append("disconnected")
                case .reconnected: seen.append("reconnected")
                case .done: seen.append("done")
                default: seen.append("other")
                }
            }
            #expect(
                seen == [
                    "snapshot", "disconnected", "reconnected", "progress", "disconnected", "reconnected", "done",
                ]
            )
            #expect(server.requests.map { $0.contains("last-event-id: 1") } == [false, true, false, false])
            #expect(server.requests.map { $0.contains("last-event-id: 2") } == [false, false, true, true])
        }
    }

    @Test("A reset has the job as it is now")
    func reset() async throws {
        let body =
            Self.event(9, "reset", try Self.document(.running)) + Self.event(10, "done", try Self.document(.failed))
        try await withServer([Self.answer(body)]) { gateway, _ in
            var contents: [JobUpdate.Content] = []
            for try await update in gateway.events(of: Self.job, after: 2) { contents.append(update.content) }
            guard case .reset(let job)? = contents.first, case .done? = contents.last else {
                Issue.record("\(contents)")
                return
            }
            #expect(contents.count == 2 && job.status == .running)
        }
    }

    @Test("Without patience a gateway that is away is an error, and one that comes back in time is not")
    func patience() async throws {
        let error = try await withServer([Self.cutOff("")], { $0.patience = .zero }) { gateway, _ in
            await #expect(throws: GatewayConnectionError.self) {
                for try await _ in gateway.events(of: Self.job) {}
            }
        }
        #expect(error?.kind == .brokenOff && error?.isTransient == true)
        let away = await #expect(throws: GatewayConnectionError.self) {
            try await GatewayClient.with(address: "http://127.0.0.1:1") { try await $0.sources() }
        }
        #expect(away?.kind == .unreachable)
    }

    @Test("A stream without heartbeats is given up")
    func silence() async throws {
        let server = try await SilentServer()
        var limits = GatewayLimits()
        limits.silence = .milliseconds(50)
        limits.patience = .zero
        let error = await #expect(throws: GatewayConnectionError.self) {
            try await GatewayClient.with(address: server.url, limits: limits) { gateway in
                for try await _ in gateway.events(of: Self.job) {}
            }
        }
        #expect(error?.kind == .silent)
        try await server.close()
    }

    @Test("What is too long is not taken: an event, a line, an answer")
    func limits() async throws {
        func kind(
            _ answer: String,
            _ body: @escaping @Sendable (GatewayClient) async throws -> Void
        ) async throws -> GatewayConnectionError.Kind? {
            try await withServer(
                [answer],
                {
                    $0.eventBytes = 1000
                    $0.lineBytes = 1000
                    $0.answerBytes = 1000
                }
            ) { gateway, _ in
                await #expect(throws: GatewayConnectionError.self) { try await body(gateway) }?.kind
            }
        }
        let long = String(repeating: "x", count: 5000)
        let watch: @Sendable (GatewayClient) async throws -> Void = {
            for try await _ in $0.events(of: Self.job) {}
        }
        #expect(try await kind(Self.cutOff("data: " + long), watch) == .tooLarge)
        #expect(try await kind(Self.cutOff(String(repeating: "data: 1\n", count: 1000)), watch) == .tooLarge)
        #expect(try await kind(Self.cutOff(String(repeating: "x: 1\n", count: 1000)), watch) == .tooLarge)
        #expect(
            try await kind(Self.answer(long)) { for try await _ in $0.export("usc").lines {} } == .tooLarge
        )
        #expect(try await kind(Self.answer(long)) { _ = try await $0.sources() } == .tooLarge)
        #expect(try await kind(Self.answer(long)) { _ = try await $0.text(of: "/us/usc/t1") } == .tooLarge)
    }

    @Test("Comments may be sent for ever")
    func comments() throws {
        var parser = EventStreamParser(maximumEventBytes: 100)
        for _ in 0..<1000 { #expect(try parser.take(": hb\n\n".utf8).isEmpty) }
        #expect(try parser.take("data: 1\n\n".utf8) == [EventStreamParser.Event(name: "message", data: 1)])
    }

    @Test("Lines end as the standard says, and a mark at the start is none of the text")
    func lineEnds() throws {
        var parser = EventStreamParser()
        let text = "\u{FEFF}data: 1\r\n\r\nid: 7\rdata:2\r\rdata\ndata: 3\n\nid\ndata: 4\n\n"
        #expect(
            try parser.take(text.utf8).map { "\($0.id.map(String.init) ?? "-") \($0.data.canonicalText)" }
                == ["- 1", "7 2", "7 3", "7 4"]
        )
    }

    @Test("What is no answer of this API is told from a broken one")
    func strangers() async throws {
        func kind(
            _ answer: String,
            _ body: @escaping @Sendable (GatewayClient) async throws -> Void
        ) async throws -> GatewayConnectionError.Kind? {
            try await withServer([answer], { $0.patience = .zero }) { gateway, _ in
                await #expect(throws: GatewayConnectionError.self) { try await body(gateway) }?.kind
            }
        }
        let page = "<html>Welcome!</html>"
        #expect(try await kind(Self.answer(page)) { _ = try await $0.sources() } == .unexpectedAnswer)
        #expect(try await kind(Self.answer("{}")) { _ = try await $0.submit("usc") } == .unexpectedAnswer)
        #expect(
            try await kind(Self.answer("event: done\ndata: {}\n\n")) {
                for try await _ in $0.events(of: Self.job) {}
            } == .unexpectedAnswer
        )
        #expect(
            try await kind(Self.cutOff("{")) { for try await _ in $0.export("usc").lines {} } == .brokenOff
        )
        #expect(
            try await kind(Self.answer(#"{"key":"/a","problem":"is gone"}"# + "\n")) {
                for try await _ in $0.verify("usc") {}
            } == .brokenOff
        )
    }

    @Test("A list whose pages lead to themselves ends with an error")
    func circle() async throws {
        let page = #"{"jobs":[],"next":"01a20100-7631-7160-b988-fefc487a3026"}"#
        try await withServer([Self.answer(page)]) { gateway, server in
            let error = await #expect(throws: GatewayConnectionError.self) {
                for try await _ in gateway.jobs() {}
            }
            #expect(error?.kind == .unexpectedAnswer)
            #expect(server.connections == 2)
        }
    }

    @Test("Leaving a list in the middle asks for nothing more")
    func leaving() async throws {
        let page = #"{"keys":[],"next":"1"}"#
        try await withServer([Self.answer(page)]) { gateway, server in
            for try await _ in gateway.keys() { break }
            #expect(server.connections == 1)
            let (entered, enter) = AsyncStream.makeStream(of: Void.self)
            let (left, leave) = AsyncStream.makeStream(of: Void.self)
            let reading = Task {
                for try await _ in gateway.keys() {
                    enter.yield()
                    for await _ in left { break }
                }
            }
            for await _ in entered { break }
            reading.cancel()
            leave.yield()
            await #expect(throws: CancellationError.self) { try await reading.value }
            #expect(server.connections == 2)
        }
    }

    @Test("A problem that is too long, or none, is told by its status", arguments: [20, 100_000])
    func longProblem(length: Int) async throws {
        let body = #"{"title":""# + String(repeating: "x", count: length) + #""}"#
        let answer = Self.answer(body, status: "500 Internal Server Error")
        try await withServer([answer], { $0.problemBytes = 1000 }) { gateway, _ in
            let problem = await #expect(throws: GatewayProblem.self) { try await gateway.sources() }
            #expect(problem?.status == 500)
            #expect(problem?.members.isEmpty == (length > 1000))
        }
    }

    @Test("A key is not sent on to where an answer points")
    func redirect() async throws {
        let other = try await RawServer([Self.answer(#"{"sources":[]}"#)])
        let answer = Self.answer("", status: "302 Found", headers: "Location: \(other.url)/api/sources\r\n")
        try await withServer([answer]) { gateway, _ in
            let problem = await #expect(throws: GatewayProblem.self) { try await gateway.sources() }
            #expect(problem?.status == 302)
        }
        #expect(other.connections == 0)
        try await other.close()
    }
}
