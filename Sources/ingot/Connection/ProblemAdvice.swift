import IngotCore

/// What to try next after the gateway has refused, by the kind of its problem document.
enum ProblemAdvice {
    /// A line for people; `nil` when the problem says it all.
    static func line(for problem: JSONValue) -> String? {
        switch problem["type"]?.stringValue {
        case "/problems/unknown-key": "look for it with `ingot search WORDS`, or walk there with `ingot tree SOURCE`"
        case "/problems/unknown-label": "`ingot revisions SOURCE` lists what has been ingested"
        case "/problems/not-ingested": "ingest it first with `ingot ingest SOURCE`; `ingot sources` lists what there is"
        case "/problems/unknown-source": "`ingot sources` lists what there is"
        case "/problems/unknown-job": "`ingot jobs` lists the jobs"
        case "/problems/releases-unsupported": "`ingot revisions SOURCE` lists what has been ingested"
        default: nil
        }
    }
}
