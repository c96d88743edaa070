import HTTPTypes
import IngotCore

/// The headers that are kept with an object and come back with it, by lower-case names.
enum R2Metadata {
    /// Bytes of all own names and values together, the values decoded.
    static let limit = 8192
    static let ownPrefix = "x-amz-meta-"
    static let storageClass = "x-amz-storage-class"
    static let checksumPrefix = "x-amz-checksum-"

    private static let kept: Set<String> = [
        "content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires",
    ]

    /// What a request asks to keep.
    ///
    /// - Throws: ``R2Failure`` `MetadataTooLarge`.
    static func headers(of request: R2Request) throws -> [String: String] {
        var headers: [String: String] = [:]
        for (name, value) in request.headers where kept.contains(name) || name.hasPrefix(ownPrefix) {
            headers[name] = headers[name].map { "\($0),\(value)" } ?? value
        }
        var bytes = 0
        for (name, value) in headers where name.hasPrefix(ownPrefix) {
            let decoded = EncodedWord.decode(value)
            headers[name] = decoded
            bytes += name.utf8.count - ownPrefix.utf8.count + decoded.utf8.count
        }
        guard bytes <= limit else { throw R2Failure.metadataTooLarge }
        headers[storageClass] = stored(storageClassOf: request)
        return headers
    }

    /// What a copy keeps of its source when the request does not replace it.
    ///
    /// The storage class is always the request's, and a copy has no checksum.
    static func headers(copiedFrom source: ObjectRecord, by request: R2Request) -> [String: String] {
        var headers = source.headers.filter { !$0.key.hasPrefix(checksumPrefix) }
        headers[storageClass] = stored(storageClassOf: request)
        return headers
    }

    /// Puts the headers of an object on its answer.
    static func add(_ headers: [String: String], checksums: Bool, to fields: inout HTTPFields) {
        for (name, value) in headers {
            if name.hasPrefix(checksumPrefix), !checksums { continue }
            guard let field = HTTPField.Name(name) else { continue }
            fields[field] = name.hasPrefix(ownPrefix) ? EncodedWord.encode(value) : value
        }
        if fields[.contentType] == nil { fields[.contentType] = "application/octet-stream" }
    }

    /// The class that is no default, which is the only one to be kept.
    private static func stored(storageClassOf request: R2Request) -> String? {
        request.header(storageClass).flatMap { $0 == "STANDARD" ? nil : $0 }
    }
}

extension ObjectRecord {
    var storageClass: String { headers[R2Metadata.storageClass] ?? "STANDARD" }
}
