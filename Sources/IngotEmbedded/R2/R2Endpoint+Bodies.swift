import FoundationEssentials
import Hummingbird
import IngotCore
import NIOCore

/// How bodies are received: to the disk, or to memory when they are small documents, and checked against all that their
/// request says of them.
extension R2Endpoint {
    /// A body that is on the disk and that no object has yet.
    struct ReceivedBody: Sendable {
        /// The name of its file.
        var name: String
        /// Bytes.
        var size: Int64
        var digests: BodyDigests
        var checksum: R2Checksum?
    }

    /// Writes the body to the disk.
    ///
    /// - Parameter limit: bytes that it may have.
    /// - Throws: ``R2Failure`` when it is not what the request says; then nothing of it is left.
    func receive(_ call: Call, limit: Int64) async throws -> ReceivedBody {
        guard let length = call.request.header("content-length").flatMap({ Int64($0) }) else {
            throw R2Failure.missingContentLength
        }
        guard length <= limit else { throw R2Failure.entityTooLarge }
        let announced = try Announcement(call)
        return try await objects.bodies.write(checksum: announced.checksum?.algorithm) { writer in
            var pieces = call.body.makeAsyncIterator()
            while let buffer = try await Self.next(&pieces) { try await writer.append(buffer) }
            try Task.checkCancellation()
            guard writer.size == length else { throw R2Failure.incompleteBody }
            let hashes = try await writer.hashes()
            let digests = hashes.digests
            try announced.check(digests, hashes.checksum)
            return ReceivedBody(
                name: try await writer.finish(),
                size: length,
                digests: digests,
                checksum: announced.checksum
            )
        }
    }

    /// The next piece of a body; a connection that ends before its body does is the sender's mistake.
    private static func next(_ pieces: inout RequestBody.AsyncIterator) async throws -> ByteBuffer? {
        do {
            return try await pieces.next()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw R2Failure.incompleteBody
        }
    }

    /// Reads a document into memory.
    ///
    /// - Throws: ``R2Failure`` when it is not what the request says; `NIOTooManyBytesError`.
    func document(of call: Call) async throws -> [UInt8] {
        let announced = try Announcement(call)
        let buffer = try await call.body.collect(upTo: Self.largestDocument)
        let hashes = try await onBlockingThread {
            var hashes = BodyHashes(checksum: announced.checksum.map { RunningChecksum($0.algorithm) })
            buffer.withUnsafeReadableBytes { hashes.update($0) }
            return hashes
        }
        try announced.check(hashes.digests, hashes.checksum)
        return Array(buffer.readableBytesView)
    }

    /// What a request says of its body.
    private struct Announcement: Sendable {
        var payload: R2Authentication.Payload
        var md5: [UInt8]?
        var checksum: R2Checksum?

        init(_ call: Call) throws {
            payload = call.payload
            md5 = try call.request.header("content-md5").map { text in
                guard let bytes = Data(base64Encoded: text), bytes.count == 16 else { throw R2Failure.invalidDigest }
                return Array(bytes)
            }
            checksum = try R2Checksum.announced(call.request)
        }

        func check(_ digests: BodyDigests, _ found: [UInt8]?) throws {
            if case .sha256(let expected) = payload, expected != hexadecimal(digests.sha256) {
                throw R2Failure.bodyHashMismatch
            }
            if let md5, md5 != digests.md5 {
                throw R2Failure.badDigest("MD5", provided: md5, actual: digests.md5)
            }
            if let checksum, let found, checksum.bytes != found {
                throw R2Failure.badDigest(checksum.algorithm.rawValue, provided: checksum.bytes, actual: found)
            }
        }
    }
}
