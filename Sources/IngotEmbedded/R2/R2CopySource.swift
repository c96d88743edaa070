import IngotCore

/// Where a copy comes from: the header `x-amz-copy-source`, which is `bucket/key` or `/bucket/key`, encoded.
struct R2CopySource: Equatable, Sendable {
    var bucket: String
    var key: String

    /// - Throws: ``R2Failure``.
    init(_ header: String) throws {
        guard !header.contains("?") else { throw R2Failure.notImplemented(header: "x-amz-copy-source", header) }
        guard let decoded = PercentEncoding.decode(header) else { throw R2Failure.invalidURI }
        let parts = (decoded.hasPrefix("/") ? decoded.dropFirst() : decoded[...])
            .split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw R2Failure.invalidArgument("copy source bucket name")
        }
        bucket = String(parts[0])
        key = String(parts[1])
    }
}
