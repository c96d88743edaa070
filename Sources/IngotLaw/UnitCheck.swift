import IngotCore

/// Holds the nodes of one unit, while and after they are read, against what its document says of itself.
struct UnitCheck {
    private let unit: String
    private let liveNodes: Int
    /// What an operator has looked at and found to be as published.
    private let accepted: Set<ValidationGate.Acceptance>
    private var keys: Set<String> = []
    private var covers: [LawKeyRange] = []
    /// Nodes that repeat another one's identifier, with their fingerprints.
    private var repeats: [(key: String, original: String, fingerprint: UInt64)] = []
    private var twice: [String] = []

    /// Names in one finding; the whole list can be as long as the unit.
    private static let maximumNames = 20

    init(unit: String, liveNodes: Int, accepted: Set<ValidationGate.Acceptance> = []) {
        self.unit = unit
        self.liveNodes = liveNodes
        self.accepted = accepted
    }

    /// Takes the next node.
    ///
    /// - Returns: false when its key is taken already.
    mutating func take(_ node: LawNode) -> Bool {
        guard keys.insert(node.key).inserted else {
            twice.append(node.key)
            return false
        }
        covers += node.covers
        return true
    }

    /// Takes what a node says.
    ///
    /// - Parameter original: the node's ``LawNode/repeats``.
    mutating func noteRepeat(_ key: String, of original: String?, fingerprint: UInt64) {
        if let original { repeats.append((key, original, fingerprint)) }
    }

    /// What is wrong with the unit.
    ///
    /// - Parameters:
    ///   - nodes: of the unit, with their ``NodeFingerprints/combined``.
    ///   - isLive: whether the live revision has a node of this key.
    ///   - shrinkLimit: the share of the live nodes that may be gone.
    func findings(
        _ reading: LawReadingFindings,
        nodes: some Sequence<(key: String, fingerprint: UInt64)>,
        isLive: (String) -> Bool,
        shrinkLimit: Double
    ) -> [ValidationGate.Finding] {
        var findings: [ValidationGate.Finding] = []
        func add(_ rule: ValidationGate.Rule, _ message: String, _ names: [String] = []) {
            findings.append(
                ValidationGate.Finding(
                    rule: rule,
                    unit: unit,
                    message: message,
                    keys: Array(names.prefix(Self.maximumNames))
                )
            )
        }
        if reading.sourceCharacters != reading.keptCharacters {
            add(
                .textCoverage,
                "the document has \(reading.sourceCharacters) characters of text, "
                    + "the nodes hold \(reading.keptCharacters)"
            )
        }
        if keys.isEmpty { add(.unitEmpty, "the document holds no node") }
        if !twice.isEmpty { add(.keyTwice, "\(twice.count) nodes have a key that another one has", twice) }
        func unaccepted(_ rule: ValidationGate.Rule, _ keys: [String]) -> [String] {
            keys.filter { !accepted.contains(ValidationGate.Acceptance(rule: rule, key: $0)) }
        }
        let missing = unaccepted(.announcedMissing, reading.announcedKeys.filter { !isThere($0) })
        if !missing.isEmpty {
            add(.announcedMissing, "\(missing.count) nodes that the contents announce are not there", missing)
        }
        let vanished = unaccepted(.announcedVanished, reading.announcedDeadKeys.filter { isLive($0) && !isThere($0) })
        if !vanished.isEmpty {
            add(
                .announcedVanished,
                "\(vanished.count) nodes are not there any more that the live revision has and the contents still name",
                vanished
            )
        }
        let copies = unaccepted(.nodeTwice, copies(among: nodes))
        if !copies.isEmpty {
            add(.nodeTwice, "\(copies.count) nodes stand in the document twice, word by word", copies)
        }
        let blank = Set(unaccepted(.pieceEmpty, reading.emptyPieces.map(\.key)))
        let pieces = reading.emptyPieces.filter { blank.contains($0.key) }
        if !pieces.isEmpty {
            let names = pieces.prefix(5).map { "\($0.piece) of \($0.key)" }.joined(separator: ", ")
            add(.pieceEmpty, "\(pieces.count) pieces hold no text: \(names)", pieces.map(\.key))
        }
        if Double(liveNodes - keys.count) > Double(liveNodes) * shrinkLimit {
            add(.unitShrunk, "\(keys.count) nodes where the live revision has \(liveNodes)")
        }
        return findings
    }

    private func isThere(_ key: String) -> Bool {
        keys.contains(key) || covers.contains { $0.contains(key) }
    }

    private func copies(among nodes: some Sequence<(key: String, fingerprint: UInt64)>) -> [String] {
        guard !repeats.isEmpty else { return [] }
        let wanted = Set(repeats.map(\.original))
        var originals: [String: UInt64] = [:]
        for node in nodes where wanted.contains(node.key) { originals[node.key] = node.fingerprint }
        return repeats.filter { originals[$0.original] == $0.fingerprint }.map(\.key)
    }
}
