import Crypto
import IngotCore
import Synchronization

// Signature Version 4, in the order of its specification: the canonical request, the string to sign, the signing key, the
// signature, and the two places where a request carries it.

/// What is signed of a request: `CanonicalRequest`.
package struct CanonicalRequest: Sendable {
    package var method: String
    /// Encoded, exactly as it is sent: S3 neither encodes it again nor normalises it.
    package var path: String
    package var query: [QueryItem]
    /// The headers to sign, `host` among them.
    package var headers: [(name: String, value: String)]
    /// The body's SHA-256 in lower-case hexadecimal, or ``SigV4/unsignedPayload``.
    package var payloadHash: String

    package init(
        method: String,
        path: String,
        query: [QueryItem] = [],
        headers: [(name: String, value: String)],
        payloadHash: String
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.payloadHash = payloadHash
    }

    package var text: String { text(canonicalHeaders) }

    fileprivate func text(_ headers: CanonicalHeaders) -> String {
        "\(method)\n\(path)\n\(canonicalQuery)\n\(headers.lines)\n\(headers.names)\n\(payloadHash)"
    }

    /// Names and values encoded, then sorted by name and by value as bytes; a bare name gets its `=`.
    package var canonicalQuery: String {
        if query.isEmpty { return "" }
        return query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            // Not by the joined text: `Param` comes before `Param-3`, and `-` before `=`.
            .sorted { $0.0 == $1.0 ? $0.1 < $1.1 : $0.0 < $1.0 }
            .map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }

    package var signedHeaders: String { canonicalHeaders.names }

    /// Lower-case names in order; values trimmed, runs of white space folded, repeats joined by commas.
    fileprivate var canonicalHeaders: CanonicalHeaders {
        var canonical = CanonicalHeaders()
        var last: String?
        // The sort keeps the order of repeats.
        for (name, value) in headers.map({ ($0.name.lowercased(), $0.value) }).sorted(by: { $0.0 < $1.0 }) {
            if name == last {
                canonical.lines += ","
            } else {
                if last != nil {
                    canonical.lines += "\n"
                    canonical.names += ";"
                }
                canonical.lines += name
                canonical.lines += ":"
                canonical.names += name
                last = name
            }
            canonical.lines += Self.folded(value)
        }
        if last != nil { canonical.lines += "\n" }
        return canonical
    }

    private static func folded(_ value: String) -> String {
        // Nearly all values are of words with one space between them at most.
        var before = UInt8(ascii: " ")
        for byte in value.utf8 {
            guard byte > 0x20 && byte < 0x7F || byte == 0x20 && before != 0x20 else { return slowlyFolded(value) }
            before = byte
        }
        return before == 0x20 && !value.isEmpty ? slowlyFolded(value) : value
    }

    private static func slowlyFolded(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" || $0.isNewline }.joined(separator: " ")
    }
}

/// The headers of a canonical request.
private struct CanonicalHeaders {
    /// A line each, `name:value`.
    var lines = ""
    /// With semicolons between them.
    var names = ""
}

/// One item of a query, decoded.
///
/// An item without a value has an empty one.
package struct QueryItem: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Signature Version 4 as S3 and R2 use it
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>).
///
/// It works on text and bytes alone: no URL type, which would rewrite paths, and no clock, which the caller reads.
package struct SigV4: Sendable {
    package static let algorithm = "AWS4-HMAC-SHA256"
    /// In place of a body's hash: the body is not signed.
    package static let unsignedPayload = "UNSIGNED-PAYLOAD"
    /// The SHA-256 of no bytes.
    package static let emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    package let accessKeyID: String
    package let region: String
    package let service: String
    private let secretAccessKey: Secret
    private let keys = SigningKeys()

    package init(accessKeyID: String, secretAccessKey: Secret, region: String = "auto", service: String = "s3") {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.region = region
        self.service = service
    }

    // MARK: - The string to sign

    /// The algorithm, the time, the scope and the hash of the canonical request, a line each.
    package func stringToSign(_ canonicalRequest: CanonicalRequest, at time: SigningTime) -> String {
        stringToSign(canonicalRequest.text, at: time)
    }

    private func stringToSign(_ canonicalRequest: String, at time: SigningTime) -> String {
        let hash = hexadecimal(SHA256.hash(data: Array(canonicalRequest.utf8)))
        return "\(Self.algorithm)\n\(time.basic)\n\(scope(at: time))\n\(hash)"
    }

    /// The scope of a signature: `YYYYMMDD/region/service/aws4_request`.
    package func scope(at time: SigningTime) -> String { "\(time.date)/\(region)/\(service)/aws4_request" }

    // MARK: - The signing key

    /// `HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")`.
    private func signingKey(date: String) -> SymmetricKey {
        [date, region, service, "aws4_request"].reduce(
            SymmetricKey(data: Array("AWS4\(secretAccessKey.revealed)".utf8))
        ) { key, part in
            SymmetricKey(data: Array(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)))
        }
    }

    // MARK: - The signature

    /// The signature in lower-case hexadecimal.
    package func signature(_ stringToSign: String, at time: SigningTime) -> String {
        let key = keys.key(date: time.date, make: signingKey)
        return hexadecimal(HMAC<SHA256>.authenticationCode(for: Array(stringToSign.utf8), using: key))
    }

    /// True when the signature is right; takes the same time for each that has the form of one.
    package func isValid(_ signature: String, of stringToSign: String, at time: SigningTime) -> Bool {
        guard let code = bytes(ofHexadecimal: signature) else { return false }
        let key = keys.key(date: time.date, make: signingKey)
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Array(stringToSign.utf8), using: key)
    }

    // MARK: - The two places of a signature

    /// The value of the `Authorization` header.
    ///
    /// All headers of the request are signed, so it names those only that nothing on the way alters; `x-amz-date` is
    /// one of them.
    package func authorization(for canonicalRequest: CanonicalRequest, at time: SigningTime) -> String {
        let headers = canonicalRequest.canonicalHeaders
        let signature = signature(stringToSign(canonicalRequest.text(headers), at: time), at: time)
        return "\(Self.algorithm) Credential=\(accessKeyID)/\(scope(at: time)), "
            + "SignedHeaders=\(headers.names), Signature=\(signature)"
    }

    /// The query of a presigned URL, which carries its signature and works without headers.
    ///
    /// - Parameter lifetime: one second to seven days, in whole seconds.
    package func presignedQuery(
        for canonicalRequest: CanonicalRequest,
        at time: SigningTime,
        lifetime: Duration,
        sessionToken: String? = nil
    ) -> String {
        var canonicalRequest = canonicalRequest
        canonicalRequest.query += [
            QueryItem("X-Amz-Algorithm", Self.algorithm),
            QueryItem("X-Amz-Credential", "\(accessKeyID)/\(scope(at: time))"),
            QueryItem("X-Amz-Date", time.basic),
            QueryItem("X-Amz-Expires", String(lifetime.components.seconds)),
            QueryItem("X-Amz-SignedHeaders", canonicalRequest.signedHeaders),
        ]
        if let sessionToken { canonicalRequest.query.append(QueryItem("X-Amz-Security-Token", sessionToken)) }
        let signature = signature(stringToSign(canonicalRequest, at: time), at: time)
        return "\(canonicalRequest.canonicalQuery)&X-Amz-Signature=\(signature)"
    }
}

/// Keeps the last signing key, which is the same for all requests of a day.
private final class SigningKeys: Sendable {
    private let last = Mutex<(date: String, key: SymmetricKey)?>(nil)

    func key(date: String, make: (_ date: String) -> SymmetricKey) -> SymmetricKey {
        last.withLock { last in
            if let last, last.date == date { return last.key }
            let key = make(date)
            last = (date, key)
            return key
        }
    }
}
