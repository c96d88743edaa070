import IngotCore
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import IngotGateway

/// What arrives on a connection, byte by byte, is nobody's friend.
@Suite("Malformed HTTP", .timeLimit(.minutes(10)))
struct MalformedRequestTests {
    /// Sends bytes on a connection of their own, and reads until the gateway closes it.
    ///
    /// - Parameter ends: whether the client says that no more is coming.
    private static func exchange(_ bytes: [UInt8], with fixture: GatewayFixture, ends: Bool) async throws -> [UInt8] {
        let port = try #require(fixture.address.split(separator: ":").last.flatMap { Int($0) })
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        // A connection that nobody ends is what the test looks for.
        return try await withDeadline(.seconds(60)) {
            try await channel.executeThenClose { inbound, outbound in
                // The gateway may close before it has read all.
                try? await outbound.write(ByteBuffer(bytes: bytes))
                if ends { outbound.finish() }
                var answer: [UInt8] = []
                do {
                    for try await piece in inbound { answer += piece.readableBytesView }
                } catch is IOError {
                    // It was reset, which is an end as well.
                }
                return answer
            }
        }
    }

    /// The statuses of the answers on a connection.
    private static func statuses(_ answer: [UInt8]) -> [Int] {
        String(decoding: answer, as: UTF8.self).split(separator: "HTTP/1.1 ").dropFirst(0).compactMap {
            Int($0.prefix(3))
        }
    }

    private static let requests: [(name: String, text: String)] = {
        let host = "Host: localhost\r\n"
        let long = String(repeating: "a", count: 200_000)
        return [
            ("nothing", ""), ("only line ends", "\r\n\r\n\r\n"), ("no request", "hello\r\n\r\n"),
            ("no version", "GET /\r\n\r\n"), ("a wrong version", "GET / HTTP/9.9\r\n\(host)\r\n"),
            ("an old version", "GET /healthz HTTP/1.0\r\n\r\n"), ("no host", "GET /healthz HTTP/1.1\r\n\r\n"),
            ("two hosts", "GET /healthz HTTP/1.1\r\n\(host)Host: evil.example\r\n\r\n"),
            ("an empty host", "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n"),
            ("a null in the path", "GET /\u{0} HTTP/1.1\r\n\(host)\r\n"),
            ("a null in a header", "GET / HTTP/1.1\r\n\(host)X: a\u{0}b\r\n\r\n"),
            ("a null in the host", "GET / HTTP/1.1\r\nHost: local\u{0}host\r\n\r\n"),
            ("encoded nulls", "GET /api/law/%00%00 HTTP/1.1\r\n\(host)\r\n"),
            ("a broken escape", "GET /api/law/%zz%f HTTP/1.1\r\n\(host)\r\n"),
            ("bytes that are no UTF-8", "GET /api/law/%ff%fe HTTP/1.1\r\n\(host)\r\n"),
            ("dots", "GET /api/../../../etc/passwd HTTP/1.1\r\n\(host)\r\n"),
            ("encoded dots", "GET /api/ingest/jobs/%2e%2e%2f%2e%2e/logs HTTP/1.1\r\n\(host)\r\n"),
            ("a long target", "GET /\(long) HTTP/1.1\r\n\(host)\r\n"),
            ("a long query", "GET /healthz?\(long) HTTP/1.1\r\n\(host)\r\n"),
            ("a long header", "GET /healthz HTTP/1.1\r\n\(host)X: \(long)\r\n\r\n"),
            ("a long name", "GET /healthz HTTP/1.1\r\n\(host)\(long): x\r\n\r\n"),
            (
                "many headers",
                "GET /healthz HTTP/1.1\r\n\(host)" + (0..<20_000).map { "X\($0): y\r\n" }.joined() + "\r\n"
            ),
            ("a header without a colon", "GET /healthz HTTP/1.1\r\n\(host)nonsense\r\n\r\n"),
            ("a space before the colon", "GET /healthz HTTP/1.1\r\n\(host)X : y\r\n\r\n"),
            ("a folded header", "GET /healthz HTTP/1.1\r\n\(host)X: y\r\n z\r\n\r\n"),
            ("a bare line feed", "GET /healthz HTTP/1.1\n\(host)\n"),
            ("a bare carriage return", "GET /healthz HTTP/1.1\r\(host)\r"),
            ("an absolute target", "GET http://localhost/healthz HTTP/1.1\r\n\(host)\r\n"),
            ("another's absolute target", "GET http://evil.example/healthz HTTP/1.1\r\n\(host)\r\n"),
            ("a target with a user", "GET http://u:p@evil.example/ HTTP/1.1\r\n\(host)\r\n"),
            ("a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n"),
            ("all of it", "OPTIONS * HTTP/1.1\r\n\(host)\r\n"), ("a trace", "TRACE / HTTP/1.1\r\n\(host)\r\n"),
            ("a made-up method", "GRAB / HTTP/1.1\r\n\(host)\r\n"),
            ("a method of odd letters", "G@T / HTTP/1.1\r\n\(host)\r\n"),
            ("an upgrade", "GET /healthz HTTP/1.1\r\n\(host)Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
            ("another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            ("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}"),
            ("a length that is no number", "POST /api/session HTTP/1.1\r\n\(host)Content-Length: x\r\n\r\n"),
            ("a negative length", "POST /api/session HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\n"),
            (
                "a length beyond all numbers",
                "POST /api/session HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999999\r\n\r\n"
            ),
            ("two lengths", "POST /api/session HTTP/1.1\r\n\(host)Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"),
            (
                "a length and chunks",
                "POST /api/session HTTP/1.1\r\n\(host)Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    + "GET /smuggled HTTP/1.1\r\n\(host)\r\n"
            ),
            (
                "an encoding that nobody knows",
                "POST /api/session HTTP/1.1\r\n\(host)Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"
            ),
            (
                "two encodings",
                "POST /api/session HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"
                    + "0\r\n\r\n"
            ),
            (
                "chunks whose size is no number",
                "POST /api/session HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"
            ),
            (
                "chunks of a size beyond all numbers",
                "POST /api/session HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n"
                    + "fffffffffffffffffffff\r\n{}\r\n0\r\n\r\n"
            ),
            (
                "a chunk that ends elsewhere",
                "POST /api/session HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n"
            ),
            ("an early end in the line", "GET /hea"), ("an early end in a header", "GET /healthz HTTP/1.1\r\nHos"),
            ("an early end in the body", "POST /api/session HTTP/1.1\r\n\(host)Content-Length: 10\r\n\r\n{"),
            (
                "an early end in a chunk",
                "POST /api/session HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n10\r\n{"
            ),
            ("an odd credential", "GET /api/sources HTTP/1.1\r\n\(host)Authorization: Bearer\r\n\r\n"),
            ("a basic credential", "GET /api/sources HTTP/1.1\r\n\(host)Authorization: Basic eDp5\r\n\r\n"),
            (
                "two credentials",
                "GET /api/sources HTTP/1.1\r\n\(host)Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"
            ),
            ("an odd cookie", "GET /api/sources HTTP/1.1\r\n\(host)Cookie: ingot_session\r\nCookie: ;;==\r\n\r\n"),
        ]
    }()

    @Test("gets no 5xx and no hang, whether the client then ends or waits", arguments: [true, false])
    func all(ends: Bool) async throws {
        // Whoever waits for nothing is waited for no longer than this.
        try await GatewayFixture.with({ $0.idleTimeout = .seconds(1) }) { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (name, text) in Self.requests {
                    group.addTask {
                        let answer = try await Self.exchange(Array(text.utf8), with: fixture, ends: ends)
                        let statuses = Self.statuses(answer)
                        #expect(statuses.allSatisfy { (200..<500).contains($0) }, "\(name): \(statuses)")
                        // Only what is open answers with success, and a request is never taken for two.
                        let isHealth = text.contains("/healthz")
                        #expect(isHealth || statuses.allSatisfy { $0 >= 400 }, "\(name): \(statuses)")
                        #expect(statuses.count <= 1 || statuses.dropFirst().allSatisfy { $0 >= 400 }, "\(name)")
                        #expect(!String(decoding: answer, as: UTF8.self).contains("root:"), "\(name)")
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await fixture.get("/readyz").status == 200)
            #expect(try await fixture.runProbe().status == .succeeded)
        }
    }

    @Test("One request with a length and with chunks is never two requests")
    func smuggling() async throws {
        try await GatewayFixture.with({ $0.idleTimeout = .seconds(1) }) { fixture in
            let key = fixture.gateway.localKey.revealed
            let hidden = "DELETE /api/session HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(key)\r\n\r\n"
            let heads = [
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: xchunked\r\n",
                "Transfer-Encoding : chunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
                "Content-Length: 0\r\nContent-Length: 5\r\n", "Content-Length: 0, 5\r\n", "Content-Length: +0\r\n",
            ]
            for head in heads {
                let text = "POST /api/session HTTP/1.1\r\nHost: localhost\r\n\(head)\r\n0\r\n\r\n\(hidden)"
                let answer = try await Self.exchange(Array(text.utf8), with: fixture, ends: true)
                #expect(!Self.statuses(answer).contains(204), "\(head)")
            }
        }
    }
}
