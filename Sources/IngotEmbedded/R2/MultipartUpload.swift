import IngotCore

/// An upload in parts that is neither completed nor aborted.
struct MultipartUpload: Sendable, Equatable {
    /// The time after which R2 aborts an upload that is not completed.
    static let lifetime = Duration.seconds(7 * 24 * 3600)

    /// Sorts as the uploads were started.
    var id: String
    var key: String
    var started: Timestamp
    /// What the object will be kept with.
    var headers: [String: String]
    /// What the parts are checked with beside their hash.
    var checksum: R2Checksum.Algorithm?

    /// Starts an upload under an identifier that nobody can guess.
    static func start(
        key: String,
        at started: Timestamp,
        headers: [String: String],
        checksum: R2Checksum.Algorithm?
    ) -> MultipartUpload {
        let time = UInt64(max(0, started.millisecondsSinceEpoch)).bigEndian
        let id =
            withUnsafeBytes(of: time) { hexadecimal($0.suffix(6)) }
            + hexadecimal((0..<26).map { _ in UInt8.random(in: .min ... .max) })
        return MultipartUpload(id: id, key: key, started: started, headers: headers, checksum: checksum)
    }
}

/// A part that an upload has got.
struct UploadedPart: Sendable, Equatable {
    static let numbers = 1...10_000
    /// Bytes of every part but the last.
    static let minimumSize: Int64 = 5 << 20
    static let maximumSize: Int64 = 5 << 30

    var number: Int
    /// Bytes.
    var size: Int64
    /// Lower-case hexadecimal MD5.
    var etag: String
    var modified: Timestamp
    /// The name of the file that holds the bytes.
    var body: String
    var checksum: R2Checksum?
}
