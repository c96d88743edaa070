import IngotCore

extension GatewayClient {
    /// Reads a node.
    ///
    /// ```swift
    /// let section = try await gateway.node("/us/usc/t1/s1", at: "119-36")
    /// print(section.heading, section.text)
    /// ```
    ///
    /// - Parameter label: upstream's label of the state to read; `nil`: the live one.
    /// - Throws: ``GatewayProblem`` `unknown-key` or `unknown-label`; ``GatewayConnectionError``.
    public func node(_ key: String, at label: String? = nil) async throws -> Node {
        try await get(Node.self, GatewayPath.law(key, "", ["format": "json", "at": label]))
    }

    /// Reads a node as people read it.
    ///
    /// ```swift
    /// print(try await gateway.text(of: "/us/usc/t1/s1", format: .markdown))
    /// ```
    ///
    /// - Parameter width: columns that plain text is wrapped into, from 40 to 1000; `nil`: not at all.
    public func text(
        of key: String,
        at label: String? = nil,
        format: NodeFormat = .text,
        width: Int? = nil
    ) async throws -> String {
        var bytes: [UInt8] = []
        for try await piece in representation(of: key, at: label, format: format.rawValue, width: width) {
            guard bytes.count + piece.count <= limits.answerBytes else {
                throw GatewayConnectionError(
                    .tooLarge,
                    address,
                    "the answer is longer than \(limits.answerBytes) bytes"
                )
            }
            bytes += piece
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A node in one of the forms that the gateway knows, as it comes.
    package func representation(of key: String, at label: String?, format: String, width: Int?) -> AnswerPieces {
        AnswerPieces(
            client: self,
            path: GatewayPath.law(key, "", ["format": format, "at": label, "width": width.map(String.init)])
        )
    }

    /// What lies directly below a node, in document order.
    ///
    /// ```swift
    /// for try await chapter in gateway.children(of: "/us/usc/t1").items { print(chapter.num, chapter.heading) }
    /// ```
    public func children(of key: String, at label: String? = nil, pageSize: Int = 500) -> GatewayPages<[NodeEntry]> {
        let path = GatewayPath.law(key, "/children", ["at": label, "limit": "\(pageSize)"])
        // The first page begins with the node itself.
        return list(path) { (page: NodePage) in (page.nodes.filter { $0.key != key }, page.next) }
    }

    /// A node with what lies below it.
    ///
    /// ```swift
    /// let tree = try await gateway.tree(of: "/us/usc/t1", depth: 3)
    /// for node in tree.nodes { print(String(repeating: "  ", count: node.depth) + node.heading) }
    /// ```
    ///
    /// - Parameter depth: how many levels, from 2 to 100.
    public func tree(of key: String, at label: String? = nil, depth: Int = 20) async throws -> NodeTree {
        try await get(NodeTree.self, GatewayPath.law(key, "/children", ["depth": "\(depth)", "at": label]))
    }

    /// What a node cites, and everything that cites it.
    ///
    /// ```swift
    /// let references = try await gateway.references(of: "/us/usc/t1/s1")
    /// print(references.citedBy.map(\.citation))
    /// ```
    public func references(of key: String, at label: String? = nil) async throws -> NodeReferences {
        var references = NodeReferences(cites: [], citedBy: [])
        let path = GatewayPath.law(key, "/references", ["limit": "2000", "at": label])
        let pages: GatewayPages<[ReferencePage]> = list(path) { (page: ReferencePage) in ([page], page.next) }
        for try await page in pages.items {
            references.cites += page.cites
            references.citedBy += page.citedBy
        }
        return references
    }

    /// What each revision made of a node, oldest first.
    public func history(of key: String) async throws -> [NodeHistoryEntry] {
        try await get(History.self, GatewayPath.law(key, "/history")).history
    }

    /// What changed between two labels.
    ///
    /// ```swift
    /// let difference = try await gateway.difference(of: "usc", from: "119-36", to: "119-59", level: "section")
    /// for change in difference.changes { print(change.kind, change.key, change.fields) }
    /// ```
    ///
    /// - Parameters:
    ///   - to: `nil`: the live label.
    ///   - unit: only this unit.
    ///   - level: only nodes of this level.
    public func difference(
        of source: String,
        from: String,
        to: String? = nil,
        unit: String? = nil,
        level: String? = nil
    ) async throws -> Difference {
        try await get(
            Difference.self,
            GatewayPath.path(
                "/api/diff",
                ["source": source, "from": from, "to": to, "unit": unit, "level": level]
            )
        )
    }

    /// What differs in one node between two labels, word by word.
    ///
    /// - Parameter to: `nil`: the live label.
    public func difference(
        ofNode key: String,
        in source: String,
        from: String,
        to: String? = nil
    ) async throws -> NodeDifference {
        let path = GatewayPath.path("/api/diff", ["source": source, "from": from, "to": to, "key": key])
        return try await get(NodeDifference.self, path)
    }

    /// Finds nodes of the live law; see ``Search``.
    ///
    /// ```swift
    /// for try await hit in gateway.search("42 USC 1983").items { print(hit.key) }
    /// ```
    public func search(_ search: Search) -> GatewayPages<[SearchHit]> {
        list(search.path) { (page: HitPage) in (page.hits, page.next) }
    }

    /// Finds nodes of the live law by words or citation.
    public func search(_ words: String) -> GatewayPages<[SearchHit]> { search(Search(words)) }

    /// Every node of a source, unit by unit in document order; see ``AnswerPieces``.
    ///
    /// ```swift
    /// for try await line in gateway.export("usc").lines {
    ///     print(try JSONValue(parsing: line)["key"]?.stringValue ?? "")
    /// }
    /// ```
    public func export(_ source: String, at label: String? = nil, as format: ExportFormat = .ndjson) -> AnswerPieces {
        AnswerPieces(
            client: self,
            path: GatewayPath.path("/api/export", ["source": source, "format": format.rawValue, "at": label])
        )
    }
}

/// The shapes of an export.
public enum ExportFormat: String, Sendable, CaseIterable {
    /// One JSON object a node and line.
    case ndjson
    /// RFC 4180, with a heading line.
    case csv
}

private struct ReferencePage: Decodable {
    var cites: [NodeReference]
    var citedBy: [NodeEntry]
    var next: String?

    enum CodingKeys: String, CodingKey {
        case cites, next
        case citedBy = "cited_by"
    }
}

private struct History: Decodable {
    var history: [NodeHistoryEntry]
}

private struct HitPage: Decodable {
    var hits: [SearchHit]
    var next: String?

    enum CodingKeys: String, CodingKey {
        case hits
        case next = "next_cursor"
    }
}
