/// Plain text as CommonMark that shows exactly that text.
enum MarkdownText {
    /// Escapes what Markdown, or GitHub's form of it, would take for marks.
    ///
    /// - Parameter startsLine: whether the text stands at the start of a line, where numbers, dashes and the like would
    ///   begin a list.
    static func escaped(_ text: some StringProtocol, startsLine: Bool = false) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count + 16)
        var lineStart = startsLine ? LineStart.nothing : .passed
        for scalar in text.unicodeScalars {
            let isMark = marks.contains(scalar) || lineStart.wouldMark(with: scalar)
            if isMark { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(scalar)
            lineStart.take(scalar)
        }
        return result
    }

    /// A link to an address as it is published.
    ///
    /// - Parameter text: Markdown already.
    static func link(_ text: String, to address: String) -> String {
        let isPlain = address.unicodeScalars.allSatisfy(plainInAddress.contains)
        if isPlain, !address.isEmpty { return "[\(text)](\(address))" }
        var escaped = ""
        for scalar in address.unicodeScalars where scalar != "\n" && scalar != "\r" {
            if "<>\\".unicodeScalars.contains(scalar) { escaped += "\\" }
            escaped.unicodeScalars.append(scalar)
        }
        return "[\(text)](<\(escaped)>)"
    }

    private static let plainInAddress = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._~:#?=&%+-@,;!".unicodeScalars
    )
    private static let marks = Set("\\`*_[]<>#&~|$".unicodeScalars)

    /// What of a line has been seen, as far as it could still become the mark of a list or a heading.
    private enum LineStart {
        case nothing, digits, passed

        func wouldMark(with scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .nothing: scalar == "-" || scalar == "+" || scalar == "="
            case .digits: scalar == "." || scalar == ")"
            case .passed: false
            }
        }

        mutating func take(_ scalar: Unicode.Scalar) {
            switch scalar {
            case "\n": self = .nothing
            case "0"..."9" where self != .passed: self = .digits
            case " " where self == .nothing, "\t" where self == .nothing: break
            default: self = .passed
            }
        }
    }
}
