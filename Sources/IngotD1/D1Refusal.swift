import IngotCore

/// What each refusal of D1's REST interface means.
///
/// It is told by HTTP status, by Cloudflare's code, and by words where both say too little. The first rule that fits
/// counts.
///
/// Texts are looked for as parts, because their ends change: `SQLITE_CONSTRAINT` became
/// `SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)`.
struct D1Refusal: Sendable {
    private var statuses: ClosedRange<Int>?
    private var codes: [Int]?
    private var texts: [String]?
    var kind: DatabaseError.Kind
    var retry: CallFailure.Retry
    /// What the operator does next.
    var advice: String

    private init(
        status statuses: ClosedRange<Int>? = nil,
        codes: [Int]? = nil,
        texts: [String]? = nil,
        _ kind: DatabaseError.Kind,
        _ retry: CallFailure.Retry,
        _ advice: String
    ) {
        self.statuses = statuses
        self.codes = codes
        self.texts = texts
        self.kind = kind
        self.retry = retry
        self.advice = advice
    }

    /// - Parameter duration: how long the server took; a gateway that gives up after nearly as long as D1 lets a call
    ///   run tells that the call was too much.
    static func refusal(status: Int, code: Int?, message: String, after duration: Duration = .zero) -> D1Refusal {
        if status == 504, duration >= nearlyTimeLimit { return tooSlow }
        return rules.first { $0.fits(status, code, message) } ?? unknown
    }

    /// D1 itself ends a call after 30 seconds.
    private static let nearlyTimeLimit = Duration.seconds(25)

    private static let tooSlow = D1Refusal(
        .tooLarge,
        .onceIfIdempotent,
        "make calls of fewer rows: one call has 30 seconds"
    )

    private func fits(_ status: Int, _ code: Int?, _ message: String) -> Bool {
        statuses?.contains(status) ?? true
            && codes.map { codes in code.map(codes.contains) ?? false } ?? true
            && texts?.contains { message.contains($0) } ?? true
    }

    private typealias Name = StorageSettings.Name

    private static let unknown = D1Refusal(
        .statement,
        .never,
        "this refusal is not known here; look for its code and text in Cloudflare's documentation of D1"
    )

    /// Passing failures by their words
    /// (<https://developers.cloudflare.com/d1/observability/debug-d1/>).
    private static let transientTexts = [
        "Network connection lost", "storage caused object to be reset", "reset because its code was updated",
        "Cannot resolve D1 DB due to transient issue", "Internal error while starting up D1 DB storage",
        "Can't read from request stream because client disconnected",
    ]

    private static let again = "try again later; if it stays, look at https://www.cloudflarestatus.com"

    private static let rules: [D1Refusal] = [
        // The rate limit stands before the database, so nothing ran.
        D1Refusal(
            codes: [971],
            .overloaded,
            .whenAdmitted,
            "make fewer and larger calls: 1,200 in five minutes are allowed, whatever the token or its user is used for"
        ),
        // What SQLite says comes before other words, which a name in it may hold.
        D1Refusal(texts: ["SQLITE_CONSTRAINT"], .constraint, .never, "the row breaks a rule of its table"),
        D1Refusal(
            texts: ["SQLITE_AUTH", "not authorized to use function"],
            .statement,
            .never,
            "D1 does not allow this statement or function"
        ),
        D1Refusal(
            texts: ["no such table", "no such column", "has no column named"],
            .statement,
            .never,
            "the database's tables are of another version, or of something else; check \(Name.databaseID)"
        ),
        // An overloaded database may have begun.
        D1Refusal(
            texts: ["overloaded", "Requests queued for too long", "Too many requests queued"],
            .overloaded,
            .ifIdempotent,
            "run fewer jobs on this database at once"
        ),
        D1Refusal(
            status: 429...429,
            .overloaded,
            .whenAdmitted,
            "make fewer and larger calls: 1,200 in five minutes are allowed, whatever the token or its user is used for"
        ),

        D1Refusal(status: 413...413, .tooLarge, .never, "make calls of fewer rows"),
        D1Refusal(
            texts: DatabaseError.oversizeTexts,
            .tooLarge,
            .never,
            "make calls of fewer rows: a value or row holds 2,000,000 bytes, a statement 100,000"
        ),
        D1Refusal(
            texts: DatabaseError.heavyTexts,
            .tooLarge,
            .onceIfIdempotent,
            "make calls of fewer rows: one call has 30 seconds and a small memory"
        ),
        D1Refusal(texts: transientTexts, .unavailable, .ifIdempotent, again),

        D1Refusal(
            codes: [7403],
            .access,
            .once,
            "give the token of \(Name.databaseToken) the permission D1 Edit (D1 Write in some pages), and check that "
                + "\(Name.databaseID) is a database of the account \(Name.accountID)"
        ),
        D1Refusal(
            codes: [10000],
            .access,
            .never,
            "check that \(Name.databaseToken) holds a token of the account \(Name.accountID) that is still valid and "
                + "has the permission D1 Edit"
        ),
        D1Refusal(
            codes: [9106],
            .access,
            .never,
            "no token arrived; check that what stands at \(Name.databaseBaseURL) passes the Authorization header on"
        ),
        D1Refusal(
            codes: [9109],
            .access,
            .never,
            "\(Name.databaseToken) holds no valid token; make a new one with the permission D1 Edit"
        ),
        D1Refusal(
            codes: [6003, 6111],
            .access,
            .never,
            "\(Name.databaseToken) does not look like a token; check that it was copied whole, without quotes or spaces"
        ),
        D1Refusal(
            codes: [7404],
            .notFound,
            .never,
            "check \(Name.databaseID): the account \(Name.accountID) has no such database"
        ),
        D1Refusal(
            codes: [7003],
            .notFound,
            .never,
            "check \(Name.accountID) and \(Name.databaseID): one of them is not an id"
        ),
        D1Refusal(
            codes: [7400],
            texts: ["decode id"],
            .notFound,
            .never,
            "check \(Name.databaseID): it is a UUID, not the database's name"
        ),
        D1Refusal(
            codes: [7400],
            texts: ["multiple statements"],
            .statement,
            .never,
            "send each statement that binds parameters as an entry of a batch"
        ),
        D1Refusal(codes: [7400], .statement, .never, "D1 does not understand the call; check \(Name.databaseBaseURL)"),

        D1Refusal(
            texts: ["SQLITE_FULL", "maximum DB size"],
            .full,
            .never,
            "the database is full: remove old revisions, move to the paid plan (10 GB), or use another database"
        ),
        D1Refusal(
            texts: ["too many SQL variables", "variable number must be"],
            .statement,
            .never,
            "bind at most 100 values, or carry them in one JSON parameter"
        ),
        D1Refusal(
            texts: ["Wrong number of parameter bindings"],
            .statement,
            .never,
            "bind one value for each placeholder of the statement"
        ),
        D1Refusal(
            texts: ["SQLITE_CORRUPT", "SQLITE_NOTADB"],
            .malformedAnswer,
            .never,
            "the database is damaged; restore it to an earlier time, or ingest into a new one"
        ),
        D1Refusal(texts: ["SQLITE_BUSY", "SQLITE_LOCKED"], .overloaded, .ifIdempotent, again),

        // The gateway in front of D1, or D1 without a word that is known.
        D1Refusal(
            status: 504...504,
            .unavailable,
            .ifIdempotent,
            "one call has 30 seconds: try again with smaller calls"
        ),
        D1Refusal(status: 500...599, .unavailable, .ifIdempotent, again),
        D1Refusal(status: 408...409, .unavailable, .ifIdempotent, again),
        D1Refusal(status: 425...425, .unavailable, .ifIdempotent, again),
        D1Refusal(
            status: 401...401,
            .access,
            .never,
            "check that \(Name.databaseToken) holds a valid token with the permission D1 Edit"
        ),
        D1Refusal(
            status: 403...403,
            .access,
            .never,
            "check that the token of \(Name.databaseToken) has the permission D1 Edit, and that it may be used from this "
                + "address"
        ),
        D1Refusal(
            status: 404...404,
            .notFound,
            .never,
            "check \(Name.databaseBaseURL), \(Name.accountID) and \(Name.databaseID)"
        ),
        D1Refusal(
            status: 300...399,
            .malformedAnswer,
            .never,
            "check \(Name.databaseBaseURL): what stands there sends to another address, where the token must not go"
        ),
        D1Refusal(codes: [7500], .statement, .never, "correct the statement"),
    ]
}
