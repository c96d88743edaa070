import IngotCore
import IngotS3

/// A `ListObjectsV2` request and its answer
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>).
struct R2Listing {
    private static let largestPage = 1000
    private static let parameters: Set<String> = [
        "list-type", "prefix", "delimiter", "continuation-token", "start-after", "max-keys", "encoding-type",
        "fetch-owner",
    ]

    private let bucket: String
    private let prefix: String
    private let delimiter: String
    private let startAfter: String?
    private let token: String?
    private let requestedKeys: Int
    private let encodesURLs: Bool
    private let start: Position

    /// Where a page starts: after a key, or at the first key behind a common prefix.
    private struct Position {
        var bound: String
        var includesBound: Bool
    }

    /// - Throws: ``R2Failure``.
    init(bucket: String, target: R2Target) throws {
        for item in target.operativeQuery where !Self.parameters.contains(item.name) {
            throw R2Failure.notImplemented("ListObjectsV2 search parameter \(item.name)")
        }
        guard target.value("list-type") == "2" else { throw R2Failure.notImplemented("ListObjects of version 1") }
        self.bucket = bucket
        prefix = target.value("prefix") ?? ""
        delimiter = target.value("delimiter") ?? ""
        startAfter = target.value("start-after")
        token = target.value("continuation-token")
        switch target.value("encoding-type") {
        case nil, "": encodesURLs = false
        case "url": encodesURLs = true
        case let other?: throw R2Failure.notImplemented("encoding-type \(other)")
        }
        if let text = target.value("max-keys") {
            guard let number = Double(text), number >= 0, number < 1e15 else {
                throw R2Failure(status: 400, code: "InvalidMaxKeys", message: "max-keys is not a number")
            }
            requestedKeys = Int(number)
        } else {
            requestedKeys = Self.largestPage
        }
        if let token {
            guard let position = Self.position(ofToken: token) else {
                throw R2Failure.invalidArgument("The continuation token provided is incorrect")
            }
            start = position
        } else {
            start = Position(bound: startAfter ?? "", includesBound: false)
        }
    }

    /// Reads the page and writes it as XML.
    func answer(from index: ObjectIndex) async throws -> String {
        let limit = min(requestedKeys, Self.largestPage)
        var position = start
        var contents: [ObjectRecord] = []
        var commonPrefixes: [String] = []
        var next: Position?
        var isTruncated = false
        reading: while limit > 0 {
            let wanted = limit - contents.count - commonPrefixes.count + 1
            let records = try await index.records(
                prefix: prefix,
                after: position.bound,
                includingBound: position.includesBound,
                limit: wanted
            )
            var jumped = false
            for record in records {
                if contents.count + commonPrefixes.count == limit {
                    isTruncated = true
                    break reading
                }
                if let common = commonPrefix(of: record.key) {
                    commonPrefixes.append(common)
                    guard let end = KeyOrder.successor(ofPrefix: common) else { break reading }
                    position = Position(bound: end, includesBound: true)
                    next = position
                    // Everything else below the common prefix is passed over without reading it.
                    jumped = true
                    break
                }
                contents.append(record)
                position = Position(bound: record.key, includesBound: false)
                next = position
            }
            if !jumped { break }
        }
        return xml(contents, commonPrefixes, next: isTruncated ? next : nil)
    }

    private func commonPrefix(of key: String) -> String? {
        guard !delimiter.isEmpty else { return nil }
        let bytes = Array(key.utf8)
        let separator = Array(delimiter.utf8)
        var index = prefix.utf8.count
        while index + separator.count <= bytes.count {
            if bytes[index..<index + separator.count].elementsEqual(separator) {
                return String(decoding: bytes[..<(index + separator.count)], as: UTF8.self)
            }
            index += 1
        }
        return nil
    }

    private func xml(_ contents: [ObjectRecord], _ commonPrefixes: [String], next: Position?) -> String {
        var xml = #"<?xml version="1.0" encoding="UTF-8"?>"#
        xml += #"<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#
        xml += element("Name", bucket)
        for record in contents {
            xml += "<Contents>"
            xml += element("Key", encoded(record.key))
            xml += element("Size", String(record.size))
            xml += element("LastModified", record.modified.description)
            xml += element("ETag", "\"\(record.etag)\"")
            xml += element("StorageClass", "STANDARD")
            xml += "</Contents>"
        }
        xml += element("IsTruncated", next == nil ? "false" : "true")
        for common in commonPrefixes {
            xml += "<CommonPrefixes>\(element("Prefix", encoded(common)))</CommonPrefixes>"
        }
        xml += element("Prefix", encoded(prefix))
        if !delimiter.isEmpty { xml += element("Delimiter", encoded(delimiter)) }
        if let startAfter { xml += element("StartAfter", encoded(startAfter)) }
        if let token { xml += element("ContinuationToken", token) }
        if let next { xml += element("NextContinuationToken", Self.token(next)) }
        xml += element("MaxKeys", String(requestedKeys))
        xml += element("KeyCount", String(contents.count + commonPrefixes.count))
        if encodesURLs { xml += element("EncodingType", "url") }
        return xml + "</ListBucketResult>"
    }

    private func element(_ name: String, _ text: String) -> String { "<\(name)>\(xmlEscaped(text))</\(name)>" }

    private func encoded(_ text: String) -> String { encodesURLs ? PercentEncoding.encode(text) : text }

    private static func token(_ position: Position) -> String {
        hexadecimal((position.includesBound ? "=" : ">").utf8) + hexadecimal(position.bound.utf8)
    }

    private static func position(ofToken token: String) -> Position? {
        var escaped = ""
        for (index, character) in token.enumerated() {
            if index.isMultiple(of: 2) { escaped.append("%") }
            escaped.append(character)
        }
        guard let text = PercentEncoding.decode(escaped), let sign = text.first, sign == "=" || sign == ">"
        else { return nil }
        return Position(bound: String(text.dropFirst()), includesBound: sign == "=")
    }
}
