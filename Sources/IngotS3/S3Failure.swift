import IngotCore

/// Why a request failed, and whether it may be made again.
struct S3Failure: Error {
    var error: ObjectStoreError
    var isRetryable: Bool
    /// What a `retry-after` header asked for.
    var retryAfter: Duration?
    /// The clock is off; the server's own is this.
    var serverTime: Timestamp?
}

extension S3Failure {
    /// The longest wait that a `retry-after` header may ask for.
    private static let longestRetryAfter = 60

    /// Reads an answer whose status is no success.
    ///
    /// - Parameters:
    ///   - date: and `retryAfter`: the headers of those names.
    ///   - body: the beginning of the answer's body; empty for `HEAD`.
    init(status: Int, date: String?, retryAfter: String?, body: [UInt8], key: String?) {
        var code: String?
        var message: String?
        // Proxies answer with other things than XML.
        try? FlatXML.read(body) { path, text in
            if path == ["Error", "Code"] { code = text }
            if path == ["Error", "Message"] { message = text }
        }
        let kind = S3Failure.kind(status: status, code: code)
        error = ObjectStoreError(
            kind: kind,
            code: code,
            key: key,
            message: "the store answered \(status)" + (message.map { ": \($0)" } ?? "")
                + (S3Failure.advice(code: code, kind: kind).map { "; \($0)" } ?? "")
        )
        isRetryable = S3Failure.isRetryable(status: status, code: code)
        self.retryAfter = retryAfter.flatMap { Int($0) }.flatMap {
            (0...S3Failure.longestRetryAfter).contains($0) ? .seconds($0) : nil
        }
        serverTime = code == "RequestTimeTooSkewed" ? date.flatMap(HTTPDate.parse) : nil
    }

    /// A connection that broke, or an answer that is not what it says it is.
    static func broken(_ kind: ObjectStoreError.Kind, _ message: String, key: String?) -> S3Failure {
        S3Failure(error: ObjectStoreError(kind: kind, key: key, message: message), isRetryable: true)
    }

    private static func kind(status: Int, code: String?) -> ObjectStoreError.Kind {
        switch code {
        case "XAmzContentSHA256Mismatch", "BadDigest", "IncompleteBody": return .corrupted
        case "InvalidRange": return .invalidRange
        default: break
        }
        switch status {
        case 401, 403: return .access
        case 404: return .notFound
        case 416: return .invalidRange
        case 429, 503: return .overloaded
        case 507: return .full
        case 408, 500...599: return status == 501 ? .invalidRequest : .unavailable
        default: return .invalidRequest
        }
    }

    private static func isRetryable(status: Int, code: String?) -> Bool {
        switch status {
        case 408, 429, 500, 502, 503, 504: true
        // Changed on its way; the next time may go well.
        case 400: ["XAmzContentSHA256Mismatch", "BadDigest", "IncompleteBody", "ClientDisconnect"].contains(code)
        default: false
        }
    }

    private static func advice(code: String?, kind: ObjectStoreError.Kind) -> String? {
        switch code {
        case "NoSuchBucket": "check \(StorageSettings.Name.bucket)"
        case "SignatureDoesNotMatch": "check \(StorageSettings.Name.secretAccessKey)"
        case "Unauthorized", "InvalidAccessKeyId": "check \(StorageSettings.Name.accessKeyID)"
        case "RequestTimeTooSkewed": "set this machine's clock"
        default: kind == .access ? "check the rights of the access key" : nil
        }
    }
}
