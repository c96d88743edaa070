import FoundationEssentials
import IngotCore

/// Takes secrets out of text, in every form in which a runner would write them.
///
/// A secret is found as it is, percent-encoded, escaped as in JSON, and within base64 whatever stands before it, as in
/// `Authorization: Basic`.
struct Redaction: Sendable {
    /// What stands where a secret was.
    static let placeholder = "<redacted>"
    /// Shorter values would blot out innocent text; no credential is that short.
    static let minimumLength = 6
    /// Finds nothing.
    static let none = Redaction(secrets: [])

    private let patterns: [[UInt8]]
    /// The length of the longest form of any secret.
    let longest: Int
    /// The length of the shortest form; the search looks at windows of this size (Wu and Manber, "A fast algorithm for
    /// multi-pattern searching", 1994).
    private let window: Int
    /// By two bytes at a window's end: how far the window may move.
    private let shifts: [UInt8]
    /// By the two bytes at the end of a pattern's first window: the patterns, the longest first.
    private let candidates: [UInt16: [Int]]

    init(secrets: some Sequence<Secret>) {
        var forms: Set<[UInt8]> = []
        for secret in secrets {
            // Text comes line by line, so a secret of several lines is one of several secrets.
            for line in secret.revealed.split(whereSeparator: \.isNewline) where line.utf8.count >= Self.minimumLength {
                forms.formUnion(Self.forms(of: String(line)))
            }
        }
        patterns = forms.filter { $0.count >= Self.minimumLength }.sorted { $0.count > $1.count }
        longest = patterns.first?.count ?? 0
        let window = patterns.last?.count ?? 0
        self.window = window
        guard window > 1 else {
            (shifts, candidates) = ([], [:])
            return
        }
        var shifts = [UInt8](repeating: UInt8(min(window - 1, 255)), count: 1 << 16)
        var candidates: [UInt16: [Int]] = [:]
        for (index, pattern) in patterns.enumerated() {
            for end in 1..<window {
                let block = Self.block(pattern[end - 1], pattern[end])
                shifts[Int(block)] = min(shifts[Int(block)], UInt8(min(window - 1 - end, 255)))
                if end == window - 1 { candidates[block, default: []].append(index) }
            }
        }
        self.shifts = shifts
        self.candidates = candidates
    }

    /// Whether there is anything to look for.
    var isEmpty: Bool { patterns.isEmpty }

    // MARK: - Text

    /// The text without the secrets.
    func redact(_ text: String) -> String {
        guard !isEmpty, text.utf8.count >= window else { return text }
        let bytes = Array(text.utf8)
        let places = places(in: bytes)
        if places.isEmpty { return text }
        var output: [UInt8] = []
        var position = 0
        for place in places {
            output += bytes[position..<place.lowerBound]
            output += Self.placeholder.utf8
            position = place.upperBound
        }
        return String(decoding: output + bytes[position...], as: UTF8.self)
    }

    /// The value without the secrets, in its strings and in the names of its members.
    func redact(_ value: JSONValue) -> JSONValue {
        if isEmpty { return value }
        switch value {
        case .null, .bool, .integer, .number: return value
        case .string(let text): return .string(redact(text))
        case .array(let values): return .array(values.map(redact))
        case .object(let members):
            let pairs = members.map { (redact($0), redact($1)) }
            return .object(Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
        }
    }

    /// The failure without the secrets.
    func redact(_ failure: JobFailure) -> JobFailure {
        if isEmpty { return failure }
        var failure = failure
        failure.code = redact(failure.code)
        failure.message = redact(failure.message)
        failure.unit = failure.unit.map(redact)
        if let file = failure.place?.file { failure.place?.file = redact(file) }
        failure.advice = failure.advice.map(redact)
        failure.details = failure.details?.map(redact)
        failure.logTail = failure.logTail?.map(redact)
        return failure
    }

    /// The event without the secrets.
    func redact(_ event: RunnerEvent) -> RunnerEvent {
        if isEmpty { return event }
        var event = event
        event.message = event.message.map(redact)
        event.unit = event.unit.map(redact)
        event.counts = event.counts.map { counts in
            Dictionary(counts.map { (redact($0), $1) }, uniquingKeysWith: { first, _ in first })
        }
        event.result = event.result.map(redact)
        event.error = event.error.map(redact)
        return event
    }

    // MARK: - Bytes

    /// Where secrets are, in order; places that overlap are one.
    func places(in bytes: [UInt8]) -> [Range<Int>] {
        guard window > 1, bytes.count >= window else { return [] }
        var places: [Range<Int>] = []
        bytes.withUnsafeBufferPointer { bytes in
            shifts.withUnsafeBufferPointer { shifts in
                var end = window - 1
                while end < bytes.count {
                    let block = Self.block(bytes[end - 1], bytes[end])
                    let shift = Int(shifts[Int(block)])
                    guard shift == 0 else {
                        end += shift
                        continue
                    }
                    let start = end - window + 1
                    if let length = longestMatch(at: start, in: bytes, block) {
                        if let last = places.last, start < last.upperBound {
                            places[places.count - 1] = last.lowerBound..<max(last.upperBound, start + length)
                        } else {
                            places.append(start..<(start + length))
                        }
                    }
                    end += 1
                }
            }
        }
        return places
    }

    private func longestMatch(at start: Int, in bytes: UnsafeBufferPointer<UInt8>, _ block: UInt16) -> Int? {
        for index in candidates[block] ?? [] {
            let pattern = patterns[index]
            guard start + pattern.count <= bytes.count, pattern[0] == bytes[start] else { continue }
            if bytes[start..<(start + pattern.count)].elementsEqual(pattern) { return pattern.count }
        }
        return nil
    }

    /// How many of the last bytes may be the start of a secret that goes on.
    func openSuffix(of bytes: [UInt8]) -> Int {
        guard longest > 1, !bytes.isEmpty else { return 0 }
        for count in stride(from: min(longest - 1, bytes.count), to: 0, by: -1) {
            let start = bytes.count - count
            for pattern in patterns {
                // The longest come first.
                guard pattern.count > count else { break }
                if pattern[0] == bytes[start], pattern[..<count].elementsEqual(bytes[start...]) { return count }
            }
        }
        return 0
    }

    private static func block(_ first: UInt8, _ second: UInt8) -> UInt16 { UInt16(first) << 8 | UInt16(second) }

    // MARK: - Forms

    private static func forms(of secret: String) -> [[UInt8]] {
        var writer = JSONWriter()
        writer.string(secret)
        let escaped = String(decoding: writer.bytes.dropFirst().dropLast(), as: UTF8.self)
        let encoded = PercentEncoding.encode(secret)
        var forms = [
            secret, escaped, escaped.replacing("/", with: "\\/"), encoded, lowerCaseEscapes(encoded),
            PercentEncoding.encodePath(secret), encoded.replacing("%20", with: "+"),
        ].map { Array($0.utf8) }
        for before in 0..<3 {
            let core = base64Core(of: Array(secret.utf8), after: before)
            forms.append(core)
            forms.append(
                core.map { byte in
                    switch byte {
                    case UInt8(ascii: "+"): UInt8(ascii: "-")
                    case UInt8(ascii: "/"): UInt8(ascii: "_")
                    default: byte
                    }
                }
            )
        }
        return forms
    }

    /// The digits of base64 that are the same whatever stands around the bytes, with `before` bytes before them.
    private static func base64Core(of bytes: [UInt8], after before: Int) -> [UInt8] {
        let text = Data([UInt8](repeating: 0, count: before) + bytes).base64EncodedString()
        let first = (8 * before + 5) / 6
        return Array(Array(text.utf8)[first..<(8 * (before + bytes.count) / 6)])
    }

    private static func lowerCaseEscapes(_ encoded: String) -> String {
        var escape = 0
        return String(
            encoded.map { character in
                if character == "%" {
                    escape = 2
                    return character
                }
                defer { escape = max(0, escape - 1) }
                return escape > 0 ? Character(character.lowercased()) : character
            }
        )
    }
}
