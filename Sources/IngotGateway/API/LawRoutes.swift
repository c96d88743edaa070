import HTTPTypes
import Hummingbird
import IngotCore
import IngotLaw
import NIOCore

/// The routes that read the law: nodes, trees, revisions, export, verification.
struct LawRoutes: Sendable {
    let reader: CorpusReader

    /// The most nodes in one tree's answer.
    private static let maximumTreeNodes = 20_000

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/law/**") { request, _ in try await law(request) }
        routes.on(.get, "/api/export") { request, _ in try await export(request) }
        routes.on(.get, "/api/sources/{source}/revisions") { _, context in
            let source = try context.parameters.require("source")
            return try Response.json(RevisionList(revisions: await reader.revisions(of: source)))
        }
        routes.on(.get, "/api/sources/{source}/units") { request, context in
            let source = try context.parameters.require("source")
            return try await answering {
                let view = try await reader.view(of: source, at: request.query("at"))
                return try nodes(await reader.children(of: nil, in: view), view, isTruncated: false)
            }
        }
        routes.on(.get, "/api/sources/{source}/verify") { _, context in
            let source = try context.parameters.require("source")
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
                body: ResponseBody { writer in
                    for try await line in reader.verify(source) {
                        try await writer.write(ByteBuffer(bytes: JSONText.encode(line) + [UInt8(ascii: "\n")]))
                    }
                    try await writer.finish(nil)
                }
            )
        }
    }

    private struct RevisionList: Encodable {
        var revisions: [LawRevision]
    }

    // MARK: - Nodes

    private func law(_ request: Request) async throws -> Response {
        guard let path = PercentEncoding.decode(request.uri.path.dropFirst("/api/law".count)) else {
            throw Problem.badPath("The path is not valid percent-encoded UTF-8.")
        }
        let children = "/children"
        return try await answering {
            if path.hasSuffix(children) {
                return try await tree(of: String(path.dropLast(children.count)), request)
            }
            return try await node(path, request)
        }
    }

    private func node(_ key: String, _ request: Request) async throws -> Response {
        let (entry, view) = try await reader.entry(key, at: request.query("at"))
        let record = try await reader.record(of: entry)
        switch request.query("format") ?? "json" {
        case "json":
            // The record is JSON already; what depends on the state that was asked for is put in front.
            let front: JSONValue = [
                "source": .string(view.source), "label": .string(view.label), "revision": .integer(view.revision),
                "source_url": .string(entry.sourceURL), "content_hash": .string(entry.contentHash),
            ]
            let bytes = front.canonicalBytes.dropLast() + [UInt8(ascii: ",")] + record.dropFirst()
            return answer(Array(bytes), "application/json")
        case "text":
            let record = try JSONText.decode(LawRecord.self, from: record)
            return answer(Array(LawRendering(record).text.utf8), "text/plain; charset=utf-8")
        case "markdown":
            let record = try JSONText.decode(LawRecord.self, from: record)
            return answer(Array(LawRendering(record).markdown.utf8), "text/markdown; charset=utf-8")
        case let other:
            throw Problem.invalidQuery("format", "must be json, text or markdown, not '\(other)'")
        }
    }

    private func answer(_ bytes: [UInt8], _ contentType: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private func tree(of key: String, _ request: Request) async throws -> Response {
        let depth = try request.queryNumber("depth", in: 1...100) ?? 1
        let (_, view) = try await reader.entry(key, at: request.query("at"))
        let entries = try await reader.tree(key, in: view, depth: depth, limit: Self.maximumTreeNodes + 1)
        let isTruncated = entries.count > Self.maximumTreeNodes
        return try nodes(Array(entries.prefix(Self.maximumTreeNodes)), view, isTruncated: isTruncated)
    }

    /// A list of nodes with the state that it was read from.
    private struct NodeList: Encodable {
        var source: String
        var label: String
        var revision: Int64
        var nodes: [LawEntry]
        var truncated: Bool
    }

    private func nodes(_ entries: [LawEntry], _ view: CorpusReader.View, isTruncated: Bool) throws -> Response {
        try .json(
            NodeList(
                source: view.source,
                label: view.label,
                revision: view.revision,
                nodes: entries,
                truncated: isTruncated
            )
        )
    }

    // MARK: - Whole corpora

    private func export(_ request: Request) async throws -> Response {
        guard let source = request.query("source") else {
            throw Problem.invalidQuery("source", "must name a source, for example usc")
        }
        let name = request.query("format") ?? "ndjson"
        guard let format = CorpusReader.ExportFormat(rawValue: name) else {
            throw Problem.invalidQuery("format", "must be ndjson or csv, not '\(name)'")
        }
        return try await answering {
            let view = try await reader.view(of: source, at: request.query("at"))
            return Response(
                status: .ok,
                headers: [
                    .contentType: format == .csv ? "text/csv; charset=utf-8" : "application/x-ndjson"
                ],
                body: ResponseBody { writer in
                    for try await piece in reader.export(view, format: format) {
                        try await writer.write(ByteBuffer(bytes: piece))
                    }
                    try await writer.finish(nil)
                }
            )
        }
    }

    // MARK: - Errors

    /// Turns what the corpus cannot answer into problem documents.
    private func answering(_ answer: () async throws -> Response) async throws -> Response {
        do {
            return try await answer()
        } catch let error as LawReadingError {
            throw Problem(error)
        }
    }
}

extension Problem {
    static func badPath(_ detail: String) -> Problem {
        Problem("bad-path", .badRequest, title: "The address cannot be read.", detail: detail)
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
        case .corruptedRecord:
            self.init("damaged-record", .internalServerError, title: "A record is damaged.", detail: "\(error)")
        }
    }
}

extension Request {
    /// A value of the query, percent-decoded; `nil` when it is not there or empty.
    fileprivate func query(_ name: String) -> String? {
        uri.queryParameters[Substring(name)].flatMap { $0.isEmpty ? nil : String($0) }
    }
}
