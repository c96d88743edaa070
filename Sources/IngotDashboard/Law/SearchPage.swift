import HTTPTypes
import IngotCore

/// Search by words and by citation.
enum SearchPage {
    struct Content {
        var question: String
        var isAsked: Bool
        var sources: [LawStates.Choice]
        var asOf: AsOf?
        var isInForce: Bool
        var places: [LawStates.Choice]
        var problem: Problem?
        var hasCited = false
        var cited: [Hit] = []
        var citedTitle = ""
        var hasHits = false
        var hits: [Hit] = []
        var hitsTitle = ""
        var isFound: Bool
        var isNothing: Bool
        var next: String?
        var isTruncated: Bool
        var isLater: Bool
        var firstPage: String
        var state: String?
    }

    struct AsOf {
        var choices: [LawStates.Choice]
    }

    struct Problem {
        var problemTitle: String
        var problemDetail: String?
    }

    struct Hit {
        var address: String
        var name: String
        var citation: String?
        var source: String
        var status: String?
        var hasSnippet: Bool
        var snippet: [Piece]
    }

    struct Piece {
        var text: String
        var isMatch: Bool
    }

    private static let places = [("all", "anywhere"), ("heading", "in headings"), ("text", "in the text")]

    static func page(_ asking: PageRequest) async throws -> Page {
        let question = asking.query("q")?.trimmingBlanks ?? ""
        let source = asking.query("source")
        let label = source == nil ? nil : asking.query("at")
        let status = asking.query("status") == "in_force" ? "in_force" : nil
        let place = places.first { $0.0 == asking.query("in") }?.0 ?? "all"
        let cursor = asking.query("cursor")
        func address(_ cursor: String?) -> String {
            PageAddress.text(
                "/search",
                [
                    "q": question, "source": source, "at": label, "status": status,
                    "in": place == "all" ? nil : place, "cursor": cursor,
                ]
            )
        }
        var content = Content(
            question: question,
            isAsked: !question.isEmpty,
            sources: try await sources(chosen: source, asking),
            asOf: nil,
            isInForce: status != nil,
            places: places.map { LawStates.Choice(value: $0.0, text: $0.1, isChosen: $0.0 == place) },
            problem: nil,
            isFound: false,
            isNothing: false,
            next: nil,
            isTruncated: false,
            isLater: cursor != nil,
            firstPage: address(nil),
            state: label
        )
        if let source {
            let states = try await LawStates.of(source, asking)
            if states.all.count > 1 { content.asOf = AsOf(choices: states.choices(label ?? states.newest?.label)) }
        }
        var httpStatus = HTTPResponse.Status.ok
        if content.isAsked {
            do {
                let answer = try await asking.get(
                    "/api/search",
                    ["q": question, "source": source, "at": label, "status": status, "in": place, "cursor": cursor]
                )
                let all = answer["hits"]?.arrayValue ?? []
                content.cited = all.filter { $0["cited"]?.boolValue == true }.map { hit($0, at: label) }
                content.hits = all.filter { $0["cited"]?.boolValue != true }.map { hit($0, at: label) }
                content.hasCited = !content.cited.isEmpty
                content.hasHits = !content.hits.isEmpty
                content.hitsTitle = content.hasCited ? "What mentions it" : "Hits"
                content.citedTitle =
                    content.cited.count == 1 ? "The provision that you cite" : "Provisions with that number"
                content.isFound = !all.isEmpty
                content.isNothing = all.isEmpty
                content.next = answer["next_cursor"]?.stringValue.map(address)
                content.isTruncated = answer["truncated"]?.boolValue ?? false
            } catch let refusal as APIRefusal
                where refusal.status.kind == .clientError && refusal.status != .unauthorized
            {
                content.problem = Problem(problemTitle: refusal.title, problemDetail: refusal.detail)
                httpStatus = refusal.status
            }
        }
        var page = Page(
            title: question.isEmpty ? "Search" : "\(question) – Search",
            part: .search,
            template: "search",
            content: content,
            styles: ["law.css"]
        )
        page.status = httpStatus
        return page
    }

    private static func sources(chosen: String?, _ asking: PageRequest) async throws -> [LawStates.Choice] {
        let answer = try await asking.get("/api/sources")
        let sources = (answer["sources"]?.arrayValue ?? []).filter { $0["document_type"]?.stringValue != "none" }
        return [LawStates.Choice(value: "", text: "all law", isChosen: chosen == nil)]
            + sources.map { source in
                let id = source["id"]?.stringValue ?? ""
                return LawStates.Choice(value: id, text: source["name"]?.stringValue ?? id, isChosen: id == chosen)
            }
    }

    private static func hit(_ hit: JSONValue, at label: String?) -> Hit {
        let title = LawTitle.of(hit)
        let snippet = hit["snippet"]?.arrayValue ?? []
        return Hit(
            address: LawAddress.page(hit["key"]?.stringValue ?? "", at: label),
            name: title,
            citation: hit["citation"]?.stringValue,
            source: hit["source"]?.stringValue ?? "",
            status: hit["status"]?.stringValue.map(LawTitle.capitalized),
            hasSnippet: !snippet.isEmpty,
            snippet: snippet.map { piece in
                Piece(text: piece["text"]?.stringValue ?? "", isMatch: piece["match"]?.boolValue ?? false)
            }
        )
    }
}
