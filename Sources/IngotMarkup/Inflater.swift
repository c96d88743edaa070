internal import CZlib
import IngotCore

/// One inflate stream of zlib: takes compressed bytes, gives plain ones, in steps whose size the caller bounds.
final class Inflater {
    /// How the compressed bytes are wrapped.
    enum Wrapping: Int32 {
        /// Bare deflate data (RFC 1951), as in a zip.
        case none = -15
        /// A gzip member (RFC 1952) with its header, CRC and length, which zlib checks.
        case gzip = 31
    }

    /// What one step did.
    struct Step {
        /// Bytes taken from the input.
        var consumed: Int
        /// Bytes put into the output.
        var produced: Int
        /// Whether the stream has ended.
        var isAtEnd: Bool
    }

    /// The data is not a deflate stream, or its check sum is wrong.
    struct DataError: Error {}

    /// On the heap, for zlib keeps the address.
    private let stream: UnsafeMutablePointer<z_stream>

    init(_ wrapping: Wrapping) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = inflateInit2_(stream, wrapping.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        // It fails only where no memory is left, which ends a Swift program everywhere else, too.
        precondition(status == Z_OK, "zlib could not start to inflate: \(status)")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates from `input` into `output` until one of them is used up or the stream ends.
    ///
    /// - Throws: ``DataError``.
    func step(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) throws -> Step {
        // zlib only reads the input; its C declaration lacks the const.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = uInt(input.count)
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = uInt(output.count)
        let status = inflate(stream, Z_NO_FLUSH)
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw DataError() }
        return Step(
            consumed: input.count - Int(stream.pointee.avail_in),
            produced: output.count - Int(stream.pointee.avail_out),
            isAtEnd: status == Z_STREAM_END
        )
    }
}
