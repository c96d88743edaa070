import IngotCore
import IngotS3

/// A refusal as R2 words it (<https://developers.cloudflare.com/r2/api/error-codes/>).
struct R2Failure: Error, Equatable {
    var status: Int
    var code: String
    var message: String
    /// What else the body tells, in order: the texts that a signature was made of, for whoever looks for a mistake.
    var details: [(name: String, value: String)] = []

    init(status: Int, code: String, message: String, details: [(name: String, value: String)] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.details = details
    }

    static func == (left: R2Failure, right: R2Failure) -> Bool {
        left.status == right.status && left.code == right.code && left.message == right.message
    }

    /// The body of the answer.
    var xml: String { R2XML.declaration + element }

    /// The body without its declaration.
    var element: String {
        let details = details.map { R2XML.element($0.name, $0.value) }.joined()
        // Other than the answers that tell of something good, R2's errors have no namespace.
        return "<Error><Code>\(code)</Code><Message>\(xmlEscaped(message))</Message>\(details)</Error>"
    }
}

// MARK: - Whole families

extension R2Failure {
    static func invalidArgument(_ message: String) -> R2Failure {
        R2Failure(status: 400, code: "InvalidArgument", message: message)
    }

    static func invalidRequest(_ message: String) -> R2Failure {
        R2Failure(status: 400, code: "InvalidRequest", message: message)
    }

    static func notImplemented(_ what: String) -> R2Failure {
        R2Failure(status: 501, code: "NotImplemented", message: "\(what) not implemented")
    }

    static func notImplemented(header name: String, _ value: String) -> R2Failure {
        notImplemented("Header '\(name)' with value '\(value)'")
    }

    static func badDigest(_ algorithm: String, provided: [UInt8], actual: [UInt8]) -> R2Failure {
        R2Failure(
            status: 400,
            code: "BadDigest",
            message: "The \(algorithm) checksum you specified did not match what we received.\n"
                + "You provided a \(algorithm) checksum with value: \(hexadecimal(provided))\n"
                + "Actual \(algorithm) was: \(hexadecimal(actual))"
        )
    }

    init(_ error: ObjectStoreError) {
        switch error.kind {
        case .notFound: self = .noSuchKey
        case .overloaded: self = .serviceUnavailable
        case .full: self = R2Failure(status: 507, code: "InsufficientStorage", message: error.message)
        default: self = .internalError
        }
    }
}

// MARK: - Who asks

extension R2Failure {
    static let unauthorized = R2Failure(status: 401, code: "Unauthorized", message: "Unauthorized")
    static let wrongScheme = R2Failure.invalidRequest("Please use AWS4-HMAC-SHA256")
    static let requestTimeTooSkewed = R2Failure(
        status: 403,
        code: "RequestTimeTooSkewed",
        message: "The difference between the request time and the server's time is too large."
    )
    static let expiredRequest = R2Failure(status: 403, code: "ExpiredRequest", message: "Request has expired")
}

// MARK: - What is asked for

extension R2Failure {
    static let invalidURI = R2Failure(
        status: 400,
        code: "InvalidURI",
        message: "Couldn't parse the specified URI."
    )
    static let routeNotFound = R2Failure(status: 404, code: "RouteNotFound", message: "No route matches this url.")
    static let noSuchKey = R2Failure(status: 404, code: "NoSuchKey", message: "The specified key does not exist.")
    static let noSuchBucket = R2Failure(
        status: 404,
        code: "NoSuchBucket",
        message: "The specified bucket does not exist."
    )
    static let noSuchUpload = R2Failure(
        status: 404,
        code: "NoSuchUpload",
        message: "The specified multipart upload does not exist."
    )
    static let invalidObjectName = R2Failure(
        status: 400,
        code: "InvalidObjectName",
        message: "The specified object name is not valid."
    )
    static let preconditionFailed = R2Failure(
        status: 412,
        code: "PreconditionFailed",
        message: "At least one of the pre-conditions you specified did not hold."
    )
    static let invalidRange = R2Failure(
        status: 416,
        code: "InvalidRange",
        message: "The requested range is not satisfiable"
    )
    static let invalidMaxKeys = R2Failure(
        status: 400,
        code: "InvalidMaxKeys",
        message: "MaxKeys params must be positive integer <= 1000."
    )
}

// MARK: - What is sent

extension R2Failure {
    static let malformedXML = R2Failure(
        status: 400,
        code: "MalformedXML",
        message: "The XML you provided was not well formed or did not validate against our published schema."
    )
    static let missingContentLength = R2Failure(
        status: 411,
        code: "MissingContentLength",
        message: "You must provide the Content-Length HTTP header."
    )
    static let incompleteBody = R2Failure(
        status: 400,
        code: "IncompleteBody",
        message: "You did not provide the number of bytes specified by the Content-Length HTTP header."
    )
    static let entityTooLarge = R2Failure(
        status: 400,
        code: "EntityTooLarge",
        message: "Your proposed upload exceeds the maximum allowed object size."
    )
    static let entityTooSmall = R2Failure(
        status: 400,
        code: "EntityTooSmall",
        message: "Your proposed upload is smaller than the minimum allowed object size."
    )
    static let metadataTooLarge = R2Failure(
        status: 400,
        code: "MetadataTooLarge",
        message: "Your metadata headers exceed the maximum allowed metadata size."
    )
    static let invalidDigest = R2Failure(
        status: 400,
        code: "InvalidDigest",
        message: "The checksum or Content-MD5 you specified is not valid."
    )
    static let bodyHashMismatch = R2Failure(
        status: 400,
        code: "XAmzContentSHA256Mismatch",
        message: "The provided 'x-amz-content-sha256' header does not match what was computed."
    )
    static let invalidStorageClass = R2Failure(
        status: 400,
        code: "InvalidStorageClass",
        message: "The storage class specified is not valid."
    )
    static let invalidPart = R2Failure(
        status: 400,
        code: "InvalidPart",
        message: "One or more of the specified parts could not be found."
    )
    /// The parts are there and do not make an object: one is named twice, or their sizes differ.
    static let badUpload = R2Failure(
        status: 400,
        code: "InvalidPart",
        message: "There was a problem with the multipart upload."
    )
    static let partNumberOutOfRange = R2Failure.invalidArgument(
        "Part number must be an integer between 1 and 10000, inclusive."
    )
}

// MARK: - How the store is

extension R2Failure {
    static let tooManyRequests = R2Failure(
        status: 429,
        code: "TooManyRequests",
        message: "Reduce your concurrent request rate for the same object."
    )
    static let internalError = R2Failure(
        status: 500,
        code: "InternalError",
        message: "We encountered an internal error. Please try again."
    )
    static let serviceUnavailable = R2Failure(
        status: 503,
        code: "ServiceUnavailable",
        message: "Reduce your request rate."
    )
}
