import FoundationEssentials
import HTTPTypes
import Hummingbird
import IngotCore
import IngotTesting
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Answers that are not sent any more", .timeLimit(.minutes(10)))
struct UnsentAnswerTests {
    /// Takes what an answer sends.
    private struct Sink: ResponseBodyWriter {
        let received: Received

        final class Received: Sendable {
            let text = OneValue<Void>()
        }

        mutating func write(_ buffer: ByteBuffer) async throws { received.text.succeed(()) }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    @Test("A key that is revoked ends every long answer that it has asked for")
    func revoked() async throws {
        let folder = try TemporaryFolder()
        try await GatewayFixture.with { fixture in
            try await fixture.ingest(GivenLaw(label: "1", nodes: GivenLaw.chapter(3)), into: folder)
            try await fixture.ingest(GivenLaw(label: "2", nodes: GivenLaw.chapter(4)), into: folder)
            let job = try await fixture.runProbe(["log_lines": 3]).id
            let paths = [
                "/api/export?source=given", "/api/sources/given/verify", "/api/diff?source=given&from=1&to=2",
                "/api/ingest/jobs/\(job)/logs",
            ]
            for path in paths {
                let key = try await fixture.makeKey(.viewer)
                let good = Sink.Received()
                let answer = try await fixture.unsentAnswer(to: path, key: key.key)
                #expect(answer.status == .ok)
                try await answer.body.write(Sink(received: good))
                #expect(good.text.ifThere != nil, "\(path)")

                let late = try await fixture.unsentAnswer(to: path, key: key.key)
                #expect(try await fixture.send(.DELETE, "/api/keys/\(key.id)").status == 200)
                let received = Sink.Received()
                await #expect(throws: CallerStandingLost.self, "\(path)") {
                    try await late.body.write(Sink(received: received))
                }
                #expect(received.text.ifThere == nil, "\(path)")
            }
        }
    }

    @Test("A log whose reader is gone before the first byte is closed")
    func closed() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["log_lines": 3]).id
            let archive = fixture.gateway.archiver.archive
            let log = archive.path(of: job)
            // Nobody else reads it any more.
            while !archive.isArchived(job) || Self.descriptors(of: log) > 0 {
                try await Task.sleep(for: .milliseconds(5))
            }
            for _ in 0..<3 {
                let answer = try await fixture.unsentAnswer(
                    to: "/api/ingest/jobs/\(job)/logs",
                    key: fixture.gateway.localKey.revealed
                )
                #expect(answer.status == .ok)
                withExtendedLifetime(answer) { #expect(Self.descriptors(of: log) == 1) }
            }
            #expect(Self.descriptors(of: log) == 0)
        }
    }

    /// How many descriptors of this process are of a file.
    private static func descriptors(of path: FilePath) -> Int {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return numbers.filter { number in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")) == path.string
        }.count
    }
}

extension GatewayFixture {
    /// What the gateway answers, with nothing of its body sent.
    func unsentAnswer(to path: String, key: String) async throws -> Response {
        let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port).get()
        let request = Request(
            head: HTTPRequest(
                method: .get,
                scheme: "http",
                authority: "localhost",
                path: path,
                headerFields: [.authorization: "Bearer \(key)"]
            ),
            body: RequestBody(buffer: ByteBuffer())
        )
        // As the server's logger has it.
        var logger = GatewayFixture.quiet
        logger[metadataKey: "hb.request.id"] = "unsent"
        let context = GatewayContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        let answer = try await gateway.routes().responder().respond(to: request, context: context)
        try await channel.close()
        return answer
    }
}
