import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Answers whose body goes wrong on its way out.
enum FaultyBody {
    /// A trickling body comes in this many pieces, or one a byte when it is shorter.
    private static let pieces = 20

    /// Half of the body, and then the connection is cut.
    static func truncated(_ response: Response) -> Response {
        let body = response.body
        guard let length = body.contentLength, length > 1 else { return response }
        let written = Mutex(0)
        return replacingBody(of: response) { writer in
            let half = body.map { buffer in
                let allowed = written.withLock { written in
                    let allowed = min(buffer.readableBytes, max(0, length / 2 - written))
                    written += allowed
                    return allowed
                }
                guard allowed > 0 else { throw PlannedCut() }
                return buffer.getSlice(at: buffer.readerIndex, length: allowed) ?? buffer
            }
            try await half.write(writer)
            // An error while a body is written closes the connection.
            throw PlannedCut()
        }
    }

    /// The body with one byte changed.
    static func corrupted(_ response: Response, _ faults: FaultDealer) -> Response {
        let body = response.body
        guard let length = body.contentLength, length > 0 else { return response }
        // Only a whole object comes with a hash of these very bytes, its ETag.
        let isHashed = response.status == .ok && response.headers[.eTag] != nil
        let place = isHashed ? faults.place(in: length) : 0
        let seen = Mutex(0)
        return replacingBody(of: response) { writer in
            let changed = body.map { buffer in
                let start = seen.withLock { seen in
                    defer { seen += buffer.readableBytes }
                    return seen
                }
                guard (start..<start + buffer.readableBytes).contains(place) else { return buffer }
                var buffer = buffer
                let index = buffer.readerIndex + place - start
                if let byte = buffer.getInteger(at: index, as: UInt8.self) {
                    buffer.setInteger(byte ^ 0x20, at: index)
                }
                return buffer
            }
            try await changed.write(writer)
        }
    }

    /// The body in small pieces over a time.
    static func trickling(_ response: Response, over duration: Duration) -> Response {
        let body = response.body
        guard let length = body.contentLength, length > 0 else { return response }
        let size = (length + pieces - 1) / pieces
        let pause = duration / ((length + size - 1) / size)
        return replacingBody(of: response) { writer in
            try await body.write(TricklingWriter(writer: writer, size: size, pause: pause))
        }
    }

    private static func replacingBody(
        of response: Response,
        _ write: @escaping @Sendable (any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        var response = response
        response.body = ResponseBody(contentLength: response.body.contentLength) { writer in try await write(writer) }
        return response
    }
}

/// Ends a body that is being written, and with it the connection.
private struct PlannedCut: Error {}

/// Passes a body on piece by piece, with a pause before each.
private struct TricklingWriter: ResponseBodyWriter {
    var writer: any ResponseBodyWriter
    let size: Int
    let pause: Duration

    mutating func write(_ buffer: ByteBuffer) async throws {
        var rest = buffer
        while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) {
            try await Task.sleep(for: pause)
            try await writer.write(piece)
        }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await writer.finish(trailingHeaders)
    }
}
