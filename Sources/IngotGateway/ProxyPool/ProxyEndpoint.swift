import IngotCore

/// A forward proxy as lists name it: an IPv4 address and a port.
struct ProxyEndpoint: Sendable, Hashable {
    /// In the order of its notation, so that endpoints sort as one reads them.
    let address: UInt32
    let port: UInt16

    init(address: UInt32, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Reads `192.0.2.1:8080` and nothing else.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard let found = ProxyList.endpoint(in: bytes[...]), found.description.utf8.elementsEqual(bytes) else {
            return nil
        }
        self = found
    }

    var ipAddress: IPAddress? { IPAddress(bytes: (0..<4).map { UInt8(truncatingIfNeeded: address >> (24 - 8 * $0)) }) }

    var host: String {
        (0..<4).map { String(address >> (24 - 8 * $0) & 0xFF) }.joined(separator: ".")
    }
}

extension ProxyEndpoint: CustomStringConvertible {
    var description: String { "\(host):\(port)" }
}

extension ProxyEndpoint: Comparable {
    static func < (left: ProxyEndpoint, right: ProxyEndpoint) -> Bool {
        (left.address, left.port) < (right.address, right.port)
    }
}
