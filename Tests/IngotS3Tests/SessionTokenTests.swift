import AsyncHTTPClient
import IngotCore
import IngotTesting
import NIOCore
import NIOHTTP1
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

    @Test("The token is a signed header, and signed in an address", arguments: [ObjectServer.embedded])
    func signed(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            var settings = place.settings
            settings.sessionToken = Secret("session/token+")
            let client = makeClient(settings)
            let key = "\(place.prefix)/k"
            try await client.put(key, body([1]), contentType: "x/y", onlyIfAbsent: false)
            let url = try client.presignedURL(key, lifetime: .seconds(60))
            #expect(url.contains("&X-Amz-Security-Token=session%2Ftoken%2B&"))
            let good = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(30))
            #expect(good.status == .ok)
            let other = url.replacing("session%2Ftoken", with: "session%2Fother")
            let bad = try await HTTPClient.shared.execute(HTTPClientRequest(url: other), timeout: .seconds(30))
            #expect(bad.status == .forbidden)
        }
        let raw = try await RawServer(["HTTP/1.1 404 None\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"])
        var settings = try unreachableSettings(endpoint: raw.url)
        settings.sessionToken = Secret("session/token+")
        #expect(try await makeClient(settings).head("k") == nil)
        let request = try #require(raw.requests.first)
        #expect(request.contains("x-amz-security-token: session/token+\r\n"))
        #expect(request.contains("signedheaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"))
        try await raw.close()
    }
}
