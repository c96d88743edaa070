import Crypto
import IngotCore

/// The secret that opens one attempt's progress route; only its hash is stored.
struct AttemptToken: Sendable {
    let secret: Secret
    /// Lower-case hexadecimal SHA-256.
    let hash: String

    /// A new token of 256 random bits.
    init() {
        self.init(text: hexadecimal(randomBytes(32)))
    }

    private init(text: String) {
        secret = Secret(text)
        hash = AttemptToken.hash(of: text)
    }

    /// The hash under which a presented token would be stored.
    static func hash(of text: String) -> String {
        hexadecimal(SHA256.hash(data: Array(text.utf8)))
    }
}
