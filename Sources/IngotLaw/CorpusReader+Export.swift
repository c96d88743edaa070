public import IngotCore

extension CorpusReader {
    /// Rows of one page of an export.
    private static let pageRows = 500

    /// The shapes of an export.
    public enum ExportFormat: String, Sendable, CaseIterable {
        /// One JSON object a node and line.
        case ndjson
        /// RFC 4180, with a heading line.
        case csv
    }

    /// Every node of a state, unit by unit in document order, as pieces of text in constant memory.
    ///
    /// Each line is the node's record, its references resolved, with three members in front: `label` (upstream's label that its unit was
    /// brought up to), `sort` (place in document order within the unit, from 0) and `source_url`.
    public func export(_ view: View, format: ExportFormat) -> ByteStream {
        let walk = ExportWalk(reader: self, view: view, format: format)
        return ByteStream { try await walk.next() }
    }

    /// The units of a state with the labels that they were brought up to, in natural order.
    func units(in view: View) async throws -> [(unit: String, label: String)] {
        try await database.rows(
            """
            SELECT unit, label FROM revision_units u WHERE source_id = ?1 AND revision = (
                SELECT MAX(revision) FROM revision_units
                WHERE source_id = ?1 AND unit = u.unit AND revision <= CAST(?2 AS INTEGER))
            """,
            [.text(view.source), .integer(view.revision)]
        )
        .map { (unit: try $0.string("unit"), label: try $0.string("label")) }
        .sorted { naturallyOrdered($0.unit, $1.unit) }
    }

    /// One page of a unit's rows in document order, and where the next one starts.
    func page(
        ofUnit unit: String,
        in view: View,
        after last: (sort: Int64, key: String)?
    ) async throws -> (entries: [LawEntry], next: (sort: Int64, key: String)?) {
        let rows = try await database.rows(
            """
            SELECT \(LawEntry.columns) FROM nodes
            WHERE source_id = ?1 AND unit = ?3 AND \(LawSchema.isVisible(in: 2))
                AND (sort > CAST(?4 AS INTEGER) OR (sort = CAST(?4 AS INTEGER) AND key > ?5))
            ORDER BY sort, key LIMIT \(Self.pageRows)
            """,
            [
                .text(view.source), .integer(view.revision), .text(unit), .integer(last?.sort ?? -(1 << 52)),
                .text(last?.key ?? ""),
            ]
        )
        let entries = try rows.map(LawEntry.init)
        guard rows.count == Self.pageRows, let row = rows.last else { return (entries, nil) }
        return (entries, (try row.integer("sort"), try row.string("key")))
    }
}

/// Where an export is.
private actor ExportWalk {
    let reader: CorpusReader
    let view: CorpusReader.View
    let format: CorpusReader.ExportFormat

    private let records: RecordReader
    private let resolver: ReferenceResolver
    /// The keys that the open page's references name and where they lead.
    private var resolved: [String: String] = [:]
    private var units: [(unit: String, label: String)]?
    private var entries: ArraySlice<LawEntry> = []
    private var cursor: (sort: Int64, key: String)?
    private var isUnitOpen = false
    private var sort = 0
    private var hasHeading = false

    /// Text is handed over in pieces of about this size.
    private static let pieceBytes = 64 << 10

    init(reader: CorpusReader, view: CorpusReader.View, format: CorpusReader.ExportFormat) {
        self.reader = reader
        self.view = view
        self.format = format
        records = RecordReader(objects: reader.objects, windowBytes: 1 << 20)
        resolver = ReferenceResolver(database: reader.database, view: view)
    }

    func next() async throws -> [UInt8]? {
        var piece: [UInt8] = []
        if format == .csv, !hasHeading {
            piece += LawTable.heading
            hasHeading = true
        }
        while piece.count < Self.pieceBytes, let (entry, label, sort) = try await nextEntry() {
            try Task.checkCancellation()
            let record = try await records.record(of: entry)
            switch format {
            case .ndjson:
                let record = try ResolvedRecord.record(record, resolved: resolved)
                appendLine(record, entry: entry, label: label, sort: sort, to: &piece)
            case .csv: try LawTable.appendRow(record, entry: entry, label: label, sort: sort, to: &piece)
            }
        }
        return piece.isEmpty ? nil : piece
    }

    private func nextEntry() async throws -> (LawEntry, String, Int)? {
        while true {
            if units == nil { units = try await reader.units(in: view) }
            guard let (unit, label) = units?.first else {
                // What a revert takes away is missing from the pages without a word.
                try await reader.checkReadable(view)
                return nil
            }
            if let entry = entries.popFirst() {
                defer { sort += 1 }
                return (entry, label, sort)
            }
            if isUnitOpen, cursor == nil {
                units?.removeFirst()
                isUnitOpen = false
                sort = 0
                continue
            }
            let page = try await reader.page(ofUnit: unit, in: view, after: cursor)
            isUnitOpen = true
            entries = page.entries[...]
            cursor = page.next
            if format == .ndjson, let first = page.entries.first, let last = page.entries.last {
                resolved = try await resolver.resolve(try await targets(ofUnit: unit, from: first, through: last))
            }
        }
    }

    /// The keys that the references of one page name.
    private func targets(ofUnit unit: String, from first: LawEntry, through last: LawEntry) async throws -> Set<String>
    {
        Set(
            try await reader.database.rows(
                """
                SELECT DISTINCT r.target FROM nodes JOIN node_references r ON r.node_id = nodes.id
                WHERE nodes.source_id = ?1 AND nodes.unit = ?3 AND \(LawSchema.isVisible(in: 2))
                    AND nodes.sort BETWEEN CAST(?4 AS INTEGER) AND CAST(?5 AS INTEGER)
                """,
                [
                    .text(view.source), .integer(view.revision), .text(unit), .integer(first.sort),
                    .integer(last.sort),
                ]
            ).map { try $0.string("target") }
        )
    }

    private func appendLine(
        _ record: [UInt8],
        entry: LawEntry,
        label: String,
        sort: Int,
        to piece: inout [UInt8]
    ) {
        let front: JSONValue = [
            "label": .string(label), "sort": .integer(Int64(sort)), "source_url": .string(entry.sourceURL),
        ]
        piece += front.canonicalBytes.dropLast()
        piece.append(UInt8(ascii: ","))
        piece += record.dropFirst()
        piece.append(UInt8(ascii: "\n"))
    }
}
