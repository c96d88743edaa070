import AsyncHTTPClient
import IngotCore
import NIOCore

/// A body that is read piece by piece, one piece ahead of nobody, with a limit on how long it may be silent.
///
/// A piece is read when it is asked for, so that a slow reader slows the sender down and nothing piles up here. The
/// connection ends with the last reference.
package final class BodyPieces: Sendable {
    private let asks: AsyncStream<Void>.Continuation
    private let pieces: AsyncThrowingStream<ByteBuffer, any Error>
    private let reading: Task<Void, Never>
    /// `nil`: for ever.
    private let silence: Duration?

    init(_ body: HTTPClientResponse.Body, silence: Duration?) {
        let (asked, asks) = AsyncStream.makeStream(of: Void.self)
        let (pieces, piece) = AsyncThrowingStream.makeStream(of: ByteBuffer.self)
        self.asks = asks
        self.pieces = pieces
        self.silence = silence
        reading = Task {
            var iterator = body.makeAsyncIterator()
            do {
                for await _ in asked {
                    guard let next = try await iterator.next() else { break }
                    piece.yield(next)
                }
                piece.finish()
            } catch {
                piece.finish(throwing: error)
            }
        }
    }

    deinit { reading.cancel() }

    /// The next piece; `nil` at the end.
    ///
    /// - Throws: `DeadlineExceeded` when nothing came for too long; what the connection throws.
    package func next() async throws -> ByteBuffer? {
        asks.yield()
        let piece: ByteBuffer?
        if let silence {
            piece = try await withDeadline(silence) { [pieces] in try await Self.first(of: pieces) }
        } else {
            piece = try await Self.first(of: pieces)
        }
        // What is cancelled looks like the end.
        if piece == nil { try Task.checkCancellation() }
        return piece
    }

    private static func first(of pieces: AsyncThrowingStream<ByteBuffer, any Error>) async throws -> ByteBuffer? {
        for try await piece in pieces { return piece }
        return nil
    }
}
