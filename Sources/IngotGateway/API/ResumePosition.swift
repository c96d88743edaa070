import Hummingbird

/// Up to where a client that lost its connection has an event stream.
struct ResumePosition: Sendable {
    let number: Int64
    /// The part of the query that has it; `nil` when `Last-Event-ID` does.
    fileprivate let query: String?

    /// The problem with the position, as the end of a sentence about what it stands in.
    func refusal(_ detail: String) -> Problem {
        query.map { Problem.invalidQuery($0, detail) } ?? Problem.invalidHeader("Last-Event-ID", detail)
    }
}

extension Request {
    /// The position of `Last-Event-ID` or, where a client cannot send that, of the query; `nil` for a first connection.
    ///
    /// - Parameters:
    ///   - name: the name in the query.
    ///   - meaning: what the number is.
    /// - Throws: ``Problem`` 400 when it is no such number.
    func resumePosition(query name: String, of meaning: String) throws -> ResumePosition? {
        let header = headers.value(named: "Last-Event-ID").flatMap { $0.isEmpty ? nil : $0 }
        guard let text = header ?? uri.queryParameters[Substring(name)].map({ String($0) }) else { return nil }
        let position = ResumePosition(number: Int64(text) ?? -1, query: header == nil ? name : nil)
        guard position.number >= 0 else { throw position.refusal("is not \(meaning)") }
        return position
    }
}
