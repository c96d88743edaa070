import Crypto
import IngotCore

/// The hashes and the length of bytes that come in pieces.
struct RunningHash {
    private var hash = SHA256()
    private var md5Hash = Insecure.MD5()
    private(set) var size: Int64 = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
        md5Hash.update(bufferPointer: bytes)
        size += Int64(bytes.count)
    }

    /// Lower-case hexadecimal SHA-256 of all bytes so far.
    var sha256: String { hexadecimal(hash.finalize()) }

    /// Lower-case hexadecimal MD5 of all bytes so far, which object stores check uploads by.
    var md5: String { hexadecimal(md5Hash.finalize()) }
}
