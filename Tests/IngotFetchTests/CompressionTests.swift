import IngotCore
import IngotTesting
import Subprocess
import SystemPackage
import Testing

@testable import IngotFetch

@Suite("Compressed bodies")
struct CompressionTests {
    private static func gzipped(_ bytes: [UInt8]) async throws -> [UInt8] {
        let result = try await Subprocess.run(
            .name("gzip"),
            arguments: ["-c"],
            input: .array(bytes),
            output: .bytes(limit: 1 << 20),
            error: .discarded
        )
        return result.standardOutput
    }

    private static func site(_ answer: ScriptedSite.Answer) async throws -> (ScriptedSite, ScriptedUpstream) {
        let site = try await ScriptedSite { _, _ in answer }
        return (site, try ScriptedUpstream(site.url, robots: KeptRobotsFiles.none))
    }

    /// Some text that packs to about a fourth.
    private static let text = (0..<3000).map { "§ \($0 * 7919 % 10_007). Persons may \($0 % 13).\n" }.joined()

    @Test("Pages and text are asked for compressed and unpacked; files that are compressed themselves are not")
    func unpacked() async throws {
        let packed = try await Self.gzipped(Array(Self.text.utf8))
        let (site, fetching) = try await Self.site(.bytes("200 OK", ["content-encoding: gzip"], packed))
        #expect(packed.count < Self.text.utf8.count / 2)
        #expect(try await fetching.page() == Self.text)
        let file = UpstreamFile(name: "chapter.htm", path: "chapter.htm")
        let capture = try #require(try await fetching.upstream.capture(file, limit: 1 << 20))
        #expect(try WholeFile.text(capture.path) == Self.text)
        #expect(capture.size == Int64(Self.text.utf8.count))
        _ = try await fetching.upstream.capture(UpstreamFile(name: "a.zip", path: "a.zip"), limit: 1 << 20)
        #expect(site.heads[0].lowercased().contains("accept-encoding: gzip\r\n"))
        #expect(site.heads[1].lowercased().contains("accept-encoding: gzip\r\n"))
        #expect(site.heads[2].lowercased().contains("accept-encoding: identity\r\n"))
        try await site.close()
    }

    @Test("A compressed body that ends early is no short page, whatever announces its end", arguments: [0, 1, 2])
    func truncated(framing: Int) async throws {
        let packed = Array(try await Self.gzipped(Array(Self.text.utf8)).dropLast(9))
        var bytes = Array("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n".utf8)
        switch framing {
        // By the end of the connection; by a length that fits; by chunks.
        case 0: bytes += Array("\r\n".utf8) + packed
        case 1: bytes += Array("content-length: \(packed.count)\r\n\r\n".utf8) + packed
        default:
            bytes += Array("transfer-encoding: chunked\r\n\r\n\(String(packed.count, radix: 16))\r\n".utf8) + packed
            bytes += Array("\r\n0\r\n\r\n".utf8)
        }
        let (site, fetching) = try await Self.site(.whole(bytes))
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(failure?.code == "upstream_unreachable")
        #expect(failure?.isTransient == true)
        try await site.close()
    }

    @Test("A bomb ends as one, and what is larger than the limit when unpacked as too large")
    func bombs() async throws {
        let bomb = try await Self.gzipped([UInt8](repeating: 0, count: 20 << 20))
        let (site, fetching) = try await Self.site(.bytes("200 OK", ["content-encoding: gzip"], bomb))
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page(limit: 64 << 20) }
        #expect(failure?.code == "upstream_compression")
        #expect(failure?.isTransient == false)
        try await site.close()
        let packed = try await Self.gzipped(Array(Self.text.utf8))
        let (other, limited) = try await Self.site(.bytes("200 OK", ["content-encoding: gzip"], packed))
        let limit = Self.text.utf8.count - 1
        let tooLarge = await #expect(throws: JobFailure.self) { try await limited.page(limit: limit) }
        #expect(tooLarge?.code == "upstream_too_large")
        #expect(try await limited.page(limit: limit + 1) == Self.text)
        try await other.close()
    }

    @Test("A coding that nobody unpacks is refused", arguments: ["br", "zstd", "x-gzip", "br, gzip", "identity, gzip"])
    func unknown(coding: String) async throws {
        let (site, fetching) = try await Self.site(.status("200 OK", ["content-encoding: \(coding)"], "odd"))
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(failure?.code == "upstream_compression")
        #expect(failure?.message.contains("in the coding \(coding),") == true)
        try await site.close()
    }

    @Test("Codings of two header lines are two, and the word for none is none")
    func lines() async throws {
        let packed = try await Self.gzipped(Array(Self.text.utf8))
        let twice = ["content-encoding: identity", "content-encoding: gzip"]
        let (site, fetching) = try await Self.site(.bytes("200 OK", twice, packed))
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(failure?.code == "upstream_compression")
        try await site.close()
        let (plain, other) = try await Self.site(.status("200 OK", ["content-encoding: Identity"], "page"))
        #expect(try await other.page() == "page")
        try await plain.close()
    }

    @Test("A file that came compressed is known the next time, though “not modified” names the coding too")
    func knownLater() async throws {
        let packed = try await Self.gzipped(Array(Self.text.utf8))
        let site = try await ScriptedSite { _, number in
            number == 0
                ? .bytes("200 OK", ["content-encoding: gzip", "etag: \"v1\""], packed)
                : .whole(
                    Array(
                        "HTTP/1.1 304 Not Modified\r\netag: \"v1\"\r\ncontent-encoding: gzip\r\n\r\n".utf8
                    )
                )
        }
        let fetching = try ScriptedUpstream(site.url, robots: KeptRobotsFiles.none)
        let file = UpstreamFile(name: "chapter.htm", path: "chapter.htm")
        let first = try #require(try await fetching.upstream.capture(file, limit: 1 << 20))
        #expect(try WholeFile.text(first.path) == Self.text)
        let known = CaptureValidators(etag: first.etag, lastModified: first.lastModified)
        #expect(try await fetching.upstream.capture(file, unless: known, limit: 1 << 20) == nil)
        #expect(site.heads[1].lowercased().contains("if-none-match: \"v1\""))
        try await site.close()
    }

    @Test("An answer without a body may name a coding all the same")
    func empty() async throws {
        let coding = ["content-encoding: gzip", "etag: \"v1\""]
        let site = try await ScriptedSite { path, _ in
            switch path {
            case "/known": .whole(Array("HTTP/1.1 304 Not Modified\r\n\(coding[0])\r\n\r\n".utf8))
            case "/moved": .status("302 Found", coding + ["location: /page"])
            case "/gone": .status("404 Not Found", coding)
            default: .status("200 OK", [], "page")
            }
        }
        let fetching = try ScriptedUpstream(site.url, robots: KeptRobotsFiles.none)
        let file = UpstreamFile(name: "known.htm", path: "known")
        let known = CaptureValidators(etag: "\"v1\"", lastModified: nil)
        #expect(try await fetching.upstream.capture(file, unless: known, limit: 100) == nil)
        #expect(try await fetching.page("moved") == "page")
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page("gone") }
        #expect(failure?.code == "upstream_not_found")
        try await site.close()
    }

    @Test("What is no gzip although it says so is an error")
    func broken() async throws {
        let (site, fetching) = try await Self.site(.status("200 OK", ["content-encoding: gzip"], "plain text"))
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(failure?.code == "upstream_unreachable")
        try await site.close()
    }
}
