/// Finds which parts of two sequences are the same, in order.
///
/// The algorithm is Myers's ("An O(ND) Difference Algorithm and Its Variations", 1986) after what the sequences begin
/// and end with alike is set aside. Where the distance or the effort is too large, what occurs exactly once on both
/// sides divides the sequences into smaller ones (patience); where nothing does, the stretch counts as different.
enum SequenceAlignment {
    /// A part of both sequences; both ranges of an equal one are as long.
    struct Run: Equatable {
        enum Kind {
            case equal, different
        }

        var kind: Kind
        var old: Range<Int>
        var new: Range<Int>
    }

    /// What comparisons may still cost.
    struct Effort {
        /// Comparisons of two elements.
        var steps = 20_000_000
        /// Elements that are different in one stretch; memory grows with the square.
        var maximumDistance = 1000
        /// Divisions of what is divided already.
        var maximumDepth = 50
    }

    /// Aligns two sequences: runs that cover both, equal and different ones in turn.
    static func align(_ old: [Int32], _ new: [Int32], effort: inout Effort) -> [Run] {
        var aligner = Aligner(old: old, new: new, effort: effort)
        aligner.align(0..<old.count, 0..<new.count, depth: 0)
        effort = aligner.effort
        return aligner.runs
    }
}

private struct Aligner {
    let old: [Int32]
    let new: [Int32]
    var effort: SequenceAlignment.Effort
    private(set) var runs: [SequenceAlignment.Run] = []

    init(old: [Int32], new: [Int32], effort: SequenceAlignment.Effort) {
        self.old = old
        self.new = new
        self.effort = effort
    }

    mutating func align(_ oldRange: Range<Int>, _ newRange: Range<Int>, depth: Int) {
        let shorter = min(oldRange.count, newRange.count)
        var front = 0
        while front < shorter, old[oldRange.lowerBound + front] == new[newRange.lowerBound + front] { front += 1 }
        var back = 0
        while back < shorter - front, old[oldRange.upperBound - 1 - back] == new[newRange.upperBound - 1 - back] {
            back += 1
        }
        add(.equal, oldRange.prefix(front), newRange.prefix(front))
        let oldMiddle = oldRange.dropFirst(front).dropLast(back)
        let newMiddle = newRange.dropFirst(front).dropLast(back)
        if oldMiddle.isEmpty || newMiddle.isEmpty {
            add(.different, oldMiddle, newMiddle)
        } else if let path = shortestPath(oldMiddle, newMiddle) {
            follow(path, oldMiddle, newMiddle)
        } else {
            divide(oldMiddle, newMiddle, depth: depth)
        }
        add(.equal, oldRange.suffix(back), newRange.suffix(back))
    }

    private mutating func add(_ kind: SequenceAlignment.Run.Kind, _ oldRange: Range<Int>, _ newRange: Range<Int>) {
        guard !oldRange.isEmpty || !newRange.isEmpty else { return }
        guard let last = runs.last, last.kind == kind else {
            return runs.append(SequenceAlignment.Run(kind: kind, old: oldRange, new: newRange))
        }
        runs[runs.count - 1].old = last.old.lowerBound..<oldRange.upperBound
        runs[runs.count - 1].new = last.new.lowerBound..<newRange.upperBound
    }

    // MARK: - Myers

    /// For each distance, how far along the old sequence each diagonal got: entry `k + d` for diagonal `k` in `-d...d`.
    private typealias Path = [[Int32]]

    /// - Returns: `nil` when the sequences are too far apart for the effort that is left.
    private mutating func shortestPath(_ oldRange: Range<Int>, _ newRange: Range<Int>) -> Path? {
        let oldCount = oldRange.count
        let newCount = newRange.count
        let farthest = min(oldCount + newCount, effort.maximumDistance)
        guard abs(oldCount - newCount) <= farthest else { return nil }
        var path: Path = []
        for distance in 0...farthest {
            var reached = [Int32](repeating: -1, count: 2 * distance + 1)
            for diagonal in stride(from: -distance, through: distance, by: 2) {
                var place = Self.start(path.last, distance: distance, diagonal: diagonal)
                // Beyond the edge of either sequence there is nothing to compare.
                guard place >= 0, place <= oldCount, place - diagonal >= 0, place - diagonal <= newCount else {
                    continue
                }
                let first = place
                while place < oldCount, place - diagonal < newCount,
                    old[oldRange.lowerBound + place] == new[newRange.lowerBound + place - diagonal]
                {
                    place += 1
                }
                effort.steps -= place - first
                reached[diagonal + distance] = Int32(place)
                if place == oldCount, place - diagonal == newCount { return path + [reached] }
            }
            effort.steps -= distance + 1
            guard effort.steps > 0 else { return nil }
            path.append(reached)
        }
        return nil
    }

    /// Where a diagonal starts at a distance: one deletion or one insertion beyond the last distance; -1 for nowhere.
    private static func start(_ last: [Int32]?, distance: Int, diagonal: Int) -> Int {
        guard let last else { return 0 }
        func reached(_ diagonal: Int) -> Int {
            let index = diagonal + distance - 1
            return last.indices.contains(index) ? Int(last[index]) : -1
        }
        let deletion = reached(diagonal - 1)
        return max(deletion < 0 ? -1 : deletion + 1, reached(diagonal + 1))
    }

    /// Turns the ways that were found into runs, from the end back to the start.
    private mutating func follow(_ path: Path, _ oldRange: Range<Int>, _ newRange: Range<Int>) {
        var matches: [(old: Int, new: Int, count: Int)] = []
        var place = oldRange.count
        var diagonal = oldRange.count - newRange.count
        for distance in stride(from: path.count - 1, through: 0, by: -1) {
            let last = distance > 0 ? path[distance - 1] : nil
            let start = Self.start(last, distance: distance, diagonal: diagonal)
            if place > start { matches.append((start, start - diagonal, place - start)) }
            guard let last else { break }
            let index = diagonal + 1 + distance - 1
            let insertion = last.indices.contains(index) ? Int(last[index]) : -1
            if insertion == start {
                diagonal += 1
                place = start
            } else {
                diagonal -= 1
                place = start - 1
            }
        }
        var oldNext = oldRange.lowerBound
        var newNext = newRange.lowerBound
        for match in matches.reversed() {
            let oldStart = oldRange.lowerBound + match.old
            let newStart = newRange.lowerBound + match.new
            add(.different, oldNext..<oldStart, newNext..<newStart)
            oldNext = oldStart + match.count
            newNext = newStart + match.count
            add(.equal, oldStart..<oldNext, newStart..<newNext)
        }
        add(.different, oldNext..<oldRange.upperBound, newNext..<newRange.upperBound)
    }

    // MARK: - Patience

    /// Divides sequences that are far apart at the elements that occur once in each.
    private mutating func divide(_ oldRange: Range<Int>, _ newRange: Range<Int>, depth: Int) {
        let mayGoOn = effort.steps > 0 && depth < effort.maximumDepth
        let anchors = mayGoOn ? anchors(oldRange, newRange) : []
        if anchors.isEmpty { return add(.different, oldRange, newRange) }
        var oldNext = oldRange.lowerBound
        var newNext = newRange.lowerBound
        for anchor in anchors {
            align(oldNext..<anchor.old, newNext..<anchor.new, depth: depth + 1)
            add(.equal, anchor.old..<anchor.old + 1, anchor.new..<anchor.new + 1)
            oldNext = anchor.old + 1
            newNext = anchor.new + 1
        }
        align(oldNext..<oldRange.upperBound, newNext..<newRange.upperBound, depth: depth + 1)
    }

    private mutating func anchors(_ oldRange: Range<Int>, _ newRange: Range<Int>) -> [(old: Int, new: Int)] {
        effort.steps -= oldRange.count + newRange.count
        let onceInOld = onlyPlaces(old, oldRange)
        let onceInNew = onlyPlaces(new, newRange)
        let pairs = onceInOld.compactMap { token, place in onceInNew[token].map { (old: place, new: $0) } }
            .sorted { $0.old < $1.old }
        // The most pairs that rise in both.
        return LongestIncreasingRun.positions(in: pairs.map { Int64($0.new) }).map { pairs[$0] }
    }

    /// The places of the elements that occur once.
    private func onlyPlaces(_ sequence: [Int32], _ range: Range<Int>) -> [Int32: Int] {
        var places: [Int32: Int] = [:]
        for index in range where places.updateValue(index, forKey: sequence[index]) != nil {
            // Seen before: no place at all.
            places[sequence[index]] = -1
        }
        return places.filter { $0.value >= 0 }
    }
}
