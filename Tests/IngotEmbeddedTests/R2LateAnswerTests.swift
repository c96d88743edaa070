import AsyncHTTPClient
import Crypto
import IngotCore
import IngotS3
import IngotTesting
import NIOCore
import NIOHTTP1
import Testing

@testable import IngotEmbedded

@Suite("Completions that take longer than a client waits")
struct R2LateAnswerTests {
    /// An endpoint whose completions answer at once, before they are done.
    private func withImpatientEndpoint(_ body: (EmbeddedObjects, R2TestClient, String) async throws -> Void)
        async throws
    {
        let folder = try TemporaryFolder()
        let path = folder.path("r2")
        let objects = try EmbeddedObjects(folder: path)
        let reservation = try PortReservation(port: 0)
        let settings = try StorageSettings(
            accountID: "account",
            databaseID: "database",
            databaseToken: Secret("token"),
            accessKeyID: "id",
            secretAccessKey: Secret("secret"),
            bucket: "ingot",
            objectEndpoint: "http://127.0.0.1:\(reservation.port)"
        )
        let server = LoopbackServer(
            name: "embedded R2",
            endpoint: R2Endpoint(
                objects: objects,
                bucket: "ingot",
                authentication: R2Authentication(accessKeyID: "id", secretAccessKey: Secret("secret")),
                completionPatience: .zero,
                completionKeepAlive: .milliseconds(1)
            ),
            faults: nil,
            reservation: reservation,
            logger: .silent
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            try await server.listening.wait()
            defer { group.cancelAll() }
            try await body(objects, R2TestClient(settings: settings), path)
        }
    }

    private func begin(_ objects: EmbeddedObjects, _ bytes: [UInt8]) async throws -> (id: String, document: String) {
        let upload = try #require(try await objects.beginUpload("k", headers: [:], checksum: nil, if: .none))
        let tag = hexadecimal(Insecure.MD5.hash(data: bytes))
        let name = try await objects.bodies.write { writer in
            try await writer.append(bytes)
            return try await writer.finish()
        }
        let part = UploadedPart(number: 1, size: Int64(bytes.count), etag: tag, modified: .now(), body: name)
        #expect(try await objects.storePart(part, in: upload))
        let list = "<Part><PartNumber>1</PartNumber><ETag>\(tag)</ETag></Part>"
        return (upload.id, "<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>")
    }

    private func request(
        _ client: R2TestClient,
        _ upload: (id: String, document: String),
        _ headers: (name: String, value: String)...
    ) -> HTTPClientRequest {
        var unsigned = R2TestClient.Request(
            "POST",
            client.path("k"),
            query: "uploadId=\(upload.id)",
            body: upload.document
        )
        unsigned.headers = headers
        let signed = client.sign(unsigned)
        var request = HTTPClientRequest(url: "\(client.settings.objectEndpoint)\(signed.path)?\(signed.query)")
        request.method = .POST
        for (name, value) in signed.headers where name != "host" && name != "content-length" {
            request.headers.add(name: name, value: value)
        }
        request.body = .bytes(ByteBuffer(bytes: signed.body))
        return request
    }

    @Test("The answer begins while the object is being made, and ends with the result")
    func result() async throws {
        try await withImpatientEndpoint { objects, client, path in
            let upload = try await begin(objects, [1, 2, 3])
            // As long as this writes, no object can get its key.
            let holder = try SQLiteConnection(path: "\(path)/index.sqlite", access: .readingAndWriting)
            try holder.runOwn("BEGIN IMMEDIATE")
            let answer = try await HTTPClient.shared.execute(request(client, upload), timeout: .seconds(60))
            #expect(answer.status == .ok)
            var pieces = answer.body.makeAsyncIterator()
            var text = ""
            while !text.hasSuffix("?>  ") {
                let piece = try #require(try await pieces.next())
                for byte in piece.readableBytesView where !text.hasSuffix("?>  ") {
                    text.unicodeScalars.append(Unicode.Scalar(byte))
                }
            }
            #expect(try await objects.head("k") == nil)
            try holder.runOwn("ROLLBACK")
            while let piece = try await pieces.next() { text += String(buffer: piece) }
            var etag: String?
            try FlatXML.read(Array(text.utf8)) { path, text in
                if path == ["CompleteMultipartUploadResult", "ETag"] { etag = text }
            }
            let info = try #require(try await objects.head("k"))
            #expect(etag == "\"\(info.etag)\"" && info.size == 3)
        }
    }

    @Test("What fails after the answer has begun is told by an error document in it")
    func failure() async throws {
        try await withImpatientEndpoint { objects, client, _ in
            let upload = try await begin(objects, [1])
            let answer = try await HTTPClient.shared.execute(
                request(client, upload, ("if-match", "\"other\"")),
                timeout: .seconds(60)
            )
            #expect(answer.status == .ok)
            let bytes = Array(try await answer.body.collect(upTo: 1 << 20).readableBytesView)
            var code: String?
            try FlatXML.read(bytes) { path, text in if path == ["Error", "Code"] { code = text } }
            #expect(code == "PreconditionFailed")
            #expect(try await objects.head("k") == nil)
            #expect(try await objects.index.upload(upload.id, of: "k") != nil)
        }
    }
}
