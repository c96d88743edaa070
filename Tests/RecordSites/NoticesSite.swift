public import IngotCore

/// A strict stand-in of the made-up register in the guide to writing a source.
public struct NoticesSite: SiteImitation {
    let notices: [JSONValue]
    /// How many there are, as it says.
    let total: Int

    public init(_ notices: [JSONValue], claiming total: Int? = nil) {
        self.notices = notices
        self.total = total ?? notices.count
    }

    public func answer(_ request: SiteRequest) -> ImitatedAnswer {
        guard request.method == "GET", request.path == "/notices.json" else { return .refusal(404, "no such path") }
        guard Set(request.query.keys) == ["year", "page"], request.query["year"] == "2026",
            let page = Int(request.query["page"] ?? ""), page > 0
        else { return .refusal(400, "not a question of the register") }
        let rows = Array(notices.dropFirst((page - 1) * 50).prefix(50))
        let answer: JSONValue = ["notices": .array(rows), "total": .integer(Int64(total))]
        return .json(answer.canonicalBytes)
    }
}
