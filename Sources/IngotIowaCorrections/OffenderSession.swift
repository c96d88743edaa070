import IngotCore
import IngotFetch
import IngotMarkup
import IngotRecords

/// A session with the search: its cookies and the token that its page has given.
struct OffenderSession {
    let session: SiteSession
    let token: String

    static let page = "/Offender/Search"
    private static let tokenName = "__RequestVerificationToken"

    init(_ run: RecordRun) async throws {
        session = try await run.session()
        let answer = try await session.get(Self.page, headers: [("accept", "text/html")])
        let input = try HTMLDocument(answer.body).root.elements {
            $0.name == "input" && $0.attributes["name"] == Self.tokenName
        }.first
        guard let token = input?.attributes["value"], !token.isEmpty else {
            throw await session.unexpected(answer, "has no \(Self.tokenName)")
        }
        self.token = token
    }
}
