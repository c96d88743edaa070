/// A kind of failure that a job can end with: its code, its cause, and what to do about it.
public struct FailureKind: Sendable, Equatable {
    /// Whether the cause can pass by itself, which is when the gateway tries again.
    public enum Passing: Sendable, Equatable {
        case never
        case sometimes
        case always
    }

    /// ``JobFailure/code``.
    public let code: String
    public let passes: Passing
    /// One sentence.
    public let cause: String
    /// One sentence.
    public let remedy: String

    init(_ code: String, _ passes: Passing, _ cause: String, _ remedy: String) {
        self.code = code
        self.passes = passes
        self.cause = cause
        self.remedy = remedy
    }
}

extension FailureKind {
    /// Every kind, by code.
    ///
    /// A test holds it against the sources, so that each new code is classified here.
    public static let all: [FailureKind] = [
        FailureKind(
            "address_refused",
            .never,
            "An address that a source was led to is private, of this machine, or not a plain one.",
            "If that host is meant, name it with its port as the source's origin."
        ),
        FailureKind(
            "attempt_superseded",
            .never,
            "Another attempt has taken the job over, or the job has ended.",
            "Nothing: look at the job itself."
        ),
        FailureKind(
            "cancelled",
            .never,
            "The job was cancelled.",
            "Start it again if it is still wanted."
        ),
        FailureKind(
            "capture_corrupted",
            .never,
            "What was kept of a captured page is not what was captured.",
            "Nothing: the page is fetched again; `ingot verify` names the capture."
        ),
        FailureKind(
            "chapters_not_found",
            .never,
            "The statutes do not have a chapter that was asked for.",
            "Look at the index of titles, or leave the parameter `chapters` out."
        ),
        FailureKind(
            "container_not_started",
            .never,
            "The container engine or the cluster cannot start the runner's container.",
            "Look at the message; as a rule a Secret, an account or a volume is missing."
        ),
        FailureKind(
            "cpu_time",
            .never,
            "The runner used more processor time than it may.",
            "Allow the job more with `--limit`, or ask for fewer units."
        ),
        FailureKind(
            "database_access",
            .never,
            "The database refuses the credentials.",
            "Set working credentials; `ingot doctor` tries them."
        ),
        FailureKind(
            "database_constraint",
            .never,
            "A row broke a rule of its table.",
            "Report it: this version writes no such row."
        ),
        FailureKind(
            "database_malformed_answer",
            .never,
            "The database's answer is not one that D1 gives.",
            "Look at what stands between the runner and D1."
        ),
        FailureKind(
            "database_not_found",
            .never,
            "The database does not exist.",
            "Check the account and the database's id."
        ),
        FailureKind(
            "database_overloaded",
            .always,
            "The database was overloaded for longer than the runner waits.",
            "Wait, or start the job again later."
        ),
        FailureKind(
            "database_statement",
            .never,
            "The database refuses a statement.",
            "Report it; the gateway and the runner must be of one version."
        ),
        FailureKind(
            "database_too_large",
            .never,
            "A row is larger than the database takes.",
            "Look at the unit's document."
        ),
        FailureKind(
            "database_unavailable",
            .always,
            "The database could not be reached, or broke off, for longer than the runner waits.",
            "Check the network and D1's status."
        ),
        FailureKind(
            "database_unexpected",
            .never,
            "The database holds something that this version does not write.",
            "Use one version of Ingot for one store."
        ),
        FailureKind(
            "deadline",
            .never,
            "The job took longer than it may.",
            "Allow the job more with `--limit`, or ask for fewer units."
        ),
        FailureKind(
            "disk_full",
            .never,
            "No space is left on a disk or in a store.",
            "Free some space there, then start the job again."
        ),
        FailureKind(
            "document_truncated",
            .never,
            "A page ends in its middle.",
            "Run the job again; if the site serves the page so, look at it in a browser."
        ),
        FailureKind(
            "document_unexpected",
            .never,
            "A unit's document is not of the form that its source publishes.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "document_wrong_release",
            .never,
            "A unit's document is of another release than its name says.",
            "Wait until upstream has put it right."
        ),
        FailureKind(
            "file_unreadable",
            .never,
            "A captured file cannot be read.",
            "Look at the disk that holds the work folders."
        ),
        FailureKind(
            "file_unwritable",
            .never,
            "A file cannot be written.",
            "Look at the disk and the rights of the folder."
        ),
        FailureKind(
            "gateway_stopped",
            .always,
            "The gateway was stopped while the job ran, and the runner with it.",
            "Start the job again."
        ),
        FailureKind(
            "gateway_unreachable",
            .always,
            "The gateway, which says when hosts may be asked, did not answer the runner for a long time.",
            "Start the gateway again on its data folder; the job is then tried again."
        ),
        FailureKind(
            "gzip_corrupted",
            .never,
            "The bytes of a stored record are not those that were stored.",
            "Run `ingot verify`; then restore the object store."
        ),
        FailureKind(
            "gzip_too_large",
            .never,
            "A stored record is larger than a record can be.",
            "Run `ingot verify`; then restore the object store."
        ),
        FailureKind(
            "html_too_deep",
            .never,
            "A page of upstream is nested deeper than the limit.",
            "Look at the page in a browser."
        ),
        FailureKind(
            "html_too_large",
            .never,
            "A page of upstream is larger than the limit.",
            "Look at the page in a browser."
        ),
        FailureKind(
            "image_unavailable",
            .never,
            "The runner's image is not there, and cannot be had.",
            "Look at its name and tag and at the credentials for its registry, or load it into the container engine."
        ),
        FailureKind(
            "internal",
            .never,
            "The source failed in a way that nobody thought of.",
            "Report it with the job's log."
        ),
        FailureKind(
            "interrupted",
            .never,
            "The source stopped although nobody asked it to.",
            "Report it with the job's log."
        ),
        FailureKind(
            "job_deadline",
            .never,
            "The job had a deadline and had not succeeded until then.",
            "Look at why its attempts failed; then run it again, with a later deadline if it needs more time."
        ),
        FailureKind(
            "job_ended",
            .never,
            "The job that a runner was started for has ended already.",
            "Leave out the job's id to make a new job."
        ),
        FailureKind(
            "kubernetes_refused",
            .sometimes,
            "The cluster's API server refused a call: for good, or for want of a right or of quota, which may come back.",
            "Look at its words; grant the rights that `container/kubernetes/rbac.yaml` lists, or raise the quota."
        ),
        FailureKind(
            "kubernetes_settings",
            .never,
            "The kubeconfig file or the pod's service account cannot be used.",
            "Look at the message, and correct the file that it names."
        ),
        FailureKind(
            "kubernetes_unavailable",
            .always,
            "The cluster's API server did not answer, or is overloaded.",
            "Look whether it can be reached from the gateway."
        ),
        FailureKind(
            "label_changed",
            .never,
            "The source plans another state than the one that the job began with.",
            "Start a new job."
        ),
        FailureKind(
            "label_older_than_live",
            .never,
            "Upstream's state is older than the one that is live.",
            "Ask for a release at or after the live one."
        ),
        FailureKind(
            "launcher_refused",
            .never,
            "What starts runners refuses to start this one.",
            "Look at the launcher's settings, and at the log of the container engine."
        ),
        FailureKind(
            "launcher_unavailable",
            .always,
            "What starts runners could not be reached for longer than the gateway waits.",
            "Start the container engine, and look at the rights of its socket."
        ),
        FailureKind(
            "node_lost",
            .always,
            "The node that the runner ran on is gone or does not answer.",
            "Look at the cluster's nodes."
        ),
        FailureKind(
            "node_too_large",
            .never,
            "A node is larger than a record or a row can be.",
            "Look at the unit's document."
        ),
        FailureKind(
            "object_store_access",
            .never,
            "The object store refuses the credentials.",
            "Set working credentials; `ingot doctor` tries them."
        ),
        FailureKind(
            "object_store_corrupted",
            .never,
            "Stored bytes or an answer do not have the announced length or hash.",
            "Run `ingot verify`."
        ),
        FailureKind(
            "object_store_invalid_range",
            .never,
            "The object store refuses the range of a read.",
            "Run `ingot verify`."
        ),
        FailureKind(
            "object_store_invalid_request",
            .never,
            "The object store refuses a request.",
            "Look at what stands between the runner and the store."
        ),
        FailureKind(
            "object_store_not_found",
            .never,
            "An object or the bucket is not there.",
            "Check the bucket's name; run `ingot verify`."
        ),
        FailureKind(
            "object_store_overloaded",
            .always,
            "The object store was overloaded for longer than the runner waits.",
            "Wait, or start the job again later."
        ),
        FailureKind(
            "object_store_too_large",
            .never,
            "An object is larger than the store takes.",
            "Look at the unit's document."
        ),
        FailureKind(
            "object_store_unavailable",
            .always,
            "The object store could not be reached, or broke off, for longer than the runner waits.",
            "Check the network and the store's status."
        ),
        FailureKind(
            "open_files",
            .never,
            "The runner opened more files than it may.",
            "Allow the job more with `--limit`."
        ),
        FailureKind(
            "origin_missing",
            .never,
            "Nothing says where upstream is.",
            "Start the gateway with `--origin SOURCE=ADDRESS-OR-FOLDER`."
        ),
        FailureKind(
            "origin_unreadable",
            .never,
            "The folder that stands for upstream cannot be read.",
            "Check its path and its rights."
        ),
        FailureKind(
            "out_of_memory",
            .never,
            "The runner used more memory than it may.",
            "Allow the job more with `--limit`."
        ),
        FailureKind(
            "out_of_memory_or_killed",
            .always,
            "The runner was killed, for want of memory or by somebody on its machine.",
            "Allow the job more memory with `--limit`, or look who killed it."
        ),
        FailureKind(
            "parameters_invalid",
            .never,
            "A parameter of the request is wrong.",
            "Correct it; the message names it."
        ),
        FailureKind(
            "permit_refused",
            .never,
            "The gateway does not understand how the runner asks when hosts may be asked.",
            "Use a runner and a gateway of one version."
        ),
        FailureKind(
            "permits_exhausted",
            .always,
            "So many hosts are asked, or so many requests of the job wait, that the gateway keeps track of no more.",
            "Run fewer jobs at the same time, or jobs that ask fewer hosts."
        ),
        FailureKind(
            "processes",
            .never,
            "The runner started more processes than it may.",
            "Allow the job more with `--limit`."
        ),
        FailureKind(
            "proxies_unavailable",
            .always,
            "There is no proxy to ask a host through, and asking without one is not allowed.",
            "Look at `ingot proxies status`; give the pool more sources, or allow `direct_allowed`."
        ),
        FailureKind(
            "proxy_malformed",
            .never,
            "A proxy of the job's parameters is no address of one.",
            "Write proxies as http://HOST:PORT, socks5://HOST:PORT or HOST:PORT."
        ),
        FailureKind(
            "proxy_refused",
            .sometimes,
            "The proxy does not connect to an upstream host; it can pass when it is lent or wants no password.",
            "Let the proxy connect there, or correct `INGOT_FETCH_PROXY` and `INGOT_FETCH_NO_PROXY`."
        ),
        FailureKind(
            "proxy_unreachable",
            .always,
            "The proxy through which upstream is asked cannot be reached.",
            "Check the proxy and `INGOT_FETCH_PROXY`."
        ),
        FailureKind(
            "records_empty",
            .never,
            "A list is empty of which many records are known, or none of its many rows has details.",
            "Look at the site; if it is empty in truth, start the job with `allow_empty`."
        ),
        FailureKind(
            "records_incomplete",
            .always,
            "A list has fewer rows than its site announces, or has changed while it was read page by page.",
            "Nothing: the list is read anew with the next attempt; if it stays so, look at the site."
        ),
        FailureKind(
            "records_shape",
            .never,
            "The rows of a list have members that nobody knows, lack some, or are fewer than were asked for.",
            "Look at the site; if the rows are well all the same, start the job with `allow_shape`."
        ),
        FailureKind(
            "redirect_refused",
            .never,
            "Upstream redirects too often, away from https, or to no http(s) address.",
            "If the site has moved, name its new address as the origin."
        ),
        FailureKind(
            "release_missing_titles",
            .never,
            "The release does not have a title that was asked for.",
            "Ask for other titles, or another release."
        ),
        FailureKind(
            "release_not_found",
            .never,
            "Upstream does not have the release that was asked for.",
            "Ask for a release that `ingot releases` lists."
        ),
        FailureKind(
            "releases_unsupported",
            .never,
            "The source does not list releases.",
            "Nothing: it has only the current state."
        ),
        FailureKind(
            "robots_disallowed",
            .never,
            "The site's `robots.txt` does not let Ingot fetch an address.",
            "Ask the site's owner; with the owner's consent, start the gateway with `--ignore-robots HOST`."
        ),
        FailureKind(
            "roster_moved",
            .always,
            "The details at a place of a roster are of somebody else, as the roster has changed meanwhile.",
            "Nothing: the roster is read anew with the next attempt."
        ),
        FailureKind(
            "runner_evicted",
            .always,
            "The cluster took the runner off its node.",
            "Look at the node's events, and whether it is short of memory or disk."
        ),
        FailureKind(
            "runner_exited",
            .sometimes,
            "The runner ended without having said how the job went; it can pass when it had lost the gateway.",
            "Look at the last lines of its log."
        ),
        FailureKind(
            "runner_killed",
            .sometimes,
            "A signal ended the runner; it can pass when somebody sent it (SIGKILL, SIGTERM).",
            "Look for who sent it, or at the last lines of the log."
        ),
        FailureKind(
            "runner_lost",
            .always,
            "Nobody saw how the runner ended, or it was silent for longer than its lease.",
            "Start the job again."
        ),
        FailureKind(
            "runner_not_found",
            .never,
            "The runner's executable is not where the gateway looks for it.",
            "Put `ingot-runner` beside `ingot`, or say where it is."
        ),
        FailureKind(
            "runner_not_started",
            .sometimes,
            "The runner could not be started; it can pass when the system was short of something.",
            "Look at the message; free processes or memory."
        ),
        FailureKind(
            "runner_stopped",
            .always,
            "The runner was asked to stop, and not by the gateway.",
            "Start the job again."
        ),
        FailureKind(
            "runner_unclear",
            .never,
            "The runner ended without saying how the job went.",
            "Look at the last lines of its log."
        ),
        FailureKind(
            "sandbox_unavailable",
            .never,
            "Runners are to be shut in, and that is not possible on this machine.",
            "Install bubblewrap and allow user namespaces, or start the gateway without `--sandbox`."
        ),
        FailureKind(
            "settings_too_large",
            .never,
            "What the runner is to be told is more than a container's environment holds.",
            "Give the job fewer or shorter parameters."
        ),
        FailureKind(
            "several_failures",
            .sometimes,
            "Several files failed, for different reasons.",
            "Look at the details; each has its own code."
        ),
        FailureKind(
            "store_outdated",
            .never,
            "The store's tables were made by an earlier version.",
            "Use another data folder or database, and ingest again."
        ),
        FailureKind(
            "supplement_not_found",
            .never,
            "The index of titles links to no Supplement.",
            "Leave the parameter `supplement` out."
        ),
        FailureKind(
            "titles_not_found",
            .never,
            "The statutes do not have a title that was asked for.",
            "Look at the index of titles, or leave the parameter `titles` out."
        ),
        FailureKind(
            "unit_too_large",
            .never,
            "A document holds more nodes than a unit can have.",
            "Look at the unit's document."
        ),
        FailureKind(
            "unknown_source",
            .never,
            "The runner does not know the source.",
            "Use a runner and a gateway of one version."
        ),
        FailureKind(
            "unschedulable",
            .always,
            "The cluster has found no node for the runner.",
            "Add nodes, lower the limits of jobs, or look at the namespace's quota."
        ),
        FailureKind(
            "upstream_blocked",
            .never,
            "The site answers with a page that wants to see a person, or refuses to be asked by a program.",
            "Nothing works around it: ask the site's owner for access, and ask less often."
        ),
        FailureKind(
            "upstream_certificate",
            .never,
            "The certificate of an upstream host is not trusted. What a lent proxy shows in its place does not end a job.",
            "If it is the right host, give the certificate that its chain lacks with `--ca-bundle`."
        ),
        FailureKind(
            "upstream_compression",
            .never,
            "Upstream sent a body in a coding that nobody asked for, or one that unpacks beyond measure.",
            "Look at what upstream, or what stands before it, serves there."
        ),
        FailureKind(
            "upstream_html",
            .always,
            "Upstream sent a page where a file was to be.",
            "Look at the address in a browser."
        ),
        FailureKind(
            "upstream_maintenance",
            .always,
            "Upstream's site says that it is under maintenance.",
            "Try again later."
        ),
        FailureKind(
            "upstream_malformed",
            .always,
            "An answer is not what was asked for: a page in the place of data, data that is cut off.",
            "Look at the address in a browser; if the site has changed, its source must be adapted."
        ),
        FailureKind(
            "upstream_not_found",
            .never,
            "Upstream does not have a file or page.",
            "Check that upstream still publishes it, or ask for another release."
        ),
        FailureKind(
            "upstream_page_changed",
            .never,
            "A page of upstream has not the form that its source knows.",
            "Look at it in a browser; the source has to learn a new form."
        ),
        FailureKind(
            "upstream_status",
            .sometimes,
            "Upstream answered with an error; it can pass when the status is 408, 429 or one of the server's own.",
            "Look at the address in a browser."
        ),
        FailureKind(
            "upstream_too_large",
            .never,
            "A file of upstream, a list or one of its rows is larger than the limit.",
            "Look at what upstream serves there; ask for a part of a list where its source can."
        ),
        FailureKind(
            "upstream_unreachable",
            .always,
            "Upstream could not be reached, or its answer broke off, again and again.",
            "Check the network and the origin."
        ),
        FailureKind(
            "upstream_unsafe_name",
            .never,
            "A file's name that upstream gives would lead out of its folder.",
            "Look at upstream's page."
        ),
        FailureKind(
            "validation_failed",
            .never,
            "What was read is not whole, or the store would not show it whole.",
            "Compare the captures with upstream; let through by name what upstream did publish so."
        ),
        FailureKind(
            "work_folder_unusable",
            .sometimes,
            "The folder of an attempt's own files cannot be made or used; it can pass when the gateway makes it.",
            "Look at the disk and the rights of the folder."
        ),
        FailureKind(
            "xml_doctype",
            .never,
            "A document declares a document type, which no source needs.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "xml_empty",
            .never,
            "A document is empty.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "xml_malformed",
            .never,
            "A document is not well-formed.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "xml_token_too_large",
            .never,
            "A piece of a document is larger than the limit.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "xml_too_deep",
            .never,
            "A document is nested deeper than the limit.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "xml_too_many_attributes",
            .never,
            "An element has more attributes than the limit.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "zip_bomb",
            .never,
            "A zip's entry grows beyond all measure.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "zip_corrupted",
            .never,
            "A zip's entry does not have its own checksum or length.",
            "Start the job again; if it stays so, compare the capture with upstream."
        ),
        FailureKind(
            "zip_encrypted",
            .never,
            "A zip's entry is encrypted.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "zip_malformed",
            .never,
            "A file is not a zip.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "zip_overlapping_entries",
            .never,
            "Entries of a zip overlap.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "zip_too_large",
            .never,
            "A zip to be written would be too large for its format.",
            "Write fewer sections."
        ),
        FailureKind(
            "zip_unsafe_name",
            .never,
            "An entry's name in a zip would lead out of its folder.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "zip_unsupported",
            .never,
            "A zip uses a form that is not read.",
            "Compare the unit's capture with upstream."
        ),
        FailureKind(
            "zip_without_xml",
            .never,
            "A zip holds no XML document.",
            "Compare the unit's capture with upstream."
        ),
    ]
}
