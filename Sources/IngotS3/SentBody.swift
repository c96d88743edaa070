import Crypto
import IngotCore
import NIOCore
import Synchronization

/// A streamed body on its way to the store.
///
/// It takes the hash to compare with what the store says it has got, and tells a body that cannot be read, or is not as
/// long as announced, from a connection that broke.
struct SentBody: AsyncSequence, Sendable {
    let base: ByteStream
    let size: Int64
    let record: SentRecord

    struct Iterator: AsyncIteratorProtocol {
        var base: ByteStream.Iterator
        let size: Int64
        let record: SentRecord

        mutating func next() async throws -> ByteBuffer? {
            do {
                let piece = try await base.next()
                let sent = record.update(piece ?? [])
                guard sent == size || (piece != nil && sent < size) else {
                    throw ObjectStoreError(
                        kind: .corrupted,
                        message: "the body does not have the \(size) bytes that were announced"
                    )
                }
                return piece.map { ByteBuffer(bytes: $0) }
            } catch {
                record.fail(error)
                throw error
            }
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(base: base.makeAsyncIterator(), size: size, record: record)
    }
}

/// What came of a body while it was sent.
final class SentRecord: Sendable {
    private struct State {
        var md5 = Insecure.MD5()
        var size: Int64 = 0
        var failure: (any Error)?
    }

    private let state = Mutex(State())

    /// - Returns: how many bytes there are by now.
    func update(_ bytes: [UInt8]) -> Int64 {
        state.withLock { state in
            state.md5.update(data: bytes)
            state.size += Int64(bytes.count)
            return state.size
        }
    }

    func fail(_ error: any Error) { state.withLock { $0.failure = error } }

    /// Lower-case hexadecimal MD5 of what was sent so far.
    var md5: String { state.withLock { hexadecimal($0.md5.finalize()) } }

    /// Bytes that were handed on so far.
    var size: Int64 { state.withLock { $0.size } }

    /// Why the body could not be read to its end; being cancelled is no such reason.
    var failure: (any Error)? { state.withLock { $0.failure is CancellationError ? nil : $0.failure } }
}
