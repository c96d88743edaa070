import IngotCore
import IngotS3

/// A refusal as R2 words it (<https://developers.cloudflare.com/r2/api/error-codes/>).
struct R2Failure: Error, Equatable {
    var status: Int
    var code: String
    var message: String
    /// What else the body tells, in order: the texts that a signature was made of, for whoever looks for a mistake.
    var details: [(name: String, value: String)] = []

    static func == (left: R2Failure, right: R2Failure) -> Bool {
        left.status == right.status && left.code == right.code && left.message == right.message
    }

    /// The body of the answer.
    var xml: String {
        let details = details.map { "<\($0.name)>\(xmlEscaped($0.value))</\($0.name)>" }.joined()
        return #"<?xml version="1.0" encoding="UTF-8"?>"#
            + "<Error><Code>\(code)</Code><Message>\(xmlEscaped(message))</Message>\(details)</Error>"
    }

    static func invalidArgument(_ message: String) -> R2Failure {
        R2Failure(status: 400, code: "InvalidArgument", message: message)
    }

    static func invalidRequest(_ message: String) -> R2Failure {
        R2Failure(status: 400, code: "InvalidRequest", message: message)
    }

    static func notImplemented(_ what: String) -> R2Failure {
        R2Failure(status: 501, code: "NotImplemented", message: "\(what) not implemented")
    }

    static let malformedXML = R2Failure(
        status: 400,
        code: "MalformedXML",
        message: "The XML you provided was not well formed or did not validate against our published schema."
    )
    static let noSuchKey = R2Failure(status: 404, code: "NoSuchKey", message: "The specified key does not exist.")
    static let noSuchBucket = R2Failure(
        status: 404,
        code: "NoSuchBucket",
        message: "The specified bucket does not exist."
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
    static let bodyHashMismatch = R2Failure(
        status: 400,
        code: "XAmzContentSHA256Mismatch",
        message: "The provided 'x-amz-content-sha256' header does not match what was computed."
    )
    static let unauthorized = R2Failure(status: 401, code: "Unauthorized", message: "Unauthorized")
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

    init(status: Int, code: String, message: String, details: [(name: String, value: String)] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.details = details
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
