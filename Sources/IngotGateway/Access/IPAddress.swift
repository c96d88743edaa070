import Glibc

/// An address of a machine, in either version of the protocol.
struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// Four bytes or sixteen.
    let bytes: [UInt8]

    /// Reads an address, without a port; an IPv4 address inside an IPv6 one is that IPv4 address.
    init?(_ text: some StringProtocol) {
        // The zone of a link-local address names an interface of this machine and not the other end.
        let text = String(text.prefix { $0 != "%" })
        guard text.utf8.count <= 64 else { return nil }
        var all = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &all) == 1 {
            bytes = Array(all.prefix(4))
            return
        }
        guard inet_pton(AF_INET6, text, &all) == 1 else { return nil }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        bytes = all.starts(with: mapped) ? Array(all.suffix(4)) : all
    }

    /// Whether it is this machine.
    var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }

    /// What limits on addresses count by: of IPv6, where one customer has 2^64 addresses, the network.
    var network: [UInt8] { bytes.count == 4 ? bytes : Array(bytes.prefix(8)) }

    var description: String {
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
