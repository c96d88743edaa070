import AsyncHTTPClient
import Crypto
import FoundationEssentials
import IngotCore
import NIOCore
import NIOHTTP1

/// One request to the bucket, before it is signed.
///
/// Each attempt signs and opens the body anew.
struct S3Request: Sendable {
    enum Body: Sendable {
        case none
        case buffer(HashedBuffer)
        case object(ObjectBody)
    }

    var method: HTTPMethod
    /// `nil` for a request to the bucket itself.
    var key: String?
    var query: [QueryItem] = []
    /// Beside those that every request has; all are signed.
    ///
    /// Lower-case names.
    var headers: [(name: String, value: String)] = []
    var body = Body.none
    /// The request changes what the key holds, so no other that does may run beside it.
    var writesKey = false

    var payloadHash: String {
        switch body {
        case .none: SigV4.emptyPayload
        case .buffer(let buffer): buffer.sha256
        case .object(let body): body.sha256
        }
    }

    /// The value of `content-md5`, where the hash is known before the body is sent.
    var contentMD5: String? {
        switch body {
        case .none: nil
        case .buffer(let buffer): Data(buffer.md5).base64EncodedString()
        case .object(let body): body.md5.flatMap(bytes(ofHexadecimal:)).map { Data($0).base64EncodedString() }
        }
    }
}

/// Bytes in memory with their hashes; each try sends the same buffer.
struct HashedBuffer: Sendable {
    let buffer: ByteBuffer
    /// Lower-case hexadecimal.
    let sha256: String
    let md5: [UInt8]

    init(_ buffer: ByteBuffer) {
        let sha256 = buffer.withUnsafeReadableBytes { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: bytes)
            return hash.finalize()
        }
        self.init(buffer, sha256: hexadecimal(sha256))
    }

    /// - Parameter sha256: as announced; the store checks it.
    init(_ buffer: ByteBuffer, sha256: String) {
        self.buffer = buffer
        self.sha256 = sha256
        md5 = buffer.withUnsafeReadableBytes { bytes in
            var hash = Insecure.MD5()
            hash.update(bufferPointer: bytes)
            return Array(hash.finalize())
        }
    }
}
