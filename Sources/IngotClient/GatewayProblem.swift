import IngotCore

/// A request that a gateway has refused or could not fulfil: a problem document (RFC 9457).
///
/// ```swift
/// do {
///     try await gateway.submit("usc", parameters: ["titles": ["1"]])
/// } catch let problem as GatewayProblem where problem.kind == "invalid-parameters" {
///     for error in problem.errors { print(error.place ?? "", error.detail) }
/// }
/// ```
public struct GatewayProblem: Error, Sendable, Equatable {
    /// One of several things that are wrong.
    public struct Item: Sendable, Equatable {
        /// Where it is, for example the JSON pointer `/titles/0`.
        public var place: String?
        /// What is wrong with it.
        public var detail: String
    }

    /// The problem's type, for example `/problems/unknown-source`; `about:blank` when the answer was no document.
    public var type: String
    /// The same for every problem of the type.
    public var title: String
    /// The answer's HTTP status.
    public var status: Int
    /// What happened this time.
    public var detail: String?
    /// The path of the request, as the gateway saw it.
    public var instance: String?
    /// Each thing that is wrong, where the gateway says more than one.
    public var errors: [Item]
    /// How long the gateway asks to be left alone.
    public var retryAfter: Duration?
    /// All members of the document.
    public var members: [String: JSONValue]

    /// The last part of ``type``, for example `unknown-source`.
    public var kind: String { String(type.split(separator: "/").last ?? Substring(type)) }

    /// Whether the same request can succeed in a moment: the gateway is busy or is being restarted.
    public var isTransient: Bool { [429, 502, 503, 504].contains(status) }

    /// What to do about it; `nil` when the detail says all there is.
    public var advice: String? { members["advice"]?.stringValue ?? Self.advice(for: kind) }

    /// - Parameters:
    ///   - document: the answer's body, if it was JSON.
    ///   - status: the answer's status.
    ///   - retryAfter: the header `Retry-After`, in seconds.
    package init(document: JSONValue?, status: Int, retryAfter: String? = nil) {
        members = document?.objectValue ?? [:]
        type = members["type"]?.stringValue ?? "about:blank"
        title = members["title"]?.stringValue ?? "The gateway answered \(status)."
        self.status = status
        detail = members["detail"]?.stringValue
        instance = members["instance"]?.stringValue
        errors = (members["errors"]?.arrayValue ?? []).compactMap { error in
            guard let detail = (error["detail"] ?? error["message"])?.stringValue else { return nil }
            return Item(place: (error["pointer"] ?? error["field"])?.stringValue, detail: detail)
        }
        self.retryAfter = retryAfter.flatMap { Int64($0) }.flatMap { $0 >= 0 ? .seconds(min($0, 86_400)) : nil }
    }

    private static func advice(for kind: String) -> String? {
        switch kind {
        case "unknown-key": "look for it with `ingot search WORDS`, or walk there with `ingot tree SOURCE`"
        case "unknown-label": "`ingot revisions SOURCE` lists what has been ingested"
        case "not-ingested": "ingest it first with `ingot ingest SOURCE`; `ingot sources` lists what there is"
        case "unknown-source": "`ingot sources` lists what there is"
        case "unknown-job": "`ingot jobs` lists the jobs"
        case "job-ended": "`ingot job ID` shows how it ended; `ingot retry ID` does it again"
        case "job-not-ended": "`ingot watch ID` follows it; `ingot cancel ID` stops it"
        case "invalid-parameters": "`ingot sources --json` shows each source's parameters as a JSON Schema"
        case "idempotency-conflict": "use another --idempotency-key, or `ingot jobs` to find the job that has it"
        case "key-missing", "key-unknown", "key-expired", "key-revoked":
            "give a key with --key-file FILE, INGOT_API_KEY or INGOT_API_KEY_FILE"
        case "forbidden": "ask whoever runs the gateway for a key with more rights: `ingot keys create --role ROLE`"
        case "unknown-api-key": "`ingot keys list` lists the keys"
        case "wrong-host": "start the gateway with --allowed-host and the name that you use"
        case "unknown-webhook": "`ingot webhooks list` lists the webhooks"
        case "damaged-record": "`ingot verify SOURCE` finds everything that is damaged"
        case "nothing-to-revert": "`ingot revisions SOURCE` lists what there is to go back to"
        case "job-running", "sweep-under-way":
            "wait for it with `ingot watch ID`; `ingot jobs --status running` finds it"
        case "upstream-failed", "upstream-timeout": "try again later, or read a local copy with --from FOLDER"
        case "store-full": "`ingot doctor` says how much room there is; `ingot sweep` removes what nobody needs"
        case "internal", "runner-failed": "`ingot doctor` looks at everything that a job needs"
        default: nil
        }
    }
}

extension GatewayProblem: CustomStringConvertible {
    /// What happened, and each thing that is wrong.
    public var description: String {
        var lines = [detail ?? members["title"]?.stringValue ?? "the gateway answered \(status)"]
        // A single error is the detail already.
        if errors.count > 1 || (detail == nil && members["title"] == nil) {
            lines += errors.map { "  \($0.place.map { $0 + ": " } ?? "")\($0.detail)" }
        }
        return lines.joined(separator: "\n")
    }
}
