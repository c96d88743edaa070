import Crypto
import IngotCore

/// SHA-256 and the length of bytes that come in pieces.
struct RunningHash {
    private var hash = SHA256()
    private(set) var size: Int64 = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
        size += Int64(bytes.count)
    }

    /// Lower-case hexadecimal digits of the hash of all bytes so far.
    func finish() -> String { hexadecimal(hash.finalize()) }
}
