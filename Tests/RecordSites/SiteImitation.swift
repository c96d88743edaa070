/// How a site answers when nothing gets in the way.
public protocol SiteImitation: Sendable {
    func answer(_ request: SiteRequest) -> ImitatedAnswer
}

/// An answer of an imitated site.
public struct ImitatedAnswer: Sendable {
    public var status: Int
    public var type: String
    public var headers: [(String, String)]
    public var body: [UInt8]
    /// Set for a body that is cut off.
    var announcedLength: Int?

    public init(
        status: Int = 200,
        type: String = "text/plain",
        headers: [(String, String)] = [],
        body: [UInt8] = []
    ) {
        self.status = status
        self.type = type
        self.headers = headers
        self.body = body
    }

    static func page(_ html: String, headers: [(String, String)] = [], status: Int = 200) -> ImitatedAnswer {
        ImitatedAnswer(status: status, type: "text/html; charset=utf-8", headers: headers, body: Array(html.utf8))
    }

    static func json(_ bytes: [UInt8], headers: [(String, String)] = []) -> ImitatedAnswer {
        ImitatedAnswer(type: "application/json; charset=utf-8", headers: headers, body: bytes)
    }

    /// What a site says to a request that breaks its rules; the reason is for whoever reads a failing test.
    static func refusal(_ status: Int, _ reason: String) -> ImitatedAnswer {
        ImitatedAnswer(status: status, type: "text/plain", body: Array(reason.utf8))
    }
}
