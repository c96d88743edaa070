/// A list of proxies as its publisher serves it: text, at most one proxy a line.
///
/// A line's proxy is the first `d.d.d.d:port` in it, whatever stands before and after: lists come plain, with a scheme
/// before the address, and with notes behind it. Blank lines, comments (`#`), warnings and headings (which hold `IP`)
/// are passed over, and so is a line whose address or port is out of range.
struct ProxyList: Sendable, Equatable {
    /// The most lines that are read.
    static let maximumLines = 10_000
    /// The largest list, in bytes.
    static let maximumBytes = 4 << 20

    /// Each once, in the order of the list.
    let endpoints: [ProxyEndpoint]

    init(parsing bytes: [UInt8]) {
        var seen = Set<ProxyEndpoint>()
        var endpoints: [ProxyEndpoint] = []
        let lines = bytes.prefix(Self.maximumBytes)
            .split(separator: UInt8(ascii: "\n"), maxSplits: Self.maximumLines, omittingEmptySubsequences: false)
        for line in lines.prefix(Self.maximumLines) {
            guard let endpoint = Self.endpoint(ofLine: line), seen.insert(endpoint).inserted else { continue }
            endpoints.append(endpoint)
        }
        self.endpoints = endpoints
    }

    private static func endpoint(ofLine line: ArraySlice<UInt8>) -> ProxyEndpoint? {
        let line = line.drop { $0 == 0x20 || $0 == 0x09 }
        guard line.first != UInt8(ascii: "#"), !line.starts(with: "Warning".utf8), !holdsIP(line) else { return nil }
        return endpoint(in: line)
    }

    private static func holdsIP(_ line: ArraySlice<UInt8>) -> Bool {
        zip(line, line.dropFirst()).contains { $0 == UInt8(ascii: "I") && $1 == UInt8(ascii: "P") }
    }

    /// The first `d.d.d.d:port` of a text; `nil` when there is none, or it is out of range.
    static func endpoint(in text: ArraySlice<UInt8>) -> ProxyEndpoint? {
        var start = text.startIndex
        while start < text.endIndex {
            // A number is read from its first digit: `1999.1.1.1:80` does not hold 99.1.1.1:80.
            guard isDigit(text[start]) else {
                start += 1
                continue
            }
            var end = start
            while end < text.endIndex, isDigit(text[end]) || text[end] == UInt8(ascii: ".") { end += 1 }
            let fields = text[start..<end].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            if fields.count == 4, fields.allSatisfy({ !$0.isEmpty }), end < text.endIndex,
                text[end] == UInt8(ascii: ":")
            {
                let digits = text[(end + 1)...].prefix(while: isDigit)
                if !digits.isEmpty { return endpoint(octets: fields, port: digits) }
            }
            start = end
        }
        return nil
    }

    private static func endpoint(octets: [ArraySlice<UInt8>], port: ArraySlice<UInt8>) -> ProxyEndpoint? {
        var address: UInt32 = 0
        for octet in octets {
            // Some programs read a leading zero as octal, so nobody knows what it means.
            guard octet.count == 1 || octet.first != UInt8(ascii: "0"), let value = number(octet), value <= 255 else {
                return nil
            }
            address = address << 8 | UInt32(value)
        }
        guard let port = number(port), (1...65_535).contains(port) else { return nil }
        return ProxyEndpoint(address: address, port: UInt16(port))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.count <= 5 ? digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } : nil
    }
}
