/// A kind of problem document: its type, its status, its cause, and what to do about it.
public struct ProblemKind: Sendable, Equatable {
    /// The last part of the document's `type`.
    public let type: String
    public let status: Int
    /// One sentence.
    public let cause: String
    /// One sentence.
    public let remedy: String

    init(_ type: String, _ status: Int, _ cause: String, _ remedy: String) {
        self.type = type
        self.status = status
        self.cause = cause
        self.remedy = remedy
    }
}

extension ProblemKind {
    /// Every kind, by type.
    ///
    /// A test holds it against the sources, so that each new type is listed here.
    public static let all: [ProblemKind] = [
        ProblemKind(
            "attempt-superseded",
            409,
            "A runner speaks for an attempt that is not the job's current one any more.",
            "Nothing: the runner ends by itself."
        ),
        ProblemKind(
            "bad-path",
            400,
            "The address is no percent-encoded UTF-8.",
            "Encode the characters of the key that a path cannot hold."
        ),
        ProblemKind(
            "body-too-large",
            413,
            "The body is larger than the route takes; `limit` says how large it may be.",
            "Send less: a request for a job needs a few hundred bytes."
        ),
        ProblemKind(
            "changed-meanwhile",
            409,
            "Somebody else has changed the job definition or the schedule since it was read for this change.",
            "Look at it again, then repeat the change."
        ),
        ProblemKind(
            "cross-site",
            403,
            "A page of another site tried to change something with a browser's session.",
            "Programs send a key in `Authorization`; behind a proxy, let it hand on the `Host` that the browser sent."
        ),
        ProblemKind(
            "damaged-record",
            500,
            "A stored record does not have the hash that its row says.",
            "Run `ingot verify SOURCE`, and restore the objects that it names from a backup."
        ),
        ProblemKind(
            "definition-built-in",
            409,
            "A job definition that comes with its source cannot be removed; it would be made again at the next start.",
            "Switch it off instead (`enabled: false`)."
        ),
        ProblemKind(
            "definition-disabled",
            409,
            "The job definition is switched off, so it cannot be run.",
            "Switch it on first (`enabled: true`)."
        ),
        ProblemKind(
            "definition-name-taken",
            409,
            "Another job definition has this name.",
            "Choose another name, or change the definition that is there."
        ),
        ProblemKind(
            "forbidden",
            403,
            "The key's role or its sources do not allow this.",
            "Use a key of the role that the problem names, or have an admin make one with `ingot keys create`."
        ),
        ProblemKind(
            "http",
            400,
            "The server did not take the request as it was framed; the status says more, and can be another one.",
            "Look at the client: this is not about what the request says."
        ),
        ProblemKind(
            "idempotency-conflict",
            409,
            "The `Idempotency-Key` was used for a request with another source, other parameters or other options.",
            "Use a new key for a new request."
        ),
        ProblemKind(
            "internal",
            500,
            "The gateway failed in a way that it does not know.",
            "Look for the request's id (`X-Request-Id`) in the gateway's log, and report what is there."
        ),
        ProblemKind(
            "invalid-body",
            422,
            "The body is JSON but does not have the shape that the route takes; `errors` lists what is wrong.",
            "Mend what `errors` names."
        ),
        ProblemKind(
            "invalid-header",
            400,
            "A header has a value that it cannot have.",
            "Mend the header that the problem names."
        ),
        ProblemKind(
            "invalid-limit",
            422,
            "The number of runs that is asked for is not one from 1 to 500.",
            "Ask for fewer, and go on from the last `run_id` with `cursor`."
        ),
        ProblemKind(
            "invalid-parameters",
            422,
            "The parameters do not fit the source's JSON Schema; `errors` lists what is wrong.",
            "Look at the schema in `GET /api/sources`, and mend what `errors` names."
        ),
        ProblemKind(
            "invalid-query",
            400,
            "A part of the query has a value that it cannot have.",
            "Mend the part that the problem names."
        ),
        ProblemKind(
            "invalid-search",
            422,
            "What is looked for cannot be: it is too long, has no word, or only words to leave out.",
            "Give at least one word or number."
        ),
        ProblemKind(
            "invalid-token",
            401,
            "The token is not that of an attempt of the job.",
            "Nothing: only runners use these routes."
        ),
        ProblemKind(
            "invalid-webhook",
            422,
            "The webhook cannot be made; `errors` lists what is wrong.",
            "Give an https address, or one on the gateway's own machine."
        ),
        ProblemKind(
            "job-ended",
            409,
            "The job has ended, and its end is final.",
            "To do it again, `ingot retry JOB`."
        ),
        ProblemKind(
            "job-not-ended",
            409,
            "Only a job that has ended can be done again.",
            "Wait for its end, or cancel it first."
        ),
        ProblemKind(
            "job-running",
            409,
            "A job of the source runs, and what it makes visible would rest on what is taken away.",
            "Wait for the end of the job that the problem names, or cancel it first."
        ),
        ProblemKind(
            "key-expired",
            401,
            "The API key was good until the time that the problem names.",
            "Have an admin make a new one with `ingot keys create`."
        ),
        ProblemKind(
            "key-missing",
            401,
            "The request has no API key.",
            "Send `Authorization: Bearer KEY`; on the gateway's machine `local.key` in the data folder has one."
        ),
        ProblemKind(
            "key-revoked",
            401,
            "The API key has been revoked.",
            "Have an admin make a new one with `ingot keys create`."
        ),
        ProblemKind(
            "key-unknown",
            401,
            "The API key is not one of this gateway's.",
            "Look whether the key is whole, and whether it is this gateway that it was made for."
        ),
        ProblemKind(
            "live-changed",
            409,
            "A job or another revert changed what is live at the same moment.",
            "Look at `ingot revisions SOURCE`, and ask again if it is still wanted."
        ),
        ProblemKind(
            "malformed-body",
            400,
            "The body ended early, or its framing is wrong.",
            "Send it again; if that lasts, look at what is between the client and the gateway."
        ),
        ProblemKind(
            "malformed-json",
            400,
            "The body is not one JSON object.",
            "Send one."
        ),
        ProblemKind(
            "method-not-allowed",
            405,
            "The address does not take this method; `Allow` says which it takes.",
            "Use one of those."
        ),
        ProblemKind(
            "metrics-of-all-sources",
            403,
            "The key may see only some sources, and metrics are of all of them.",
            "Give Prometheus a key that is made without `--source`."
        ),
        ProblemKind(
            "not-acceptable",
            406,
            "`Accept` names no form that there is; `types` lists them.",
            "Accept one of those, or choose by `format`."
        ),
        ProblemKind(
            "not-found",
            404,
            "No route has this address.",
            "Look at `/reference` for the routes that there are."
        ),
        ProblemKind(
            "not-ingested",
            404,
            "Nothing of the source has been ingested.",
            "`ingot ingest SOURCE`."
        ),
        ProblemKind(
            "nothing-to-revert",
            409,
            "The live revision is the first one that can be read.",
            "Nothing: there is none to go back to."
        ),
        ProblemKind(
            "proxies-of-all-sources",
            403,
            "The key is for some sources only, and the pool of proxies is for all of them.",
            "Use a key that is made without `--source`."
        ),
        ProblemKind(
            "queue-stalled",
            503,
            "A job waited for more than a second although a slot that fits it was free, now or within the last minute.",
            "When it lasts, restart the gateway, which then starts what waits; and report it with the log."
        ),
        ProblemKind(
            "range-not-satisfiable",
            416,
            "The log does not have the bytes that `Range` names.",
            "`Content-Range` says how large it is."
        ),
        ProblemKind(
            "releases-unsupported",
            422,
            "The source does not list what upstream has published.",
            "Nothing: `GET /api/sources` says which sources do."
        ),
        ProblemKind(
            "request-ended",
            422,
            "A runner asked for a permit under the name of a request that is over.",
            "Nothing: runners ask under another name."
        ),
        ProblemKind(
            "robots-not-kept",
            404,
            "No runner has fetched this origin's robots.txt within a day.",
            "Nothing: the runner fetches it."
        ),
        ProblemKind(
            "runner-failed",
            500,
            "The runner that was asked for the list of releases failed.",
            "Look at the detail; `ingot doctor` tries whether a runner starts."
        ),
        ProblemKind(
            "session-ended",
            401,
            "The session has ended: it was closed, idle for 12 hours, or 7 days old.",
            "Sign in again."
        ),
        ProblemKind(
            "store-full",
            507,
            "The database is full.",
            "Make room: `ingot sweep SOURCE`, shorter `--keep-…`, a larger disk or database."
        ),
        ProblemKind(
            "sweep-under-way",
            409,
            "The source is being swept already.",
            "Wait for the end of that sweep."
        ),
        ProblemKind(
            "taken-back",
            409,
            "The label was reverted while it was read.",
            "Read again, as of another label or the live one."
        ),
        ProblemKind(
            "too-many-api-keys",
            409,
            "There are 10,000 good keys.",
            "Revoke some that nobody uses: `ingot keys list` shows when each was last used."
        ),
        ProblemKind(
            "too-many-definitions",
            409,
            "There are as many job definitions as there can be.",
            "Remove one that is not needed any more."
        ),
        ProblemKind(
            "too-many-failures",
            429,
            "Too many requests from this address had no good key or token.",
            "Wait as long as `Retry-After` says, and look which client there has a wrong key."
        ),
        ProblemKind(
            "too-many-hosts",
            429,
            "Jobs ask more hosts at a time than the gateway counts.",
            "Nothing: the runner asks again."
        ),
        ProblemKind(
            "too-many-names",
            413,
            "The node stands for more keys than one question about references can name.",
            "Ask for the nodes that it holds instead."
        ),
        ProblemKind(
            "too-many-requests",
            429,
            "The key makes more requests than it may.",
            "Wait as long as `Retry-After` says; watch jobs by their events and do not ask in a loop."
        ),
        ProblemKind(
            "too-many-schedules",
            409,
            "There are as many schedules as there can be, or the job definition is gone.",
            "Remove one that is not needed any more."
        ),
        ProblemKind(
            "too-many-waiting",
            429,
            "An attempt has more requests waiting for permits than the gateway keeps.",
            "Nothing: the runner asks again."
        ),
        ProblemKind(
            "too-many-webhooks",
            409,
            "There are 100 webhooks.",
            "Remove one that nobody listens to: `ingot webhooks list`."
        ),
        ProblemKind(
            "unavailable",
            503,
            "The gateway cannot do this now: it starts or stops, or a store does not answer.",
            "Ask again after `Retry-After`; when it lasts, look at `/readyz` and run `ingot doctor`."
        ),
        ProblemKind(
            "unknown-api-key",
            404,
            "No API key has this id.",
            "`ingot keys list` shows the ids."
        ),
        ProblemKind(
            "unknown-definition",
            404,
            "No job definition has this id, or the key may not know of its source.",
            "Look at `GET /api/jobs`."
        ),
        ProblemKind(
            "unknown-job",
            404,
            "No job has this id, or the caller's key is not for its source.",
            "`ingot jobs` lists the jobs; old ones are removed by `--keep-jobs`."
        ),
        ProblemKind(
            "unknown-key",
            404,
            "No node has this key in the state that is read.",
            "`ingot search WORDS` finds keys; `ingot history KEY` tells whether there was such a node."
        ),
        ProblemKind(
            "unknown-label",
            404,
            "The label has not been ingested; `labels` lists those that have.",
            "`ingot revisions SOURCE` lists them as well; ingest the one that is missing."
        ),
        ProblemKind(
            "unknown-record",
            404,
            "The source has no record of this key, or it was deleted.",
            "List the keys with `ingot records list SOURCE`."
        ),
        ProblemKind(
            "unknown-schedule",
            404,
            "No schedule has this id, or the key may not know of its source.",
            "Look at `GET /api/schedules`."
        ),
        ProblemKind(
            "unknown-source",
            404,
            "There is no such source; `sources` lists them.",
            "`ingot sources`."
        ),
        ProblemKind(
            "unknown-webhook",
            404,
            "No webhook has this id.",
            "`ingot webhooks list` shows the ids."
        ),
        ProblemKind(
            "upstream-failed",
            502,
            "Upstream cannot be read; `code` says why, as a failure of a job would.",
            "Look the code up among the failures of jobs."
        ),
        ProblemKind(
            "upstream-timeout",
            504,
            "Upstream has not listed its releases in time.",
            "Ask again later; a job does not need the list."
        ),
        ProblemKind(
            "wrong-host",
            421,
            "The request is for a host name that the gateway does not answer to.",
            "Start it with `--allowed-host NAME`."
        ),
    ]
}
