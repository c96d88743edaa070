import IngotCore
import IngotS3

/// The conditional headers of a request (RFC 9110, section 13).
struct R2Conditions: Equatable {
    /// What an entity tag header lists.
    enum Tags: Equatable {
        case any
        case listed([String])

        init(_ header: String) {
            let items = header.split(separator: ",").map { item in
                var tag = item.trimmingSpaces
                if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
                return String(tag.drop { $0 == "\"" }.prefix { $0 != "\"" })
            }
            self = items == ["*"] ? .any : .listed(items)
        }

        func match(_ etag: String) -> Bool {
            switch self {
            case .any: true
            case .listed(let tags): tags.contains(etag)
            }
        }
    }

    var match: Tags?
    var noneMatch: Tags?
    var modifiedSince: Timestamp?
    var unmodifiedSince: Timestamp?

    /// - Parameter header: the value of a header by its lower-case name.
    init(_ header: (String) -> String?) {
        match = header("if-match").map(Tags.init)
        noneMatch = header("if-none-match").map(Tags.init)
        modifiedSince = header("if-modified-since").flatMap(HTTPDate.parse)
        unmodifiedSince = header("if-unmodified-since").flatMap(HTTPDate.parse)
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
            if !match.match(record.etag) { return .failed }
        } else if let unmodifiedSince, modified > unmodifiedSince.millisecondsSinceEpoch / 1000 {
            return .failed
        }
        if let noneMatch {
            if noneMatch.match(record.etag) { return .notModified }
        } else if let modifiedSince, modified <= modifiedSince.millisecondsSinceEpoch / 1000 {
            return .notModified
        }
        return .answer
    }

    /// The condition of a write.
    ///
    /// - Throws: ``R2Failure`` for combinations that are not supported here.
    func writeCondition() throws -> WriteCondition {
        guard modifiedSince == nil, unmodifiedSince == nil else {
            throw R2Failure.notImplemented("A write that depends on a date")
        }
        switch (match, noneMatch) {
        case (nil, nil): return .none
        case (.any, nil): return .present
        case (.listed(let tags), nil): return .etag(tags, isRequired: true)
        case (nil, .any): return .absent
        case (nil, .listed(let tags)): return .etag(tags, isRequired: false)
        default: throw R2Failure.notImplemented("If-Match together with If-None-Match")
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// The `Range` header of a read (RFC 9110, section 14), of which R2 takes one range.
enum R2Range {
    /// The bytes to answer; `nil` without a header.
    ///
    /// - Throws: ``R2Failure`` `InvalidArgument` or `InvalidRange`.
    static func bytes(_ header: String?, of size: Int64) throws -> Range<Int64>? {
        guard let header else { return nil }
        let malformed = R2Failure.invalidArgument("Range header is malformed")
        guard header.hasPrefix("bytes=") else { throw malformed }
        let sides = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard sides.count == 2 else { throw malformed }
        func number(_ text: Substring) throws -> Int64? {
            if text.isEmpty { return nil }
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int64(text) else { throw malformed }
            return value
        }
        switch (try number(sides[0]), try number(sides[1])) {
        case (let first?, let last):
            guard last.map({ $0 >= first }) ?? true else { throw malformed }
            guard first < size else { throw R2Failure.invalidRange }
            return first..<min(size, (last ?? size - 1) + 1)
        case (nil, let suffix?):
            guard suffix > 0, size > 0 else { throw R2Failure.invalidRange }
            return max(0, size - suffix)..<size
        case (nil, nil): throw malformed
        }
    }
}
