import IngotCore
import IngotS3

/// Checks the signature of a request in the order in which R2 does, so that each mistake gets R2's own answer.
struct R2Authentication: Sendable {
    /// What the signature says of the body.
    enum Payload: Equatable {
        /// Lower-case hexadecimal SHA-256.
        case sha256(String)
        case unsigned
    }

    /// A request as far as its signature goes.
    struct Request {
        var method: String
        var target: R2Target
        /// In order, with lower-case names; `host` is one of them.
        var headers: [(name: String, value: String)]

        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    private static let largestSkew: Int64 = 15 * 60 * 1000
    /// `auto`, and its two aliases.
    private static let regions = ["auto", "us-east-1", ""]

    private let accessKeyID: String
    private let signatures: [String: SigV4]

    init(accessKeyID: String, secretAccessKey: Secret) {
        self.accessKeyID = accessKeyID
        signatures = Dictionary(
            uniqueKeysWithValues: Self.regions.map {
                ($0, SigV4(accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, region: $0))
            }
        )
    }

    /// - Throws: ``R2Failure``.
    func check(_ request: Request, now: Timestamp) throws -> Payload {
        if request.target.value("X-Amz-Algorithm") != nil || request.target.value("X-Amz-Signature") != nil {
            return try checkPresigned(request, now: now)
        }
        guard let authorization = request.header("authorization") else {
            throw R2Failure.invalidArgument("Authorization")
        }
        guard let payloadHash = request.header("x-amz-content-sha256") else {
            throw R2Failure.invalidRequest("Missing x-amz-content-sha256")
        }
        let payload = try payload(payloadHash)
        guard let date = request.header("x-amz-date") ?? request.header("date"), let time = SigningTime(basic: date)
        else { throw R2Failure.invalidArgument("Date provided in 'x-amz-date' header didn't parse successfully") }
        try checkSkew(time, now: now)
        let fields = try fields(of: authorization)
        try check(
            request,
            claim: Claim(
                credential: fields.credential,
                signedHeaders: fields.signedHeaders,
                signature: fields.signature,
                time: time,
                payloadHash: payloadHash,
                query: request.target.query
            )
        )
        return payload
    }

    // MARK: - Parts

    /// What a request says of its signature, wherever it says so.
    private struct Claim {
        var credential: String
        var signedHeaders: String
        var signature: String
        var time: SigningTime
        var payloadHash: String
        var query: [QueryItem]
    }

    private func payload(_ hash: String) throws -> Payload {
        if hash == SigV4.unsignedPayload { return .unsigned }
        if hash.hasPrefix("STREAMING-") { throw R2Failure.notImplemented(hash) }
        let isHash =
            hash.utf8.count == 64
            && hash.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard isHash else {
            throw R2Failure.invalidArgument("x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.")
        }
        return .sha256(hash)
    }

    private func checkSkew(_ time: SigningTime, now: Timestamp) throws {
        let skew = time.timestamp.millisecondsSinceEpoch - now.millisecondsSinceEpoch
        guard abs(skew) <= Self.largestSkew else {
            throw R2Failure(
                status: 403,
                code: "RequestTimeTooSkewed",
                message: "The difference between the request time and the server's time is too large."
            )
        }
    }

    private func fields(
        of authorization: String
    ) throws -> (credential: String, signedHeaders: String, signature: String) {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0] == SigV4.algorithm else {
            throw R2Failure.invalidRequest("Please use AWS4-HMAC-SHA256")
        }
        var values: [Substring: String] = [:]
        for field in parts[1].split(separator: ",") {
            let sides = field.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if sides.count == 2 { values[sides[0]] = String(sides[1]) }
        }
        guard let credential = values["Credential"], let signedHeaders = values["SignedHeaders"],
            let signature = values["Signature"]
        else { throw R2Failure.invalidArgument("Authorization header is incomplete") }
        return (credential, signedHeaders, signature)
    }

    private func checkPresigned(_ request: Request, now: Timestamp) throws -> Payload {
        let target = request.target
        guard target.value("X-Amz-Algorithm") == SigV4.algorithm else {
            throw R2Failure.invalidRequest("Please use AWS4-HMAC-SHA256")
        }
        guard let credential = target.value("X-Amz-Credential"), let date = target.value("X-Amz-Date"),
            let lifetime = target.value("X-Amz-Expires"), let signedHeaders = target.value("X-Amz-SignedHeaders"),
            let signature = target.value("X-Amz-Signature"), let time = SigningTime(basic: date)
        else { throw R2Failure.invalidArgument("Query authentication is incomplete") }
        guard let seconds = Int64(lifetime), (1...604_800).contains(seconds) else {
            throw R2Failure.invalidArgument("X-Amz-Expires must be between 1 and 604800 seconds")
        }
        let age = now.millisecondsSinceEpoch - time.timestamp.millisecondsSinceEpoch
        if age < -Self.largestSkew { try checkSkew(time, now: now) }
        guard age <= seconds * 1000 else {
            throw R2Failure(status: 403, code: "ExpiredRequest", message: "Request has expired")
        }
        try check(
            request,
            claim: Claim(
                credential: credential,
                signedHeaders: signedHeaders,
                signature: signature,
                time: time,
                payloadHash: SigV4.unsignedPayload,
                query: target.query.filter { $0.name != "X-Amz-Signature" }
            )
        )
        return .unsigned
    }

    private func check(_ request: Request, claim: Claim) throws {
        let parts = claim.credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[3] == "s3", parts[4] == "aws4_request", let signatures = signatures[parts[2]]
        else { throw R2Failure.invalidArgument("Credential scope is wrong") }
        guard parts[1] == claim.time.date else {
            throw R2Failure.invalidArgument("Credential date does not match the date of the request")
        }
        guard parts[0] == accessKeyID else { throw R2Failure.unauthorized }
        let names = claim.signedHeaders.split(separator: ";").map(String.init)
        guard names.contains("host") else { throw R2Failure.unauthorized }
        let canonical = CanonicalRequest(
            method: request.method,
            path: request.target.rawPath,
            query: claim.query,
            headers: request.headers.filter { names.contains($0.name) },
            payloadHash: claim.payloadHash
        )
        let stringToSign = signatures.stringToSign(canonical, at: claim.time)
        guard signatures.isValid(claim.signature, of: stringToSign, at: claim.time) else {
            throw R2Failure(
                status: 403,
                code: "SignatureDoesNotMatch",
                message: "The request signature we calculated does not match the signature you provided. "
                    + "Check your secret access key and signing method.",
                details: [
                    ("SignatureProvided", claim.signature),
                    ("StringToSign", stringToSign),
                    ("StringToSignBytes", spaced(stringToSign)),
                    ("CanonicalRequest", canonical.text),
                    ("CanonicalRequestBytes", spaced(canonical.text)),
                ]
            )
        }
    }

    private func spaced(_ text: String) -> String {
        text.utf8.map { hexadecimal([$0]) }.joined(separator: " ")
    }
}
