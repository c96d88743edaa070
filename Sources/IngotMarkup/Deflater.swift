internal import CZlib

/// One deflate stream of zlib that can be used again and again.
final class Deflater {
    /// How the compressed bytes are wrapped.
    enum Wrapping: Int32 {
        /// Bare deflate data (RFC 1951), as in a zip.
        case none = -15
        /// A gzip member (RFC 1952). zlib writes no name, no time and always the same system, so equal input gives
        /// equal bytes.
        case gzip = 31
    }

    /// On the heap, for zlib keeps the address.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter level: 1 (fast) to 9 (small).
    init(_ wrapping: Wrapping, level: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream,
            Int32(min(max(level, 1), 9)),
            Z_DEFLATED,
            wrapping.rawValue,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        // It fails only where no memory is left, which ends a Swift program everywhere else, too.
        precondition(status == Z_OK, "zlib could not start to deflate: \(status)")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Begins a new stream.
    func reset() {
        deflateReset(stream)
    }

    /// Deflates all of `input` as one whole stream and begins a new one.
    func whole(_ input: Span<UInt8>) -> [UInt8] {
        defer { reset() }
        return input.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: Int(deflateBound(stream, uLong(input.count)))) { output, count in
                take(input)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = uInt(output.count)
                // The output has room for the worst case, so one call ends the stream.
                deflate(stream, Z_FINISH)
                count = output.count - Int(stream.pointee.avail_out)
            }
        }
    }

    /// Deflates a piece of a longer stream and hands on what comes out, at most `step` bytes at a time.
    func write(_ input: Span<UInt8>, isLast: Bool, step: Int = 64 << 10, output: (Span<UInt8>) throws -> Void) throws {
        try input.withUnsafeBufferPointer { input in
            take(input)
            var isDone = false
            while !isDone {
                let piece = [UInt8](unsafeUninitializedCapacity: step) { room, count in
                    stream.pointee.next_out = room.baseAddress
                    stream.pointee.avail_out = uInt(room.count)
                    deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    count = room.count - Int(stream.pointee.avail_out)
                }
                isDone = stream.pointee.avail_out > 0
                if !piece.isEmpty { try output(piece.span) }
            }
        }
    }

    private func take(_ input: UnsafeBufferPointer<UInt8>) {
        // zlib only reads the input; its C declaration lacks the const.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = uInt(input.count)
    }
}
