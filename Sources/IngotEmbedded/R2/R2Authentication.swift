import IngotCore
import IngotS3

/// Checks the signature of a request in the order in which R2 does, so that each mistake gets R2's own answer.
struct R2Authentication: Sendable {
    /// What the signature says of the body.
    enum Payload: Equatable, Sendable {
        /// Lower-case hexadecimal SHA-256.
        case sha256(String)
        case unsigned
    }

    private static let largestSkew: Int64 = 15 * 60 * 1000
    private static let longestLifetime = 604_800.0
    /// `auto`, its two aliases, and the names of the places where a bucket may lie, which R2 takes as well.
    private static let regions = ["auto", "us-east-1", "", "wnam", "enam", "weur", "eeur", "apac", "oc"]

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

    /// Whether the request claims to be somebody's, in its headers or in its address.
    static func isClaimed(_ request: R2Request) -> Bool {
        request.header("authorization") != nil || request.target.has("X-Amz-Credential")
    }

    /// - Throws: ``R2Failure``.
    func check(_ request: R2Request, now: Timestamp) throws -> Payload {
        guard Self.isClaimed(request) else { throw R2Failure.invalidArgument("Authorization") }
        let payload: Payload
        // A header wins over what the address says.
        if let authorization = request.header("authorization") {
            payload = try check(request, authorization: authorization, now: now)
        } else {
            payload = try checkPresigned(request, now: now)
        }
        // Nobody is given temporary credentials here, so every token is one that R2 does not know.
        guard request.header("x-amz-security-token") == nil, !request.target.has("X-Amz-Security-Token") else {
            throw R2Failure.invalidArgument("X-Amz-Security-Token")
        }
        return payload
    }

    // MARK: - A signature in the headers

    private func check(_ request: R2Request, authorization: String, now: Timestamp) throws -> Payload {
        guard let payloadHash = request.header("x-amz-content-sha256") else {
            throw R2Failure.invalidRequest("Missing x-amz-content-sha256")
        }
        let time = try time(of: request)
        try checkSkew(time, now: now)
        let fields = try fields(of: authorization)
        try check(
            request,
            claim: Claim(
                signatures: signatures(for: fields.credential, time: time),
                signedHeaders: fields.signedHeaders,
                signature: fields.signature,
                time: time,
                payloadHash: payloadHash,
                query: request.target.query
            )
        )
        return try payload(payloadHash)
    }

    private func time(of request: R2Request) throws -> SigningTime {
        for name in ["x-amz-date", "date"] {
            guard let text = request.header(name) else { continue }
            guard let time = SigningTime(basic: text) else {
                throw R2Failure.invalidArgument("Date provided in '\(name)' header (\(text)) didn't parse successfully")
            }
            return time
        }
        throw R2Failure.invalidArgument("No date provided in x-amz-date nor date header")
    }

    private func checkSkew(_ time: SigningTime, now: Timestamp) throws {
        let skew = time.timestamp.millisecondsSinceEpoch - now.millisecondsSinceEpoch
        guard abs(skew) <= Self.largestSkew else { throw R2Failure.requestTimeTooSkewed }
    }

    private func fields(
        of authorization: String
    ) throws -> (credential: String, signedHeaders: String, signature: String) {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        var values: [Substring: String] = [:]
        if parts.count == 2, parts[0] == SigV4.algorithm {
            for field in parts[1].split(separator: ",") {
                let sides = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if sides.count == 2 { values[sides[0].trimmingSpaces] = String(sides[1].trimmingSpaces) }
            }
        }
        guard let credential = values["Credential"], let signedHeaders = values["SignedHeaders"],
            let signature = values["Signature"]
        else { throw R2Failure.wrongScheme }
        return (credential, signedHeaders, signature)
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

    // MARK: - A signature in the address

    private func checkPresigned(_ request: R2Request, now: Timestamp) throws -> Payload {
        let target = request.target
        let required = [
            "X-Amz-Algorithm", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires",
        ]
        let missing = required.filter { !target.has($0) }
        guard missing.isEmpty else {
            let names = missing.joined(separator: ",  ")
            throw R2Failure.invalidArgument("Required search parameter\(missing.count > 1 ? "s" : "") \(names) missing")
        }
        func value(_ name: String) -> String { target.value(name) ?? "" }
        guard value("X-Amz-Algorithm") == SigV4.algorithm else { throw R2Failure.wrongScheme }
        guard let time = SigningTime(basic: value("X-Amz-Date")) else {
            throw R2Failure.invalidArgument(
                "Date provided in X-Amz-Date (\(value("X-Amz-Date"))) didn't parse successfully"
            )
        }
        let signatures = try signatures(for: value("X-Amz-Credential"), time: time)
        try checkLifetime(value("X-Amz-Expires"), from: time, now: now)
        try check(
            request,
            claim: Claim(
                signatures: signatures,
                signedHeaders: value("X-Amz-SignedHeaders"),
                signature: value("X-Amz-Signature"),
                time: time,
                payloadHash: SigV4.unsignedPayload,
                query: target.query.filter { $0.name != "X-Amz-Signature" }
            )
        )
        return .unsigned
    }

    private func checkLifetime(_ text: String, from time: SigningTime, now: Timestamp) throws {
        guard let seconds = Double(text), !seconds.isNaN else {
            throw R2Failure.invalidArgument("X-Amz-Expires should be a number")
        }
        guard seconds <= Self.longestLifetime else {
            throw R2Failure.invalidArgument(
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
                    + "than 604800 seconds"
            )
        }
        let age = now.millisecondsSinceEpoch - time.timestamp.millisecondsSinceEpoch
        if age < -Self.largestSkew { throw R2Failure.requestTimeTooSkewed }
        guard seconds >= 1, Double(age) <= seconds * 1000 else { throw R2Failure.expiredRequest }
    }

    // MARK: - Both

    /// What a request says of its signature, wherever it says so.
    private struct Claim {
        /// What the signature should have been made by, for the region that it names.
        var signatures: SigV4
        var signedHeaders: String
        var signature: String
        var time: SigningTime
        var payloadHash: String
        var query: [QueryItem]
    }

    private func signatures(for credential: String, time: SigningTime) throws -> SigV4 {
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 5 else {
            throw R2Failure.invalidArgument(
                "Credential sigv4 header should have at least 5 slash-separated parts, not \(parts.count)"
            )
        }
        let (date, region, service, terminator) = (
            parts[parts.count - 4], parts[parts.count - 3], parts[parts.count - 2], parts[parts.count - 1]
        )
        guard service == "s3" else {
            throw R2Failure.invalidArgument("Credential service should be s3, not \(service)")
        }
        guard terminator == "aws4_request" else {
            throw R2Failure.invalidArgument("Credential termination string should be aws4_request, not \(terminator)")
        }
        guard date == time.date else {
            throw R2Failure.invalidArgument(
                "Credential signed date \(date) does not match \(time.date) from 'x-amz-date' header"
            )
        }
        let key = parts.dropLast(4).joined(separator: "/")
        guard key == accessKeyID else { throw R2Failure.unauthorized }
        guard let signatures = signatures[region] else {
            throw R2Failure(
                status: 400,
                code: "InvalidRegionName",
                message:
                    "The region name '\(region)' is not valid. Must be one of: wnam, enam, weur, eeur, apac, oc, auto"
            )
        }
        return signatures
    }

    private func check(_ request: R2Request, claim: Claim) throws {
        let names = claim.signedHeaders.split(separator: ";").map { $0.lowercased() }
        guard names.contains("host") else { throw R2Failure.unauthorized }
        let canonical = CanonicalRequest(
            method: request.method,
            path: request.target.rawPath,
            query: claim.query,
            headers: request.headers.filter { names.contains($0.name) },
            payloadHash: claim.payloadHash
        )
        let stringToSign = claim.signatures.stringToSign(canonical, at: claim.time)
        guard claim.signatures.isValid(claim.signature, of: stringToSign, at: claim.time) else {
            throw R2Failure(
                status: 403,
                code: "SignatureDoesNotMatch",
                message: "The request signature we calculated does not match the signature you provided. "
                    + "Check your secret access key and signing method.",
                details: [
                    ("StringToSign", stringToSign),
                    ("StringToSignBytes", spaced(stringToSign)),
                    ("CanonicalRequest", canonical.text),
                    ("CanonicalRequestBytes", spaced(canonical.text)),
                    ("SignatureProvided", claim.signature),
                ]
            )
        }
    }

    private func spaced(_ text: String) -> String {
        text.utf8.map { hexadecimal([$0]) }.joined(separator: " ")
    }
}
