import IngotCore

/// What differs in one node between two states, word by word.
public struct LawNodeDifference: Sendable, Encodable, Equatable {
    public var key: String
    /// `nil` when the node is the same in both.
    public var change: LawChange?
    /// The texts that differ, in the order in which a node is read.
    public var texts: [Text]

    /// One text of the node.
    public struct Text: Sendable, Encodable, Equatable {
        public var field: LawField
        public var pieces: [TextDifference.Piece]
    }
}

extension CorpusReader {
    /// Compares one node of two states.
    ///
    /// - Throws: ``LawReadingError/unknownKey(_:label:)`` when neither state has the node.
    public func difference(of key: String, in comparison: LawComparison) async throws -> LawNodeDifference {
        let old = try await entry(key, in: comparison.from)
        let new = try await entry(key, in: comparison.to)
        guard new != nil || old != nil else {
            throw LawReadingError.unknownKey(key, label: comparison.to.label)
        }
        var only = comparison
        only.key = key
        only.unit = nil
        only.level = nil
        var change: LawChange?
        for try await candidate in changes(in: only) { change = change ?? candidate }
        guard change != nil else { return LawNodeDifference(key: key, change: nil, texts: []) }
        let before = try await texts(of: old)
        let after = try await texts(of: new)
        let fields: [LawField] = [.num, .heading, .text, .credit, .footnotes, .notes]
        let texts = fields.compactMap { field -> LawNodeDifference.Text? in
            let difference = TextDifference(from: before[field] ?? "", to: after[field] ?? "")
            return difference.hasChanges ? LawNodeDifference.Text(field: field, pieces: difference.pieces) : nil
        }
        return LawNodeDifference(key: key, change: change, texts: texts)
    }

    /// A node of one state; `nil` when the state has none of this key.
    func entry(_ key: String, in view: View) async throws -> LawEntry? {
        try await database.rows(
            """
            SELECT \(LawEntry.columns) FROM nodes
            WHERE source_id = ?1 AND key = ?3 AND \(LawSchema.isVisible(in: 2))
            """,
            [.text(view.source), .integer(view.revision), .text(key)]
        ).first.map(LawEntry.init)
    }

    private func texts(of entry: LawEntry?) async throws -> [LawField: String] {
        guard let entry else { return [:] }
        let record = try JSONText.decode(LawRecord.self, from: try await record(of: entry))
        return [
            .num: record.num,
            .heading: record.heading,
            .text: record.text,
            .credit: record.credit ?? "",
            .footnotes: record.footnotes.map { $0.text ?? "" }.joined(separator: "\n"),
            .notes: record.notes.map { note in
                [note.heading, note.text].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "\n")
            }.joined(separator: "\n\n"),
        ]
    }
}
