import Crypto
import FoundationEssentials
import HTTPTypes
import Hummingbird
import IngotCore
import IngotS3
import Logging
import NIOCore
import SystemPackage

/// R2's S3 interface over a bucket in a folder: path-style, one bucket, with R2's checks and refusals.
///
/// Here are: ListBuckets, HeadBucket, ListObjectsV2, PutObject, GetObject, HeadObject, DeleteObject, DeleteObjects.
/// What R2 has beyond them answers 501.
struct R2Endpoint: EmbeddedEndpoint {
    /// R2's bound for one request, 4.995 GiB.
    private static let largestObject: Int64 = 5_363_340_411
    private static let largestMetadata = 8192
    private static let largestDeletion = 4 << 20
    private static let keysPerDeletion = 1000
    /// Headers that are kept with an object and come back with it.
    private static let keptHeaders: Set<String> = [
        "content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires",
    ]

    let objects: EmbeddedObjects
    let bucket: String
    let authentication: R2Authentication

    func answer(to request: Request) async -> Response {
        let isHead = request.method == .head
        do {
            return try await respond(to: request)
        } catch let failure as R2Failure {
            return respond(failure, isHead: isHead)
        } catch let error as ObjectStoreError {
            return respond(R2Failure(error), isHead: isHead)
        } catch is NIOTooManyBytesError {
            return respond(
                R2Failure(status: 400, code: "EntityTooLarge", message: "The body is too large."),
                isHead: isHead
            )
        } catch {
            return respond(.internalError, isHead: isHead)
        }
    }

    func answer(to fault: PlannedFailure) -> Response {
        switch fault {
        case .rateLimited(let seconds):
            var response = respond(.tooManyRequests, isHead: false)
            response.headers[.retryAfter] = seconds.map { String($0) }
            return response
        case .overloaded: return respond(.serviceUnavailable, isHead: false)
        case .internalError: return respond(.internalError, isHead: false)
        case .gatewayTimeout:
            return Response(
                status: .gatewayTimeout,
                headers: [.contentType: "text/html"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "<html><body>504 Gateway Time-out</body></html>"))
            )
        }
    }

    private func respond(to request: Request) async throws -> Response {
        let target = try R2Target(request.head.path ?? "")
        let signed = R2Authentication.Request(
            method: request.method.rawValue,
            target: target,
            headers: [("host", request.head.authority ?? "")]
                + request.headers.map { ($0.name.canonicalName, $0.value) }
        )
        let payload = try authentication.check(signed, now: .now())
        if target.bucket.isEmpty {
            guard request.method == .get else { throw R2Failure.notImplemented("\(request.method) of all buckets") }
            return respond(xml: bucketList)
        }
        guard target.bucket == bucket else { throw R2Failure.noSuchBucket }
        guard target.key.isEmpty else { return try await respond(to: request, signed, payload) }
        switch (request.method, target.operativeQuery.first?.name) {
        case (.head, nil): return Response(status: .ok)
        case (.get, _):
            let listing = try R2Listing(bucket: bucket, target: target)
            return respond(xml: try await objects.naming(nil) { try await listing.answer(from: objects.index) })
        case (.post, "delete"): return try await deleteObjects(request, payload)
        default: throw R2Failure.notImplemented("\(request.method) of a bucket")
        }
    }

    private func respond(
        to request: Request,
        _ signed: R2Authentication.Request,
        _ payload: R2Authentication.Payload
    ) async throws -> Response {
        if let item = signed.target.operativeQuery.first {
            throw R2Failure.notImplemented("Search parameter \(item.name)")
        }
        let key = signed.target.key
        guard key.utf8.count <= ObjectKey.maximumBytes, !key.utf8.contains(0) else {
            throw R2Failure(status: 400, code: "InvalidObjectName", message: "The specified object name is not valid.")
        }
        switch request.method {
        case .put: return try await put(key, request, signed, payload)
        case .get, .head: return try await get(key, signed, isHead: request.method == .head)
        case .delete:
            try await objects.naming(key) { try await objects.remove([key]) }
            return Response(status: .noContent)
        default: throw R2Failure.notImplemented("\(request.method) of an object")
        }
    }

    // MARK: - Objects

    private func put(
        _ key: String,
        _ request: Request,
        _ signed: R2Authentication.Request,
        _ payload: R2Authentication.Payload
    ) async throws -> Response {
        if signed.header("x-amz-copy-source") != nil { throw R2Failure.notImplemented("CopyObject") }
        guard let length = signed.header("content-length").flatMap({ Int64($0) }) else {
            throw R2Failure(
                status: 411,
                code: "MissingContentLength",
                message: "You must provide the Content-Length HTTP header."
            )
        }
        guard length <= Self.largestObject else {
            throw R2Failure(status: 400, code: "EntityTooLarge", message: "The object is too large.")
        }
        let announcedMD5 = try signed.header("content-md5").map(md5)
        let condition = try R2Conditions(signed.header).writeCondition()
        let headers = try keptHeaders(of: signed)
        return try await objects.naming(key) {
            var writer = try objects.bodies.write()
            for try await buffer in request.body {
                try buffer.withUnsafeReadableBytes { try writer.append($0) }
            }
            guard writer.size == length else {
                throw R2Failure(
                    status: 400,
                    code: "IncompleteBody",
                    message: "You did not provide the number of bytes specified by the Content-Length HTTP header."
                )
            }
            let digests = writer.digests
            if case .sha256(let expected) = payload, expected != hexadecimal(digests.sha256) {
                throw R2Failure.bodyHashMismatch
            }
            if let announcedMD5, announcedMD5 != digests.md5 {
                throw R2Failure(
                    status: 400,
                    code: "BadDigest",
                    message: "The Content-MD5 you specified did not match what we received."
                )
            }
            let size = writer.size
            let record = try await objects.store(
                key,
                body: writer.finish(),
                size: size,
                digests: digests,
                headers: headers,
                if: condition
            )
            guard let record else { throw R2Failure.preconditionFailed }
            return Response(status: .ok, headers: [.eTag: "\"\(record.etag)\""])
        }
    }

    private func md5(_ header: String) throws -> [UInt8] {
        guard let bytes = Data(base64Encoded: header), bytes.count == 16 else {
            throw R2Failure(
                status: 400,
                code: "InvalidDigest",
                message: "The Content-MD5 you specified is not valid."
            )
        }
        return Array(bytes)
    }

    private func keptHeaders(of request: R2Authentication.Request) throws -> [String: String] {
        var kept: [String: String] = [:]
        var metadata = 0
        for (name, value) in request.headers {
            if name.hasPrefix("x-amz-meta-") {
                metadata += name.utf8.count - "x-amz-meta-".utf8.count + value.utf8.count
            } else if !Self.keptHeaders.contains(name) {
                continue
            }
            kept[name] = kept[name].map { "\($0),\(value)" } ?? value
        }
        guard metadata <= Self.largestMetadata else {
            throw R2Failure(
                status: 400,
                code: "MetadataTooLarge",
                message: "Your metadata headers exceed the maximum allowed metadata size."
            )
        }
        return kept
    }

    private func get(_ key: String, _ request: R2Authentication.Request, isHead: Bool) async throws -> Response {
        guard let (record, file) = try await objects.naming(key, { try await objects.open(key) }) else {
            throw R2Failure.noSuchKey
        }
        var headers = HTTPFields()
        for (name, value) in record.headers { if let name = HTTPField.Name(name) { headers[name] = value } }
        if headers[.contentType] == nil { headers[.contentType] = "application/octet-stream" }
        headers[.eTag] = "\"\(record.etag)\""
        headers[.lastModified] = HTTPDate.text(record.modified)
        headers[.acceptRanges] = "bytes"
        switch R2Conditions(request.header).verdict(on: record) {
        case .notModified: return Response(status: .notModified, headers: headers)
        case .failed: throw R2Failure.preconditionFailed
        case .answer: break
        }
        let range = try R2Range.bytes(request.header("range"), of: record.size)
        let bytes = range ?? 0..<record.size
        if let range {
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(record.size)"
        }
        headers[.contentLength] = String(bytes.count)
        let status: HTTPResponse.Status = range == nil ? .ok : .partialContent
        if isHead { return Response(status: status, headers: headers) }
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(contentLength: bytes.count) { writer in
                for try await piece in file.stream(bytes) { try await writer.write(ByteBuffer(bytes: piece)) }
                try await writer.finish(nil)
            }
        )
    }

    private func deleteObjects(_ request: Request, _ payload: R2Authentication.Payload) async throws -> Response {
        let buffer = try await request.body.collect(upTo: Self.largestDeletion)
        let bytes = Array(buffer.readableBytesView)
        if case .sha256(let expected) = payload, expected != hexadecimal(SHA256.hash(data: bytes)) {
            throw R2Failure.bodyHashMismatch
        }
        var keys: [String] = []
        do {
            try FlatXML.read(bytes) { path, text in
                switch path {
                case ["Delete", "Object", "Key"]: keys.append(text)
                case ["Delete", "Quiet"]: if text != "true" && text != "false" { throw R2Failure.malformedXML }
                case ["Delete"], ["Delete", "Object"]: break
                default: throw R2Failure.malformedXML
                }
            }
        } catch {
            throw R2Failure.malformedXML
        }
        guard (1...Self.keysPerDeletion).contains(keys.count) else { throw R2Failure.malformedXML }
        try await objects.naming(nil) { [keys] in try await objects.remove(keys) }
        let deleted = keys.map { "<Deleted><Key>\(xmlEscaped($0))</Key></Deleted>" }.joined()
        return respond(
            xml: #"<?xml version="1.0" encoding="UTF-8"?>"#
                + #"<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\#(deleted)</DeleteResult>"#
        )
    }

    // MARK: - Answers

    private var bucketList: String {
        #"<?xml version="1.0" encoding="UTF-8"?>"#
            + #"<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>ingot</ID></Owner>"#
            + "<Buckets><Bucket><Name>\(xmlEscaped(bucket))</Name></Bucket></Buckets></ListAllMyBucketsResult>"
    }

    private func respond(xml: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/xml"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: xml))
        )
    }

    private func respond(_ failure: R2Failure, isHead: Bool) -> Response {
        let status = HTTPResponse.Status(code: failure.status)
        if isHead { return Response(status: status) }
        return Response(
            status: status,
            headers: [.contentType: "application/xml"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: failure.xml))
        )
    }
}

extension HTTPField.Name {
    /// A name of letters and dashes is always valid, so the other never shows.
    static let retryAfter = HTTPField.Name("Retry-After") ?? .server
}
