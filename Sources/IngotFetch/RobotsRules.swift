import IngotCore

/// What a site's `robots.txt` says to Ingot (RFC 9309).
struct RobotsRules: Sendable, Equatable {
    /// One line that allows or forbids.
    struct Rule: Sendable, Equatable {
        var isAllowed: Bool
        /// What the line's value covers.
        var pattern: RobotsPattern
        /// Counts from 1.
        var line: Int
        /// The line as it stands in the file, without its comment.
        var text: String
    }

    /// The name that files call Ingot by.
    static let productToken = "ingot"
    /// The most bytes that are read; RFC 9309 asks for this much at least.
    static let maximumBytes = 500 << 10
    /// The longest wait between two requests that a file can ask for.
    static let longestCrawlDelay: Duration = .seconds(600)

    private(set) var rules: [Rule] = []
    /// The time that the site wishes to be left between two requests; more than a day counts as a day.
    private(set) var wishedDelay: Duration?
    /// The time to leave between two requests.
    var crawlDelay: Duration? { wishedDelay.map { min($0, Self.longestCrawlDelay) } }

    /// Says that everything may be fetched.
    init() {}

    /// Takes the rules of the groups for Ingot or, where no group names it, of those for everybody.
    init(_ text: String) {
        var text = text[...]
        if text.first == "\u{FEFF}" { text = text.dropFirst() }
        var own = RobotsRules()
        var everybodys = RobotsRules()
        var isNamed = false
        var group = Group()
        // A carriage return with a line feed is one character of its own.
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard let (field, value) = Self.field(of: line) else { continue }
            switch field {
            case "user-agent":
                group.name(value)
                isNamed = isNamed || group.isOwn
            case "allow", "disallow":
                group.hasRules = true
                // An empty value covers nothing.
                guard !value.isEmpty else { continue }
                let rule = Rule(
                    isAllowed: field == "allow",
                    pattern: RobotsPattern(value),
                    line: index + 1,
                    text: String(line.prefix { $0 != "#" }).trimmingSpaces
                )
                if group.isOwn { own.rules.append(rule) }
                if group.isEverybodys { everybodys.rules.append(rule) }
            case "crawl-delay":
                group.hasRules = true
                guard let seconds = Double(value), seconds > 0 else { continue }
                let delay = Duration.seconds(min(seconds, 86_400))
                if group.isOwn { own.wishedDelay = max(own.wishedDelay ?? .zero, delay) }
                if group.isEverybodys { everybodys.wishedDelay = max(everybodys.wishedDelay ?? .zero, delay) }
            default:
                // Such as Sitemap, which belongs to no group.
                continue
            }
        }
        self = isNamed ? own : everybodys
    }

    /// The rule by which a path may not be fetched; `nil` when it may.
    ///
    /// The longest pattern decides; of two that are equally long, the one that allows.
    ///
    /// - Parameter path: with the query, as it is requested.
    func prohibition(of path: String) -> Rule? {
        // Or nobody could ask again.
        guard path != "/robots.txt" else { return nil }
        let path = RobotsPattern.normalized(path: path)
        var decisive: Rule?
        for rule in rules where rule.pattern.matches(normalized: path) {
            guard let best = decisive else {
                decisive = rule
                continue
            }
            let isLonger = rule.pattern.length > best.pattern.length
            if isLonger || rule.pattern.length == best.pattern.length && rule.isAllowed && !best.isAllowed {
                decisive = rule
            }
        }
        return decisive?.isAllowed == false ? decisive : nil
    }

    /// The lines since the last that named somebody.
    private struct Group {
        var isOwn = false
        var isEverybodys = false
        /// Whether the next name begins another group.
        var hasRules = false

        mutating func name(_ value: String) {
            if hasRules { self = Group() }
            // What follows the name, such as a version, does not count.
            let token = value.prefix { $0.isASCII && ($0.isLetter || $0 == "-" || $0 == "_") }
            if token.lowercased() == RobotsRules.productToken { isOwn = true }
            if value.hasPrefix("*") { isEverybodys = true }
        }
    }

    private static func field(of line: Substring) -> (name: String, value: String)? {
        let line = line.prefix { $0 != "#" }
        guard let colon = line.firstIndex(of: ":") else { return nil }
        return (
            String(line[..<colon]).trimmingSpaces.lowercased(),
            String(line[line.index(after: colon)...]).trimmingSpaces
        )
    }
}

extension String {
    /// Without white space at both ends.
    fileprivate var trimmingSpaces: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
