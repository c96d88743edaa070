import IngotCore
import IngotTesting
import Testing

@testable import IngotS3

@Suite("Temporary credentials")
struct SessionTokenTests {
    private let values = [
        "CF_ACCOUNT_ID": "account", "D1_DATABASE_ID": "database", "D1_API_TOKEN": "database-token",
        "R2_ACCESS_KEY_ID": "key", "R2_SECRET_ACCESS_KEY": "secret-key", "R2_BUCKET_NAME": "bucket",
        "R2_SESSION_TOKEN": "session/token",
    ]

    private func settings(_ values: [String: String]) throws -> StorageSettings {
        try StorageSettings(settings: Settings(values) { _ in "" })
    }

    @Test("The session token is an optional setting and a secret")
    func setting() throws {
        let storage = try settings(values)
        #expect(storage.sessionToken?.revealed == "session/token")
        #expect(storage.secrets.contains(Secret("session/token")))
        #expect(try settings(storage.settings) == storage)
        #expect(!"\(storage)".contains("session/token"))
        let lasting = try settings(values.filter { $0.key != "R2_SESSION_TOKEN" })
        #expect(lasting.sessionToken == nil && lasting.secrets.count == 2)
        #expect(lasting.settings["R2_SESSION_TOKEN"] == nil)
    }

    @Test("The token is a header, and signed")
    func header() async throws {
        let raw = try await RawServer(["HTTP/1.1 404 None\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"])
        var settings = try unreachableSettings(endpoint: raw.url)
        settings.sessionToken = Secret("session/token+")
        #expect(try await makeClient(settings).head("k") == nil)
        let request = try #require(raw.requests.first)
        #expect(request.contains("x-amz-security-token: session/token+\r\n"))
        #expect(request.contains("signedheaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"))
        try await raw.close()
    }

    @Test("An address holds the token, and its signature covers it")
    func address() throws {
        var settings = try unreachableSettings()
        settings.sessionToken = Secret("session/token+")
        let time = try #require(Timestamp("2026-03-01T09:30:00.000Z"))
        let url = try makeClient(settings) { $0.clock = { time } }.presignedURL("a b", lifetime: .seconds(60))
        let halves = url.split(separator: "&X-Amz-Signature=")
        #expect(halves.count == 2 && halves[0].contains("&X-Amz-Security-Token=session%2Ftoken%2B"))
        let query = halves[0].split(separator: "?")[1].split(separator: "&").map { item in
            let sides = item.split(separator: "=").map { PercentEncoding.decode($0) ?? "" }
            return QueryItem(sides[0], sides[1])
        }
        func signature(of query: [QueryItem]) -> String {
            let request = CanonicalRequest(
                method: "GET",
                path: "/bucket/a%20b",
                query: query,
                headers: [("host", "127.0.0.1:9")],
                payloadHash: SigV4.unsignedPayload
            )
            let signer = SigV4(accessKeyID: "id", secretAccessKey: Secret("the-secret-key"))
            return signer.signature(signer.stringToSign(request, at: SigningTime(time)), at: SigningTime(time))
        }
        #expect(signature(of: query) == String(halves[1]))
        #expect(signature(of: query.filter { $0.name != "X-Amz-Security-Token" }) != String(halves[1]))
    }
}
