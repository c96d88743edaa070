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

@testable import IngotContainers

/// The stand-in of an API server in `Tests/KubernetesStandIn`, a process of its own whose pods run the real runner.
struct KubernetesStandIn: Sendable {
    static let python = ThirdParty.executable("python3")
    static let token = "gateway-token"

    let address: String

    /// Runs the stand-in while the body does, and then looks that no runner is left.
    static func run(_ body: @Sendable (KubernetesStandIn) async throws -> Void) async throws {
        let checkout = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let result = try await Subprocess.run(
            .path(FilePath(try #require(python))),
            arguments: ["\(checkout)/Tests/KubernetesStandIn/server.py", runner, token],
            input: .inputWriter,
            output: .sequence,
            error: .discarded
        ) { execution in
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            let port = try #require(try await lines.next()).prefix { $0.isNumber }
            let outcome: Result<Void, any Error>
            do {
                try await body(KubernetesStandIn(address: "http://127.0.0.1:\(port)"))
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            // It ends its pods, and then itself.
            try await execution.standardInputWriter.finish()
            return outcome
        }
        try result.closureResult.get()
    }

    private static let runner: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
        let own = FilePath(String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))
        return own.removingLastComponent().appending("ingot-runner").string
    }()

    /// Tells the stand-in to let something go wrong, or asks it what there is.
    @discardableResult
    func control(_ what: String, _ body: JSONValue = [:]) async throws -> JSONValue {
        var request = HTTPClientRequest(url: "\(address)/control/\(what)")
        request.method = .POST
        request.body = .bytes(ByteBuffer(bytes: body.canonicalBytes))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 4 << 20)
        try #require(response.status == .ok)
        return try JSONValue(parsing: bytes.readableBytesView)
    }

    /// The names of all objects, as `jobs/NAME`.
    func objects() async throws -> [String] {
        try await control("objects")["objects"]?.arrayValue?.compactMap { key in
            guard let parts = key.arrayValue?.compactMap(\.stringValue), parts.count == 3 else { return nil }
            return "\(parts[0])/\(parts[2])"
        } ?? []
    }

    func calls(_ call: String) async throws -> Int {
        try await control("objects")["calls"]?.arrayValue?.count { $0.stringValue == call } ?? 0
    }

    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let left = try await control("objects")
        #expect(left["objects"] == [], sourceLocation: sourceLocation)
        #expect(left["processes"] == 0, sourceLocation: sourceLocation)
    }
}
