/// Finds the most elements that can stay where they are while the others move.
enum LongestIncreasingRun {
    /// The positions of a longest strictly increasing subsequence, ascending.
    static func positions(in values: [Int64]) -> [Int] {
        // Patience sorting: `ends[n]` is the element that ends the best increasing run of length n + 1.
        var ends: [Int] = []
        var previous: [Int?] = Array(repeating: nil, count: values.count)
        for index in values.indices {
            var low = 0
            var high = ends.count
            while low < high {
                let middle = (low + high) / 2
                if values[ends[middle]] < values[index] { low = middle + 1 } else { high = middle }
            }
            previous[index] = low > 0 ? ends[low - 1] : nil
            if low == ends.count { ends.append(index) } else { ends[low] = index }
        }
        var positions: [Int] = []
        var next = ends.last
        while let index = next {
            positions.append(index)
            next = previous[index]
        }
        return positions.reversed()
    }
}
