import IngotCore
import IngotFetch
import IngotRecords

/// The newer portal: one page that asks an API, with a token from a cookie in a header.
///
/// A stale token gives one new session; when that is refused too, the run ends.
actor NewerPortal {
    private let run: RecordRun
    /// The application's route by which a session begins, for example `/cadcalls`.
    private let route: String
    private var session: SiteSession?
    private var agency: Int64?
    private var hasRenewed = false

    /// The most rows that one answer has; above it the portal answers 400.
    static let rowsPerAnswer = 200

    init(_ run: RecordRun, route: String) {
        self.run = run
        self.route = route
    }

    /// The agency's number in paths.
    func agencyNumber() async throws -> Int64 {
        if let agency { return agency }
        let session = try await opened()
        let answer = try await session.get("/api/Agency/InitialSettings", headers: headers(of: session))
        let settings = try await session.json(of: answer)
        guard let number = settings["AgencyId"]?.integerValue else {
            throw await session.unexpected(answer, "names no AgencyId")
        }
        guard settings["IsDeleted"]?.boolValue != true else {
            throw JobFailure(code: "upstream_not_found", message: "The portal says that its agency is deleted.")
        }
        agency = number
        return number
    }

    /// Asks with GET.
    func get(_ path: String) async throws -> JSONValue {
        let session = try await opened()
        return try await session.json(of: session.get(path, headers: headers(of: session)))
    }

    /// Asks with POST; with a new session when the token is stale.
    func post(_ path: String, _ body: JSONValue) async throws -> JSONValue {
        while true {
            let session = try await opened()
            let token = try await token(of: session)
            let answer = try await session.postAllowingRefusal(
                path,
                json: body,
                headers: headers(of: session) + [("x-xsrf-token", token), ("referer", session.site + route)]
            )
            if answer.isSuccess, !answer.isPage { return try await session.json(of: answer) }
            // A page in the place of data may be a challenge: that is the end.
            let failure = await session.unexpected(answer, "refuses the token (status \(answer.status))")
            guard failure.isTransient, !hasRenewed else {
                guard failure.isTransient, answer.status == 403 else { throw failure }
                throw JobFailure(
                    code: "upstream_blocked",
                    message: "\(session.site)\(path) answers 403 to a new session too.",
                    advice: "Nothing works around it. Ask the site's owner for access, and ask less often."
                )
            }
            hasRenewed = true
            self.session = nil
        }
    }

    private func opened() async throws -> SiteSession {
        if let session { return session }
        let session = try await run.session()
        _ = try await session.get(route, headers: [("accept", "text/html")])
        // A page of something else, for example about maintenance, begins no session: what is asked in it is refused.
        _ = try await token(of: session)
        self.session = session
        return session
    }

    private func token(of session: SiteSession) async throws -> String {
        guard let token = await session.cookie("XSRF-TOKEN") else {
            throw JobFailure(
                code: "upstream_malformed",
                message: "\(session.site)\(route) has set no cookie XSRF-TOKEN.",
                advice: "Look at the site in a browser; if it has changed, its source must be adapted.",
                isTransient: true
            )
        }
        return token
    }

    private func headers(of session: SiteSession) -> [(String, String)] { [("accept", "application/json")] }

    /// The body of a question for a part of a list.
    static func question(
        skip: Int,
        take: Int,
        sortedBy name: String,
        isDescending: Bool,
        further: [String: JSONValue] = [:]
    ) -> JSONValue {
        let question: [String: JSONValue] = [
            "IncludeCount": true,
            "PagingOptions": [
                "Take": .integer(Int64(take)), "Skip": .integer(Int64(skip)),
                "SortOptions": [
                    [
                        "Name": .string(name), "SortDirection": isDescending ? "Descending" : "Ascending",
                        "Sequence": 1,
                    ]
                ],
            ],
            "FilterOptionsParameters": ["IntersectionSearch": true, "SearchText": "", "Parameters": []],
        ]
        return .object(question.merging(further) { $1 })
    }
}
