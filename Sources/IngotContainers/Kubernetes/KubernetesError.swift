import IngotCore

/// A call to the API server that failed: what was asked for, what it said, and what to do.
struct KubernetesError: Error, Sendable, Equatable, CustomStringConvertible {
    enum Kind: Sendable, Equatable {
        /// Nothing answered, or the answer was cut off: whether the call was carried out is not known.
        case unavailable
        /// 429 or 5xx.
        case overloaded
        /// 401.
        case unauthenticated
        /// 403.
        case forbidden
        case notFound
        /// 409.
        case conflict
        /// 410: what was asked to go on from is forgotten.
        case gone
        /// 400, 422 and their like.
        case invalid
        /// The answer is no JSON, too large, or of another shape.
        case malformedAnswer
    }

    var kind: Kind
    /// The call, for example `create jobs`.
    var operation: String
    /// The server's own words, or what happened to the connection.
    var message: String
    /// How long the server asks to wait.
    var retryAfter: Duration?

    var isTransient: Bool { kind == .unavailable || kind == .overloaded }

    var description: String { "\(operation): \(message)" }

    /// What a job fails with because of this.
    var failure: JobFailure {
        if isTransient {
            return JobFailure(
                code: "kubernetes_unavailable",
                message: "The cluster's API server did not do what it was asked to (\(self)).",
                advice: "Look whether the API server is reachable from the gateway, and whether it is overloaded.",
                isTransient: true
            )
        }
        return JobFailure(
            code: "kubernetes_refused",
            message: "The cluster's API server refused a call (\(self)).",
            advice: advice,
            // A server that has just begun does not know its roles, and a quota has room when other attempts have
            // ended. A right that is really missing is found when the gateway starts.
            isTransient: kind == .forbidden
        )
    }

    /// Whether a quota of the namespace has no room for what was to be made.
    private var exceedsQuota: Bool { kind == .forbidden && message.contains("exceeded quota") }

    private var advice: String {
        switch kind {
        case .unauthenticated: "Look whether the gateway's token or client certificate is still valid."
        case .forbidden where exceedsQuota:
            "Raise the namespace's resource quota, or let fewer jobs run at a time."
        case .forbidden:
            "Allow the gateway's account to \(operation); container/kubernetes/rbac.yaml has all that it needs."
        case .notFound: "Look whether the namespace exists."
        default: "Look at the server's words; an admission rule or a quota of the cluster may be the cause."
        }
    }

    /// What an answer that is no success means.
    ///
    /// - Parameter body: a `Status` object as a rule; only its message is repeated.
    init(status: Int, body: JSONValue?, operation: String, retryAfter: Duration? = nil) {
        kind =
            switch status {
            case 401: .unauthenticated
            case 403: .forbidden
            case 404: .notFound
            case 409: .conflict
            case 410: .gone
            case 429, 500...599: .overloaded
            default: .invalid
            }
        self.operation = operation
        let words = body?["message"]?.stringValue.map { String($0.prefix(1000)) }
        message = words.map { "\(status) \($0)" } ?? "status \(status)"
        self.retryAfter = retryAfter
    }

    init(_ kind: Kind, operation: String, message: String) {
        self.kind = kind
        self.operation = operation
        self.message = message
    }
}
