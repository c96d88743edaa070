import Crypto
import FoundationEssentials
import IngotCore
import IngotTesting
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import IngotS3

private let partSize = 5 << 20

extension ObjectPlace {
    /// A client that sends what is larger than two parts in parts.
    fileprivate func partClient(partsAtOnce: Int = 3) -> S3Client {
        client {
            $0.multipartThreshold = 2 * Int64(partSize)
            $0.partSize = partSize
            $0.partsAtOnce = partsAtOnce
        }
    }
}

extension InterceptingProxy {
    fileprivate func count(_ method: String, containing text: String) -> Int {
        requests.count { $0.hasPrefix("\(method) ") && $0.contains(text) }
    }

    /// The number of the upload that requests name.
    fileprivate var uploadID: String? {
        for line in requests {
            guard let start = line.firstRange(of: "uploadId=") else { continue }
            return PercentEncoding.decode(line[start.upperBound...].prefix { $0 != " " && $0 != "&" })
        }
        return nil
    }
}

/// Checks that the upload which the proxy saw is gone: no part of it is taken any more.
private func expectUploadIsGone(
    _ server: ObjectServer,
    _ proxy: InterceptingProxy,
    _ place: ObjectPlace,
    key: String
) async throws {
    #expect(proxy.count("DELETE", containing: "uploadId=") == 1)
    let id = try #require(proxy.uploadID)
    let part = S3Request(
        method: .PUT,
        key: key,
        query: [QueryItem("partNumber", "1"), QueryItem("uploadId", id)],
        body: .buffer(HashedBuffer(.init(string: "x")))
    )
    let error = await #expect(throws: ObjectStoreError.self) { try await place.connection().call(part) { _ in } }
    #expect(error?.code == (server.knowsLostUploads ? "NoSuchUpload" : nil))
    #expect(try await place.client().head(key) == nil)
}

@Suite("Large bodies in parts")
struct MultipartTests {
    private static let content = bytes(2 * partSize + 1_234_567)

    private func run(
        _ server: ObjectServer,
        _ decide: @escaping @Sendable (String) -> InterceptingProxy.Action = { _ in .pass },
        _ test: @Sendable (ObjectPlace, InterceptingProxy) async throws -> Void
    ) async throws {
        try await server.run { place throws in
            let proxy = try await InterceptingProxy.start(before: place.settings.objectEndpoint, decide: decide)
            try await test(place, proxy)
            try await proxy.close()
        }
    }

    @Test("A body comes back as it was, whole, in ranges and as a stream", arguments: ObjectServer.allCases)
    func roundTrip(_ server: ObjectServer) async throws {
        try await run(server) { place, proxy throws in
            let client = place.behind(proxy).partClient()
            let key = "\(place.prefix)/a b+ü"
            let content = Self.content
            #expect(try await client.put(key, streamedBody(content), contentType: "x/y", onlyIfAbsent: false))
            #expect(proxy.count("PUT", containing: "partNumber=") == 3)
            #expect(proxy.count("PUT", containing: "") == 3)
            let info = try #require(try await client.head(key))
            let md5s = stride(from: 0, to: content.count, by: partSize).map { start in
                Array(Insecure.MD5.hash(data: content[start..<min(start + partSize, content.count)]))
            }
            #expect(info.size == content.count)
            #expect(info.etag == String.multipartTag(md5s: md5s) && info.etag.isMultipartTag)
            let border = Int64(partSize)
            #expect(
                try await client.get(key, range: border - 10..<border + 10, limit: 20)
                    == Array(content[partSize - 10..<partSize + 10])
            )
            #expect(try await client.get(key, range: nil, limit: content.count) == content)
            var streamed: [UInt8] = []
            for try await piece in try await client.stream(key) { streamed += piece }
            #expect(streamed == content)
        }
    }

    @Test(
        "A body of whole parts has no empty one, and one in memory goes in parts as well",
        arguments: ObjectServer.allCases
    )
    func wholeParts(_ server: ObjectServer) async throws {
        try await run(server) { place, proxy throws in
            let content = bytes(3 * partSize)
            let key = "\(place.prefix)/k"
            let client = place.behind(proxy).partClient()
            #expect(try await client.put(key, body(content), contentType: "x/y", onlyIfAbsent: false))
            #expect(proxy.count("PUT", containing: "partNumber=") == 3)
            #expect(try await client.get(key, range: nil, limit: content.count) == content)
        }
    }

    @Test("Up to the threshold a body goes whole", arguments: ObjectServer.allCases)
    func threshold(_ server: ObjectServer) async throws {
        try await run(server) { place, proxy throws in
            let client = place.behind(proxy).partClient()
            let content = bytes(2 * partSize)
            try await client.put("\(place.prefix)/k", streamedBody(content), contentType: "x/y", onlyIfAbsent: false)
            #expect(proxy.requests.count == 1)
        }
    }

    @Test("What is there already is kept, and nothing is sent", arguments: ObjectServer.allCases)
    func conditional(_ server: ObjectServer) async throws {
        try await run(server) { place, proxy throws in
            let client = place.behind(proxy).partClient()
            let key = "\(place.prefix)/k"
            try await place.client().put(key, body([1]), contentType: "x/y", onlyIfAbsent: false)
            #expect(try await !client.put(key, streamedBody(Self.content), contentType: "x/y", onlyIfAbsent: true))
            #expect(proxy.count("PUT", containing: "") == 0)
            #expect(try await client.get(key, range: nil, limit: 1) == [1])
        }
    }

    @Test("What comes between is kept, and the upload is taken back", arguments: ObjectServer.allCases)
    func overtaken(_ server: ObjectServer) async throws {
        try await run(server) { place, proxy throws in
            let key = "\(place.prefix)/k"
            let content = Self.content
            let isFirst = OnceFlag()
            // Another writer stores the object when the first bytes are asked for, after the look whether it is there.
            let overtaken = ObjectBody(size: Int64(content.count), sha256: body(content).sha256) {
                let pieces = Mutex([content][...])
                return ByteStream {
                    if isFirst.set() {
                        try await place.client().put(key, body([1]), contentType: "x/y", onlyIfAbsent: false)
                    }
                    return pieces.withLock { $0.popFirst() }
                }
            }
            let client = place.behind(proxy).partClient()
            #expect(try await !client.put(key, overtaken, contentType: "x/y", onlyIfAbsent: true))
            #expect(proxy.count("DELETE", containing: "uploadId=") == 1)
            #expect(try await client.get(key, range: nil, limit: 1) == [1])
        }
    }

    @Test(
        "A body that is not as announced is not completed, and the upload is taken back",
        arguments: ObjectServer.allCases,
        ["hash", "shorter", "longer"]
    )
    func notAsAnnounced(_ server: ObjectServer, _ lie: String) async throws {
        try await run(server) { place, proxy throws in
            let key = "\(place.prefix)/k"
            let size = Int64(Self.content.count) + (lie == "shorter" ? 1 : lie == "longer" ? -1 : 0)
            let sha256 = body(lie == "hash" ? [1] : Self.content).sha256
            let wrong = ObjectBody(size: size, sha256: sha256) { try streamedBody(Self.content).open() }
            let error = await #expect(throws: ObjectStoreError.self) {
                try await place.behind(proxy).partClient().put(key, wrong, contentType: "x/y", onlyIfAbsent: false)
            }
            #expect(error?.kind == .corrupted)
            #expect(proxy.count("POST", containing: "uploadId=") == 0)
            try await expectUploadIsGone(server, proxy, place, key: key)
        }
    }

    @Test("A cancelled upload is taken back", arguments: ObjectServer.allCases)
    func cancellation(_ server: ObjectServer) async throws {
        try await run(server) { place, proxy throws in
            let key = "\(place.prefix)/k"
            let (reached, reach) = AsyncStream.makeStream(of: Void.self)
            let pieces = Mutex([Array(Self.content.prefix(partSize))][...])
            let endless = ObjectBody(size: Int64(Self.content.count), sha256: body([]).sha256) {
                ByteStream {
                    if let piece = pieces.withLock({ $0.popFirst() }) { return piece }
                    reach.yield()
                    try await Task.sleep(for: .seconds(3600))
                    return nil
                }
            }
            let client = place.behind(proxy).partClient()
            let task = Task {
                defer { reach.finish() }
                return try await client.put(key, endless, contentType: "x/y", onlyIfAbsent: false)
            }
            for await _ in reached { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await expectUploadIsGone(server, proxy, place, key: key)
        }
    }

    @Test("No more parts are read than are sent at once", arguments: ObjectServer.allCases)
    func memory(_ server: ObjectServer) async throws {
        let (events, event) = AsyncStream.makeStream(of: Void.self)
        let decide: @Sendable (String) -> InterceptingProxy.Action = { line in
            guard line.contains("partNumber=") else { return .pass }
            event.yield()
            return .swallow
        }
        try await run(server, decide) { place, proxy throws in
            let size = 8 * partSize
            let piece = bytes(1 << 20)
            // Two parts on their way, and one more that waits.
            let most = 3 * partSize
            func source(_ given: Countdown) -> ObjectBody {
                ObjectBody(size: Int64(size), sha256: body([]).sha256) {
                    ByteStream {
                        guard given.next() else { return nil }
                        if given.left == (size - most) / piece.count { event.yield() }
                        return piece
                    }
                }
            }
            let given = Countdown(size / piece.count)
            let client = place.behind(proxy).partClient(partsAtOnce: 2)
            let task = Task {
                defer { event.finish() }
                return try await client.put("\(place.prefix)/k", source(given), contentType: "x/y", onlyIfAbsent: false)
            }
            var seen = 0
            for await _ in events {
                seen += 1
                if seen == 3 { break }
            }
            // By the time that another client has read and sent all of such a body, this one would have read on as well.
            let all = Countdown(size / piece.count)
            let error = await #expect(throws: ObjectStoreError.self) {
                try await place.partClient(partsAtOnce: 2)
                    .put("\(place.prefix)/other", source(all), contentType: "x/y", onlyIfAbsent: false)
            }
            #expect(error?.kind == .corrupted && all.left == 0)
            #expect(given.left == (size - most) / piece.count)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(given.left == (size - most) / piece.count)
            #expect(proxy.count("PUT", containing: "partNumber=") == 2)
        }
    }

    @Test("A part that failed is sent again, and the others are not", arguments: ObjectServer.allCases)
    func failedPart(_ server: ObjectServer) async throws {
        let losses = Countdown(1)
        let decide: @Sendable (String) -> InterceptingProxy.Action = { line in
            line.contains("partNumber=2") && losses.next() ? .loseAnswer : .pass
        }
        try await run(server, decide) { place, proxy throws in
            let key = "\(place.prefix)/k"
            let client = place.behind(proxy).partClient()
            #expect(try await client.put(key, streamedBody(Self.content), contentType: "x/y", onlyIfAbsent: false))
            #expect(proxy.count("PUT", containing: "partNumber=") == 4)
            #expect(try await client.get(key, range: nil, limit: Self.content.count) == Self.content)
        }
    }

    @Test("A part that cannot be stored ends the upload, which is taken back", arguments: ObjectServer.allCases)
    func hopelessPart(_ server: ObjectServer) async throws {
        let decide: @Sendable (String) -> InterceptingProxy.Action = { line in
            line.contains("partNumber=2") ? .answer("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n") : .pass
        }
        try await run(server, decide) { place, proxy throws in
            let key = "\(place.prefix)/k"
            let error = await #expect(throws: ObjectStoreError.self) {
                try await place.behind(proxy).partClient()
                    .put(key, streamedBody(Self.content), contentType: "x/y", onlyIfAbsent: false)
            }
            #expect(error?.kind == .access)
            try await expectUploadIsGone(server, proxy, place, key: key)
        }
    }

    @Test(
        "A completion whose answer was lost is settled by what is there",
        arguments: ObjectServer.allCases,
        [true, false]
    )
    func lostCompletion(_ server: ObjectServer, onlyIfAbsent: Bool) async throws {
        let losses = Countdown(1)
        let decide: @Sendable (String) -> InterceptingProxy.Action = { line in
            line.hasPrefix("POST") && line.contains("uploadId=") && losses.next() ? .loseAnswer : .pass
        }
        try await run(server, decide) { place, proxy throws in
            let key = "\(place.prefix)/k"
            let client = place.behind(proxy).partClient()
            let stored = try await client.put(
                key,
                streamedBody(Self.content),
                contentType: "x/y",
                onlyIfAbsent: onlyIfAbsent
            )
            #expect(stored)
            #expect(proxy.count("POST", containing: "uploadId=") == 2)
            #expect(try await client.get(key, range: nil, limit: Self.content.count) == Self.content)
        }
    }

    @Test("An error after the status 200 is an error, and may pass", arguments: ObjectServer.allCases)
    func errorInSuccess(_ server: ObjectServer) async throws {
        let document = "\n\n<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>x</Message></Error>"
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: \(document.utf8.count)\r\nconnection: close\r\n\r\n\(document)"
        let failures = Countdown(2)
        let decide: @Sendable (String) -> InterceptingProxy.Action = { line in
            line.hasPrefix("POST") && line.contains("uploadId=") && failures.next() ? .answer(answer) : .pass
        }
        try await run(server, decide) { place, proxy throws in
            let key = "\(place.prefix)/k"
            let client = place.behind(proxy).partClient()
            #expect(try await client.put(key, streamedBody(Self.content), contentType: "x/y", onlyIfAbsent: false))
            #expect(proxy.count("POST", containing: "uploadId=") == 3)
            #expect(try await client.get(key, range: nil, limit: Self.content.count) == Self.content)
        }
    }

    @Test("An error after the status 200 that stays ends the upload", arguments: ObjectServer.allCases)
    func lastingErrorInSuccess(_ server: ObjectServer) async throws {
        let document = "<Error><Code>AccessDenied</Code><Message>x</Message></Error>"
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: \(document.utf8.count)\r\nconnection: close\r\n\r\n\(document)"
        let decide: @Sendable (String) -> InterceptingProxy.Action = { line in
            line.hasPrefix("POST") && line.contains("uploadId=") ? .answer(answer) : .pass
        }
        try await run(server, decide) { place, proxy throws in
            let key = "\(place.prefix)/k"
            let error = await #expect(throws: ObjectStoreError.self) {
                try await place.behind(proxy).partClient()
                    .put(key, streamedBody(Self.content), contentType: "x/y", onlyIfAbsent: false)
            }
            #expect(error?.kind == .access && error?.code == "AccessDenied")
            try await expectUploadIsGone(server, proxy, place, key: key)
        }
    }

    @Test(
        "Parts are as large as a body needs that may have 10,000 of them",
        arguments: [
            [200 << 20, 16], [160_000 << 20, 16], [(160_000 << 20) + 1, 17], [5_492_060_580_741, 524],
        ] as [[Int64]]
    )
    func partSizes(_ example: [Int64]) {
        let size = example[0]
        let found = MultipartPut.partSize(of: size, atLeast: 16 << 20)
        #expect(found == Int(example[1]) << 20)
        #expect((size + Int64(found) - 1) / Int64(found) <= 10_000)
    }

    @Test("A body that no store takes is refused before it is read")
    func tooLarge() async throws {
        let client = makeClient(try unreachableSettings())
        let huge = ObjectBody(size: 5_492_060_580_742, sha256: "") {
            Issue.record("the body was opened")
            return ByteStream { nil }
        }
        let error = await #expect(throws: ObjectStoreError.self) {
            try await client.put("k", huge, contentType: "x/y", onlyIfAbsent: false)
        }
        #expect(error?.kind == .tooLarge)
    }
}
