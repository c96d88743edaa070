import HTTPTypes
import Hummingbird
import IngotCore
import IngotS3
import NIOCore

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
            // Another try of the same part may come and go while this one's body is still on its way.
            let before = try await objects.index.partBody(number, of: upload.id)
            let received: ReceivedBody
            do {
                received = try await body()
            } catch {
                if let before { try await objects.losePart(number, body: before, of: upload) }
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

    /// Makes the object of an upload, for which its parts are joined; that takes as long as the disk needs.
    ///
    /// An answer that would keep the client waiting begins before it is known how it ends, as on S3: with status 200
    /// and spaces. What went wrong is then told by an `Error` document where the result would be.
    func completeUpload(_ call: Call) async throws -> Response {
        let completion = try MultipartCompletion(xml: try await document(of: call))
        let upload = try await upload(of: call)
        let conditions = R2Conditions(call.request.header)
        let completing = LongAnswer {
            let record = try await writes.run(call.key) {
                try await objects.naming(call.key) { try await objects.complete(upload, completion, if: conditions) }
            }
            return completed(call, upload, record)
        }
        if completionPatience > .zero, try await completing.isReady(within: completionPatience) {
            return respond(xml: R2XML.declaration + (try await completing.element))
        }
        return Response(
            status: .ok,
            headers: [.contentType: "application/xml"],
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: R2XML.declaration))
                while try await !completing.isReady(within: completionKeepAlive) {
                    try await writer.write(ByteBuffer(string: " "))
                }
                let element: String
                do {
                    element = try await completing.element
                } catch let error as CancellationError {
                    throw error
                } catch {
                    element = failure(for: error).element
                }
                try await writer.write(ByteBuffer(string: element))
                try await writer.finish(nil)
            }
        )
    }

    private func completed(_ call: Call, _ upload: MultipartUpload, _ record: ObjectRecord) -> String {
        let host = call.request.header("host") ?? ""
        let location = "http://\(host)/\(PercentEncoding.encode(bucket))/\(PercentEncoding.encode(call.key))"
        let checksum = upload.checksum.map { R2XML.element($0.element, record.headers[$0.header]) } ?? ""
        return R2XML.root(
            "CompleteMultipartUploadResult",
            R2XML.element("Location", location) + R2XML.element("Bucket", bucket) + R2XML.element("Key", call.key)
                + R2XML.element("ETag", "\"\(record.etag)\"") + checksum
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
