import CZlib
import Crypto
import FoundationEssentials

/// A checksum that a request carries in a header of its own, `x-amz-checksum-crc32` for example.
///
/// R2 knows CRC-32C and CRC-64/NVME as well. No library here computes them, so they cannot be verified, and a request
/// with one of them is refused with `NotImplemented` and not stored unchecked.
struct R2Checksum: Sendable, Equatable {
    enum Algorithm: String, Sendable {
        case crc32 = "CRC32"
        case sha1 = "SHA1"
        case sha256 = "SHA256"

        /// Lower-case.
        var header: String { "x-amz-checksum-\(rawValue.lowercased())" }

        /// The element of this checksum in XML.
        var element: String { "Checksum\(rawValue)" }

        fileprivate var byteCount: Int {
            switch self {
            case .crc32: 4
            case .sha1: 20
            case .sha256: 32
            }
        }
    }

    var algorithm: Algorithm
    var bytes: [UInt8]

    /// Base64, as headers have it.
    var text: String { Data(bytes).base64EncodedString() }

    init(_ algorithm: Algorithm, _ bytes: [UInt8]) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Reads the base64 of a checksum; `nil` for anything else.
    init?(_ algorithm: Algorithm, text: String) {
        guard let data = Data(base64Encoded: text), data.count == algorithm.byteCount else { return nil }
        self.init(algorithm, Array(data))
    }

    /// The checksum of a request's body.
    ///
    /// - Throws: ``R2Failure`` for one that is malformed, for several, and for one that cannot be verified.
    static func announced(_ request: R2Request) throws -> R2Checksum? {
        if let trailer = request.header("x-amz-trailer") {
            throw R2Failure.notImplemented(header: "x-amz-trailer", trailer)
        }
        let ordinary: Set<String> = ["x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"]
        let headers = request.headers.filter { $0.name.hasPrefix("x-amz-checksum-") && !ordinary.contains($0.name) }
        guard let header = headers.first else { return nil }
        guard headers.count == 1 else {
            throw R2Failure.invalidRequest(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
            )
        }
        let name = header.name.dropFirst("x-amz-checksum-".count).uppercased()
        guard let algorithm = Algorithm(rawValue: name) else {
            throw R2Failure.notImplemented(header: header.name, header.value)
        }
        guard let checksum = R2Checksum(algorithm, text: header.value) else {
            throw R2Failure.invalidRequest("Value for \(header.name) header is invalid.")
        }
        return checksum
    }

    /// The algorithm that the parts of an upload shall be checked with.
    ///
    /// - Throws: ``R2Failure`` for one that cannot be verified here.
    static func algorithm(ofUpload request: R2Request) throws -> Algorithm? {
        guard let name = request.header("x-amz-checksum-algorithm") else { return nil }
        guard let algorithm = Algorithm(rawValue: name) else {
            throw R2Failure.notImplemented(header: "x-amz-checksum-algorithm", name)
        }
        if let type = request.header("x-amz-checksum-type"), type != "COMPOSITE" {
            throw R2Failure.notImplemented(header: "x-amz-checksum-type", type)
        }
        return algorithm
    }

    /// The checksum of an object in parts: that of the parts' checksums, with the number of parts.
    static func composite(_ parts: [R2Checksum]) -> (algorithm: Algorithm, text: String)? {
        guard let first = parts.first, parts.allSatisfy({ $0.algorithm == first.algorithm }) else { return nil }
        var running = RunningChecksum(first.algorithm)
        for part in parts { part.bytes.withUnsafeBytes { running.update($0) } }
        return (first.algorithm, "\(R2Checksum(first.algorithm, running.value).text)-\(parts.count)")
    }
}

/// A checksum that is taken while bytes pass.
enum RunningChecksum: Sendable {
    case crc32(UInt)
    case sha1(Insecure.SHA1)
    case sha256(SHA256)

    init(_ algorithm: R2Checksum.Algorithm) {
        switch algorithm {
        case .crc32: self = .crc32(0)
        case .sha1: self = .sha1(Insecure.SHA1())
        case .sha256: self = .sha256(SHA256())
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        switch self {
        case .crc32(let sum):
            self = .crc32(crc32_z(sum, start.assumingMemoryBound(to: UInt8.self), bytes.count))
        case .sha1(var hash):
            hash.update(bufferPointer: bytes)
            self = .sha1(hash)
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            self = .sha256(hash)
        }
    }

    /// Of what has passed so far, most significant byte first.
    var value: [UInt8] {
        switch self {
        case .crc32(let sum): stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: sum >> UInt($0)) }
        case .sha1(let hash): Array(hash.finalize())
        case .sha256(let hash): Array(hash.finalize())
        }
    }
}
