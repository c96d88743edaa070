/// Which distributed trace something is part of, as W3C Trace Context says it
/// (<https://www.w3.org/TR/trace-context/>): the headers `traceparent` and `tracestate`.
public struct TraceContext: Sendable, Equatable {
    /// 32 lower-case hexadecimal digits, not all 0.
    public var traceID: String
    /// 16 lower-case hexadecimal digits, not all 0: the span that what follows belongs to.
    public var spanID: String
    /// Whether whoever began the trace may have recorded it.
    public var isSampled: Bool
    /// What tracing systems keep of their own: the value of `tracestate`.
    public var state: String?

    /// A trace of its own, with ids that nobody can foresee.
    public init() {
        traceID = Self.randomDigits(words: 2)
        spanID = Self.randomDigits(words: 1)
        isSampled = true
    }

    /// Reads the headers of a request.
    ///
    /// - Parameters:
    ///   - parents: the values of all headers `traceparent`.
    ///   - states: the values of all headers `tracestate`.
    /// - Returns: `nil` when there is not exactly one parent that can be read. A state that is not as it should be is
    ///   left out.
    public init?(parents: [String], states: [String] = []) {
        guard parents.count == 1, let parent = parents.first else { return nil }
        let bytes = Array(parent.utf8)
        guard bytes.count >= Self.length, let version = Self.digits(bytes[0..<2]), version != "ff",
            [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            // A later version may have more members, and nothing else.
            bytes.count == Self.length || version != "00" && bytes[Self.length] == UInt8(ascii: "-"),
            let trace = Self.digits(bytes[3..<35]), trace.contains(where: { $0 != "0" }),
            let span = Self.digits(bytes[36..<52]), span.contains(where: { $0 != "0" }),
            let flags = Self.digits(bytes[53..<55]).flatMap({ UInt8($0, radix: 16) })
        else { return nil }
        traceID = trace
        spanID = span
        isSampled = flags & 1 == 1
        state = Self.state(states)
    }

    /// The value of `traceparent`.
    public var parent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// The same trace, with a new span.
    public func newSpan() -> TraceContext {
        var context = self
        context.spanID = Self.randomDigits(words: 1)
        return context
    }

    /// The headers of a request that is part of this span.
    public var headers: [(name: String, value: String)] {
        [("traceparent", parent)] + (state.map { [("tracestate", $0)] } ?? [])
    }

    // MARK: - Details

    /// Of a `traceparent` of version 00.
    private static let length = 55

    private static func digits(_ bytes: ArraySlice<UInt8>) -> String? {
        let isHexadecimal = bytes.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        return isHexadecimal ? String(decoding: bytes, as: UTF8.self) : nil
    }

    private static func randomDigits(words: Int) -> String {
        (0..<words).map { _ in
            let digits = String(UInt64.random(in: 1...UInt64.max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Members of `tracestate`, and what of it is handed on at most, in bytes.
    private static let maximumMembers = 32
    private static let maximumStateBytes = 512
    /// A member that is larger goes first when not all can be handed on.
    private static let largeMemberBytes = 128

    /// - Returns: the members of all headers in order; `nil` when there are none, or they are not as they should be.
    private static func state(_ headers: [String]) -> String? {
        var members: [String] = []
        var keys: Set<Substring> = []
        for member in headers.flatMap({ $0.split(separator: ",") }) {
            let member = member.trimming { $0 == " " || $0 == "\t" }
            if member.isEmpty { continue }
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, isKey(parts[0]), isValue(parts[1]), keys.insert(parts[0]).inserted else {
                return nil
            }
            members.append(String(member))
        }
        guard !members.isEmpty, members.count <= maximumMembers else { return nil }
        func size() -> Int { members.reduce(members.count - 1) { $0 + $1.utf8.count } }
        while size() > maximumStateBytes, let large = members.lastIndex(where: { $0.utf8.count > largeMemberBytes }) {
            members.remove(at: large)
        }
        while size() > maximumStateBytes { members.removeLast() }
        return members.isEmpty ? nil : members.joined(separator: ",")
    }

    /// `vendor`, or `tenant@vendor`.
    private static func isKey(_ key: Substring) -> Bool {
        let parts = key.split(separator: "@", omittingEmptySubsequences: false)
        func isName(_ name: Substring, beginsWithDigit: Bool, limit: Int) -> Bool {
            guard let first = name.utf8.first, name.utf8.count <= limit else { return false }
            return (isLetter(first) || beginsWithDigit && isDigit(first))
                && name.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-*/".utf8.contains($0) }
        }
        switch parts.count {
        case 1: return isName(parts[0], beginsWithDigit: false, limit: 256)
        case 2:
            return isName(parts[0], beginsWithDigit: true, limit: 241)
                && isName(parts[1], beginsWithDigit: false, limit: 14)
        default: return false
        }
    }

    private static func isValue(_ value: Substring) -> Bool {
        (1...256).contains(value.utf8.count) && value.utf8.last != UInt8(ascii: " ")
            && value.utf8.allSatisfy {
                (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=")
            }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension Substring {
    /// Without the characters at both ends that are so.
    fileprivate func trimming(_ isOutside: (Character) -> Bool) -> Substring {
        var rest = drop(while: isOutside)
        while let last = rest.last, isOutside(last) { rest.removeLast() }
        return rest
    }
}
