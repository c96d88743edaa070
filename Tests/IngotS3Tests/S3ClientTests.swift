import AsyncHTTPClient
import Crypto
import FoundationEssentials
import IngotCore
import IngotTesting
import NIOCore
import NIOHTTP1
import Testing

@testable import IngotS3

/// What the client does, against every server that speaks S3.
@Suite("The S3 client")
struct S3ClientTests {
    private static let names = [
        "a b", "a+b", "a%20b", "100%", "ü/日本/😀", "a&b=c?d#e", "~-._", "!$'()*,;:@[]", "a\"<>^`{|}", "packs/usc/x.gz",
    ]

    @Test("Keys come through whatever they hold", arguments: ObjectServer.allCases, names)
    func keys(_ server: ObjectServer, _ name: String) async throws {
        try await server.run { place throws in
            let client = place.client()
            let key = "\(place.prefix)/\(name)"
            let content = Array(key.utf8)
            #expect(try await client.put(key, body(content), contentType: "text/plain", onlyIfAbsent: false))
            #expect(try await client.get(key, range: nil, limit: 1000) == content)
            let info = try #require(try await client.head(key))
            #expect(info.key == key && info.size == content.count)
            #expect(info.etag == hexadecimal(Insecure.MD5.hash(data: content)))
            let listed = try await client.list(prefix: key, after: nil).objects
            #expect(listed.map(\.key) == [key] && listed.map(\.etag) == [info.etag])
            // A header says the same time as the listing, to the second.
            let times = [info, try #require(listed.first)].map { $0.lastModified?.millisecondsSinceEpoch ?? 0 }
            #expect(times[0] > 0 && times[0] / 1000 == times[1] / 1000)
            try await client.delete([key])
            #expect(try await client.head(key) == nil)
        }
    }

    @Test("Ranges, whole objects and streams", arguments: ObjectServer.allCases)
    func reading(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            let client = place.client { $0.pieceSize = 1000 }
            let key = "\(place.prefix)/k"
            let content = bytes(10_500)
            try await client.put(key, body(content), contentType: "x/y", onlyIfAbsent: false)
            #expect(try await client.get(key, range: 100..<200, limit: 100) == Array(content[100..<200]))
            #expect(try await client.get(key, range: 10_400..<99_999, limit: 100_000) == Array(content[10_400...]))
            var streamed: [UInt8] = []
            for try await piece in try await client.stream(key) {
                #expect(piece.count <= 1000)
                streamed += piece
            }
            #expect(streamed == content)
            let tooLarge = await #expect(throws: ObjectStoreError.self) {
                try await client.get(key, range: nil, limit: 10_499)
            }
            #expect(tooLarge?.kind == .tooLarge)
            let beyond = await #expect(throws: ObjectStoreError.self) {
                try await client.get(key, range: 10_500..<10_501, limit: 10)
            }
            #expect(beyond?.kind == .invalidRange)
            let missing = await #expect(throws: ObjectStoreError.self) {
                try await client.stream("\(place.prefix)/missing")
            }
            #expect(missing?.kind == .notFound)
        }
    }

    @Test("Empty objects", arguments: ObjectServer.allCases)
    func emptyObject(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            let client = place.client()
            let key = "\(place.prefix)/empty"
            try await client.put(key, body([]), contentType: "x/y", onlyIfAbsent: false)
            #expect(try await client.get(key, range: nil, limit: 0).isEmpty)
            #expect(try await client.head(key)?.size == 0)
            for try await _ in try await client.stream(key) { Issue.record("an empty object has no pieces") }
            let streamed = "\(place.prefix)/streamed"
            try await client.put(streamed, streamedBody([]), contentType: "x/y", onlyIfAbsent: false)
            #expect(try await client.head(streamed)?.size == 0)
        }
    }

    @Test("A large body streams from a file-like source and back", arguments: ObjectServer.allCases)
    func largeBody(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            let client = place.client()
            let piece = bytes(1 << 20)
            var hash = SHA256()
            for _ in 0..<20 { hash.update(data: piece) }
            let sha256 = hexadecimal(hash.finalize())
            let body = ObjectBody(size: 20 << 20, sha256: sha256) {
                let left = Countdown(20)
                return ByteStream { left.next() ? piece : nil }
            }
            try await client.put("\(place.prefix)/big", body, contentType: "x/y", onlyIfAbsent: false)
            var found = SHA256()
            for try await piece in try await client.stream("\(place.prefix)/big") { found.update(data: piece) }
            #expect(hexadecimal(found.finalize()) == sha256)
        }
    }

    @Test("A conditional put keeps what is there", arguments: ObjectServer.allCases)
    func conditionalPut(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            let client = place.client()
            let key = "\(place.prefix)/k"
            #expect(try await client.put(key, body([1]), contentType: "x/y", onlyIfAbsent: true))
            #expect(try await !client.put(key, body([2]), contentType: "x/y", onlyIfAbsent: true))
            #expect(try await client.get(key, range: nil, limit: 1) == [1])
        }
    }

    @Test(
        "A conditional put whose answer was lost is known as its own",
        arguments: ObjectServer.allCases,
        [true, false]
    )
    func lostConditionalPut(_ server: ObjectServer, isInMemory: Bool) async throws {
        try await server.run { place throws in
            let losses = Countdown(1)
            let proxy = try await InterceptingProxy.start(before: place.settings.objectEndpoint) { line in
                line.hasPrefix("PUT") && losses.next() ? .loseAnswer : .pass
            }
            let client = place.behind(proxy).client()
            let key = "\(place.prefix)/k"
            let content = bytes(1000)
            let own = isInMemory ? body(content) : streamedBody(content)
            #expect(try await client.put(key, own, contentType: "x/y", onlyIfAbsent: true))
            #expect(proxy.requests.count { $0.hasPrefix("PUT") } == 2)
            #expect(try await place.client().get(key, range: nil, limit: 1000) == content)
            try await proxy.close()
        }
    }

    @Test(
        "A body whose announced MD5 is another's is refused, and nothing is stored",
        arguments: ObjectServer.allCases.filter(\.checksMD5)
    )
    func announcedMD5(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            let key = "\(place.prefix)/k"
            let content = bytes(1000)
            let wrong = streamedBody(content, md5: hexadecimal(Insecure.MD5.hash(data: [1])))
            let error = await #expect(throws: ObjectStoreError.self) {
                try await place.client().put(key, wrong, contentType: "x/y", onlyIfAbsent: false)
            }
            #expect(error?.kind == .corrupted && error?.code == "BadDigest")
            #expect(try await place.client().head(key) == nil)
            let right = streamedBody(content, md5: hexadecimal(Insecure.MD5.hash(data: content)))
            #expect(try await place.client().put(key, right, contentType: "x/y", onlyIfAbsent: false))
        }
    }

    @Test("A body that is not as long as announced is not sent again", arguments: ObjectServer.allCases, [999, 1001])
    func announcedLength(_ server: ObjectServer, _ size: Int64) async throws {
        try await server.run { place throws in
            let content = bytes(1000)
            let openings = Countdown(10)
            let lie = ObjectBody(size: size, sha256: body(content).sha256) {
                _ = openings.next()
                return try streamedBody(content).open()
            }
            let error = await #expect(throws: ObjectStoreError.self) {
                try await place.client().put("\(place.prefix)/k", lie, contentType: "x/y", onlyIfAbsent: false)
            }
            #expect(error?.kind == .corrupted)
            #expect(openings.left == 9)
            #expect(try await place.client().head("\(place.prefix)/k") == nil)
        }
    }

    private struct UnreadableFile: Error {}

    @Test("A body that cannot be read fails as such, and not as the store", arguments: ObjectServer.allCases)
    func unreadableBody(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            let broken = ObjectBody(size: 10, sha256: body([]).sha256) { ByteStream { throw UnreadableFile() } }
            await #expect(throws: UnreadableFile.self) {
                try await place.client().put("\(place.prefix)/k", broken, contentType: "x/y", onlyIfAbsent: false)
            }
        }
    }

    @Test("Listings go on to their end, and batches of keys are deleted", arguments: ObjectServer.allCases)
    func listing(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            let client = place.client()
            let prefix = "\(place.prefix)/list/"
            let keys = (0..<1205).map { "\(prefix)\($0) +é" }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for key in keys {
                    group.addTask { try await client.put(key, body([1]), contentType: "x/y", onlyIfAbsent: false) }
                }
                try await group.waitForAll()
            }
            var found: [String] = []
            var pages = 0
            var token: String?
            repeat {
                let page = try await client.list(prefix: prefix, after: token)
                found += page.objects.map(\.key)
                pages += 1
                token = page.next
            } while token != nil
            #expect(found == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            #expect(pages == 2)
            try await client.delete(keys + ["\(prefix)none"])
            #expect(try await client.list(prefix: prefix, after: nil).objects.isEmpty)
        }
    }

    @Test("A key that is not there can be deleted, alone and with others", arguments: ObjectServer.allCases)
    func deletingNothing(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            try await place.client().delete(["\(place.prefix)/none"])
            try await place.client().delete(["\(place.prefix)/none", "\(place.prefix)/neither"])
        }
    }

    @Test("A wrong secret says what to check", arguments: ObjectServer.allCases.filter(\.checksSignatures))
    func wrongSecret(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            var settings = place.settings
            settings.secretAccessKey = Secret("wrong")
            let error = await #expect(throws: ObjectStoreError.self) {
                try await makeClient(settings).get("k", range: nil, limit: 1)
            }
            #expect(error?.kind == .access && error?.code == "SignatureDoesNotMatch")
            #expect(error?.message.contains("R2_SECRET_ACCESS_KEY") == true)
        }
    }

    @Test("An unknown key id says what to check", arguments: ObjectServer.allCases.filter(\.checksSignatures))
    func wrongKeyID(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            var settings = place.settings
            settings.accessKeyID = "0000"
            let error = await #expect(throws: ObjectStoreError.self) {
                try await makeClient(settings).get("k", range: nil, limit: 1)
            }
            #expect(error?.kind == .access)
            #expect(error?.message.contains("R2_ACCESS_KEY_ID") == true)
        }
    }

    @Test("A wrong bucket says what to check", arguments: ObjectServer.allCases)
    func wrongBucket(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            var settings = place.settings
            settings.bucket = "other-bucket"
            let error = await #expect(throws: ObjectStoreError.self) {
                try await makeClient(settings).get("k", range: nil, limit: 1)
            }
            #expect(error?.kind == .notFound && error?.code == "NoSuchBucket")
            #expect(error?.message.contains("R2_BUCKET_NAME") == true)
        }
    }

    @Test(
        "A clock that is off is corrected by the store's, once, and presigned addresses have it too",
        arguments: ObjectServer.allCases.filter(\.checksSignatures),
        [-3600, 3600]
    )
    func skewedClock(_ server: ObjectServer, _ seconds: Int) async throws {
        try await server.run { place throws in
            let proxy = try await InterceptingProxy.start(before: place.settings.objectEndpoint) { _ in .pass }
            let key = "\(place.prefix)/k"
            let client = place.behind(proxy).client {
                $0.clock = { Timestamp.now().advanced(by: .seconds(seconds)) }
            }
            // The refusal of a HEAD has no code that would name the clock.
            #expect(try await client.head(key) == nil)
            #expect(proxy.requests.count == 2)
            #expect(try await client.put(key, body([1]), contentType: "x/y", onlyIfAbsent: false))
            #expect(try await client.get(key, range: nil, limit: 1) == [1])
            #expect(proxy.requests.count == 4)
            let url = try client.presignedURL(key, lifetime: .seconds(60))
            let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(30))
            #expect(answer.status == .ok)
            try await proxy.close()
        }
    }

    @Test(
        "A body that is not what was announced is refused, and nothing is stored",
        arguments: ObjectServer.allCases.filter(\.checksBodyHash)
    )
    func tamperedBody(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            let lie = ObjectBody(bytes: [1], sha256: hexadecimal(SHA256.hash(data: [2])))
            let error = await #expect(throws: ObjectStoreError.self) {
                try await place.client().put("\(place.prefix)/k", lie, contentType: "x/y", onlyIfAbsent: false)
            }
            #expect(error?.kind == .corrupted && error?.code == "XAmzContentSHA256Mismatch")
            #expect(try await place.client().head("\(place.prefix)/k") == nil)
        }
    }

    @Test("A presigned address opens without credentials, and only as signed", arguments: ObjectServer.allCases)
    func presigned(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            let client = place.client()
            let key = "\(place.prefix)/a b"
            try await client.put(key, body([7]), contentType: "x/y", onlyIfAbsent: false)
            let url = try client.presignedURL(key, lifetime: .seconds(60))
            let good = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(30))
            #expect(good.status == .ok)
            let content = Array(try await good.body.collect(upTo: 10).readableBytesView)
            #expect(content == [7])
            guard server.checksSignatures else { return }
            let longer = url.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=61")
            let bad = try await HTTPClient.shared.execute(HTTPClientRequest(url: longer), timeout: .seconds(30))
            #expect(bad.status == .forbidden)
        }
    }

    @Test("An object that is replaced while it is read is not mixed from two", arguments: ObjectServer.allCases)
    func replacedWhileRead(_ server: ObjectServer) async throws {
        try await server.run { place throws in
            let client = place.client { $0.pieceSize = 1000 }
            let key = "\(place.prefix)/k"
            try await client.put(key, body(bytes(3000)), contentType: "x/y", onlyIfAbsent: false)
            let stream = try await client.stream(key)
            try await client.put(key, body(bytes(3000).reversed()), contentType: "x/y", onlyIfAbsent: false)
            let error = await #expect(throws: ObjectStoreError.self) { for try await _ in stream {} }
            #expect(error?.kind == .unavailable && error?.key == key)
            #expect(error?.message.contains("read it again") == true)
        }
    }
}
