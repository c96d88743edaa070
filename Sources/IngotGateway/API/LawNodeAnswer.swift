import HTTPTypes
import Hummingbird
import IngotCore
import IngotLaw
import NIOCore

/// Answers `GET /api/law/{key}`: one node in the form that the reader wants.
struct LawNodeAnswer: Sendable {
    let reader: CorpusReader

    /// Raise it whenever the same node gives another JSON answer, so that readers do not keep the old one.
    private static let version = 1

    /// The forms in which a node can be read; the first is the default.
    private enum Format: String, CaseIterable {
        case json, text, markdown

        var type: String {
            switch self {
            case .json: "application/json"
            case .text: "text/plain"
            case .markdown: "text/markdown"
            }
        }

        var contentType: String { self == .json ? type : type + "; charset=utf-8" }
    }

    /// The widths that plain text can be wrapped into.
    private static let widths = 40...1000

    func answer(_ key: String, _ request: Request) async throws -> Response {
        let format = try format(request)
        let width = try request.queryNumber("width", in: Self.widths)
        let (entry, view) = try await reader.entry(key, at: request.query("at"))
        let place = try await reader.place(of: entry, in: view)
        // The record is JSON already; what depends on the state that was asked for is put in front.
        let front: JSONValue = [
            "source": .string(view.source), "label": .string(view.label), "revision": .integer(view.revision),
            "source_url": .string(entry.sourceURL), "content_hash": .string(entry.contentHash),
            "breadcrumbs": try JSONValue(parsing: JSONText.encode(place.breadcrumbs)),
            "previous": place.previous.map(JSONValue.string) ?? .null,
            "next": place.next.map(JSONValue.string) ?? .null,
        ]
        let path = place.breadcrumbs.map(\.title)
        let shown =
            switch format {
            case .json: ["\(Self.version)", front.canonicalText]
            case .text: ["\(LawRendering.version)", path.joined(separator: "\n"), width.map(String.init) ?? ""]
            case .markdown: ["\(LawRendering.version)"]
            }
        let tag = EntityTag(of: [format.rawValue, entry.contentHash] + shown)
        return try await request.answer(tagged: tag, headers: [.vary: "Accept"]) {
            let bytes: [UInt8]
            switch format {
            case .json:
                let record = try await reader.resolvedRecord(of: entry, in: view)
                bytes = front.canonicalBytes.dropLast() + [UInt8(ascii: ",")] + record.dropFirst()
            case .text: bytes = Array(LawRendering(try await record(of: entry), path: path).text(width: width).utf8)
            case .markdown: bytes = Array(LawRendering(try await record(of: entry)).markdown.utf8)
            }
            return Response(
                status: .ok,
                headers: [.contentType: format.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            )
        }
    }

    /// The form that the query names, else the one that `Accept` prefers.
    private func format(_ request: Request) throws -> Format {
        if let name = request.query("format") {
            guard let format = Format(rawValue: name) else {
                throw Problem.invalidQuery("format", "must be json, text or markdown, not '\(name)'")
            }
            return format
        }
        let accept = request.headers[values: .accept].joined(separator: ",")
        guard let format = AcceptHeader(accept).best(of: Format.allCases.map { ($0, type: $0.type) }) else {
            throw Problem.notAcceptable(offers: Format.allCases.map(\.type))
        }
        return format
    }

    private func record(of entry: LawEntry) async throws -> LawRecord {
        try JSONText.decode(LawRecord.self, from: try await reader.record(of: entry))
    }
}
