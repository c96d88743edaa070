import IngotCore

/// What an error of the store means for whoever asked, by its code or, where there is none, by the status
/// (<https://developers.cloudflare.com/r2/api/error-codes/>).
struct S3ErrorMeaning: Sendable {
    var kind: ObjectStoreError.Kind
    /// The same request may go well the next time.
    var isRetryable: Bool
    /// What to do, in plain words.
    var advice: String

    init(_ kind: ObjectStoreError.Kind, isRetryable: Bool = false, _ advice: String) {
        self.kind = kind
        self.isRetryable = isRetryable
        self.advice = advice
    }

    static func of(status: Int, code: String?) -> S3ErrorMeaning {
        var meaning = code.flatMap { byCode[$0] } ?? of(status: status)
        if [408, 429, 500, 502, 503, 504].contains(status) { meaning.isRetryable = true }
        return meaning
    }

    /// Proxies, and answers to `HEAD`, have no code.
    private static func of(status: Int) -> S3ErrorMeaning {
        switch status {
        case 300...399:
            S3ErrorMeaning(.invalidRequest, "the store is at another address; correct \(Name.objectEndpoint)")
        case 401, 403:
            S3ErrorMeaning(
                .access,
                "check \(Name.accessKeyID), \(Name.secretAccessKey) and the rights of the access key"
            )
        case 404: S3ErrorMeaning(.notFound, "check \(Name.bucket) and the key")
        case 413: S3ErrorMeaning(.tooLarge, "the store, or a proxy before it, takes no request of this size")
        case 416: byCode["InvalidRange"] ?? S3ErrorMeaning(.invalidRange, "ask for bytes that the object has")
        case 429: S3ErrorMeaning(.overloaded, "make fewer requests at once")
        case 501: S3ErrorMeaning(.invalidRequest, "the store cannot do this; check \(Name.objectEndpoint)")
        case 503: S3ErrorMeaning(.overloaded, "the store is busy; try again later")
        case 507: S3ErrorMeaning(.full, "make room in the store")
        case 408, 500...599: S3ErrorMeaning(.unavailable, "the store has a fault of its own; try again later")
        default:
            S3ErrorMeaning(
                .invalidRequest,
                "check \(Name.objectEndpoint), and that no proxy on the way changes requests"
            )
        }
    }

    private typealias Name = StorageSettings.Name

    private static let byCode: [String: S3ErrorMeaning] = [
        // The request.
        "InvalidArgument": S3ErrorMeaning(
            .invalidRequest,
            "the store does not take a header or parameter; check \(Name.objectEndpoint), \(Name.sessionToken) "
                + "if it is set, and that no proxy on the way removes headers"
        ),
        "InvalidRequest": S3ErrorMeaning(
            .invalidRequest,
            "check \(Name.objectEndpoint), and that no proxy on the way changes headers"
        ),
        "MalformedXML": S3ErrorMeaning(.invalidRequest, "check that no proxy on the way changes bodies"),
        "InvalidObjectName": S3ErrorMeaning(
            .invalidRequest,
            "give the object a key of at most \(ObjectKey.maximumBytes) bytes without control characters"
        ),
        "MetadataTooLarge": S3ErrorMeaning(.invalidRequest, "give the object less metadata; R2 takes 8192 bytes"),
        "EntityTooLarge": S3ErrorMeaning(.tooLarge, "store less; R2 takes 4.995 TiB an object"),
        "EntityTooSmall": S3ErrorMeaning(
            .invalidRequest,
            "make the parts of the upload larger; R2 takes 5 MiB and more"
        ),
        "InvalidPart": S3ErrorMeaning(
            .invalidRequest,
            "a part of the upload is missing or has another size; store it again"
        ),
        "InvalidPartOrder": S3ErrorMeaning(.invalidRequest, "the parts of the upload are out of order; store it again"),
        "MissingContentLength": S3ErrorMeaning(
            .invalidRequest,
            "check that no proxy on the way removes content-length"
        ),
        "NotImplemented": S3ErrorMeaning(
            .invalidRequest,
            "the store cannot do this; check that \(Name.objectEndpoint) is an S3 address"
        ),
        "PreconditionFailed": S3ErrorMeaning(
            .invalidRequest,
            "somebody else changed the object meanwhile; read it again from its start"
        ),
        "InvalidRange": S3ErrorMeaning(
            .invalidRange,
            "ask for bytes that the object has; if it is shorter than it was, store it again"
        ),

        // Who asks.
        "Unauthorized": S3ErrorMeaning(
            .access,
            "check \(Name.accessKeyID); a new access key may take a minute to work"
        ),
        "InvalidAccessKeyId": S3ErrorMeaning(
            .access,
            "check \(Name.accessKeyID); a new access key may take a minute to work"
        ),
        "SignatureDoesNotMatch": S3ErrorMeaning(
            .access,
            "check \(Name.secretAccessKey), and that no proxy on the way changes the path or the host header; "
                + "the debug log has what was signed"
        ),
        "AccessDenied": S3ErrorMeaning(
            .access,
            "give the access key the right to read and write objects of the bucket"
        ),
        "NotEntitled": S3ErrorMeaning(.access, "turn R2 on for the account"),
        "ObjectLockedByBucketPolicy": S3ErrorMeaning(
            .access,
            "a lock rule of the bucket keeps the object; wait until it ends, or remove the rule"
        ),
        "ExpiredToken": S3ErrorMeaning(.access, "renew the temporary credentials and \(Name.sessionToken)"),
        "InvalidToken": S3ErrorMeaning(.access, "check \(Name.sessionToken)"),
        "RequestTimeTooSkewed": S3ErrorMeaning(.access, "set this machine's clock"),
        "RequestExpired": S3ErrorMeaning(.access, "set this machine's clock"),
        "ExpiredRequest": S3ErrorMeaning(
            .access,
            "the signature is over its time; sign anew, and set this machine's clock"
        ),

        // What is asked for.
        "NoSuchBucket": S3ErrorMeaning(.notFound, "check \(Name.bucket), and make the bucket if there is none"),
        "NoSuchKey": S3ErrorMeaning(.notFound, "the object was never stored, or was deleted; store it again"),
        "NoSuchUpload": S3ErrorMeaning(.notFound, "the upload was ended or given up; store the object again"),
        "RouteNotFound": S3ErrorMeaning(.notFound, "check \(Name.objectEndpoint)"),
        "BucketNotEmpty": S3ErrorMeaning(.invalidRequest, "empty the bucket first"),
        "BucketConflict": S3ErrorMeaning(.invalidRequest, "the bucket itself is being changed; try again later"),

        // The bytes; what changed on its way may go well the next time.
        "BadDigest": S3ErrorMeaning(
            .corrupted,
            isRetryable: true,
            "the bytes changed before they reached the store; check the network and the disk they come from"
        ),
        "XAmzContentSHA256Mismatch": S3ErrorMeaning(
            .corrupted,
            isRetryable: true,
            "the bytes changed before they reached the store; check the network and the disk they come from"
        ),
        "InvalidDigest": S3ErrorMeaning(.invalidRequest, "check that no proxy on the way changes headers"),
        "IncompleteBody": S3ErrorMeaning(.corrupted, isRetryable: true, "the connection was cut; check the network"),
        "ClientDisconnect": S3ErrorMeaning(
            .unavailable,
            isRetryable: true,
            "the connection was cut; check the network"
        ),
        "RequestTimeout": S3ErrorMeaning(.unavailable, isRetryable: true, "the connection is slow; check the network"),

        // The store.
        "TooManyRequests": S3ErrorMeaning(
            .overloaded,
            isRetryable: true,
            "R2 takes one write a second for each key; write a key from one place only"
        ),
        "SlowDown": S3ErrorMeaning(.overloaded, isRetryable: true, "make fewer requests at once"),
        "ServiceUnavailable": S3ErrorMeaning(.overloaded, isRetryable: true, "the store is busy; try again later"),
        "InternalError": S3ErrorMeaning(
            .unavailable,
            isRetryable: true,
            "the store has a fault of its own; try again later"
        ),
    ]
}
