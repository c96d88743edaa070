import Crypto
import FoundationEssentials
import IngotCore
import IngotS3
import IngotTesting
import Testing

@testable import IngotEmbedded

@Suite("Uploads in parts to the embedded R2, over HTTP")
struct R2MultipartTests {
    typealias Request = R2TestClient.Request

    /// An upload that a test speaks to.
    private struct Upload {
        let client: R2TestClient
        let key: String
        let id: String

        init(_ client: R2TestClient, _ key: String, headers: (name: String, value: String)...) async throws {
            var request = Request("POST", client.path(key), query: "uploads=")
            request.headers = headers
            let answer = try await client.send(request)
            #expect(answer.element("InitiateMultipartUploadResult", "Bucket") == client.bucket)
            #expect(answer.element("InitiateMultipartUploadResult", "Key") == key)
            self.client = client
            self.key = key
            id = try #require(answer.element("InitiateMultipartUploadResult", "UploadId"), "\(answer.text)")
        }

        func part(_ number: Int, _ body: [UInt8], headers: (name: String, value: String)...) async throws
            -> R2TestClient.Answer
        {
            var request = Request("PUT", client.path(key), query: "partNumber=\(number)&uploadId=\(id)")
            request.body = body
            request.headers = headers
            return try await client.send(request)
        }

        func complete(_ parts: [(Int, String)], headers: (name: String, value: String)...) async throws
            -> R2TestClient.Answer
        {
            let list = parts.map { "<Part><PartNumber>\($0)</PartNumber><ETag>\($1)</ETag></Part>" }.joined()
            let xml =
                #"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\#(list)</CompleteMultipartUpload>"#
            var request = Request("POST", client.path(key), query: "uploadId=\(id)", body: xml)
            request.headers = headers
            return try await client.send(request)
        }

        func abort() async throws -> R2TestClient.Answer {
            try await client.send(Request("DELETE", client.path(key), query: "uploadId=\(id)"))
        }

        func list(_ query: String = "") async throws -> R2TestClient.Answer {
            try await client.send(Request("GET", client.path(key), query: "uploadId=\(id)\(query)"))
        }
    }

    private static let five = 5 << 20
    private func bytes(_ count: Int, _ seed: UInt8) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) &+ seed }
    }
    private func etag(_ bytes: [UInt8]) -> String { "\"\(hexadecimal(Insecure.MD5.hash(data: bytes)))\"" }

    @Test("Parts in any order become one object with R2's tag, and the upload ends")
    func lifecycle() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let upload = try await Upload(client, "a/b ü", headers: ("content-type", "x/y"), ("x-amz-meta-a", "1"))
            let parts = [bytes(Self.five, 1), bytes(Self.five, 2), bytes(100, 3)]
            #expect(try await upload.part(3, parts[2]).headers["etag"] == etag(parts[2]))
            // A part that is sent again replaces the first.
            #expect(try await upload.part(1, bytes(10, 9)).status == 200)
            for number in [1, 2] { #expect(try await upload.part(number, parts[number - 1]).status == 200) }
            #expect(try await client.get("a/b ü").code == "NoSuchKey")

            let listed = try await upload.list("&max-parts=2")
            #expect(listed.elements(["ListPartsResult", "Part", "PartNumber"]) == ["1", "2"])
            #expect(listed.elements(["ListPartsResult", "Part", "Size"]) == ["\(Self.five)", "\(Self.five)"])
            #expect(listed.elements(["ListPartsResult", "Part", "ETag"]) == parts.prefix(2).map(etag))
            #expect(listed.element("ListPartsResult", "IsTruncated") == "true")
            let marker = try #require(listed.element("ListPartsResult", "NextPartNumberMarker"))
            let rest = try await upload.list("&part-number-marker=\(marker)")
            #expect(rest.elements(["ListPartsResult", "Part", "PartNumber"]) == ["3"])
            #expect(rest.element("ListPartsResult", "IsTruncated") == "false")

            let answer = try await upload.complete([2, 1, 3].map { ($0, etag(parts[$0 - 1])) })
            let hashes = parts.flatMap { Array(Insecure.MD5.hash(data: $0)) }
            let whole = "\"\(hexadecimal(Insecure.MD5.hash(data: hashes)))-3\""
            #expect(answer.status == 200 && answer.element("CompleteMultipartUploadResult", "ETag") == whole)
            let location = try #require(answer.element("CompleteMultipartUploadResult", "Location"))
            #expect(location == "\(cloud.settings.objectEndpoint)/\(client.bucket)/a%2Fb%20%C3%BC")
            let got = try await client.get("a/b ü")
            #expect(got.body == parts.flatMap(\.self) && got.headers["etag"] == whole)
            #expect(got.headers["content-type"] == "x/y" && got.headers["x-amz-meta-a"] == "1")
            let range = try await client.get("a/b ü", headers: ("range", "bytes=\(Self.five - 2)-\(Self.five + 1)"))
            #expect(range.body == parts[0].suffix(2) + parts[1].prefix(2))

            #expect(try await upload.complete([(1, etag(parts[0]))]).code == "NoSuchUpload")
            #expect(try await upload.part(1, [1]).code == "NoSuchUpload")
            #expect(try await upload.abort().code == "NoSuchUpload")
            #expect(try cloud.objects.bodies.names().count == 1)
        }
    }

    @Test("Parts whose sizes do not fit are refused at completion, and the upload stays")
    func sizes() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let upload = try await Upload(client, "k")
            let parts = [bytes(Self.five, 1), bytes(Self.five + 1, 2), bytes(10, 3)]
            for (index, part) in parts.enumerated() { #expect(try await upload.part(index + 1, part).status == 200) }
            func complete(_ numbers: [Int]) async throws -> R2TestClient.Answer {
                try await upload.complete(numbers.map { ($0, etag(parts[$0 - 1])) })
            }
            for (numbers, code) in [
                ([1, 2, 3], "InvalidPart"), ([3, 1], "EntityTooSmall"), ([1, 2], "InvalidPart"),
                ([2, 1], "InvalidPart"),
                ([1, 3, 2], "EntityTooSmall"), ([1, 1], "InvalidPart"), ([1, 4], "InvalidPart"), ([], "MalformedXML"),
            ] {
                let parts = parts + [[]]
                let answer = try await upload.complete(numbers.map { ($0, etag(parts[$0 - 1])) })
                #expect(answer.status == 400 && answer.code == code, "\(numbers): \(answer.text)")
            }
            #expect(try await upload.complete([(1, etag(parts[1]))]).code == "InvalidPart")
            #expect(try await upload.complete([(0, "x")]).code == "InvalidPart")
            #expect(try await client.get("k").code == "NoSuchKey")
            #expect(try await complete([2, 3]).status == 200)
            #expect(try await client.get("k").body == parts[1] + parts[2])
            #expect(try cloud.objects.bodies.names().count == 1)
        }
    }

    @Test("A part that cannot be replaced is lost")
    func failedReplacement() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let upload = try await Upload(client, "k")
            #expect(try await upload.part(1, [1, 2, 3]).status == 200)
            #expect(
                try await upload.part(1, [4], headers: ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")).code == "BadDigest"
            )
            #expect(try await upload.complete([(1, etag([1, 2, 3]))]).code == "InvalidPart")
            #expect(try await upload.list().elements(["ListPartsResult", "Part", "Size"]).isEmpty)
            #expect(try await upload.abort().status == 204)
            #expect(try cloud.objects.bodies.names().isEmpty)
        }
    }

    @Test("A completion may depend on what the key has")
    func conditions() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let old = try #require(try await client.put("k", "old").headers["etag"])
            let upload = try await Upload(client, "k")
            #expect(try await upload.part(1, [1]).status == 200)
            let parts = [(1, etag([1]))]
            #expect(try await upload.complete(parts, headers: ("if-none-match", "*")).code == "PreconditionFailed")
            #expect(try await upload.complete(parts, headers: ("if-match", "\"x\"")).status == 412)
            #expect(try await client.get("k").text == "old")
            #expect(try await upload.complete(parts, headers: ("if-match", old)).status == 200)
            #expect(try await client.get("k").body == [1])
            let start = Request("POST", client.path("k"), query: "uploads").with(("if-none-match", "*"))
            #expect(try await client.send(start).status == 412)
            #expect(try cloud.objects.bodies.names().count == 1)
        }
    }

    @Test("Parts are copied from objects, whole or in part")
    func copies() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            try await client.put("source/ü", "0123456789")
            let upload = try await Upload(client, "k")
            func copy(_ range: String?, _ more: (name: String, value: String)...) async throws -> R2TestClient.Answer {
                var request = Request("PUT", client.path("k"), query: "partNumber=1&uploadId=\(upload.id)")
                    .with(("x-amz-copy-source", "/\(client.bucket)/source/%C3%BC"))
                if let range { request.headers.append(("x-amz-copy-source-range", range)) }
                request.headers += more
                return try await client.send(request)
            }
            for (range, text) in [(nil, "0123456789"), ("bytes=5-99", "56789"), ("bytes=0-4", "01234")] {
                let answer = try await copy(range)
                #expect(answer.element("CopyPartResult", "ETag") == etag(Array(text.utf8)), "\(answer.text)")
                #expect(answer.element("CopyPartResult", "LastModified") != nil)
            }
            for (range, status, message) in [
                ("bytes=0-", 400, "Invalid x-amz-copy-source-range: bytes=0-"),
                ("bytes=5-2", 400, "x-amz-copy-source-range must be positive."),
                ("bytes=10-11", 416, "The requested range is not satisfiable"),
            ] {
                let answer = try await copy(range)
                #expect(answer.status == status && answer.message == message)
            }
            #expect(try await copy(nil, ("x-amz-copy-source-if-match", "x")).status == 501)
            #expect(try await upload.complete([(1, etag(Array("01234".utf8)))]).status == 200)
            #expect(try await client.get("k").text == "01234")
        }
    }

    @Test("Checksums of parts are verified and make one of the object")
    func checksums() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let upload = try await Upload(client, "k", headers: ("x-amz-checksum-algorithm", "CRC32"))
            // CRC-32 of "123456789".
            let part = Array("123456789".utf8)
            #expect(try await upload.part(1, part, headers: ("x-amz-checksum-crc32", "AAAAAA==")).code == "BadDigest")
            #expect(try await upload.part(1, part, headers: ("x-amz-checksum-crc32", "y/Q5Jg==")).status == 200)
            func complete(_ checksum: String) async throws -> R2TestClient.Answer {
                let xml =
                    "<CompleteMultipartUpload><Part><ChecksumCRC32>\(checksum)</ChecksumCRC32><ETag>\(etag(part))</ETag>"
                    + "<PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"
                return try await client.send(
                    Request("POST", client.path("k"), query: "uploadId=\(upload.id)", body: xml)
                )
            }
            #expect(try await complete("AAAAAA==").code == "InvalidPart")
            let answer = try await complete("y/Q5Jg==")
            let composite = try #require(answer.element("CompleteMultipartUploadResult", "ChecksumCRC32"))
            #expect(composite.hasSuffix("-1"))
            let got = try await client.get("k", headers: ("x-amz-checksum-mode", "ENABLED"))
            #expect(
                got.headers["x-amz-checksum-crc32"] == composite && got.headers["x-amz-checksum-type"] == "COMPOSITE"
            )
        }
    }

    @Test("Uploads are listed by key and age, in pages and folded")
    func listing() async throws {
        try await withEmbeddedCloud { cloud in
            let client = R2TestClient(settings: cloud.settings)
            var started: [(key: String, id: String)] = []
            for key in ["b", "a/2", "a/1", "b", "c d"] { started.append((key, try await Upload(client, key).id)) }
            started.sort { ($0.key, $0.id) < ($1.key, $1.id) }
            func list(_ query: String) async throws -> R2TestClient.Answer {
                try await client.send(Request("GET", "/\(client.bucket)", query: "uploads\(query)"))
            }
            func values(_ answer: R2TestClient.Answer, _ name: String) -> [String] {
                answer.elements(["ListMultipartUploadsResult", "Upload", name])
            }
            let all = try await list("")
            #expect(values(all, "Key") == started.map(\.key) && values(all, "UploadId") == started.map(\.id))
            #expect(values(all, "Initiated").allSatisfy { Timestamp($0) != nil })
            for size in 1...3 {
                var found: [String] = []
                var markers = ""
                while true {
                    let page = try await list("&max-uploads=\(size)\(markers)")
                    #expect(values(page, "UploadId").count <= size)
                    found += values(page, "UploadId")
                    guard page.element("ListMultipartUploadsResult", "IsTruncated") == "true" else { break }
                    let key = try #require(page.element("ListMultipartUploadsResult", "NextKeyMarker"))
                    let id = try #require(page.element("ListMultipartUploadsResult", "NextUploadIdMarker"))
                    markers = "&key-marker=\(PercentEncoding.encode(key))&upload-id-marker=\(id)"
                }
                #expect(found == started.map(\.id))
            }
            let folded = try await list("&delimiter=/&encoding-type=url")
            #expect(folded.elements(["ListMultipartUploadsResult", "CommonPrefixes", "Prefix"]) == ["a%2F"])
            #expect(values(folded, "Key") == ["b", "b", "c%20d"])
            let first = try await list("&delimiter=/&max-uploads=1")
            #expect(first.element("ListMultipartUploadsResult", "NextKeyMarker") == "a/")
            #expect(values(try await list("&delimiter=/&key-marker=a/"), "Key") == ["b", "b", "c d"])
            #expect(values(try await list("&prefix=a/"), "Key") == ["a/1", "a/2"])
            #expect(values(try await list("&key-marker=b"), "Key") == ["c d"])
        }
    }

    @Test("A restart loses no upload, and removes what none needs")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let id = try await withEmbeddedCloud(folder: folder) { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let upload = try await Upload(client, "k")
            #expect(try await upload.part(1, Array("kept".utf8)).status == 200)
            return upload.id
        }
        try await withEmbeddedCloud(folder: folder) { cloud in
            let client = R2TestClient(settings: cloud.settings)
            let xml =
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(etag(Array("kept".utf8)))</ETag>"
                + "</Part></CompleteMultipartUpload>"
            let answer = try await client.send(Request("POST", client.path("k"), query: "uploadId=\(id)", body: xml))
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try await client.get("k").text == "kept")
        }
    }
}

@Suite("Uploads in parts on the disk")
struct EmbeddedUploadTests {
    let folder: TemporaryFolder
    let objects: EmbeddedObjects

    init() throws {
        folder = try TemporaryFolder()
        objects = try EmbeddedObjects(folder: folder.path("r2"))
    }

    private func body(_ bytes: [UInt8]) async throws -> (name: String, digests: BodyDigests) {
        try await objects.bodies.write { writer in
            try await writer.append(bytes)
            let digests = try await writer.hashes().digests
            return (try await writer.finish(), digests)
        }
    }

    private func upload(_ key: String, _ bytes: [UInt8]) async throws -> (MultipartUpload, MultipartCompletion) {
        let upload = try #require(try await objects.beginUpload(key, headers: [:], checksum: nil, if: .none))
        let (name, digests) = try await body(bytes)
        let tag = hexadecimal(digests.md5)
        let part = UploadedPart(number: 1, size: Int64(bytes.count), etag: tag, modified: .now(), body: name)
        #expect(try await objects.storePart(part, in: upload))
        let xml =
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(tag)</ETag></Part></CompleteMultipartUpload>"
        return (upload, try MultipartCompletion(xml: Array(xml.utf8)))
    }

    @Test("A kill before the commit leaves the old object and the upload, whatever of the new body is there")
    func killBeforeCommit() async throws {
        let old = ObjectBody(bytes: [1], sha256: hexadecimal(SHA256.hash(data: [UInt8(1)])))
        try await objects.put("k", old, contentType: "x/y", onlyIfAbsent: false)
        let (upload, completion) = try await upload("k", [2, 3])
        // Joined and on the disk, and its row is not.
        _ = try await objects.bodies.join([(try #require(try await part(of: upload)).body, 2)])
        try Data("half".utf8).write(to: URL(filePath: "\(objects.bodies.path)/aaaa.part"))

        let reopened = try EmbeddedObjects(folder: folder.path("r2"))
        #expect(try await reopened.removeLeftovers() == 2)
        #expect(try await reopened.get("k", range: nil, limit: 9) == [1])
        let record = try await reopened.complete(upload, completion, if: .none)
        #expect(record.size == 2)
        #expect(try await reopened.get("k", range: nil, limit: 9) == [2, 3])
        #expect(try reopened.bodies.names() == [record.body])
    }

    private func part(of upload: MultipartUpload) async throws -> UploadedPart? {
        try await objects.index.parts(of: upload.id, limit: 1).first
    }

    @Test("A kill after the commit leaves the new object, and the parts go at the next start")
    func killAfterCommit() async throws {
        let (upload, completion) = try await upload("k", [2, 3])
        let part = try #require(try await part(of: upload))
        let copy = try #require(try await objects.bodies.join([(part.body, 2)]))
        _ = try await objects.complete(upload, completion, if: .none)
        // As if the process had ended before it removed the part.
        try FileManager.default.moveItem(
            atPath: "\(objects.bodies.path)/\(copy)",
            toPath: "\(objects.bodies.path)/\(part.body)"
        )
        let reopened = try EmbeddedObjects(folder: folder.path("r2"))
        #expect(try await reopened.removeLeftovers() == 1)
        #expect(try await reopened.get("k", range: nil, limit: 9) == [2, 3])
        #expect(try await reopened.index.upload(upload.id, of: "k") == nil)
    }

    @Test("A try of a part that fails late does not take what a newer one has stored")
    func lateFailure() async throws {
        let (upload, _) = try await upload("k", [2, 3])
        let older = try #require(try await part(of: upload)).body
        let (name, digests) = try await body([4])
        let newer = UploadedPart(number: 1, size: 1, etag: hexadecimal(digests.md5), modified: .now(), body: name)
        #expect(try await objects.storePart(newer, in: upload))
        try await objects.losePart(1, body: older, of: upload)
        #expect(try await part(of: upload)?.body == name)
        #expect(try objects.bodies.names() == [name])
        try await objects.losePart(1, body: name, of: upload)
        #expect(try await part(of: upload) == nil)
        #expect(try objects.bodies.names().isEmpty)
    }

    @Test("A completion whose upload was aborted meanwhile says that, and not that parts are missing")
    func abortedMeanwhile() async throws {
        let (upload, completion) = try await upload("k", [2, 3])
        #expect(try await objects.abortUpload(upload.id, of: "k"))
        let failure = await #expect(throws: R2Failure.self) {
            try await objects.complete(upload, completion, if: .none)
        }
        #expect(failure == .noSuchUpload)
    }

    @Test("A part whose upload is not there goes at the start, with its file")
    func orphanedPart() async throws {
        let (upload, _) = try await upload("k", [2, 3])
        try await objects.index.database.run(Statement("DELETE FROM uploads"))
        #expect(try await objects.removeLeftovers() == 1)
        #expect(try await objects.index.parts(of: upload.id, limit: 1).isEmpty)
        #expect(try objects.bodies.names().isEmpty)
    }

    @Test("Bodies are joined as well when the kernel does not copy between their files")
    func joinAcrossFileSystems() async throws {
        let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let (first, _) = try await body(bytes)
        // The files of this folder have no sizes, and the kernel copies nothing from them.
        let foreign = "/proc/self/limits"
        try FileManager.default.createSymbolicLink(
            atPath: "\(objects.bodies.path)/foreign",
            withDestinationPath: foreign
        )
        let name = try #require(try await objects.bodies.join([(first, 700_000), ("foreign", 100), (first, 700_000)]))
        let joined = try WholeFile.bytes("\(objects.bodies.path)/\(name)")
        #expect(joined.count == 1_400_100)
        #expect(joined.prefix(700_000) == bytes[...] && joined.suffix(700_000) == bytes[...])
        #expect(String(decoding: joined[700_000..<700_005], as: UTF8.self) == "Limit")
    }

    @Test("Of two completions of one upload one makes the object")
    func race() async throws {
        let (upload, completion) = try await upload("k", [2, 3])
        let done = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (try? await objects.complete(upload, completion, if: .none)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(done == 1)
        #expect(try objects.bodies.names().count == 1)
    }

    @Test("A part that was replaced since it was chosen is not made an object of")
    func replacedPart() async throws {
        let (upload, completion) = try await upload("k", [2, 3])
        let part = try #require(try await part(of: upload))
        let (name, digests) = try await body([4])
        let newer = UploadedPart(number: 1, size: 1, etag: hexadecimal(digests.md5), modified: .now(), body: name)
        #expect(try await objects.storePart(newer, in: upload))
        let record = ObjectRecord(key: "k", size: 2, etag: "e-1", modified: .now(), body: "none", headers: [:])
        #expect(try await objects.store(record, if: .none, completing: (upload.id, [part.body])) == nil)
        let failure = await #expect(throws: R2Failure.self) {
            try await objects.complete(upload, completion, if: .none)
        }
        #expect(failure == .invalidPart)
        #expect(try await objects.head("k") == nil)
        #expect(try objects.bodies.names() == [name])
    }

    @Test("An upload is aborted when it is a week old")
    func age() async throws {
        let (upload, _) = try await upload("k", [1])
        let week = MultipartUpload.lifetime
        try await objects.abortOldUploads(now: upload.started.advanced(by: week))
        #expect(try await objects.index.upload(upload.id, of: "k") != nil)
        try await objects.abortOldUploads(now: upload.started.advanced(by: week + .milliseconds(1)))
        #expect(try await objects.index.upload(upload.id, of: "k") == nil)
        #expect(try objects.bodies.names().isEmpty)

        // At the start as well.
        let old = MultipartUpload.start(
            key: "k",
            at: .now().advanced(by: .seconds(-8 * 86_400)),
            headers: [:],
            checksum: nil
        )
        try await objects.index.begin(old)
        let (name, _) = try await body([1])
        let part = UploadedPart(number: 1, size: 1, etag: "e", modified: .now(), body: name)
        #expect(try await objects.storePart(part, in: old))
        #expect(try await objects.removeLeftovers() == 1)
        #expect(try await objects.index.upload(old.id, of: "k") == nil)
        #expect(try objects.bodies.names().isEmpty)
    }

    @Test("An index from before there were uploads opens, with its objects")
    func earlierIndex() async throws {
        let path = folder.path("earlier")
        try FileManager.default.createDirectory(atPath: "\(path)/bodies", withIntermediateDirectories: true)
        try SQLiteConnection(path: "\(path)/index.sqlite", access: .readingAndWriting).runOwn(
            """
            CREATE TABLE objects(
              key TEXT PRIMARY KEY NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL,
              body TEXT NOT NULL, headers TEXT NOT NULL
            ) WITHOUT ROWID;
            INSERT INTO objects VALUES('k', 1, 'c4ca4238a0b923820dcc509a6f75849b', 1772357400000, 'one', '{"content-type":"x/y"}')
            """
        )
        try Data("1".utf8).write(to: URL(filePath: "\(path)/bodies/one"))
        let objects = try EmbeddedObjects(folder: path)
        #expect(try await objects.removeLeftovers() == 0)
        #expect(try await objects.get("k", range: nil, limit: 1) == [0x31])
        #expect(try await objects.beginUpload("k", headers: [:], checksum: nil, if: .none) != nil)
    }
}

@Suite("What parts make an object")
struct MultipartCompletionTests {
    private static let five: Int64 = 5 << 20

    private func uploaded(_ sizes: [Int64]) -> [UploadedPart] {
        sizes.enumerated().map { index, size in
            UploadedPart(
                number: index + 1,
                size: size,
                etag: hexadecimal(Insecure.MD5.hash(data: [UInt8(index)])),
                modified: .now(),
                body: "body-\(index)"
            )
        }
    }

    private func completion(_ numbers: [Int]) throws -> MultipartCompletion {
        let parts = numbers.map {
            "<Part><PartNumber>\($0)</PartNumber><ETag>\"\(hexadecimal(Insecure.MD5.hash(data: [UInt8($0 - 1)])))\"</ETag></Part>"
        }
        return try MultipartCompletion(
            xml: Array("<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>".utf8)
        )
    }

    @Test(
        "Sizes that fit",
        arguments: [
            ([1], [1]), ([0], [1]), ([Self.five, 1], [1, 2]), ([Self.five, Self.five], [1, 2]),
            ([Self.five, 0], [1, 2]),
            ([Self.five + 1, Self.five + 1, 9], [1, 2, 3]), ([Self.five + 1, Self.five + 1, 9], [2, 1, 3]),
            ([Self.five, 7, Self.five], [1, 3]), ([5 << 30, 5 << 30], [2, 1]),
        ] as [([Int64], [Int])]
    )
    func fitting(_ sizes: [Int64], _ numbers: [Int]) throws {
        let chosen = try completion(numbers).choose(from: uploaded(sizes))
        #expect(chosen.map(\.number) == numbers.sorted())
    }

    @Test(
        "Sizes that do not fit",
        arguments: [
            ([Self.five - 1, 1], [1, 2], "EntityTooSmall"), ([1, Self.five], [1, 2], "EntityTooSmall"),
            ([1, Self.five], [2, 1], "InvalidPart"), ([Self.five, Self.five + 1], [1, 2], "InvalidPart"),
            ([Self.five, Self.five + 1, 1], [1, 2, 3], "InvalidPart"), ([Self.five], [2], "InvalidPart"),
        ] as [([Int64], [Int], String)]
    )
    func misfitting(_ sizes: [Int64], _ numbers: [Int], _ code: String) throws {
        let completion = try completion(numbers)
        let failure = #expect(throws: R2Failure.self) { try completion.choose(from: uploaded(sizes)) }
        #expect(failure?.status == 400 && failure?.code == code)
    }

    @Test("An object has a largest size")
    func largest() throws {
        let parts = (1...1023).map { number in
            UploadedPart(number: number, size: 5 << 30, etag: "e", modified: .now(), body: "b")
        }
        var completion = try completion([1])
        completion.parts = parts.map { .init(number: $0.number, etag: "e") }
        let failure = #expect(throws: R2Failure.self) { try completion.choose(from: parts).count }
        #expect(failure == .entityTooLarge)
        completion.parts.removeLast()
        #expect(try completion.choose(from: parts).count == 1022)
    }

    @Test(
        "Documents that are none",
        arguments: [
            ("", "MalformedXML"), ("<a/>", "MalformedXML"), ("<CompleteMultipartUpload/>", "MalformedXML"),
            ("<CompleteMultipartUpload><Part><ETag>e</ETag></Part></CompleteMultipartUpload>", "MalformedXML"),
            (
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
                "MalformedXML"
            ),
            (Self.document("abc"), "MalformedXML"), (Self.document("1.5"), "MalformedXML"),
            (Self.document(""), "MalformedXML"), (Self.document("0"), "InvalidPart"),
            (Self.document("-1"), "InvalidPart"), (Self.document("10001"), "InvalidPart"),
            (Self.document("1", more: "<Other/>"), "MalformedXML"),
        ]
    )
    func malformed(_ xml: String, _ code: String) {
        let failure = #expect(throws: R2Failure.self) { try MultipartCompletion(xml: Array(xml.utf8)) }
        #expect(failure?.status == 400 && failure?.code == code)
    }

    private static func document(_ number: String, more: String = "") -> String {
        "<CompleteMultipartUpload><Part><PartNumber>\(number)</PartNumber><ETag>e</ETag></Part>\(more)"
            + "</CompleteMultipartUpload>"
    }
}
