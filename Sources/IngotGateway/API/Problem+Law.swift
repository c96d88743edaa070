import HTTPTypes
import IngotCore
import IngotLaw

extension Problem {
    static func badPath(_ detail: String) -> Problem {
        Problem("bad-path", .badRequest, title: "The address cannot be read.", detail: detail)
    }

    static func notAcceptable(offers: [String]) -> Problem {
        Problem(
            "not-acceptable",
            .notAcceptable,
            title: "There is no such representation.",
            detail: "Accept names none of \(offers.joined(separator: ", ")).",
            extensions: ["types": .array(offers.map(JSONValue.string))]
        )
    }

    /// What the corpus cannot answer.
    init(_ error: LawReadingError) {
        switch error {
        case .unknownSource:
            self.init("not-ingested", .notFound, title: "Nothing has been ingested.", detail: "\(error)")
        case .unknownLabel(_, let known):
            self.init(
                "unknown-label",
                .notFound,
                title: "The label has not been ingested.",
                detail: "\(error)",
                extensions: ["labels": .array(known.map(JSONValue.string))]
            )
        case .unknownKey:
            self.init("unknown-key", .notFound, title: "There is no such node.", detail: "\(error)")
        case .takenBack:
            self.init("taken-back", .conflict, title: "The label was reverted meanwhile.", detail: "\(error)")
        case .tooManyNames:
            self.init("too-many-names", .contentTooLarge, title: "The answer would be too large.", detail: "\(error)")
        case .corruptedRecord:
            self.init("damaged-record", .internalServerError, title: "A record is damaged.", detail: "\(error)")
        }
    }

    /// Turns what the corpus cannot answer into problem documents.
    static func fromReading<Answer>(_ answer: () async throws -> Answer) async throws -> Answer {
        do {
            return try await answer()
        } catch let error as LawReadingError {
            throw Problem(error)
        }
    }
}
