/// The `Range` header of a read (RFC 9110, section 14), of which R2 takes one range.
enum R2Range {
    private static let malformed = R2Failure.invalidArgument(
        // The quotation mark at the end is R2's.
        "range must be in format 'bytes=start-end', 'bytes=start-' or 'bytes=-suffix'.'"
    )

    /// The bytes to answer; `nil` without a header.
    ///
    /// - Throws: ``R2Failure`` `InvalidArgument` or `InvalidRange`.
    static func bytes(_ header: String?, of size: Int64) throws -> Range<Int64>? {
        guard let header else { return nil }
        guard header.hasPrefix("bytes=") else { throw malformed }
        let sides = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard sides.count == 2 else { throw malformed }
        switch (try number(sides[0]), try number(sides[1])) {
        case (let first?, let last):
            guard last.map({ $0 >= first }) ?? true else { throw R2Failure.invalidArgument("range must be positive.") }
            guard first < size else { throw R2Failure.invalidRange }
            return first..<min(size - 1, last ?? size - 1) + 1
        case (nil, let suffix?):
            guard suffix > 0, size > 0 else { throw R2Failure.invalidRange }
            return size - min(suffix, size)..<size
        case (nil, nil): throw malformed
        }
    }

    /// The `x-amz-copy-source-range` header, which knows one form only.
    ///
    /// - Throws: ``R2Failure`` `InvalidArgument` or `InvalidRange`.
    static func copied(_ header: String?, of size: Int64) throws -> Range<Int64> {
        guard let header else { return 0..<size }
        let sides = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard header.hasPrefix("bytes="), sides.count == 2, let first = try? number(sides[0]),
            let last = try? number(sides[1])
        else { throw R2Failure.invalidArgument("Invalid x-amz-copy-source-range: \(header)") }
        guard last >= first else { throw R2Failure.invalidArgument("x-amz-copy-source-range must be positive.") }
        guard first < size else { throw R2Failure.invalidRange }
        return first..<min(size - 1, last) + 1
    }

    /// Digits as a number, one beyond all sizes included; `nil` for no digits.
    private static func number(_ text: Substring) throws -> Int64? {
        if text.isEmpty { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { throw malformed }
        return Int64(text) ?? .max
    }
}
