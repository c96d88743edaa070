/// What a proxy has to bring back to count as valid.
struct ProxyCheck: Sendable, Equatable {
    /// Asked as it is.
    var url: String
    var expectation: Expectation

    /// What the body of the answer must be; its status must be 200.
    enum Expectation: Sendable, Equatable {
        case holding(String)
        case equal([UInt8])

        func isMet(by body: [UInt8]) -> Bool {
            switch self {
            case .holding(let text): body.holds(Array(text.utf8))
            case .equal(let bytes): body == bytes
            }
        }
    }

    /// How a check ended.
    enum Outcome: String, Sendable, CaseIterable {
        case passed
        /// No connection, none through it, or one that broke off.
        case unreachable
        case timeout
        case wrongStatus = "wrong_status"
        /// Another page: somebody's own, or a captive portal's.
        case wrongBody = "wrong_body"
    }

    /// The largest body that is looked at, in bytes.
    static let maximumBody = 256 << 10
}

extension [UInt8] {
    fileprivate func holds(_ part: [UInt8]) -> Bool {
        guard let first = part.first, count >= part.count else { return part.isEmpty }
        return (0...(count - part.count)).contains { start in
            self[start] == first && self[start..<(start + part.count)].elementsEqual(part)
        }
    }
}
