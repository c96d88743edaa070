import FoundationEssentials
import IngotCore
import IngotEmbedded
import Logging
import NIOHTTP1
import ServiceLifecycle
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("API keys", .timeLimit(.minutes(10)))
struct APIKeyTests {
    @Test("have 256 random bits in a form that is recognised, and print as a placeholder")
    func shape() throws {
        let keys = (0..<100).map { _ in APIKeySecret() }
        #expect(Set(keys.map(\.secret.revealed)).count == 100)
        #expect(Set(keys.map(\.id)).count == 100)
        for key in keys {
            #expect(key.secret.revealed.hasPrefix("ingot_") && key.secret.revealed.utf8.count == 49)
            #expect(APIKeySecret(key.secret.revealed) == key)
            #expect(!"\(key)".contains(key.secret.revealed))
        }
        let key = try #require(keys.first?.secret.revealed)
        for wrong in [
            "", "ingot_", String(key.dropLast()), key + "A", key.uppercased(), key.dropLast() + "=", " \(key)",
        ] {
            #expect(APIKeySecret(wrong) == nil, "\(wrong)")
        }
        #expect(isEqualInConstantTime([1, 2], [1, 2]))
        #expect(!isEqualInConstantTime([1, 2], [1, 3]) && !isEqualInConstantTime([1], [1, 2]))
    }

    @Test("open what they are for until they expire or are revoked")
    func ring() throws {
        let local = APIKeySecret()
        let ring = APIKeyRing(local: local)
        let now = Timestamp(millisecondsSinceEpoch: 1_000_000)
        let secret = APIKeySecret()
        func key(hash: [UInt8] = secret.hash) -> APIKey {
            APIKey(
                id: secret.id,
                name: "n",
                role: .operator,
                sources: ["usc"],
                hash: hash,
                createdAt: now,
                createdBy: "local",
                expiresAt: now.advanced(by: .seconds(10))
            )
        }
        #expect(try ring.caller(presenting: local.secret.revealed, at: now) == APIKeyRing.localCaller)
        #expect(throws: KeyRefusal.unknown) { try ring.caller(presenting: secret.secret.revealed, at: now) }
        ring.add(key())
        let caller = try ring.caller(presenting: secret.secret.revealed, at: now)
        #expect(caller == Caller(id: secret.id, role: .operator, sources: ["usc"]))
        #expect(ring.takeUnsavedUses() == [secret.id: now])
        #expect(ring.takeUnsavedUses().isEmpty)
        let end = now.advanced(by: .seconds(10))
        #expect(throws: KeyRefusal.expired(end)) { try ring.caller(presenting: secret.secret.revealed, at: end) }
        ring.revoke(secret.id, at: now)
        ring.revoke(secret.id, at: end)
        #expect(throws: KeyRefusal.revoked(now)) { try ring.caller(presenting: secret.secret.revealed, at: now) }
        #expect(!ring.hasValidKey(at: now))
        // Another key whose name begins alike.
        ring.add(key(hash: Array(secret.hash.dropLast()) + [~(secret.hash.last ?? 0)]))
        #expect(throws: KeyRefusal.unknown) { try ring.caller(presenting: secret.secret.revealed, at: now) }
    }

    @Test("are told once and kept as hashes only; a restart keeps what they open and what was revoked")
    func persistence() async throws {
        try await ScratchFolder.with { folder in
            let names = [Role.viewer, .operator]
            let made = OneValue<[(id: String, key: String)]>()
            try await GatewayFixture.with(folder: folder) { fixture in
                var keys: [(id: String, key: String)] = []
                for role in names { keys.append(try await fixture.makeKey(role)) }
                #expect(try await fixture.send(.GET, "/api/sources", from: .holder(keys[0].key)).status == 200)
                #expect(try await fixture.send(.DELETE, "/api/keys/\(keys[1].id)").status == 200)
                let list = try await fixture.get("/api/keys")
                #expect(try list.json()["keys"]?.arrayValue?.count == 2)
                for key in keys { #expect(!list.text.contains(key.key)) }
                #expect(!list.text.contains("hash"))
                made.succeed(keys)
            }
            let keys = try await made.value
            try await GatewayFixture.with(folder: folder) { fixture in
                #expect(try await fixture.send(.GET, "/api/sources", from: .holder(keys[0].key)).status == 200)
                let revoked = try await fixture.send(.GET, "/api/sources", from: .holder(keys[1].key))
                #expect(try revoked.json()["type"] == "/problems/key-revoked")
                // What was used before the restart was written when the gateway stopped.
                let rows = try await fixture.gateway.access.keys.all()
                #expect(rows.first { $0.id == keys[0].id }?.lastUsedAt != nil)
                #expect(rows.first { $0.id == keys[1].id }?.lastUsedAt == nil)
            }
            // No file of the gateway holds a key, but the local one its own.
            for file in try FileManager.default.subpathsOfDirectory(atPath: folder.string) {
                guard let bytes = FileManager.default.contents(atPath: folder.appending(file).string) else { continue }
                for key in keys { #expect(bytes.firstRange(of: Data(key.key.utf8)) == nil, "\(file)") }
            }
        }
    }

    @Test("expire at their time")
    func expiry() async throws {
        try await GatewayFixture.with { fixture in
            let answer = try await fixture.post("/api/keys", ["role": "viewer", "expires_in": 3600]).json()
            let created = try #require(answer["created_at"]?.stringValue.flatMap { Timestamp($0) })
            let expires = try #require(answer["expires_at"]?.stringValue.flatMap { Timestamp($0) })
            #expect(expires == created.advanced(by: .seconds(3600)))
            let ring = fixture.gateway.access.ring
            let key = try #require(answer["key"]?.stringValue)
            #expect(throws: KeyRefusal.expired(expires)) { try ring.caller(presenting: key, at: expires) }
        }
    }

    @Test("made or revoked by another gateway on the same database are known here too")
    func otherGateway() async throws {
        try await GatewayFixture.with { fixture in
            let access = fixture.gateway.access
            let secret = APIKeySecret()
            let foreign = APIKey(
                id: secret.id,
                name: "",
                role: .viewer,
                sources: nil,
                hash: secret.hash,
                createdAt: .now(),
                createdBy: "local"
            )
            func status() async throws -> Int {
                try await fixture.send(.GET, "/api/sources", from: .holder(secret.secret.revealed)).status
            }
            #expect(try await status() == 401)
            try await access.keys.insert(foreign)
            #expect(try await status() == 200)
            let own = try await fixture.makeKey(.viewer)
            try await access.keys.revoke(secret.id, at: .now())
            let synchronizer = APIKeySynchronizer(ring: access.ring, store: access.keys, logger: GatewayFixture.quiet)
            await synchronizer.reload()
            #expect(try await status() == 401)
            #expect(try await fixture.send(.GET, "/api/sources", from: .holder(own.key)).status == 200)
            try await access.keys.database.run(Statement("DELETE FROM api_keys WHERE id = ?1", [.text(own.id)]))
            await synchronizer.reload()
            #expect(access.ring.ids == [secret.id])
        }
    }

    @Test("Reading the rows again takes nothing back that happened here meanwhile")
    func reloading() throws {
        let ring = APIKeyRing(local: APIKeySecret())
        let now = Timestamp(millisecondsSinceEpoch: 1_000_000)
        func key() -> APIKey {
            let secret = APIKeySecret()
            return APIKey(
                id: secret.id,
                name: "",
                role: .viewer,
                sources: nil,
                hash: secret.hash,
                createdAt: now,
                createdBy: "local"
            )
        }
        let old = key()
        let fresh = key()
        ring.add(old)
        let known = ring.ids
        let rows = [old]
        ring.add(fresh)
        ring.revoke(old.id, at: now)
        ring.load(rows, known: known)
        #expect(ring.ids == [old.id, fresh.id])
        #expect(ring.key(old.id)?.revokedAt == now)
        #expect(ring.validCount(at: now) == 1)
        ring.load([fresh], known: ring.ids)
        #expect(ring.ids == [fresh.id])
    }

    @Test("Revoking one that is not there, or the local one, is refused")
    func revokeUnknown() async throws {
        try await GatewayFixture.with { fixture in
            for id in ["key_000000000000", "local", fixture.gateway.localKey.revealed] {
                let answer = try await fixture.send(.DELETE, "/api/keys/\(id)")
                #expect(try answer.json()["type"] == "/problems/unknown-api-key")
                #expect(!answer.text.contains(fixture.gateway.localKey.revealed))
            }
            #expect(try await fixture.get("/api/keys").status == 200)
        }
    }

    @Test("The last use is written at once for many keys, and a later one wins")
    func lastUse() async throws {
        try await ScratchFolder.with { folder in
            let store = APIKeyStore(database: try EmbeddedDatabase(path: folder.appending("d1.sqlite").string))
            try await store.prepare()
            let time = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
            let secrets = (0..<150).map { _ in APIKeySecret() }
            for secret in secrets {
                try await store.insert(
                    APIKey(
                        id: secret.id,
                        name: "",
                        role: .viewer,
                        sources: nil,
                        hash: secret.hash,
                        createdAt: time,
                        createdBy: "local"
                    )
                )
            }
            try await store.recordUse(Dictionary(uniqueKeysWithValues: secrets.map { ($0.id, time) }))
            #expect(try await store.all().allSatisfy { $0.lastUsedAt == time })
            let later = time.advanced(by: .seconds(60))
            try await store.recordUse([secrets[0].id: later, secrets[1].id: time.advanced(by: .seconds(-60))])
            let rows = try await store.all()
            #expect(rows.first { $0.id == secrets[0].id }?.lastUsedAt == later)
            #expect(rows.first { $0.id == secrets[1].id }?.lastUsedAt == time)
        }
    }
}
