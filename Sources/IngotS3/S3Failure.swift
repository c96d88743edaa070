import AsyncHTTPClient
import IngotCore
import NIOHTTP1

/// Why a request failed, and whether it may be made again.
struct S3Failure: Error {
    var error: ObjectStoreError
    var isRetryable: Bool
    /// What a `retry-after` header asked for.
    var retryAfter: Duration?
    /// The clock that signed is off; the server's own is this.
    var serverTime: Timestamp?
    /// What the server would have signed.
    var echo: SigningEcho?
}

/// What a server made of a request whose signature it did not take.
struct SigningEcho: Sendable, Equatable {
    var stringToSign: String
    var canonicalRequest: String
}

extension S3Failure {
    /// The codes of a clock that is off.
    private static let clockCodes: Set<String> = ["RequestTimeTooSkewed", "RequestExpired", "ExpiredRequest"]
    /// How far a clock is off before a refusal without a code, the answer to `HEAD`, is taken for its doing.
    private static let suspiciousOffset: Int64 = 5 * 60 * 1000

    /// Reads an answer that is no success.
    ///
    /// - Parameters:
    ///   - body: the beginning of the answer's body; empty for `HEAD`.
    ///   - now: the time with which the request was signed.
    init(status: Int, headers: HTTPHeaders, body: [UInt8], key: String?, now: Timestamp) {
        // Proxies answer with other things than XML.
        let document = S3ErrorDocument(body) ?? S3ErrorDocument()
        let code = document.code
        let meaning = S3ErrorMeaning.of(status: status, code: code)
        error = ObjectStoreError(
            kind: meaning.kind,
            code: code,
            key: key,
            message: "the store answered \(status)" + (document.message.map { ": \($0)" } ?? "") + "; \(meaning.advice)"
        )
        isRetryable = meaning.isRetryable
        echo = document.echo
        let date = headers.first(name: "date").flatMap(HTTPDate.parse)
        retryAfter = headers.first(name: "retry-after").flatMap { S3Failure.wait($0, now: date ?? now) }
        let isClockSuspicious =
            code.map(S3Failure.clockCodes.contains)
            ?? ([401, 403].contains(status) && date.map { now.distance(to: $0) > S3Failure.suspiciousOffset } ?? false)
        serverTime = isClockSuspicious ? date : nil
    }

    /// A connection that broke, or an answer that is not what it says it is.
    static func broken(_ kind: ObjectStoreError.Kind, _ message: String, key: String?) -> S3Failure {
        S3Failure(error: ObjectStoreError(kind: kind, key: key, message: message), isRetryable: true)
    }

    /// Reads a `retry-after` header: whole seconds, or an HTTP date (RFC 9110, section 10.2.3).
    static func wait(_ header: String, now: Timestamp) -> Duration? {
        if let seconds = Int(header) { return seconds >= 0 ? .seconds(seconds) : nil }
        return HTTPDate.parse(header).map {
            .milliseconds(max(0, $0.millisecondsSinceEpoch - now.millisecondsSinceEpoch))
        }
    }

    /// The error of a request that is given up.
    func givenUp(after attempts: Int, because reason: String) -> ObjectStoreError {
        ObjectStoreError(
            kind: error.kind,
            code: error.code,
            key: error.key,
            message: "\(error.message); given up after \(attempts) \(attempts == 1 ? "try" : "tries")\(reason)"
        )
    }
}

/// The XML document that says what went wrong.
struct S3ErrorDocument {
    var code: String?
    var message: String?
    var echo: SigningEcho?

    init() {}

    /// - Parameter body: the document or its beginning.
    /// - Returns: `nil` when the bytes are no such document.
    init?(_ body: [UInt8]) {
        var isError = false
        var (stringToSign, canonicalRequest) = (String?.none, String?.none)
        var (code, message) = (String?.none, String?.none)
        try? FlatXML.read(body) { path, text in
            // Not only at the end of the root, which a document that is cut off does not have.
            isError = isError || path.first == "Error"
            switch path {
            case ["Error", "Code"]: code = text
            case ["Error", "Message"]: message = text
            case ["Error", "StringToSign"]: stringToSign = text
            case ["Error", "CanonicalRequest"]: canonicalRequest = text
            default: break
            }
        }
        guard isError else { return nil }
        self.code = code
        self.message = message
        if let stringToSign, let canonicalRequest {
            echo = SigningEcho(stringToSign: stringToSign, canonicalRequest: canonicalRequest)
        }
    }
}

extension Timestamp {
    /// Milliseconds between two times, whichever is first.
    fileprivate func distance(to other: Timestamp) -> Int64 {
        abs(other.millisecondsSinceEpoch - millisecondsSinceEpoch)
    }
}
