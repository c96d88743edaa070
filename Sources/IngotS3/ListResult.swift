import IngotCore

/// The answer to `ListObjectsV2`, asked for with `encoding-type=url`.
struct ListResult: Equatable {
    var objects: [ObjectInfo] = []
    var isTruncated = false
    var nextToken: String?

    /// - Throws: `ObjectStoreError` of kind `corrupted` when the bytes are not such an answer.
    static func parse(_ bytes: [UInt8]) throws -> ListResult {
        var result = ListResult()
        var encodesURLs = false
        var isListing = false
        var (key, size, etag) = (String?.none, Int64?.none, "")
        var keys: [(key: String, size: Int64, etag: String)] = []
        try FlatXML.read(bytes) { path, text in
            switch path {
            case ["ListBucketResult"]: isListing = true
            case ["ListBucketResult", "IsTruncated"]: result.isTruncated = text == "true"
            case ["ListBucketResult", "NextContinuationToken"]: result.nextToken = text
            case ["ListBucketResult", "EncodingType"]: encodesURLs = text == "url"
            case ["ListBucketResult", "Contents", "Key"]: key = text
            case ["ListBucketResult", "Contents", "Size"]: size = Int64(text)
            case ["ListBucketResult", "Contents", "ETag"]: etag = text.filter { $0 != "\"" }
            case ["ListBucketResult", "Contents"]:
                guard let name = key, let bytes = size, bytes >= 0 else {
                    throw FlatXML.error("an entry lacks key or size")
                }
                keys.append((name, bytes, etag))
                (key, size, etag) = (nil, nil, "")
            default: break
            }
        }
        guard isListing else { throw FlatXML.error("the root element is another") }
        guard !result.isTruncated || result.nextToken != nil else { throw FlatXML.error("the next page has no token") }
        result.objects = try keys.map { entry in
            guard let key = encodesURLs ? PercentEncoding.decode(entry.key) : entry.key else {
                throw FlatXML.error("a key's encoding is broken")
            }
            return ObjectInfo(key: key, size: entry.size, etag: entry.etag)
        }
        return result
    }
}
