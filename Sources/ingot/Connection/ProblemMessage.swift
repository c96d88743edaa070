import IngotCore

/// A problem document (RFC 9457) as people read it: what happened, each thing that is wrong, and what to try next.
struct ProblemMessage {
    let problem: JSONValue?
    let status: Int

    var text: String {
        let detail = (problem?["detail"] ?? problem?["title"])?.stringValue
        var lines = [detail ?? "the gateway answered \(status)"]
        let errors = problem?["errors"]?.arrayValue ?? []
        // A single error is the detail already.
        if errors.count > 1 || detail == nil { lines += errors.compactMap(Self.line) }
        if let advice { lines.append("  \(advice)") }
        return lines.joined(separator: "\n")
    }

    /// The request was wrong, the gateway cannot answer for now, or what was asked for went wrong.
    var exitCode: Int32 {
        switch status {
        case 400, 422: CommandFailure.usage
        case 503: CommandFailure.unreachable
        default: CommandFailure.failed
        }
    }

    private static func line(for error: JSONValue) -> String? {
        guard let text = (error["detail"] ?? error["message"])?.stringValue else { return nil }
        let place = (error["pointer"] ?? error["field"])?.stringValue
        return "  \(place.map { $0 + ": " } ?? "")\(text)"
    }

    private var advice: String? {
        switch problem?["type"]?.stringValue {
        case "/problems/unknown-key": "look for it with `ingot search WORDS`, or walk there with `ingot tree SOURCE`"
        case "/problems/unknown-label": "`ingot revisions SOURCE` lists what has been ingested"
        case "/problems/not-ingested": "ingest it first with `ingot ingest SOURCE`; `ingot sources` lists what there is"
        case "/problems/unknown-source": "`ingot sources` lists what there is"
        case "/problems/unknown-job": "`ingot jobs` lists the jobs"
        case "/problems/key-missing", "/problems/key-unknown", "/problems/key-expired", "/problems/key-revoked":
            "give a key with --key-file FILE, INGOT_API_KEY or INGOT_API_KEY_FILE"
        case "/problems/unknown-api-key": "`ingot keys list` lists the keys"
        case "/problems/wrong-host": "start the gateway with --allowed-host and the name that you use"
        case "/problems/unknown-webhook": "`ingot webhooks list` lists the webhooks"
        default: nil
        }
    }
}
