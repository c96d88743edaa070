import IngotCore
import IngotS3

/// What a path-style S3 request is about: `/bucket/key?query`.
struct R2Target: Sendable, Equatable {
    /// The path exactly as it was sent, which is what a signature covers.
    var rawPath: String
    var bucket: String
    /// Empty when the request is about the bucket.
    var key: String
    var query: [QueryItem]

    /// - Throws: ``R2Failure`` for escapes that cannot be read.
    init(_ text: String) throws {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        rawPath = String(parts[0])
        guard rawPath.hasPrefix("/") else { throw R2Failure.invalidRequest("The request has no path") }
        let names = rawPath.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bucket = PercentEncoding.decode(names[0]),
            let key = PercentEncoding.decode(names.count > 1 ? names[1] : "")
        else { throw R2Failure.invalidURI }
        self.bucket = bucket
        self.key = key
        query = try (parts.count > 1 ? parts[1] : "").split(separator: "&").map { item in
            let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(sides[0]),
                let value = PercentEncoding.decode(sides.count > 1 ? sides[1] : "")
            else { throw R2Failure.invalidURI }
            return QueryItem(name, value)
        }
    }

    func value(_ name: String) -> String? { query.first { $0.name == name }?.value }

    func has(_ name: String) -> Bool { query.contains { $0.name == name } }

    /// The query items that are neither part of a signature nor a client's note to itself.
    var operativeQuery: [QueryItem] {
        query.filter { !$0.name.hasPrefix("X-Amz-") && $0.name != "x-id" }
    }
}
