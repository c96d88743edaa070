import Crypto

/// SHA-256 of a node's record, kept small because a whole unit's hashes are in memory at once.
struct ContentHash: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    init(of bytes: [UInt8]) {
        self.init(SHA256.hash(data: bytes))
    }

    init(_ digest: SHA256.Digest) {
        var digest = Array(digest)[...]
        func word() -> UInt64 {
            defer { digest = digest.dropFirst(8) }
            return digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(), word(), word(), word())
    }

    /// Reads the hexadecimal form; `nil` for anything else.
    init?(hexadecimal text: String) {
        guard text.utf8.count == 64 else { return nil }
        var values: [UInt64] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            guard let value = UInt64(rest.prefix(16), radix: 16) else { return nil }
            values.append(value)
            rest = rest.dropFirst(16)
        }
        words = (values[0], values[1], values[2], values[3])
    }

    /// Lower-case, 64 digits.
    var hexadecimal: String {
        [words.0, words.1, words.2, words.3]
            .map { word in
                let digits = String(word, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }
            .joined()
    }

    static func == (left: ContentHash, right: ContentHash) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// SHA-256 of bytes that come in pieces.
struct RunningHash {
    private var hash = SHA256()

    mutating func update(_ bytes: [UInt8]) { hash.update(data: bytes) }

    /// Lower-case, 64 digits.
    var hexadecimal: String { ContentHash(hash.finalize()).hexadecimal }
}
