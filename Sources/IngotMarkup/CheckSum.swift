internal import CZlib

/// A running CRC-32 as zip and gzip use it (ISO 3309).
struct CheckSum: Equatable {
    private(set) var value: UInt32 = 0

    mutating func add(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { buffer in
            value = UInt32(truncatingIfNeeded: crc32_z(uLong(value), buffer.baseAddress, buffer.count))
        }
    }
}
