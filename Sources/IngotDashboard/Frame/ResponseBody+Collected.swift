import HTTPTypes
import Hummingbird
import NIOCore

extension ResponseBody {
    /// The whole body.
    ///
    /// - Throws: `NIOTooManyBytesError` when it has more than `limit` bytes.
    func collected(upTo limit: Int) async throws -> ByteBuffer {
        let collection = Collection(limit: limit)
        try await write(Writer(collection: collection))
        return collection.bytes
    }

    /// Only one task writes a body, so nothing is shared.
    private final class Collection {
        let limit: Int
        var bytes = ByteBuffer()

        init(limit: Int) { self.limit = limit }
    }

    private struct Writer: ResponseBodyWriter {
        let collection: Collection

        mutating func write(_ buffer: ByteBuffer) async throws {
            guard collection.bytes.readableBytes + buffer.readableBytes <= collection.limit else {
                throw NIOTooManyBytesError(maxBytes: collection.limit)
            }
            collection.bytes.writeImmutableBuffer(buffer)
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
