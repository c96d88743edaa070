import AsyncHTTPClient
import Crypto
import IngotCore
import NIOCore
import NIOHTTP1
import Synchronization

/// One request to the bucket, before it is signed.
///
/// Each attempt signs and opens the body anew.
struct S3Request: Sendable {
    enum Body: Sendable {
        case none
        case bytes([UInt8])
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

    var payloadHash: String {
        switch body {
        case .none: SigV4.emptyPayload
        case .bytes(let bytes): hexadecimal(SHA256.hash(data: bytes))
        case .object(let body): body.sha256
        }
    }
}

/// The hash of a body, taken while it is sent, to compare with what the store says it has got.
final class SentDigest: Sendable {
    private let state = Mutex(Insecure.MD5())

    func update(_ bytes: [UInt8]) {
        state.withLock { $0.update(data: bytes) }
    }

    /// Lower-case hexadecimal MD5 of what was sent so far.
    var text: String { state.withLock { hexadecimal($0.finalize()) } }
}

extension String {
    /// The MD5 that an entity tag is, unless it is one of an object in several parts.
    var plainMD5: String? {
        utf8.count == 32 && utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } ? self : nil
    }
}
