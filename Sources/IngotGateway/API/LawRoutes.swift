import HTTPTypes
import Hummingbird
import IngotCore
import IngotLaw
import NIOCore

/// The routes that read the law: nodes, trees, differences, revisions, export, verification.
struct LawRoutes: Sendable {
    let reader: CorpusReader

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/law/**", for: .role(.viewer)) { request, context in
            try await law(request, reader.limited(to: context.caller?.sources))
        }
        routes.on(.get, "/api/diff", for: .role(.viewer)) { request, context in
            try await Problem.fromReading {
                try await LawDifferenceAnswer(reader: reader, standing: context.standing).answer(request)
            }
        }
        routes.on(.get, "/api/export", for: .role(.viewer)) { try await export($0, $1.standing) }
        routes.on(.get, "/api/sources/{source}/revisions", for: .role(.viewer)) { request, context in
            try await revisions(of: try context.parameters.require("source"), request)
        }
        routes.on(.get, "/api/sources/{source}/units", for: .role(.viewer)) { request, context in
            let source = try context.parameters.require("source")
            return try await Problem.fromReading {
                let view = try await reader.view(of: source, at: request.query("at"))
                return try Response.json(LawNodeList(view: view, nodes: await reader.children(of: nil, in: view)))
            }
        }
        routes.on(.get, "/api/sources/{source}/verify", for: .role(.viewer)) { _, context in
            let source = try context.parameters.require("source")
            guard try await reader.hasSource(source) else { throw Problem(LawReadingError.unknownSource(source)) }
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
                body: ResponseBody { writer in
                    for try await line in reader.verify(source) {
                        try context.standing.require()
                        try await writer.write(ByteBuffer(bytes: JSONText.encode(line) + [UInt8(ascii: "\n")]))
                    }
                    try await writer.finish(nil)
                }
            )
        }
    }

    private struct RevisionPage: Encodable {
        var revisions: [LawRevision]
        /// The cursor of the next page; absent on the last.
        var next: String?
    }

    private func revisions(of source: String, _ request: Request) async throws -> Response {
        let limit = try request.queryNumber("limit", in: 1...500)
        let cursor = try request.queryNumber("cursor", in: 1...Int.max >> 10).map(Int64.init)
        // Without a limit all, as there are few.
        var revisions = try await reader.revisions(of: source, before: cursor, limit: limit.map { $0 + 1 })
        let hasMore = limit.map { revisions.count > $0 } ?? false
        if hasMore { revisions.removeLast() }
        return try .json(
            RevisionPage(revisions: revisions, next: hasMore ? revisions.last.map { String($0.number) } : nil)
        )
    }

    private func law(_ request: Request, _ reader: CorpusReader) async throws -> Response {
        guard let path = PercentEncoding.decode(request.uri.path.dropFirst("/api/law".count)) else {
            throw Problem.badPath("The path is not valid percent-encoded UTF-8.")
        }
        return try await Problem.fromReading {
            // No key of a law ends with one of these words.
            let slash = path.lastIndex(of: "/") ?? path.startIndex
            let key = String(path[..<slash])
            return switch path[slash...] {
            case "/children": try await LawTreeAnswer(reader: reader).answer(key, request)
            case "/history": try await LawHistoryAnswer(reader: reader).answer(key, request)
            case "/references": try await LawReferencesAnswer(reader: reader).answer(key, request)
            default: try await LawNodeAnswer(reader: reader).answer(path, request)
            }
        }
    }

    private func export(_ request: Request, _ standing: CallerStanding) async throws -> Response {
        guard let source = request.query("source") else {
            throw Problem.invalidQuery("source", "must name a source, for example usc")
        }
        let name = request.query("format") ?? "ndjson"
        guard let format = CorpusReader.ExportFormat(rawValue: name) else {
            throw Problem.invalidQuery("format", "must be ndjson or csv, not '\(name)'")
        }
        return try await Problem.fromReading {
            let view = try await reader.view(of: source, at: request.query("at"))
            return Response(
                status: .ok,
                headers: [
                    .contentType: format == .csv ? "text/csv; charset=utf-8" : "application/x-ndjson"
                ],
                body: ResponseBody { writer in
                    for try await piece in reader.export(view, format: format) {
                        try standing.require()
                        try await writer.write(ByteBuffer(bytes: piece))
                    }
                    try await writer.finish(nil)
                }
            )
        }
    }
}
