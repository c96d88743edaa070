import IngotCore
import NIOCore

/// Server-Sent Events as bytes ("HTML Living Standard", section 9.2).
enum EventFrame {
    /// How long a client waits before it connects again, in milliseconds; the first line of every stream.
    static let preamble = ByteBuffer(string: "retry: 2000\n\n")
    /// A comment that keeps connections open and finds dead ones.
    static let heartbeat = ByteBuffer(string: ": hb\n\n")

    /// A piece of an answer's body as HTTP sends it in chunks (RFC 9112, section 7.1).
    ///
    /// - Parameter body: not empty, which would be the end.
    static func chunk(_ body: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(body.readableBytes + 20)
        buffer.writeString(String(body.readableBytes, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeImmutableBuffer(body)
        buffer.writeStaticString("\r\n")
        return buffer
    }

    /// One event.
    ///
    /// The data must be on one line, as JSON without white space is.
    static func encode(_ event: JobEvent) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(event.data.count + 48)
        buffer.writeString("id: \(event.sequence)\nevent: \(event.kind.rawValue)\ndata: ")
        buffer.writeBytes(event.data)
        buffer.writeString("\n\n")
        return buffer
    }
}
