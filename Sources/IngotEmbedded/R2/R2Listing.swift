import IngotCore
import IngotS3

/// A `ListObjectsV2` or `ListObjects` request and its answer
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>).
struct R2Listing {
    /// What the two versions ask and answer differently.
    private enum Version {
        case first(marker: String)
        case second(startAfter: String?, token: String?)
    }

    private let bucket: String
    private let grouping: R2KeyGrouping
    private let version: Version
    private let size: R2PageSize
    private let encoding: R2KeyEncoding
    private let start: Position

    /// Where a page starts: after a key, or at the first key behind a common prefix.
    private struct Position {
        var bound: String
        var includesBound: Bool
    }

    /// One page.
    private struct Page {
        var contents: [ObjectRecord] = []
        var commonPrefixes: [String] = []
        /// Where the next one starts, as far as this one has come.
        var position: Position
        var isTruncated = false

        var count: Int { contents.count + commonPrefixes.count }
        /// The last key or common prefix in order.
        var last: String? {
            [contents.last?.key, commonPrefixes.last].compactMap(\.self)
                .max { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    /// - Throws: ``R2Failure``.
    init(bucket: String, target: R2Target) throws {
        self.bucket = bucket
        let grouping = R2KeyGrouping(prefix: target.value("prefix") ?? "", delimiter: target.value("delimiter") ?? "")
        self.grouping = grouping
        encoding = try R2KeyEncoding(target.value("encoding-type"))
        size = try R2PageSize(target.value("max-keys"))
        if target.value("list-type") == nil {
            let marker = target.value("marker") ?? ""
            version = .first(marker: marker)
            if grouping.commonPrefix(of: marker) == marker, let end = KeyOrder.successor(ofPrefix: marker) {
                // A page that ended with a common prefix is followed by what does not have it.
                start = Position(bound: end, includesBound: true)
            } else {
                start = Position(bound: marker, includesBound: false)
            }
        } else {
            let (startAfter, token) = (target.value("start-after"), target.value("continuation-token"))
            version = .second(startAfter: startAfter, token: token)
            if let token {
                guard let position = Self.position(ofToken: token) else {
                    throw R2Failure.invalidArgument("The continuation token provided is incorrect")
                }
                start = position
            } else {
                start = Position(bound: startAfter ?? "", includesBound: false)
            }
        }
    }

    /// Reads the page and writes it as XML.
    func answer(from index: ObjectIndex) async throws -> String {
        if size.limit > 0 { return xml(try await page(from: index)) }
        // An empty page is cut off when there would be something on it.
        let first = try await index.rows(
            prefix: grouping.prefix,
            after: start.bound,
            includingBound: start.includesBound,
            limit: 1
        )
        return xml(Page(position: start, isTruncated: !first.isEmpty))
    }

    private func page(from index: ObjectIndex) async throws -> Page {
        var page = Page(position: start)
        var ahead = R2ReadAhead()
        while true {
            let limit = ahead.limit(size.limit - page.count + 1)
            let rows = try await index.rows(
                prefix: grouping.prefix,
                after: page.position.bound,
                includingBound: page.position.includesBound,
                limit: limit
            )
            var jumped = false
            for row in rows {
                if page.count == size.limit {
                    page.isTruncated = true
                    return page
                }
                let key = try row.string("key")
                if let common = grouping.commonPrefix(of: key) {
                    page.commonPrefixes.append(common)
                    guard let end = KeyOrder.successor(ofPrefix: common) else { return page }
                    // Everything else below the common prefix is passed over without reading it.
                    page.position = Position(bound: end, includesBound: true)
                    jumped = true
                    break
                }
                page.contents.append(try index.record(row))
                page.position = Position(bound: key, includesBound: false)
            }
            if jumped {
                ahead.sawCommonPrefix()
            } else {
                guard rows.count == limit else { return page }
                ahead.sawNone()
            }
        }
    }

    private func xml(_ page: Page) -> String {
        var xml = R2XML.element("Name", bucket)
        for record in page.contents {
            xml += "<Contents>"
            xml += R2XML.element("Key", encoding.write(record.key))
            xml += R2XML.element("Size", String(record.size))
            xml += R2XML.element("LastModified", record.modified.description)
            xml += R2XML.element("ETag", "\"\(record.etag)\"")
            xml += R2XML.element("StorageClass", record.storageClass)
            xml += "</Contents>"
        }
        xml += R2XML.element("IsTruncated", page.isTruncated ? "true" : "false")
        for common in page.commonPrefixes {
            xml += "<CommonPrefixes>\(R2XML.element("Prefix", encoding.write(common)))</CommonPrefixes>"
        }
        xml += R2XML.element("Prefix", encoding.write(grouping.prefix))
        if !grouping.delimiter.isEmpty { xml += R2XML.element("Delimiter", encoding.write(grouping.delimiter)) }
        switch version {
        case .first(let marker):
            xml += R2XML.element("Marker", encoding.write(marker))
            // Without a delimiter the last key is the marker, and clients take that.
            if page.isTruncated, !grouping.delimiter.isEmpty {
                xml += R2XML.element("NextMarker", page.last.map(encoding.write))
            }
        case .second(let startAfter, let token):
            xml += R2XML.element("StartAfter", startAfter.map(encoding.write))
            xml += R2XML.element("ContinuationToken", token)
            if page.isTruncated, page.count > 0 {
                xml += R2XML.element("NextContinuationToken", Self.token(page.position))
            }
        }
        xml += R2XML.element("MaxKeys", String(size.requested))
        if case .second = version { xml += R2XML.element("KeyCount", String(page.count)) }
        if encoding == .url { xml += R2XML.element("EncodingType", "url") }
        return R2XML.document("ListBucketResult", xml)
    }

    private static func token(_ position: Position) -> String {
        hexadecimal((position.includesBound ? "=" : ">").utf8) + hexadecimal(position.bound.utf8)
    }

    private static func position(ofToken token: String) -> Position? {
        guard let position = bytes(ofHexadecimal: token), let sign = position.first,
            sign == UInt8(ascii: "=") || sign == UInt8(ascii: ">"),
            let bound = String(validating: position.dropFirst(), as: UTF8.self)
        else { return nil }
        return Position(bound: bound, includesBound: sign == UInt8(ascii: "="))
    }
}

/// How a listing folds the keys below its prefix.
struct R2KeyGrouping: Equatable, Sendable {
    var prefix: String
    /// Empty when nothing is folded.
    var delimiter: String

    /// What stands for the key in the listing: all up to the first delimiter behind the prefix.
    func commonPrefix(of key: String) -> String? {
        guard !delimiter.isEmpty, key.utf8.starts(with: prefix.utf8) else { return nil }
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
}

extension R2KeyEncoding {
    func write(_ text: String) -> String { self == .url ? PercentEncoding.encode(text) : text }
}
