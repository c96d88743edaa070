import Crypto
import FoundationEssentials
import IngotCore
import IngotS3
import IngotTesting
import Testing

@testable import IngotEmbedded

@Suite("Objects of the embedded R2, over HTTP")
struct R2ObjectTests {
    typealias Request = R2TestClient.Request

    @Test("Any key is an object of its own, and none leaves the folder")
    func keys() async throws {
        let folder = try TemporaryFolder()
        let victim = folder.path("victim")
        try Data("untouched".utf8).write(to: URL(filePath: victim))
        try await withEmbeddedCloud(folder: folder) { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let keys = [
                "../../victim", "../victim", "a/../b", "./a", "..", ".", "/etc/passwd", "//etc/passwd", "a//b", "a/",
                "a",
                victim, "bodies/x", "index.sqlite", "..%2f..%2fvictim", "%2e%2e/victim", "a b+c%d", "ü/日本/\u{1F600}",
                "C:\\x", String(repeating: "k", count: 1024), String(repeating: "ü", count: 512), "<&>\"'", "~", "a\tb",
            ]
            for key in keys {
                #expect(try await client.put(key, "body of \(key)").status == 200, "\(key)")
            }
            for key in keys {
                #expect(try await client.get(key).text == "body of \(key)", "\(key)")
            }
            let listing = try await client.send(
                Request("GET", "/\(client.bucket)", query: "encoding-type=url&list-type=2")
            )
            let listed = listing.elements(["ListBucketResult", "Contents", "Key"]).map { PercentEncoding.decode($0) }
            #expect(listed == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })

            // The same bytes not encoded, as a careless client sends them.
            #expect(
                try await client.send(Request("GET", "/\(client.bucket)/../../victim")).text == "body of ../../victim"
            )
            for path in ["a%00b", "%00", PercentEncoding.encodePath(String(repeating: "k", count: 1025))] {
                for method in ["PUT", "GET", "DELETE"] {
                    let answer = try await client.send(Request(method, "/\(client.bucket)/\(path)"))
                    #expect(answer.status == 400 && answer.code == "InvalidObjectName", "\(method) \(path)")
                }
            }
            for path in ["a%", "a%zz", "a%ff"] {
                #expect(try await client.send(Request("GET", "/\(client.bucket)/\(path)")).code == "InvalidURI")
            }
        }
        #expect(try WholeFile.text(victim) == "untouched")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("store/r2/ingot/bodies"))
        #expect(names.allSatisfy { UUID(uuidString: $0) != nil } && names.count == 24)
    }

    @Test("What an object is kept with comes back, beyond ASCII in encoded words")
    func metadata() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let word = "=?utf-8?B?\(Data("Grüße, 世界".utf8).base64EncodedString())?="
            let put = Request("PUT", client.path("k"), body: "x").with(
                ("cache-control", "no-cache"),
                ("content-disposition", "attachment"),
                ("content-encoding", "gzip"),
                ("content-language", "de"),
                ("content-type", "x/y"),
                ("expires", "Thu, 01 Dec 2050 16:00:00 GMT"),
                ("x-amz-meta-plain", "a b"),
                ("x-amz-meta-word", word),
                ("x-amz-meta-quoted", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe_!?="),
                ("x-amz-meta-raw", "Grüße"),
                ("x-amz-meta-break", "=?utf-8?B?\(Data("a\r\nb".utf8).base64EncodedString())?=")
            )
            #expect(try await client.send(put).status == 200)
            for method in ["GET", "HEAD"] {
                let got = try await client.send(Request(method, client.path("k")))
                #expect(got.headers["cache-control"] == "no-cache")
                #expect(got.headers["content-disposition"] == "attachment")
                #expect(got.headers["content-encoding"] == "gzip")
                #expect(got.headers["content-language"] == "de")
                #expect(got.headers["content-type"] == "x/y")
                #expect(got.headers["expires"] == "Thu, 01 Dec 2050 16:00:00 GMT")
                #expect(got.headers["x-amz-meta-plain"] == "a b")
                #expect(got.headers["x-amz-meta-word"] == word)
                #expect(EncodedWord.decode(got.headers["x-amz-meta-quoted"] ?? "") == "Grüße !")
                #expect(EncodedWord.decode(got.headers["x-amz-meta-raw"] ?? "") == "Grüße")
                #expect(EncodedWord.decode(got.headers["x-amz-meta-break"] ?? "") == "a\r\nb")
                #expect(got.headers["content-length"] == "1" && got.headers["accept-ranges"] == "bytes")
                #expect(got.headers["last-modified"].flatMap(HTTPDate.parse) != nil)
                #expect(got.headers["etag"] == "\"\(hexadecimal(Insecure.MD5.hash(data: Array("x".utf8))))\"")
            }
            try await client.put("bare", "x")
            #expect(try await client.get("bare").headers["content-type"] == "application/octet-stream")
        }
    }

    @Test("Ranges, of HEAD as well")
    func ranges() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            try await client.put("k", "0123456789")
            for (header, text, range) in [
                ("bytes=2-4", "234", "bytes 2-4/10"), ("bytes=7-", "789", "bytes 7-9/10"),
                ("bytes=-3", "789", "bytes 7-9/10"), ("bytes=-99", "0123456789", "bytes 0-9/10"),
                ("bytes=8-99999999999999999999", "89", "bytes 8-9/10"),
            ] {
                let got = try await client.get("k", headers: ("range", header))
                #expect(got.status == 206 && got.text == text && got.headers["content-range"] == range, "\(header)")
                let head = try await client.send(Request("HEAD", client.path("k")).with(("range", header)))
                #expect(head.status == 206 && head.body.isEmpty && head.headers["content-range"] == range)
                #expect(head.headers["content-length"] == String(text.count))
            }
            let head = try await client.send(Request("HEAD", client.path("k")).with(("range", "bytes=10-")))
            #expect(head.status == 416 && head.body.isEmpty)
        }
    }

    @Test("Conditions of reads and writes, and all of them together")
    func conditions() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let etag = try #require(try await client.put("k", "1").headers["etag"])
            let modified = try #require(try await client.get("k").headers["last-modified"])
            let time = try #require(HTTPDate.parse(modified))
            let before = HTTPDate.text(time.advanced(by: .seconds(-60)))
            let after = HTTPDate.text(time.advanced(by: .seconds(60)))

            let reads: [(headers: [(name: String, value: String)], status: Int)] = [
                ([("if-match", etag)], 200), ([("if-match", "\"a\", \(etag)")], 200), ([("if-match", "*")], 200),
                ([("if-match", "\"a\"")], 412), ([("if-match", "W/\(etag)")], 412),
                ([("if-none-match", etag)], 304), ([("if-none-match", "W/\(etag)")], 304),
                ([("if-none-match", "*")], 304), ([("if-none-match", "\"a\"")], 200),
                ([("if-modified-since", before)], 200), ([("if-modified-since", modified)], 304),
                ([("if-unmodified-since", before)], 412), ([("if-unmodified-since", modified)], 200),
                ([("if-match", etag), ("if-unmodified-since", before)], 200),
                ([("if-none-match", "\"a\""), ("if-modified-since", after)], 200),
                ([("if-none-match", etag), ("if-modified-since", before)], 304),
                ([("if-match", etag), ("if-none-match", etag)], 304),
                ([("if-match", "\"a\""), ("if-none-match", etag)], 412),
                ([("if-modified-since", "yesterday")], 200),
            ]
            for read in reads {
                var request = Request("GET", client.path("k"))
                request.headers = read.headers
                let got = try await client.send(request)
                #expect(got.status == read.status, "\(read.headers)")
                #expect(got.code == (read.status == 412 ? "PreconditionFailed" : nil), "\(read.headers)")
                if read.status == 304 { #expect(got.body.isEmpty && got.headers["etag"] == etag) }
                request.method = "HEAD"
                #expect(try await client.send(request).status == read.status)
            }
            // A write goes ahead where a read would be answered whole.
            // The last write may be a second later than the first, so not where that decides.
            for read in reads where !read.headers.contains(where: { $0.value == modified }) {
                var request = Request("PUT", client.path("k"), body: "1")
                request.headers = read.headers
                let put = try await client.send(request)
                #expect(put.status == (read.status == 200 ? 200 : 412), "\(read.headers)")
                if put.status == 412 { #expect(put.code == "PreconditionFailed") }
            }
            // Where there is nothing, nothing can be matched or modified.
            for (name, value, status) in [
                ("if-match", "*", 412), ("if-match", etag, 412), ("if-modified-since", before, 412),
                ("if-none-match", "\"a\"", 200), ("if-none-match", "*", 200), ("if-unmodified-since", before, 200),
            ] {
                let key = "new/\(name)/\(value)"
                let answer = try await client.put(key, "x", headers: (name, value))
                #expect(answer.status == status, "\(name): \(value)")
                #expect(try await client.get(key).status == (status == 200 ? 200 : 404))
            }
            #expect(try cloud.objects.bodies.names().count == 4)
        }
    }

    @Test("Copies, with the metadata of the source or their own")
    func copies() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let source = "from/sp ace+%ü?"
            try await client.put(source, "copy me", headers: ("content-type", "text/csv"), ("x-amz-meta-a", "1"))
            let encoded = PercentEncoding.encodePath(source)
            func copy(_ key: String, _ header: String, _ more: (name: String, value: String)...) async throws
                -> R2TestClient.Answer
            {
                var request = Request("PUT", client.path(key)).with(("x-amz-copy-source", header))
                request.headers += more
                return try await client.send(request)
            }
            let copied = try await copy("to", "\(client.bucket)/\(encoded)")
            let md5 = hexadecimal(Insecure.MD5.hash(data: Array("copy me".utf8)))
            #expect(copied.status == 200 && copied.element("CopyObjectResult", "ETag") == "\"\(md5)\"")
            #expect(copied.element("CopyObjectResult", "LastModified").flatMap(Timestamp.init) != nil)
            var got = try await client.get("to")
            #expect(got.text == "copy me" && got.headers["content-type"] == "text/csv")
            #expect(got.headers["x-amz-meta-a"] == "1")

            let replaced = try await copy(
                "to",
                "/\(client.bucket)/\(encoded)",
                ("x-amz-metadata-directive", "REPLACE"),
                ("content-type", "x/y"),
                ("x-amz-meta-b", "2")
            )
            #expect(replaced.status == 200)
            got = try await client.get("to")
            #expect(got.headers["content-type"] == "x/y" && got.headers["x-amz-meta-a"] == nil)
            #expect(got.headers["x-amz-meta-b"] == "2")

            // Onto itself, as tools do that change metadata only.
            #expect(try await copy("to", "/\(client.bucket)/to", ("x-amz-metadata-directive", "REPLACE")).status == 200)
            #expect(try await client.get("to").text == "copy me")

            let etag = "\"\(md5)\""
            let past = HTTPDate.text(Timestamp.now().advanced(by: .seconds(-3600)))
            for (name, value, status) in [
                ("if-match", etag, 200), ("if-match", "\"a\"", 412), ("if-none-match", etag, 412),
                ("if-none-match", "\"a\"", 200), ("if-modified-since", past, 200), ("if-unmodified-since", past, 412),
            ] {
                let answer = try await copy("to", "/\(client.bucket)/\(encoded)", ("x-amz-copy-source-\(name)", value))
                #expect(answer.status == status, "\(name): \(value)")
            }
            #expect(try cloud.objects.bodies.names().count == 2)
        }
    }

    @Test("Checksums are verified, and come back to who asks", arguments: ["crc32", "sha1", "sha256"])
    func checksums(_ name: String) async throws {
        // CRC-32 of "123456789" stands in the catalogues of checksums.
        let body = "123456789"
        let bytes = Array(body.utf8)
        let value =
            switch name {
            case "crc32": "y/Q5Jg=="
            case "sha1": Data(Insecure.SHA1.hash(data: bytes)).base64EncodedString()
            default: Data(SHA256.hash(data: bytes)).base64EncodedString()
            }
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let header = "x-amz-checksum-\(name)"
            #expect(try await client.put("k", body, headers: (header, value)).status == 200)
            #expect(try await client.get("k").headers[header] == nil)
            #expect(try await client.get("k", headers: ("x-amz-checksum-mode", "ENABLED")).headers[header] == value)
            let part = try await client.get("k", headers: ("x-amz-checksum-mode", "ENABLED"), ("range", "bytes=0-1"))
            #expect(part.status == 206 && part.headers[header] == nil)
            let wrong = try await client.put("k", "12345678!", headers: (header, value))
            #expect(wrong.status == 400 && wrong.code == "BadDigest")
            #expect(try await client.get("k").text == body)
        }
    }

    @Test("A body that is shorter than its length is refused")
    func cutShort() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let slow = try await client.startSlowPut("k", length: 8)
            let answer = try await slow.cutShort(Array("half".utf8))
            #expect(answer.status == 400 && answer.code == "IncompleteBody", "\(answer)")
            #expect(try await client.get("k").code == "NoSuchKey")
            #expect(try cloud.objects.bodies.names().isEmpty)
        }
    }

    @Test("A body that ends early leaves nothing")
    func cutOff() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            try await client.put("k", "old")
            let slow = try await client.startSlowPut("k", length: 8)
            await cloud.isWriting()
            try await slow.hangUp()
            // The key is free again once the server knows that nobody is there.
            var answer = try await client.put("k", "new")
            while answer.status == 429 { answer = try await client.put("k", "new") }
            #expect(answer.status == 200)
            #expect(try await client.get("k").text == "new")
            #expect(try cloud.objects.bodies.names().count == 1)
        }
    }
}

extension EmbeddedCloud {
    /// Returns once a key is being written.
    fileprivate func isWriting() async {
        while writes.count == 0 { await Task.yield() }
    }
}

@Suite("One write a key")
struct KeyWriteTests {
    typealias Request = R2TestClient.Request

    @Test("A second write of a key is refused while one runs, and others are not")
    func overlap() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let slow = try await client.startSlowPut("k", length: 4)
            await cloud.isWriting()
            let answer = try await client.put("k", "fast")
            #expect(answer.status == 429 && answer.code == "TooManyRequests")
            #expect(answer.message == "Reduce your concurrent request rate for the same object.")
            let copy = Request("PUT", client.path("k")).with(("x-amz-copy-source", "/\(client.bucket)/other"))
            #expect(try await client.put("other", "x").status == 200)
            #expect(try await client.send(copy).status == 429)
            #expect(try await client.get("k").status != 429)
            #expect(try await slow.finish(Array("slow".utf8)).status == 200)
            #expect(try await client.get("k").text == "slow")
            #expect(try await client.put("k", "again").status == 200)
        }
    }

    @Test("A second write within the interval is refused, and one after it is not")
    func interval() async throws {
        let writes = KeyWrites(minimumInterval: .seconds(1))
        let start = ContinuousClock.now
        func write(_ key: String, after time: Duration) async -> Bool {
            do {
                try await writes.run(key, now: start + time) {}
                return true
            } catch {
                #expect(error as? R2Failure == .tooManyRequests)
                return false
            }
        }
        #expect(await write("a", after: .zero))
        #expect(await !write("a", after: .milliseconds(999)))
        #expect(await write("b", after: .milliseconds(999)))
        #expect(await write("a", after: .seconds(1)))
        // A write that fails counts as well.
        await #expect(throws: CancellationError.self) {
            try await writes.run("c", now: start) { throw CancellationError() }
        }
        #expect(await !write("c", after: .milliseconds(500)))
    }

    @Test("Keys that show the same and have other bytes are written side by side")
    func composition() async throws {
        let writes = KeyWrites(minimumInterval: .zero)
        try await writes.run("\u{E9}") {
            try await writes.run("e\u{301}") { #expect(writes.count == 2) }
        }
        #expect(writes.count == 0)
    }

    @Test("The interval is the endpoint's, and none unless it is given")
    func setting() throws {
        let folder = try TemporaryFolder()
        let objects = try EmbeddedObjects(folder: folder.path("r2"))
        let authentication = R2Authentication(accessKeyID: "id", secretAccessKey: Secret("secret"))
        let plain = R2Endpoint(objects: objects, bucket: "b", authentication: authentication)
        #expect(plain.writes.minimumInterval == .zero)
        let strict = R2Endpoint(
            objects: objects,
            bucket: "b",
            authentication: authentication,
            minimumWriteInterval: .seconds(1)
        )
        #expect(strict.writes.minimumInterval == .seconds(1))
    }

    @Test("What is remembered of keys is bounded")
    func memory() async throws {
        let writes = KeyWrites(minimumInterval: .seconds(1))
        let start = ContinuousClock.now
        for number in 0..<10_000 {
            try await writes.run("\(number)", now: start + .milliseconds(number * 10)) {}
        }
        #expect(writes.count <= 1024)
        let plain = KeyWrites(minimumInterval: .zero)
        for number in 0..<100 { try await plain.run("\(number)") {} }
        #expect(plain.count == 0)
    }
}

@Suite("Text beyond ASCII in headers")
struct EncodedWordTests {
    @Test(
        "Read",
        arguments: [
            ("plain  text ", "plain  text "), ("=?utf-8?B?w7w=?=", "ü"), ("=?UTF-8?q?=C3=BC_x?=", "ü x"),
            ("a =?utf-8?B?w7w=?= b", "a ü b"), ("=?utf-8?B?w7w=?= =?utf-8?B?w7w=?=", "üü"),
            ("=?iso-8859-1?Q?=FC?=", "ü"), ("=?utf-8*de?B?w7w=?=", "ü"),
            // What is no encoded word stays.
            ("=?utf-8?B?!?=", "=?utf-8?B?!?="), ("=?koi8-r?B?w7w=?=", "=?koi8-r?B?w7w=?="), ("=?=", "=?="),
            ("=?utf-8?Q?=C?=", "=?utf-8?Q?=C?="), ("=?utf-8?B?/w==?=", "=?utf-8?B?/w==?="), ("", ""),
        ]
    )
    func decode(_ text: String, _ expected: String) { #expect(EncodedWord.decode(text) == expected) }

    @Test(
        "Written in words of at most 75 characters, and read again",
        arguments: ["ü", "plain", "", String(repeating: "日本語", count: 50), "a\u{0}b", "x\u{7F}", "\u{1F600} \u{1F600}"]
    )
    func encode(_ text: String) {
        let encoded = EncodedWord.encode(text)
        #expect(encoded.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(encoded.split(separator: " ").allSatisfy { $0.count <= 75 })
        #expect(EncodedWord.decode(encoded) == text)
    }
}
