import IngotCore
import IngotTesting
import NIOHTTP1
import Testing

/// One thing that holds for every kind of gateway.
struct ProtocolCheck: Sendable, CustomTestStringConvertible {
    /// How many of them work at a time.
    private static let places = Places(6)

    let testDescription: String
    private let body: @Sendable (GatewayClient) async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable (GatewayClient) async throws -> Void) {
        testDescription = description
        self.body = body
    }

    /// Checks it on the suite's gateway.
    func run() async throws {
        let gateway = try #require(CurrentGateway.value)
        try await Self.places.within { try await body(GatewayClient(gateway: gateway)) }
    }

    /// Checks it on a gateway of its own, of the kind of the suite's.
    static func alone(
        _ description: String,
        _ options: @escaping @Sendable (TemporaryFolder) throws -> GatewayOptions = { _ in GatewayOptions() },
        _ body: @escaping @Sendable (GatewayClient) async throws -> Void
    ) -> ProtocolCheck {
        ProtocolCheck(description) { shared in
            let folder = try TemporaryFolder()
            let gateway = try await shared.gateway.kind.start(try options(folder))
            do { try await body(GatewayClient(gateway: gateway)) } catch {
                await gateway.stop()
                throw error
            }
            await gateway.stop()
        }
    }
}

/// Holds an answer against the problem that it must be (RFC 9457).
///
/// - Returns: the document.
@discardableResult
func expectProblem(
    _ answer: GatewayClient.Answer,
    _ status: Int,
    _ type: String,
    location: SourceLocation = #_sourceLocation
) throws -> JSONValue {
    #expect(answer.status == status, "\(answer.text)", sourceLocation: location)
    let contentType = answer.headers.first(name: "content-type") ?? ""
    #expect(contentType.hasPrefix("application/problem+json"), "\(contentType)", sourceLocation: location)
    let document = try answer.json()
    #expect(document["type"]?.stringValue == "/problems/\(type)", sourceLocation: location)
    #expect(document["status"]?.integerValue == Int64(status), sourceLocation: location)
    #expect(document["title"]?.stringValue?.isEmpty == false, sourceLocation: location)
    #expect(document["instance"]?.stringValue?.hasPrefix("/") == true, sourceLocation: location)
    return document
}

extension JSONValue {
    var status: String { self["status"]?.stringValue ?? "" }

    /// The names of an object's members.
    var members: Set<String> { Set((objectValue ?? [:]).keys) }

    /// When something happened; the texts sort as the times do.
    func time(_ name: String) throws -> String { try #require(self[name]?.stringValue, "no \(name)") }
}
