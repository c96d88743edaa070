import IngotCore

/// Where a page of changes begins.
///
/// It holds the states that the first page was read from, so that the pages of one list belong together although
/// another revision has become live in between.
public struct LawChangeCursor: Sendable, Equatable {
    var source: String
    var from: Int64
    var to: Int64
    var unit: String
    var stage: DifferenceWalk.Stage
    var sort: Int64
    var key: String

    init(_ comparison: LawComparison, unit: String, stage: DifferenceWalk.Stage, sort: Int64, key: String) {
        source = comparison.source
        from = comparison.from.revision
        to = comparison.to.revision
        self.unit = unit
        self.stage = stage
        self.sort = sort
        self.key = key
    }

    /// Keeps the parts apart; none of them holds it.
    private static let separator: Character = "\n"

    /// Reads what ``text`` gave; `nil` for anything else.
    public init?(_ text: String) {
        guard let bytes = LawCursor.bytes(ofHexadecimal: text),
            let plain = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let parts = plain.split(separator: Self.separator, omittingEmptySubsequences: false).map(String.init)
        // Beyond these a number would not come through to the database whole.
        let numbers = -(1 << 53)...(Int64(1) << 53)
        guard parts.count == 7, let from = Int64(parts[1]), let to = Int64(parts[2]), let sort = Int64(parts[5]),
            let stage = DifferenceWalk.Stage(rawValue: parts[4]),
            [from, to, sort].allSatisfy(numbers.contains)
        else { return nil }
        source = parts[0]
        self.from = from
        self.to = to
        unit = parts[3]
        self.stage = stage
        self.sort = sort
        key = parts[6]
    }

    /// Opaque: letters and digits only.
    public var text: String {
        hexadecimal(
            [source, "\(from)", "\(to)", unit, stage.rawValue, "\(sort)", key]
                .joined(separator: String(Self.separator)).utf8
        )
    }

    /// Whether the cursor belongs to a list of this comparison.
    public func belongs(to comparison: LawComparison) -> Bool {
        source == comparison.source && from == comparison.from.revision && to == comparison.to.revision
    }
}

extension CorpusReader {
    /// A page of what changed, in the order of ``changes(in:)``, and where the next one begins.
    ///
    /// - Parameter kinds: the only changes that are listed; `nil`: all.
    /// - Throws: ``LawReadingError``.
    public func changes(
        in comparison: LawComparison,
        kinds: Set<LawChange.Kind>?,
        after cursor: LawChangeCursor?,
        limit: Int
    ) async throws -> (changes: [LawChange], next: LawChangeCursor?) {
        let walk = DifferenceWalk(reader: self, comparison: comparison, kinds: kinds, after: cursor)
        var changes: [LawChange] = []
        while changes.count < limit {
            guard let change = try await walk.next() else { return (changes, nil) }
            changes.append(change)
        }
        let last = await walk.position
        guard try await walk.next() != nil else { return (changes, nil) }
        for view in [comparison.from, comparison.to] { try await checkReadable(view) }
        return (changes, last)
    }
}
