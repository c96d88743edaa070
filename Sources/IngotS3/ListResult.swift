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
        var modified: Timestamp?
        var objects: [ObjectInfo] = []
        try FlatXML.read(bytes) { path, text in
            switch path {
            case ["ListBucketResult"]: isListing = true
            case ["ListBucketResult", "IsTruncated"]: result.isTruncated = text == "true"
            case ["ListBucketResult", "NextContinuationToken"]: result.nextToken = text
            case ["ListBucketResult", "EncodingType"]: encodesURLs = text == "url"
            case ["ListBucketResult", "Contents", "Key"]: key = text
            case ["ListBucketResult", "Contents", "Size"]: size = Int64(text)
            case ["ListBucketResult", "Contents", "ETag"]: etag = text.filter { $0 != "\"" }
            case ["ListBucketResult", "Contents", "LastModified"]: modified = time(text)
            case ["ListBucketResult", "Contents"]:
                guard let name = key, let bytes = size, bytes >= 0 else {
                    throw FlatXML.error("an entry lacks key or size")
                }
                objects.append(ObjectInfo(key: name, size: bytes, etag: etag, lastModified: modified))
                (key, size, etag, modified) = (nil, nil, "", nil)
            default: break
            }
        }
        guard isListing else { throw FlatXML.error("the root element is another") }
        guard !result.isTruncated || result.nextToken != nil else { throw FlatXML.error("the next page has no token") }
        result.objects = try objects.map { object in
            // A plus sign itself is always encoded; bare, it is how AWS and others write a space.
            let encoded = object.key.replacing("+", with: " ")
            guard let key = encodesURLs ? PercentEncoding.decode(encoded) : object.key else {
                throw FlatXML.error("a key's encoding is broken")
            }
            var object = object
            object.key = key
            return object
        }
        return result
    }

    /// A time with milliseconds, as R2 writes it, or without, as some other stores do.
    private static func time(_ text: String) -> Timestamp? {
        Timestamp(text) ?? (text.hasSuffix("Z") ? Timestamp("\(text.dropLast()).000Z") : nil)
    }
}
