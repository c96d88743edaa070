import Crypto
import IngotCore

/// A part of an object.
struct Piece: Sendable {
    var bytes: [UInt8]
    /// The size of the whole object in bytes.
    var total: Int64
    var etag: String
}

/// Reads an object piece by piece, each when it is asked for, and all of the same version of it.
actor ObjectReading {
    private let pieceSize: Int64
    private let read: @Sendable (Range<Int64>, _ etag: String) async throws -> Piece
    private let total: Int64
    private let etag: String
    private var first: [UInt8]?
    private var position: Int64 = 0
    private var md5 = Insecure.MD5()

    init(
        first: Piece,
        pieceSize: Int64,
        read: @escaping @Sendable (Range<Int64>, _ etag: String) async throws -> Piece
    ) {
        self.pieceSize = pieceSize
        self.read = read
        total = first.total
        etag = first.etag
        self.first = first.bytes
    }

    /// Passes: the next reading finds one version from start to end.
    static func replaced(key: String?) -> ObjectStoreError {
        ObjectStoreError(
            kind: .unavailable,
            key: key,
            message: "the object was replaced while it was read; read it again from its start"
        )
    }

    /// The next bytes; `nil` after the last.
    ///
    /// - Throws: `ObjectStoreError`; of kind `corrupted` when the whole does not have the object's hash.
    func next() async throws -> [UInt8]? {
        let start = position
        guard start < total else { return nil }
        let bytes: [UInt8]
        if let first {
            bytes = first
            self.first = nil
        } else {
            let piece = try await read(start..<min(start + pieceSize, total), etag)
            guard piece.total == total, piece.etag == etag else {
                throw Self.replaced(key: nil)
            }
            bytes = piece.bytes
        }
        guard !bytes.isEmpty else {
            throw ObjectStoreError(kind: .corrupted, message: "the object ends before its length")
        }
        md5.update(data: bytes)
        position = start + Int64(bytes.count)
        if position == total, let expected = etag.plainMD5, hexadecimal(md5.finalize()) != expected {
            throw ObjectStoreError(kind: .corrupted, message: "the bytes do not have the hash of the object")
        }
        return bytes
    }
}

/// A `Content-Range` header: `bytes 0-9/100`.
struct ContentRange: Equatable {
    var bytes: Range<Int64>
    var total: Int64

    init?(_ header: String) {
        let parts = header.split(whereSeparator: { " -/".contains($0) })
        guard parts.count == 4, parts[0] == "bytes", let first = Int64(parts[1]), let last = Int64(parts[2]),
            let total = Int64(parts[3]), 0 <= first, first <= last, last < total
        else { return nil }
        bytes = first..<last + 1
        self.total = total
    }
}
