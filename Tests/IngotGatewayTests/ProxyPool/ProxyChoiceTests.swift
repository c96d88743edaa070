import IngotCore
import Testing

@testable import IngotGateway
@testable import IngotRunner

@Suite("From whom an attempt gets its proxies")
struct ProxyChoiceTests {
    private static func leasing(_ parameters: JSONValue, attempt: Int = 1, hasGateway: Bool = false) throws
        -> any ProxyLeasing
    {
        let questions = GatewayQuestions(
            gateway: "http://127.0.0.1:9",
            job: JobID.make(),
            token: nil,
            logger: GatewayFixture.quiet
        )
        return ProxyChoice(try ProxyParameters(parameters), attempt: attempt).leasing(
            from: hasGateway ? questions : nil
        )
    }

    @Test("Nobody's, unless the parameters say so; the job's own list comes before the gateway's pool")
    func precedence() throws {
        #expect(try Self.leasing([:], hasGateway: true) is DirectOnly)
        #expect(try Self.leasing(["use_proxies": false, "proxies": ["192.0.2.1:80"]], hasGateway: true) is DirectOnly)
        #expect(try Self.leasing(["proxies": ["192.0.2.1:80"]], hasGateway: true) is ListedProxies)
        #expect(try Self.leasing(["use_proxies": true], hasGateway: true) is GatewayProxies)
        #expect(try Self.leasing(["use_proxies": true]) is NoProxies)
    }

    @Test("With neither list nor gateway, requests are direct or fail, as the job says")
    func nobody() async throws {
        let allowed = try Self.leasing(["use_proxies": true, "direct_allowed": true])
        #expect(try await allowed.lease(forSession: "s", toAsk: "h") == .direct)
        let forbidden = try Self.leasing(["use_proxies": true])
        let failure = await #expect(throws: JobFailure.self) { try await forbidden.lease(forSession: "s", toAsk: "h") }
        #expect(failure?.code == "proxies_unavailable")
        #expect(failure?.isTransient == true)
    }

    @Test("A list is taken in turn, from another place each attempt; a session keeps its proxy until it fails")
    func list() async throws {
        let list: JSONValue = ["proxies": ["192.0.2.1:80", "192.0.2.2:80", "http://192.0.2.3:80"]]
        func first(_ attempt: Int) async throws -> String? {
            try await Self.leasing(list, attempt: attempt).lease(forSession: "s", toAsk: "h").address?.host
        }
        #expect(
            try await [first(1), first(2), first(3), first(4)] == ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.1"]
        )
        let leasing = try Self.leasing(list)
        let lease = try await leasing.lease(forSession: "a", toAsk: "h")
        #expect(try await leasing.lease(forSession: "b", toAsk: "h").address?.host == "192.0.2.2")
        #expect(try await leasing.lease(forSession: "a", toAsk: "h") == lease)
        await leasing.report(.failed, of: lease)
        #expect(try await leasing.lease(forSession: "a", toAsk: "h").address?.host == "192.0.2.3")
    }

    @Test("A list that is used up is as good as none")
    func usedUp() async throws {
        for isAllowed in [false, true] {
            let leasing = try Self.leasing(["proxies": ["192.0.2.1:80"], "direct_allowed": .bool(isAllowed)])
            await leasing.report(.lied, of: try await leasing.lease(forSession: "s", toAsk: "h"))
            if isAllowed {
                #expect(try await leasing.lease(forSession: "s", toAsk: "h") == .direct)
            } else {
                await #expect(throws: JobFailure.self) { try await leasing.lease(forSession: "s", toAsk: "h") }
            }
        }
    }

    @Test("A proxy that is none is told by a failure that says nothing of a password")
    func malformed() {
        let failure = #expect(throws: JobFailure.self) {
            try ProxyParameters(["proxies": ["ftp://me:hunter22@192.0.2.1:80"]])
        }
        #expect(failure?.code == "proxy_malformed")
        #expect(failure?.message.contains("hunter") == false)
    }
}
