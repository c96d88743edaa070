import AsyncHTTPClient
import Crypto
import IngotCore
import Logging
import NIOCore
import NIOHTTP1

/// Stores one large body in parts (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>).
///
/// The body is read once. A part is in memory while it is tried, so that a try that failed costs that part and not the
/// body. All is taken back when anything fails or the task is cancelled.
struct MultipartPut: Sendable {
    /// For taking an upload back; the store does it by itself after seven days.
    private static let abortDeadline = Duration.seconds(10)

    let connection: S3Connection
    let logger: Logger
    let key: String
    let body: ObjectBody
    let contentType: String
    let onlyIfAbsent: Bool
    /// All parts but the last have this size, as R2 wants it.
    let partSize: Int
    /// Parts that are sent at once; one more is being read.
    let partsAtOnce: Int

    /// The size that all parts but the last have: a whole number of MiB, so that no body needs too many of them.
    static func partSize(of size: Int64, atLeast least: Int) -> Int {
        let mostParts = Int64(MultipartLimits.partNumbers.count)
        let needed = (size + mostParts - 1) / mostParts
        let mebibyte: Int64 = 1 << 20
        return max(least, Int((needed + mebibyte - 1) / mebibyte * mebibyte))
    }

    /// - Returns: false when `onlyIfAbsent` found an object.
    /// - Throws: `ObjectStoreError`; `CancellationError`; what reading the body throws.
    func run() async throws -> Bool {
        let id = try await create()
        let isStored: Bool
        do {
            let parts = try await uploadParts(id)
            isStored = try await complete(id, parts)
        } catch {
            await abort(id)
            throw error
        }
        if !isStored { await abort(id) }
        return isStored
    }

    // MARK: - The steps of the protocol

    private func create() async throws -> String {
        // When an answer is lost, nobody knows the number of the upload; the store drops it after seven days.
        let request = S3Request(
            method: .POST,
            key: key,
            query: [QueryItem("uploads", "")],
            headers: [("content-type", contentType)]
        )
        return try await connection.call(request) { answer in
            var id: String?
            try FlatXML.read(answer.body) { path, text in
                if path == ["InitiateMultipartUploadResult", "UploadId"] { id = text }
            }
            guard let id, !id.isEmpty else { throw FlatXML.error("a new upload has no number") }
            return id
        }
    }

    /// Cuts the body into parts and stores them.
    ///
    /// - Throws: `ObjectStoreError` of kind `corrupted` when the body does not have the length and hash announced.
    private func uploadParts(_ id: String) async throws -> [SentPart] {
        let parts = try await withThrowingTaskGroup(of: SentPart.self) { group in
            var done: [SentPart] = []
            var number = 0
            var size: Int64 = 0
            var hash = SHA256()
            var pending = ByteBuffer()

            func upload() async throws {
                if number - done.count == partsAtOnce, let part = try await group.next() { done.append(part) }
                number += 1
                let part = (number: number, buffer: pending)
                pending = ByteBuffer()
                group.addTask { try await uploadPart(part.number, part.buffer, id) }
            }

            for try await piece in try body.open() {
                size += Int64(piece.count)
                guard size <= body.size else { throw notAsAnnounced }
                hash.update(data: piece)
                var rest = piece[...]
                while !rest.isEmpty {
                    if pending.capacity == 0 { pending.reserveCapacity(partSize) }
                    let taken = rest.prefix(partSize - pending.readableBytes)
                    pending.writeBytes(taken)
                    rest = rest.dropFirst(taken.count)
                    if pending.readableBytes == partSize { try await upload() }
                }
            }
            try Task.checkCancellation()
            guard size == body.size, hexadecimal(hash.finalize()) == body.sha256 else { throw notAsAnnounced }
            if pending.readableBytes > 0 { try await upload() }
            for try await part in group { done.append(part) }
            return done
        }
        return parts.sorted { $0.number < $1.number }
    }

    private var notAsAnnounced: ObjectStoreError {
        ObjectStoreError(
            kind: .corrupted,
            key: key,
            message:
                "the body does not have the \(body.size) bytes and the hash that were announced; nothing was stored"
        )
    }

    private func uploadPart(_ number: Int, _ buffer: ByteBuffer, _ id: String) async throws -> SentPart {
        let hashed = HashedBuffer(buffer)
        let request = S3Request(
            method: .PUT,
            key: key,
            query: [QueryItem("partNumber", "\(number)"), QueryItem("uploadId", id)],
            body: .buffer(hashed)
        )
        return try await connection.call(request) { answer in
            guard let etag = answer.etag, !etag.isEmpty else {
                throw S3Failure.broken(.corrupted, "part \(number) was stored without an entity tag", key: key)
            }
            if let stored = etag.plainMD5, stored != hexadecimal(hashed.md5) {
                throw S3Failure.broken(.corrupted, "the store has another part \(number) than was sent", key: key)
            }
            return SentPart(number: number, etag: etag, md5: hashed.md5)
        }
    }

    private enum Completion {
        case stored
        /// Another object of the key is there.
        case preceded
        /// An earlier try, whose answer was lost, may have completed the upload.
        case unknown
    }

    private func complete(_ id: String, _ parts: [SentPart]) async throws -> Bool {
        let expected = String.multipartTag(md5s: parts.map(\.md5))
        switch try await sendCompletion(id, parts, expected) {
        case .stored: return true
        case .preceded: return false
        case .unknown: break
        }
        guard let info = try await connection.head(key) else {
            throw ObjectStoreError(
                kind: .unavailable,
                key: key,
                message: "the store has lost the upload; store the object again"
            )
        }
        if info.size == body.size, info.etag == expected { return true }
        if onlyIfAbsent { return false }
        throw ObjectStoreError(
            kind: .unavailable,
            key: key,
            message: "whether the object was stored is unknown, and another is there now; store it again"
        )
    }

    private func sendCompletion(
        _ id: String,
        _ parts: [SentPart],
        _ expected: String
    ) async throws -> Completion {
        let list = parts.map {
            "<Part><PartNumber>\($0.number)</PartNumber><ETag>&quot;\(xmlEscaped($0.etag))&quot;</ETag></Part>"
        }
        let document =
            #"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#
            + list.joined() + "</CompleteMultipartUpload>"
        var request = S3Request(
            method: .POST,
            key: key,
            query: [QueryItem("uploadId", id)],
            headers: [("content-type", "application/xml")],
            body: .buffer(HashedBuffer(ByteBuffer(string: document))),
            writesKey: true
        )
        if onlyIfAbsent { request.headers.append(("if-none-match", "*")) }
        return try await connection.call(request, accepted: onlyIfAbsent ? [404, 412] : [404]) { answer in
            // A failure after the answer has begun comes as a document after the status 200.
            let failure = S3ErrorDocument(answer.body)
            if onlyIfAbsent, answer.status == 412 || failure?.code == "PreconditionFailed" {
                return answer.mayHaveRunBefore ? .unknown : .preceded
            }
            if failure?.code == "NoSuchUpload", answer.mayHaveRunBefore { return .unknown }
            guard failure == nil, answer.status != 404 else {
                throw S3Failure(
                    status: answer.status == 200 ? 500 : answer.status,
                    headers: answer.headers,
                    body: answer.body,
                    key: key,
                    now: .now()
                )
            }
            var etag: String?
            try FlatXML.read(answer.body) { path, text in
                if path == ["CompleteMultipartUploadResult", "ETag"] { etag = text.filter { $0 != "\"" } }
            }
            guard let etag else { throw FlatXML.error("a completed upload has no entity tag") }
            guard !etag.isMultipartTag || etag == expected else {
                throw S3Failure(
                    error: ObjectStoreError(
                        kind: .corrupted,
                        key: key,
                        message:
                            "the store has put other bytes together than were sent; delete the object and store it again"
                    ),
                    isRetryable: false
                )
            }
            return .stored
        }
    }

    /// Takes the upload back, also when the task was cancelled.
    private func abort(_ id: String) async {
        let request = S3Request(method: .DELETE, key: key, query: [QueryItem("uploadId", id)])
        // A task of its own, because what a cancelled one asks for is cancelled as well.
        await Task { [connection, logger, key] in
            do {
                try await withDeadline(Self.abortDeadline) {
                    try await connection.call(request, accepted: [404]) { answer in
                        guard answer.status == 404, S3ErrorDocument(answer.body)?.code != "NoSuchUpload" else { return }
                        throw S3Failure(
                            status: 404,
                            headers: answer.headers,
                            body: answer.body,
                            key: key,
                            now: .now()
                        )
                    }
                }
            } catch {
                logger.warning(
                    "An upload could not be taken back; the store drops it after seven days",
                    metadata: ["key": "\(key)", "reason": "\(error)"]
                )
            }
        }.value
    }
}

/// A part that is in the store.
struct SentPart: Sendable {
    var number: Int
    /// As the store named it, without quotes.
    var etag: String
    var md5: [UInt8]
}
