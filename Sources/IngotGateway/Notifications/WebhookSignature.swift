import Crypto
import FoundationEssentials
import IngotCore

/// Signs messages as the Standard Webhooks specification says (<https://www.standardwebhooks.com>), so that receivers
/// can check them with the libraries that are there.
struct WebhookSignature: Sendable {
    private static let prefix = "whsec_"

    private let key: [UInt8]

    /// - Parameter secret: `whsec_` and base64; `nil` for anything else.
    init?(secret: Secret) {
        let text = secret.revealed
        guard text.hasPrefix(Self.prefix), let key = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            !key.isEmpty
        else { return nil }
        self.key = Array(key)
    }

    /// A new secret of 256 random bits.
    static func makeSecret() -> Secret {
        Secret(prefix + Data(randomBytes(32)).base64EncodedString())
    }

    /// The value of `webhook-signature`.
    ///
    /// - Parameter timestamp: of this try, in seconds since 1970.
    func header(id: String, timestamp: Int64, body: [UInt8]) -> String {
        var code = HMAC<SHA256>(key: SymmetricKey(data: key))
        code.update(data: Array("\(id).\(timestamp).".utf8))
        code.update(data: body)
        return "v1,\(Data(code.finalize()).base64EncodedString())"
    }
}
