import HTTPTypes
import Hummingbird
import IngotCore
import IngotLaw
import NIOCore

/// Answers `GET /api/diff`: what changed between two labels, or, with a key, what changed in one node's texts.
struct LawDifferenceAnswer: Sendable {
    let reader: CorpusReader
    let standing: CallerStanding

    /// Changes are sent in pieces of about this size.
    private static let pieceBytes = 64 << 10
    private static let maximumPageChanges = 1000

    func answer(_ request: Request) async throws -> Response {
        guard let source = request.query("source") else {
            throw Problem.invalidQuery("source", "must name a source, for example usc")
        }
        guard let from = request.query("from") else {
            throw Problem.invalidQuery("from", "must be the label to compare with")
        }
        let comparison = try await reader.comparison(
            of: source,
            from: from,
            to: request.query("to"),
            unit: request.query("unit"),
            level: request.query("level")
        )
        if let key = request.query("key") {
            return try .json(
                NodeAnswer(states: States(comparison), difference: try await reader.difference(of: key, in: comparison))
            )
        }
        if let limit = try request.queryNumber("limit", in: 1...Self.maximumPageChanges) {
            return try .json(try await page(of: comparison, limit: limit, request))
        }
        for name in ["cursor", "change"] where request.query(name) != nil {
            throw Problem.invalidQuery(name, "is for lists in pages, with limit")
        }
        let states = try JSONText.encode(States(comparison)).dropLast()
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                var summary = LawChangeSummary()
                var piece = Array(states) + Array(#","changes":["#.utf8)
                for try await change in reader.changes(in: comparison) {
                    if summary != LawChangeSummary() { piece.append(UInt8(ascii: ",")) }
                    summary.add(change)
                    piece += try JSONText.encode(change)
                    if piece.count > Self.pieceBytes {
                        try standing.require()
                        try await writer.write(ByteBuffer(bytes: piece))
                        piece = []
                    }
                }
                piece += Array(#"],"summary":"#.utf8) + (try JSONText.encode(summary)) + [UInt8(ascii: "}")]
                try standing.require()
                try await writer.write(ByteBuffer(bytes: piece))
                try await writer.finish(nil)
            }
        )
    }

    /// A page of the changes; the first one with their numbers.
    private func page(of comparison: LawComparison, limit: Int, _ request: Request) async throws -> PageAnswer {
        let kinds = try request.query("change").map { text in
            Set(
                try text.split(separator: ",").map { name in
                    guard let kind = LawChange.Kind(rawValue: String(name)) else {
                        throw Problem.invalidQuery("change", "must name added, changed, moved or removed")
                    }
                    return kind
                }
            )
        }
        let cursor = try request.query("cursor").map { text in
            guard let cursor = LawChangeCursor(text), cursor.belongs(to: comparison) else {
                throw Problem.invalidQuery("cursor", "belongs to another list; start again without it")
            }
            return cursor
        }
        let page = try await reader.changes(in: comparison, kinds: kinds, after: cursor, limit: limit)
        let summary = cursor == nil ? try await reader.changeSummary(of: comparison) : nil
        return PageAnswer(
            states: States(comparison),
            changes: page.changes,
            summary: summary?.all,
            units: summary?.units.map { PageAnswer.Unit(unit: $0.unit, summary: $0.summary) },
            next: page.next?.text
        )
    }

    private struct PageAnswer: Encodable {
        var states: States
        var changes: [LawChange]
        var summary: LawChangeSummary?
        var units: [Unit]?
        var next: String?

        struct Unit: Encodable {
            var unit: String
            var summary: LawChangeSummary
        }

        enum CodingKeys: String, CodingKey {
            case changes, summary, units, next
        }

        func encode(to encoder: any Encoder) throws {
            try states.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(changes, forKey: .changes)
            try container.encodeIfPresent(summary, forKey: .summary)
            try container.encodeIfPresent(units, forKey: .units)
            // `null` on the last page, so that the member is always there.
            try container.encode(next, forKey: .next)
        }
    }

    /// Which states were compared.
    private struct States: Encodable {
        var source: String
        var from: State
        var to: State

        struct State: Encodable {
            var label: String
            var revision: Int64
        }

        init(_ comparison: LawComparison) {
            source = comparison.source
            from = State(label: comparison.from.label, revision: comparison.from.revision)
            to = State(label: comparison.to.label, revision: comparison.to.revision)
        }
    }

    private struct NodeAnswer: Encodable {
        var states: States
        var difference: LawNodeDifference

        func encode(to encoder: any Encoder) throws {
            try states.encode(to: encoder)
            try difference.encode(to: encoder)
        }
    }
}
