import IngotCore
import IngotS3

/// The conditional headers of a request (RFC 9110, section 13).
struct R2Conditions: Equatable, Sendable {
    /// What an entity tag header lists.
    struct Tags: Equatable, Sendable {
        private var isAny = false
        private var strong: Set<String> = []
        private var weak: Set<String> = []

        init(_ header: String) {
            for item in header.split(separator: ",") {
                let tag = item.trimmingSpaces
                if tag == "*" {
                    isAny = true
                } else if tag.hasPrefix("W/") {
                    weak.insert(Self.unquoted(tag.dropFirst(2)))
                } else {
                    strong.insert(Self.unquoted(tag))
                }
            }
        }

        private static func unquoted(_ tag: Substring) -> String {
            String(tag.drop { $0 == "\"" }.prefix { $0 != "\"" })
        }

        /// As `If-Match` compares: a weak tag is never the same.
        func matchStrongly(_ etag: String) -> Bool { isAny || strong.contains(etag) }

        /// As `If-None-Match` compares.
        func matchWeakly(_ etag: String) -> Bool { isAny || strong.contains(etag) || weak.contains(etag) }
    }

    var match: Tags?
    var noneMatch: Tags?
    var modifiedSince: Timestamp?
    var unmodifiedSince: Timestamp?

    /// No condition at all.
    static let none = R2Conditions { _ in nil }

    /// Only a key that has no object: `If-None-Match: *`.
    static let onlyIfAbsent = R2Conditions { $0 == "if-none-match" ? "*" : nil }

    /// - Parameters:
    ///   - prefix: of the headers' names: those of a copy's source have one.
    ///   - header: the value of a header by its lower-case name.
    init(prefix: String = "", _ header: (String) -> String?) {
        match = header("\(prefix)if-match").map(Tags.init)
        noneMatch = header("\(prefix)if-none-match").map(Tags.init)
        // A date that cannot be read is no condition (RFC 9110, sections 13.1.3 and 13.1.4).
        modifiedSince = header("\(prefix)if-modified-since").flatMap(HTTPDate.parse)
        unmodifiedSince = header("\(prefix)if-unmodified-since").flatMap(HTTPDate.parse)
    }

    /// What the conditions of a read come to.
    enum ReadVerdict {
        case answer
        case notModified
        case failed
    }

    func verdict(on record: ObjectRecord) -> ReadVerdict {
        // HTTP dates have whole seconds.
        let modified = record.modified.millisecondsSinceEpoch / 1000
        if let match {
            if !match.matchStrongly(record.etag) { return .failed }
        } else if let unmodifiedSince, modified > unmodifiedSince.millisecondsSinceEpoch / 1000 {
            return .failed
        }
        if let noneMatch {
            if noneMatch.matchWeakly(record.etag) { return .notModified }
        } else if let modifiedSince, modified <= modifiedSince.millisecondsSinceEpoch / 1000 {
            return .notModified
        }
        return .answer
    }

    /// Whether a write may replace the object that the key has now.
    ///
    /// Where there is none, a condition that asks for one fails.
    func allowWrite(over current: ObjectRecord?) -> Bool {
        guard let current else { return match == nil && modifiedSince == nil }
        return verdict(on: current) == .answer
    }
}

extension Substring {
    /// Without the spaces around it.
    var trimmingSpaces: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
