/// What turns the live rows of a unit into those of a newly read document, with as few rows written as possible.
///
/// Rows keep their rank (`sort`) from revision to revision. Only nodes that are new, changed or moved are written;
/// which common nodes did *not* move is the longest increasing run of their live ranks in the new order. Ranks have
/// gaps, so that a node can be put between two others without touching them.
struct UnitDifference: Equatable {
    /// A node of the new document, in document order.
    struct NewNode: Equatable {
        var key: String
        var hash: ContentHash
        /// ``NodeFingerprints/combined``.
        var fingerprint: UInt64
        /// The rank that it gets when it is written for the first time, where it fits; see ``LawNode/order``.
        var order: Int64?
    }

    /// A row of the live revision, with the place of its content.
    struct LiveRow: Equatable {
        var hash: ContentHash
        var fingerprint: UInt64
        var sort: Int64
        var pack = ""
        var offset: Int64 = 0
        var length: Int64 = 0
    }

    /// A row to be written: the new node's position and its rank.
    struct Insertion: Equatable {
        var position: Int
        var sort: Int64
        var reason: Reason
    }

    /// Why a row is written.
    enum Reason: Equatable {
        case added
        case changed
        /// The same content elsewhere: below another parent, or in another order.
        case moved
        /// Neither content nor order changed, but the unit's ranks had to be given anew.
        case ranked
    }

    private(set) var insertions: [Insertion] = []
    /// Keys whose live row ends, because it is replaced or because the node is gone.
    private(set) var closedKeys: [String] = []
    private(set) var removedCount = 0
    private(set) var unchangedCount = 0

    /// The distance between the ranks of neighbours in a unit that is written for the first time.
    static let stride: Int64 = 1 << 20

    init(new: [NewNode], live: [String: LiveRow]) {
        let kept = Self.keptRanks(new: new, live: live)
        var ranks = kept
        Self.takeOrders(of: new, into: &ranks)
        let fits = Self.fillGaps(in: &ranks)
        if !fits {
            // A gap is used up: every row gets a fresh rank.
            ranks = new.indices.map { Int64($0) * Self.stride }
        }
        for (position, node) in new.enumerated() {
            // Filled just above.
            guard let rank = ranks[position] else { continue }
            guard let row = live[node.key] else {
                insertions.append(Insertion(position: position, sort: rank, reason: .added))
                continue
            }
            let isSame = row.hash == node.hash && row.fingerprint == node.fingerprint
            if isSame, row.sort == rank {
                unchangedCount += 1
                continue
            }
            closedKeys.append(node.key)
            // The record names the parent, the fingerprints do not.
            let reason: Reason =
                row.fingerprint != node.fingerprint ? .changed : isSame && kept[position] != nil ? .ranked : .moved
            insertions.append(Insertion(position: position, sort: rank, reason: reason))
        }
        if live.count > unchangedCount + closedKeys.count {
            let present = Set(new.lazy.map(\.key))
            let removed = live.keys.filter { !present.contains($0) }.sorted()
            removedCount = removed.count
            closedKeys.append(contentsOf: removed)
        }
    }

    func count(_ reason: Reason) -> Int { insertions.count { $0.reason == reason } }

    // MARK: - Ranks

    /// The live rank of each node that did not move against the others; `nil` for the rest.
    private static func keptRanks(new: [NewNode], live: [String: LiveRow]) -> [Int64?] {
        var ranks: [Int64?] = Array(repeating: nil, count: new.count)
        let common = new.indices.compactMap { position in
            live[new[position].key].map { (position: position, sort: $0.sort) }
        }
        for index in LongestIncreasingRun.positions(in: common.map(\.sort)) {
            ranks[common[index].position] = common[index].sort
        }
        return ranks
    }

    /// Gives new nodes the ranks that they ask for, where these lie between their neighbours'.
    private static func takeOrders(of new: [NewNode], into ranks: inout [Int64?]) {
        var after = Int64.max
        var limits: [Int64] = Array(repeating: .max, count: ranks.count)
        for position in ranks.indices.reversed() {
            limits[position] = after
            if let rank = ranks[position] { after = rank }
        }
        var before = Int64.min
        for position in ranks.indices {
            if ranks[position] == nil, let order = new[position].order, order > before, order < limits[position] {
                ranks[position] = order
            }
            if let rank = ranks[position] { before = rank }
        }
    }

    /// Gives every missing rank a place between its neighbours; false when a gap has no room left.
    private static func fillGaps(in ranks: inout [Int64?]) -> Bool {
        var position = 0
        var before: Int64?
        while position < ranks.count {
            if let rank = ranks[position] {
                before = rank
                position += 1
                continue
            }
            let end = ranks[position...].firstIndex { $0 != nil } ?? ranks.count
            let missing = Int64(end - position)
            let after = end < ranks.count ? ranks[end] : nil
            let start: Int64
            let step: Int64
            switch (before, after) {
            case (let before?, let after?):
                step = (after - before) / (missing + 1)
                guard step > 0 else { return false }
                start = before + step
            case (let before?, nil):
                (start, step) = (before + stride, stride)
            case (nil, let after?):
                (start, step) = (after - stride * missing, stride)
            case (nil, nil):
                (start, step) = (0, stride)
            }
            for offset in 0..<missing { ranks[position + Int(offset)] = start + offset * step }
            position = end
        }
        return true
    }
}
