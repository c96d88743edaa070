import IngotCore

extension GatewayClient {
    /// What can be ingested, with the JSON Schema of each source's parameters.
    ///
    /// ```swift
    /// for source in try await gateway.sources() { print(source.id, source.name) }
    /// ```
    public func sources() async throws -> [SourceDescription] {
        try await get(SourceList.self, "/api/sources").sources
    }

    /// What upstream has published, newest first.
    ///
    /// ```swift
    /// let newest = try await gateway.releases(of: "usc").first { $0.isCurrent }
    /// ```
    ///
    /// - Parameter refresh: asks upstream even when the gateway asked a moment ago.
    public func releases(of source: String, refresh: Bool = false) async throws -> [Release] {
        let path = GatewayPath.source(source, "/releases", ["refresh": refresh ? "true" : nil])
        return try await get(ReleaseList.self, path).releases
    }

    /// What each job made of a source, newest first.
    ///
    /// ```swift
    /// let live = try await gateway.revisions(of: "usc").first { $0.isLive }
    /// ```
    public func revisions(of source: String) async throws -> [Revision] {
        try await get(RevisionList.self, GatewayPath.source(source, "/revisions")).revisions
    }

    /// The tops of a source's units: its titles, or what else it is made of.
    ///
    /// - Parameter label: upstream's label of the state to read; `nil`: the live one.
    public func units(of source: String, at label: String? = nil) async throws -> [NodeEntry] {
        try await get(NodePage.self, GatewayPath.source(source, "/units", ["at": label])).nodes
    }

    /// Makes the revision before the live one the live one again.
    ///
    /// ```swift
    /// try await gateway.revert("usc", reason: "Title 18 lost its appendix")
    /// ```
    @discardableResult
    public func revert(_ source: String, reason: String? = nil) async throws -> Reversion {
        let body: JSONValue = reason.map { ["reason": .string($0)] } ?? [:]
        return try await post(Reversion.self, GatewayPath.source(source, "/revert"), body: body)
    }

    /// Removes what failed jobs and reverted revisions of a source left behind.
    @discardableResult
    public func sweep(_ source: String) async throws -> SweepOutcome {
        try await post(SweepOutcome.self, GatewayPath.source(source, "/sweep"))
    }

    /// Reads every stored record and capture of a source again and checks its hash.
    ///
    /// ```swift
    /// for try await finding in gateway.verify("usc") {
    ///     if case .damaged(let key, let problem) = finding { print(key, problem) }
    /// }
    /// ```
    ///
    /// The last finding is the summary; an answer that ends without one is an error.
    public func verify(_ source: String) -> Verification { Verification(lines: verification(of: source), client: self) }

    /// The lines of a verification as the gateway sends them.
    package func verification(of source: String) -> AnswerLines {
        AnswerPieces(client: self, path: GatewayPath.source(source, "/verify")).lines
    }
}

/// What a verification finds, as it comes; see ``GatewayClient/verify(_:)``.
public struct Verification: AsyncSequence, Sendable {
    public typealias Element = VerificationFinding

    let lines: AnswerLines
    let client: GatewayClient

    public func makeAsyncIterator() -> Iterator { Iterator(lines: lines.makeAsyncIterator(), client: client) }

    /// Goes from finding to finding.
    public struct Iterator: AsyncIteratorProtocol {
        private var lines: AnswerLines.Iterator
        private let client: GatewayClient
        private var hasSummary = false

        init(lines: AnswerLines.Iterator, client: GatewayClient) {
            self.lines = lines
            self.client = client
        }

        /// The next finding; `nil` after the summary.
        public mutating func next() async throws -> VerificationFinding? {
            guard let line = try await lines.next() else {
                guard hasSummary else {
                    throw GatewayConnectionError(.brokenOff, client.address, "the verification has no summary")
                }
                return nil
            }
            guard let finding = try? JSONValue(parsing: line) else {
                throw client.unexpected("a line that is not JSON")
            }
            if let problem = finding["problem"]?.stringValue {
                return .damaged(key: finding["key"]?.stringValue ?? "", problem: problem)
            }
            hasSummary = true
            func number(_ name: String) -> Int { Int(clamping: finding[name]?.integerValue ?? 0) }
            return .summary(nodes: number("nodes"), captures: number("captures"), problems: number("problems"))
        }
    }
}

private struct SourceList: Decodable {
    var sources: [SourceDescription]
}

private struct ReleaseList: Decodable {
    var releases: [Release]
}

private struct RevisionList: Decodable {
    var revisions: [Revision]
}
