import IngotCore
import NIOCore

/// A long answer in pieces, as it comes: an export, or a log.
///
/// ```swift
/// for try await bytes in gateway.export("usc", as: .csv) { try file.write(bytes) }
/// ```
///
/// It is read no faster than it is used, and a connection that breaks is an error, so what ends without one is whole.
public struct AnswerPieces: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    let client: GatewayClient
    let path: String

    public func makeAsyncIterator() -> Iterator { Iterator(client: client, path: path) }

    /// The answer's lines, without their ends.
    ///
    /// ```swift
    /// for try await line in gateway.export("usc").lines {
    ///     let node = try JSONValue(parsing: line)
    /// }
    /// ```
    public var lines: AnswerLines { AnswerLines(pieces: self) }

    /// Reads the answer.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let client: GatewayClient
        let path: String
        private var pieces: BodyPieces?

        init(client: GatewayClient, path: String) {
            self.client = client
            self.path = path
        }

        /// The next piece; `nil` at the end.
        ///
        /// - Throws: ``GatewayProblem``, ``GatewayConnectionError``.
        public mutating func next() async throws -> [UInt8]? {
            let pieces: BodyPieces
            if let open = self.pieces {
                pieces = open
            } else {
                pieces = try await client.open(path).pieces
                self.pieces = pieces
            }
            return try await client.next(of: pieces).map { Array($0.readableBytesView) }
        }
    }
}

/// The lines of a long answer.
public struct AnswerLines: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    let pieces: AnswerPieces

    public func makeAsyncIterator() -> Iterator { Iterator(pieces: pieces.makeAsyncIterator()) }

    /// Reads the answer.
    public struct Iterator: AsyncIteratorProtocol {
        private var pieces: AnswerPieces.Iterator
        private var splitter: LineSplitter
        private var pending: ArraySlice<[UInt8]> = []
        private var isAtEnd = false

        init(pieces: AnswerPieces.Iterator) {
            self.pieces = pieces
            splitter = LineSplitter(maximumLineBytes: pieces.client.limits.lineBytes)
        }

        /// The next line; `nil` at the end.
        ///
        /// - Throws: ``GatewayProblem``, ``GatewayConnectionError``.
        public mutating func next() async throws -> [UInt8]? {
            while true {
                if let line = pending.popFirst() { return line }
                if isAtEnd { return nil }
                guard let piece = try await pieces.next() else {
                    isAtEnd = true
                    return splitter.rest()
                }
                do { pending = try splitter.take(piece)[...] } catch { throw pieces.client.streamFailure(error) }
            }
        }
    }
}
