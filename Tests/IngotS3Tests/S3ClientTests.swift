import AsyncHTTPClient
import Crypto
import FoundationEssentials
import IngotCore
import IngotEmbedded
import IngotTesting
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import IngotS3

private func client(
    _ settings: StorageSettings,
    configuration: S3Client.Configuration = S3Client.Configuration(
        retry: RetryPolicy(maximumAttempts: 6, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(10))
    )
) -> S3Client {
    S3Client(settings: settings, httpClient: .shared, logger: .silent, configuration: configuration)
}

private func body(_ bytes: [UInt8]) -> ObjectBody {
    ObjectBody(bytes: bytes, sha256: hexadecimal(SHA256.hash(data: bytes)))
}

private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

@Suite("The S3 client against the embedded R2")
struct S3ClientTests {
    @Test(
        "Keys come through whatever they hold",
        arguments: [
            "a b", "a+b", "a%20b", "100%", "ü/日本/😀", "a&b=c?d#e", "~-._", "!$'()*,;:@[]", "a\"<>\\^`{|}",
            "packs/usc/x.gz",
        ]
    )
    func keys(_ key: String) async throws {
        try await withEmbeddedCloud { cloud in
            let client = client(cloud.settings)
            let content = Array(key.utf8)
            #expect(try await client.put(key, body(content), contentType: "text/plain", onlyIfAbsent: false))
            #expect(try await client.get(key, range: nil, limit: 1000) == content)
            let info = try #require(try await client.head(key))
            #expect(info.key == key && info.size == content.count)
            #expect(info.etag == hexadecimal(Insecure.MD5.hash(data: content)))
            // The listing's time has milliseconds, that of the head has not.
            var listed = try await client.list(prefix: key, after: nil).objects
            #expect(listed.first?.lastModified.map { $0.millisecondsSinceEpoch / 1000 } == info.lastModified.map { $0.millisecondsSinceEpoch / 1000 })
            listed[0].lastModified = info.lastModified
            #expect(listed == [info])
            #expect(try await cloud.objects.get(key, range: nil, limit: 1000) == content)
            try await client.delete([key])
            #expect(try await client.head(key) == nil)
        }
    }

    @Test("Ranges, whole objects, streams and empty objects")
    func reading() async throws {
        try await withEmbeddedCloud { cloud in
            let client = client(cloud.settings, configuration: S3Client.Configuration(pieceSize: 1000))
            let content = bytes(10_500)
            try await client.put("k", body(content), contentType: "x/y", onlyIfAbsent: false)
            #expect(try await client.get("k", range: 100..<200, limit: 100) == Array(content[100..<200]))
            #expect(try await client.get("k", range: 10_400..<99_999, limit: 100_000) == Array(content[10_400...]))
            var streamed: [UInt8] = []
            for try await piece in try await client.stream("k") {
                #expect(piece.count <= 1000)
                streamed += piece
            }
            #expect(streamed == content)
            let tooLarge = await #expect(throws: ObjectStoreError.self) {
                try await client.get("k", range: nil, limit: 10_499)
            }
            #expect(tooLarge?.kind == .tooLarge)
            let beyond = await #expect(throws: ObjectStoreError.self) {
                try await client.get("k", range: 10_500..<10_501, limit: 10)
            }
            #expect(beyond?.kind == .invalidRange)
            try await client.put("empty", body([]), contentType: "x/y", onlyIfAbsent: false)
            #expect(try await client.get("empty", range: nil, limit: 0).isEmpty)
            for try await _ in try await client.stream("empty") { Issue.record("an empty object has no pieces") }
            let missing = await #expect(throws: ObjectStoreError.self) { try await client.stream("missing") }
            #expect(missing?.kind == .notFound)
        }
    }

    @Test("A large body streams from a file-like source and back")
    func largeBody() async throws {
        try await withEmbeddedCloud { cloud in
            let client = client(cloud.settings)
            let piece = bytes(1 << 20)
            var hash = SHA256()
            for _ in 0..<20 { hash.update(data: piece) }
            let body = ObjectBody(size: 20 << 20, sha256: hexadecimal(hash.finalize())) {
                let left = Countdown(20)
                return ByteStream { left.next() ? piece : nil }
            }
            try await client.put("big", body, contentType: "x/y", onlyIfAbsent: false)
            var count = 0
            for try await piece in try await client.stream("big") { count += piece.count }
            #expect(count == 20 << 20)
        }
    }

    @Test("A conditional put keeps what is there")
    func conditionalPut() async throws {
        try await withEmbeddedCloud { cloud throws in
            let client = client(cloud.settings)
            #expect(try await client.put("k", body([1]), contentType: "x/y", onlyIfAbsent: true))
            #expect(try await !client.put("k", body([2]), contentType: "x/y", onlyIfAbsent: true))
            #expect(try await client.get("k", range: nil, limit: 1) == [1])
        }
    }

    @Test("Listings go on to their end, and batches of keys are deleted")
    func listing() async throws {
        try await withEmbeddedCloud { cloud in
            let client = client(cloud.settings)
            let keys = (0..<1205).map { "list/\($0) +é" }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for key in keys {
                    group.addTask {
                        try await cloud.objects.put(key, body([1]), contentType: "x/y", onlyIfAbsent: false)
                    }
                }
                try await group.waitForAll()
            }
            var found: [String] = []
            var token: String?
            repeat {
                let page = try await client.list(prefix: "list/", after: token)
                found += page.objects.map(\.key)
                token = page.next
            } while token != nil
            #expect(found == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            try await client.delete(keys + ["list/none"])
            #expect(try await client.list(prefix: "list/", after: nil).objects.isEmpty)
        }
    }

    @Test("A wrong secret, an unknown key id and a wrong bucket say what to check")
    func access() async throws {
        try await withEmbeddedCloud { cloud in
            var settings = cloud.settings
            settings.secretAccessKey = Secret("wrong")
            let secret = await #expect(throws: ObjectStoreError.self) {
                try await client(settings).get("k", range: nil, limit: 1)
            }
            #expect(secret?.kind == .access && secret?.code == "SignatureDoesNotMatch")
            #expect(secret?.message.contains("R2_SECRET_ACCESS_KEY") == true)
            settings = cloud.settings
            settings.accessKeyID = "0000"
            let id = await #expect(throws: ObjectStoreError.self) {
                try await client(settings).get("k", range: nil, limit: 1)
            }
            #expect(id?.kind == .access && id?.code == "Unauthorized")
            settings = cloud.settings
            settings.bucket = "other"
            let bucket = await #expect(throws: ObjectStoreError.self) {
                try await client(settings).get("k", range: nil, limit: 1)
            }
            #expect(bucket?.kind == .notFound && bucket?.code == "NoSuchBucket")
        }
    }

    @Test("A clock that is off is corrected by the store's", arguments: [-3600, 3600])
    func skewedClock(_ seconds: Int) async throws {
        try await withEmbeddedCloud { cloud throws in
            var configuration = S3Client.Configuration()
            configuration.clock = { Timestamp.now().advanced(by: .seconds(seconds)) }
            let client = client(cloud.settings, configuration: configuration)
            #expect(try await client.put("k", body([1]), contentType: "x/y", onlyIfAbsent: false))
            #expect(try await client.get("k", range: nil, limit: 1) == [1])
        }
    }

    @Test("A body that is not what was announced is refused, and nothing is stored")
    func tamperedBody() async throws {
        try await withEmbeddedCloud { cloud in
            let lie = ObjectBody(bytes: [1], sha256: hexadecimal(SHA256.hash(data: [2])))
            let error = await #expect(throws: ObjectStoreError.self) {
                try await client(cloud.settings).put("k", lie, contentType: "x/y", onlyIfAbsent: false)
            }
            #expect(error?.kind == .corrupted && error?.code == "XAmzContentSHA256Mismatch")
            let stored = try await cloud.objects.head("k")
            #expect(stored == nil)
        }
    }

    @Test("A presigned address opens without credentials, and only as signed")
    func presigned() async throws {
        try await withEmbeddedCloud { cloud in
            let client = client(cloud.settings)
            try await client.put("a b", body([7]), contentType: "x/y", onlyIfAbsent: false)
            let url = try client.presignedURL("a b", lifetime: .seconds(60))
            let good = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
            #expect(good.status == .ok)
            let content = Array(try await good.body.collect(upTo: 10).readableBytesView)
            #expect(content == [7])
            let longer = url.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=61")
            let bad = try await HTTPClient.shared.execute(HTTPClientRequest(url: longer), timeout: .seconds(10))
            #expect(bad.status == .forbidden)
        }
    }

    @Test(
        "Passing failures are overcome",
        arguments: [
            FaultPlan.Fault.internalError, .overloaded, .rateLimited(retryAfterSeconds: nil), .gatewayTimeout,
            .dropBefore,
            .dropAfter, .truncatedBody, .corruptedBody,
        ]
    )
    func faults(_ fault: FaultPlan.Fault) async throws {
        let plan = FaultPlan(objects: FaultPlan.Script(first: [fault, fault, nil, fault, nil, fault, nil, fault]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            let client = client(cloud.settings)
            let content = bytes(100_000)
            #expect(try await client.put("k", body(content), contentType: "x/y", onlyIfAbsent: true))
            #expect(try await client.get("k", range: nil, limit: 100_000) == content)
            #expect(try await client.head("k")?.size == 100_000)
            try await client.delete(["k"])
            #expect(try await cloud.objects.head("k") == nil)
        }
    }

    @Test("Failures that do not pass are told after the last attempt")
    func givesUp() async throws {
        let plan = FaultPlan(objects: FaultPlan.Script(first: Array(repeating: .internalError, count: 6)))
        try await withEmbeddedCloud(faults: plan) { cloud in
            let error = await #expect(throws: ObjectStoreError.self) { try await client(cloud.settings).head("k") }
            #expect(error?.kind == .unavailable)
            let after = try await client(cloud.settings).head("k")
            #expect(after == nil)
        }
    }

    @Test("A cancelled call ends at once")
    func cancellation() async throws {
        let plan = FaultPlan(objects: FaultPlan.Script(first: [.delay(.seconds(600))]))
        try await withEmbeddedCloud(faults: plan) { cloud in
            let client = client(cloud.settings)
            let task = Task { try await client.head("k") }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}

@Suite("What the S3 client reads")
struct S3ReadingTests {
    @Test("A listing reads, with its encoded keys")
    func listing() throws {
        let xml = """
            <?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            <Name>b</Name><Contents><Key>a%2Fb%20%2B</Key><LastModified>2026-03-01T09:30:00.125Z</LastModified>\
            <Size>12</Size><ETag>&quot;abc&quot;</ETag></Contents>\
            <Contents><Key>c</Key><LastModified>2026-03-01T09:30:00Z</LastModified><Size>1</Size></Contents>\
            <Contents><Key>d</Key><Size>1</Size></Contents>\
            <IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>\
            <EncodingType>url</EncodingType></ListBucketResult>
            """
        let result = try ListResult.parse(Array(xml.utf8))
        #expect(
            result.objects == [
                ObjectInfo(
                    key: "a/b +",
                    size: 12,
                    etag: "abc",
                    lastModified: Timestamp("2026-03-01T09:30:00.125Z")
                ),
                ObjectInfo(key: "c", size: 1, etag: "", lastModified: Timestamp("2026-03-01T09:30:00.000Z")),
                ObjectInfo(key: "d", size: 1, etag: ""),
            ]
        )
        #expect(result.isTruncated && result.nextToken == "t")
    }

    @Test(
        "What is no listing is refused",
        arguments: [
            "", "<html/>", "<ListBucketResult><Contents></Contents></ListBucketResult>",
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><ListBucketResult/>", "<ListBucketResult>",
            String(repeating: "<a>", count: 20) + String(repeating: "</a>", count: 20),
        ]
    )
    func refusals(_ xml: String) {
        #expect(throws: ObjectStoreError.self) { try ListResult.parse(Array(xml.utf8)) }
    }

    @Test("One key is written by one request at a time, others go on, and the number of requests is bounded")
    func gate() async throws {
        let gate = CallGate(limit: 3)
        let counts = Counts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<60 {
                group.addTask {
                    let key = index.isMultiple(of: 2) ? "same" : nil
                    try await gate.run(writing: key) {
                        await counts.enter(key)
                        await Task.yield()
                        await counts.leave(key)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await counts.most == 3)
        #expect(await counts.mostOfKey == 1)
    }

    actor Counts {
        private var all = 0
        private var ofKey = 0
        private(set) var most = 0
        private(set) var mostOfKey = 0

        func enter(_ key: String?) {
            all += 1
            if key != nil { ofKey += 1 }
            most = max(most, all)
            mostOfKey = max(mostOfKey, ofKey)
        }

        func leave(_ key: String?) {
            all -= 1
            if key != nil { ofKey -= 1 }
        }
    }
}
