import IngotCore

/// Addresses as the other ends of connections have them.
extension IPAddress {
    /// Reads an address, without a port and its zone; an IPv4 address inside an IPv6 one is that IPv4 address.
    init?(unmapping text: some StringProtocol) {
        // The zone of a link-local address names an interface of this machine and not the other end.
        let text = String(text.prefix { $0 != "%" })
        guard text.utf8.count <= 64, let address = IPAddress(text) else { return nil }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        self.init(bytes: address.bytes.starts(with: mapped) ? address.bytes.suffix(4) : address.bytes[...])
    }

    /// Whether it is this machine.
    var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }

    /// What limits on addresses count by: of IPv6, where one customer has 2^64 addresses, the network.
    var network: [UInt8] { bytes.count == 4 ? bytes : Array(bytes.prefix(8)) }
}
