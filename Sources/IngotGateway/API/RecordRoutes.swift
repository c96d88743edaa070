import HTTPTypes
import Hummingbird
import IngotCore
import IngotRecords
import NIOCore

/// The routes that read, export and delete records.
///
/// Records name people: exports and deletions are in the audit log.
struct RecordRoutes: Sendable {
    let catalog: SourceCatalog
    let reader: RecordReader
    let retention: RecordRetention

    /// The export, which is in the audit log although it changes nothing.
    static let exportPath = "/api/records/{source}/export"
    /// Records of which an export has one page in memory.
    private static let exportedAtOnce = 200

    init(catalog: SourceCatalog, database: any Database) {
        self.catalog = catalog
        reader = RecordReader(database: database)
        retention = RecordRetention(database: database)
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/records/{source}", for: .role(.viewer)) { try await page($0, $1) }
        routes.on(.get, Self.exportPath, for: .role(.operator)) { try await export($0, $1) }
        routes.on(.get, "/api/records/{source}/{key}", for: .role(.viewer)) { _, context in try await record(context) }
        routes.on(.delete, "/api/records/{source}/{key}", for: .role(.admin)) { _, context in
            try await delete(context)
        }
    }

    // MARK: - Reading

    struct Page: Encodable {
        var records: [StoredRecord]
        /// The cursor of the next page; absent on the last.
        var next: String?
    }

    private func page(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let source = try source(context)
        let limit = try request.queryNumber("limit", in: 1...RecordReader.maximumPage) ?? 100
        var records = try await reader.page(
            of: source,
            kind: request.query("kind"),
            since: try Self.since(request),
            after: request.query("cursor"),
            limit: limit + 1
        )
        let hasMore = records.count > limit
        if hasMore { records.removeLast() }
        return try .json(Page(records: records, next: hasMore ? records.last?.key : nil))
    }

    private static func since(_ request: Request) throws -> Timestamp? {
        guard let text = request.query("since") else { return nil }
        guard let since = Timestamp(text) else {
            throw Problem.invalidQuery("since", "must be a time such as 2026-03-01T09:30:00.000Z")
        }
        return since
    }

    struct Detail: Encodable {
        var record: StoredRecord
        /// The contents that it has had, newest first.
        var history: [RecordContent]

        private enum CodingKeys: String, CodingKey { case history }

        func encode(to encoder: any Encoder) throws {
            try record.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(history, forKey: .history)
        }
    }

    private func record(_ context: GatewayContext) async throws -> Response {
        let (source, key) = (try source(context), try Self.key(context))
        guard let record = try await reader.record(key, of: source) else { throw Self.unknownRecord(key, source) }
        return try .json(Detail(record: record, history: await reader.history(of: key, of: source)))
    }

    // MARK: - Export

    private func export(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let source = try source(context)
        let kind = request.query("kind")
        let since = try Self.since(request)
        return Response(
            status: .ok,
            headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
            body: ResponseBody { [reader, standing = context.standing] writer in
                var last: String?
                while true {
                    try standing.require()
                    let records = try await reader.page(
                        of: source,
                        kind: kind,
                        since: since,
                        after: last,
                        limit: Self.exportedAtOnce
                    )
                    guard let end = records.last else { break }
                    var lines = ByteBuffer()
                    for record in records {
                        lines.writeBytes(try JSONText.encode(record))
                        lines.writeInteger(UInt8(ascii: "\n"))
                    }
                    try await writer.write(lines)
                    last = end.key
                }
                try await writer.finish(nil)
            }
        )
    }

    // MARK: - Deleting

    private func delete(_ context: GatewayContext) async throws -> Response {
        let (source, key) = (try source(context), try Self.key(context))
        guard try await retention.delete(key, of: source) else { throw Self.unknownRecord(key, source) }
        return Response(status: .noContent)
    }

    // MARK: - What the path names

    private func source(_ context: GatewayContext) throws -> String {
        let source = try context.parameters.require("source")
        guard catalog.contains(source) else {
            throw Problem.unknownSource(source, known: catalog.descriptions.map(\.id))
        }
        return source
    }

    private static func key(_ context: GatewayContext) throws -> String {
        guard let key = PercentEncoding.decode(try context.parameters.require("key")[...]) else {
            throw Problem.badPath("The key is not valid percent-encoded UTF-8.")
        }
        return key
    }

    private static func unknownRecord(_ key: String, _ source: String) -> Problem {
        Problem(
            "unknown-record",
            .notFound,
            title: "There is no such record.",
            detail: "'\(source)' has no record '\(key.prefix(Record.maximumKeyBytes))'."
        )
    }
}
