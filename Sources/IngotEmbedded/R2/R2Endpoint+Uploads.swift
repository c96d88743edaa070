import HTTPTypes
import Hummingbird
import IngotCore
import IngotS3

/// The operations on uploads in parts.
extension R2Endpoint {
    func createUpload(_ call: Call) async throws -> Response {
        let headers = try R2Metadata.headers(of: call.request)
        let checksum = try R2Checksum.algorithm(ofUpload: call.request)
        let conditions = R2Conditions(call.request.header)
        let upload = try await objects.naming(call.key) {
            try await objects.beginUpload(call.key, headers: headers, checksum: checksum, if: conditions)
        }
        guard let upload else { throw R2Failure.preconditionFailed }
        return respond(
            xml: R2XML.document(
                "InitiateMultipartUploadResult",
                R2XML.element("Bucket", bucket) + R2XML.element("Key", call.key) + R2XML.element("UploadId", upload.id)
            )
        )
    }

    func uploadPart(_ call: Call) async throws -> Response {
        let number = try partNumber(of: call)
        let part = try await storePart(number, call) {
            try await receive(call, limit: UploadedPart.maximumSize)
        }
        return Response(status: .ok, headers: [.eTag: "\"\(part.etag)\""])
    }

    func copyPart(_ call: Call) async throws -> Response {
        let number = try partNumber(of: call)
        let (source, file) = try await openSource(of: call)
        let range = try R2Range.copied(call.request.header("x-amz-copy-source-range"), of: source.size)
        guard range.count <= UploadedPart.maximumSize else { throw R2Failure.entityTooLarge }
        let part = try await storePart(number, call) { try await copy(file, range) }
        return respond(
            xml: R2XML.document(
                "CopyPartResult",
                R2XML.element("ETag", "\"\(part.etag)\"") + R2XML.element("LastModified", part.modified.description)
            )
        )
    }

    private func storePart(
        _ number: Int,
        _ call: Call,
        _ body: () async throws -> ReceivedBody
    ) async throws -> UploadedPart {
        let upload = try await self.upload(of: call)
        return try await objects.naming(call.key) {
            let received: ReceivedBody
            do {
                received = try await body()
            } catch {
                try await objects.losePart(number, of: upload)
                throw error
            }
            let part = UploadedPart(
                number: number,
                size: received.size,
                etag: hexadecimal(received.digests.md5),
                modified: .now(),
                body: received.name,
                checksum: received.checksum
            )
            guard try await objects.storePart(part, in: upload) else { throw R2Failure.noSuchUpload }
            return part
        }
    }

    func completeUpload(_ call: Call) async throws -> Response {
        let completion = try MultipartCompletion(xml: try await document(of: call))
        let upload = try await upload(of: call)
        let conditions = R2Conditions(call.request.header)
        let record = try await writes.run(call.key) {
            try await objects.naming(call.key) { try await objects.complete(upload, completion, if: conditions) }
        }
        let host = call.request.header("host") ?? ""
        let location = "http://\(host)/\(PercentEncoding.encode(bucket))/\(PercentEncoding.encode(call.key))"
        let checksum = upload.checksum.map { R2XML.element($0.element, record.headers[$0.header]) } ?? ""
        return respond(
            xml: R2XML.document(
                "CompleteMultipartUploadResult",
                R2XML.element("Location", location) + R2XML.element("Bucket", bucket) + R2XML.element("Key", call.key)
                    + R2XML.element("ETag", "\"\(record.etag)\"") + checksum
            )
        )
    }

    func abortUpload(_ call: Call) async throws -> Response {
        let id = call.request.target.value("uploadId") ?? ""
        guard try await objects.naming(call.key, { try await objects.abortUpload(id, of: call.key) }) else {
            throw R2Failure.noSuchUpload
        }
        return Response(status: .noContent)
    }

    func listParts(_ call: Call) async throws -> Response {
        let listing = try R2PartListing(bucket: bucket, target: call.request.target)
        let upload = try await upload(of: call)
        return respond(
            xml: try await objects.naming(call.key) { try await listing.answer(of: upload, from: objects.index) }
        )
    }

    private func upload(of call: Call) async throws -> MultipartUpload {
        let id = call.request.target.value("uploadId") ?? ""
        guard let upload = try await objects.naming(call.key, { try await objects.index.upload(id, of: call.key) })
        else { throw R2Failure.noSuchUpload }
        return upload
    }

    private func partNumber(of call: Call) throws -> Int {
        let text = call.request.target.value("partNumber") ?? ""
        guard let number = Int(String(text[...].trimmingSpaces)), UploadedPart.numbers.contains(number) else {
            throw R2Failure.partNumberOutOfRange
        }
        return number
    }
}
