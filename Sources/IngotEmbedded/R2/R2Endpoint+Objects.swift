import HTTPTypes
import Hummingbird
import IngotCore
import IngotS3
import NIOCore

/// The operations on one object.
extension R2Endpoint {
    /// R2's bound for one request, 4.995 GiB.
    private static let largestRequest: Int64 = 5_363_340_411

    func putObject(_ call: Call) async throws -> Response {
        let headers = try R2Metadata.headers(of: call.request)
        let conditions = R2Conditions(call.request.header)
        let record = try await writes.run(call.key) {
            try await objects.naming(call.key) {
                let body = try await receive(call, limit: Self.largestRequest)
                return try await objects.store(
                    call.key,
                    body: body.name,
                    size: body.size,
                    digests: body.digests,
                    headers: headers.merging(body.checksum.map { [$0.algorithm.header: $0.text] } ?? [:]) { $1 },
                    if: conditions
                )
            }
        }
        guard let record else { throw R2Failure.preconditionFailed }
        return Response(status: .ok, headers: [.eTag: "\"\(record.etag)\""])
    }

    func copyObject(_ call: Call) async throws -> Response {
        let directive = call.request.header("x-amz-metadata-directive") ?? "COPY"
        guard directive == "COPY" || directive == "REPLACE" else {
            throw R2Failure.invalidArgument("metadata directive \(directive).")
        }
        let replacement = directive == "REPLACE" ? try R2Metadata.headers(of: call.request) : nil
        let (source, file) = try await openSource(of: call)
        guard R2Conditions(prefix: "x-amz-copy-source-", call.request.header).verdict(on: source) == .answer else {
            throw R2Failure.preconditionFailed
        }
        let record = try await writes.run(call.key) {
            try await objects.naming(call.key) {
                let body = try await copy(file, 0..<source.size)
                return try await objects.store(
                    call.key,
                    body: body.name,
                    size: body.size,
                    digests: body.digests,
                    headers: replacement ?? R2Metadata.headers(copiedFrom: source, by: call.request),
                    if: .none
                )
            }
        }
        guard let record else { throw R2Failure.preconditionFailed }
        return respond(
            xml: R2XML.document(
                "CopyObjectResult",
                R2XML.element("ETag", "\"\(record.etag)\"") + R2XML.element("LastModified", record.modified.description)
            )
        )
    }

    /// The object that the request copies from, with its body open.
    func openSource(of call: Call) async throws -> (ObjectRecord, BodyFile) {
        let source = try R2CopySource(call.request.header("x-amz-copy-source") ?? "")
        guard source.bucket == bucket else { throw R2Failure.noSuchBucket }
        guard let opened = try await objects.naming(source.key, { try await objects.open(source.key) }) else {
            throw R2Failure.noSuchKey
        }
        return opened
    }

    /// Writes a range of a body to a new one.
    func copy(_ file: BodyFile, _ range: Range<Int64>) async throws -> ReceivedBody {
        try await objects.bodies.write { writer in
            for try await piece in file.stream(range) { try await writer.append(piece) }
            // A stream whose reader is cancelled ends as if it were whole.
            try Task.checkCancellation()
            guard writer.size == Int64(range.count) else { throw BodyFile.tooShort }
            let digests = try await writer.hashes().digests
            return ReceivedBody(name: try await writer.finish(), size: Int64(range.count), digests: digests)
        }
    }

    func getObject(_ call: Call, isHead: Bool) async throws -> Response {
        let request = call.request
        let readsStart = !isHead && request.header("range") == nil
        let opened = try await objects.naming(call.key) { try await objects.open(call.key, readsStart: readsStart) }
        guard let (record, file) = opened else { throw R2Failure.noSuchKey }
        var headers = HTTPFields()
        let checksums = request.header("x-amz-checksum-mode")?.uppercased() == "ENABLED"
        R2Metadata.add(
            record.headers,
            checksums: checksums && request.header("range") == nil,
            to: &headers
        )
        headers[.eTag] = "\"\(record.etag)\""
        headers[.lastModified] = HTTPDate.text(record.modified)
        headers[.acceptRanges] = "bytes"
        for (name, value) in R2ResponseOverrides.headers(of: request.target) {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
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
                // A stream whose reader is cancelled ends as if it were whole.
                try Task.checkCancellation()
                try await writer.finish(nil)
            }
        )
    }

    func deleteObject(_ call: Call) async throws -> Response {
        try await objects.naming(call.key) { try await objects.remove([call.key]) }
        return Response(status: .noContent)
    }
}
