/// How hosts are named: where addresses are read, and in the settings that speak of single hosts.
public enum HostName {
    /// Whether a text is a plain host name in lower case, which no two programs read in two ways: letters, digits, `-`,
    /// `_`, and dots between them.
    public static func isPlain(_ text: some StringProtocol) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253, !text.hasPrefix("."), !text.hasSuffix(".") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// Reads a host as somebody writes it, in any case, an IPv6 address perhaps in brackets.
    ///
    /// - Returns: the host as budgets and rules know it; `nil` for what is no host alone, such as one with a port.
    public static func read(_ text: some StringProtocol) -> String? {
        let host = text.lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = String(host.dropFirst().dropLast())
            return address.contains(":") && IPAddress(address) != nil ? address : nil
        }
        return isPlain(host) || IPAddress(host) != nil ? host : nil
    }
}
