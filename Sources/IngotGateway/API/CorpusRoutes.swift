import Hummingbird
import IngotCore
import IngotLaw

/// The routes that tell what there is of a source: what is live, how it grew, and what it consists of.
struct CorpusRoutes: Sendable {
    let catalog: SourceCatalog
    let reader: CorpusReader
    private let counts = KeptCounts()

    init(catalog: SourceCatalog, reader: CorpusReader) {
        self.catalog = catalog
        self.reader = reader
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/sources/{source}", for: .role(.viewer)) { _, context in
            try await overview(of: try context.parameters.require("source"))
        }
        routes.on(.get, "/api/sources/{source}/sizes", for: .role(.viewer)) { request, context in
            try await sizes(of: try context.parameters.require("source"), request)
        }
        routes.on(.get, "/api/sources/{source}/contents", for: .role(.viewer)) { request, context in
            try await contents(of: try context.parameters.require("source"), request)
        }
    }

    // MARK: - Overview

    /// A source with what readers see of it.
    struct Overview: Encodable {
        var description: SourceDescription
        var live: LawRevision?
        var size: LawSize?

        private enum CodingKeys: String, CodingKey { case live, size }

        func encode(to encoder: any Encoder) throws {
            try description.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(live, forKey: .live)
            try container.encodeIfPresent(size, forKey: .size)
        }
    }

    private func overview(of source: String) async throws -> Response {
        guard let description = catalog.descriptions.first(where: { $0.id == source }) else {
            throw Problem.unknownSource(source, known: catalog.descriptions.map(\.id))
        }
        let size = try await reader.sizes(of: source, limit: 1).first
        var live: LawRevision?
        if let size { live = try await reader.revisions(of: source, before: size.revision + 1, limit: 1).first }
        return try .json(Overview(description: description, live: live, size: size))
    }

    // MARK: - Sizes

    private struct SizeList: Encodable {
        var source: String
        var sizes: [LawSize]
    }

    private func sizes(of source: String, _ request: Request) async throws -> Response {
        let limit = try request.queryNumber("limit", in: 1...500) ?? 100
        return try .json(SizeList(source: source, sizes: await reader.sizes(of: source, limit: limit)))
    }

    // MARK: - Contents

    private struct Contents: Encodable {
        var source: String
        var revision: Int64
        var label: String
        var counts: [LawNodeCount]
    }

    private func contents(of source: String, _ request: Request) async throws -> Response {
        try await Problem.fromReading {
            let view = try await reader.view(of: source, at: request.query("at"))
            let counts = try await counts.counts(in: view, of: reader)
            return try .json(Contents(source: source, revision: view.revision, label: view.label, counts: counts))
        }
    }
}

/// The counts of a few states, which do not change once they can be read.
private actor KeptCounts {
    private static let maximum = 16

    private var kept: [(view: CorpusReader.View, counts: [LawNodeCount])] = []
    private var questions: [(view: CorpusReader.View, answer: Task<[LawNodeCount], any Error>)] = []

    /// The counts of a state; whoever asks while another one is being answered waits for the same answer.
    func counts(in view: CorpusReader.View, of reader: CorpusReader) async throws -> [LawNodeCount] {
        if let known = kept.first(where: { $0.view == view }) { return known.counts }
        if let question = questions.first(where: { $0.view == view }) { return try await question.answer.value }
        let answer = Task { try await reader.counts(in: view) }
        questions.append((view, answer))
        defer { questions.removeAll { $0.view == view } }
        let counts = try await answer.value
        kept.append((view, counts))
        if kept.count > Self.maximum { kept.removeFirst() }
        return counts
    }
}
