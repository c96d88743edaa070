/// The cookies that one host has set in a session (RFC 6265, as far as a session with one host needs it).
///
/// A path is not looked at: every cookie goes with every request to the host.
struct SiteCookies: Sendable, Equatable {
    /// More than a portal of this kind sets.
    static let maximumCount = 50
    /// Of a name and its value.
    static let maximumBytes = 4096

    private var values: [(name: String, value: String)] = []

    static func == (left: SiteCookies, right: SiteCookies) -> Bool { left.header == right.header }

    subscript(name: String) -> String? { values.first { $0.name == name }?.value }

    /// For the header `Cookie`; `nil` when there are none.
    var header: String? {
        values.isEmpty ? nil : values.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
    }

    /// Takes a header `Set-Cookie`; what is malformed, too large or one too many is passed over.
    mutating func take(_ header: String) {
        let parts = header.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        guard let pair = parts.first, let equals = pair.firstIndex(of: "=") else { return }
        let name = Self.trimmed(pair[..<equals])
        let value = Self.trimmed(pair[pair.index(after: equals)...])
        let isPlain = (name + value).utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
        guard !name.isEmpty, isPlain, name.utf8.count + value.utf8.count <= Self.maximumBytes else { return }
        let ends = parts.dropFirst().contains { attribute in
            let attribute = attribute.lowercased()
            guard attribute.hasPrefix("max-age=") else {
                // How a server takes a cookie back: with a date long past.
                return attribute.hasPrefix("expires=") && (attribute.contains("1970") || attribute.contains("1999"))
            }
            return Int(attribute.dropFirst("max-age=".count)).map { $0 <= 0 } ?? false
        }
        let place = values.firstIndex { $0.name == name }
        switch (place, ends) {
        case (let place?, true): values.remove(at: place)
        case (let place?, false): values[place].value = value
        case (nil, true): break
        case (nil, false): if values.count < Self.maximumCount { values.append((name, value)) }
        }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
