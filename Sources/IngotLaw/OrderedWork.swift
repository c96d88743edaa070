/// Does work on pieces on all processors at once, and hands the results on in the order of the pieces.
///
/// The pieces are made one after the other, by whoever calls, while earlier ones are worked on: a file is read on one
/// processor and what was read is compressed on the others.
enum OrderedWork {
    /// - Parameters:
    ///   - width: how many pieces are held at most, be they waiting, in work or done; the next one is made only then.
    ///   - next: makes a piece; `nil` when there are no more.
    ///   - work: is called for several pieces at once.
    ///   - keep: takes the results, one at a time.
    /// - Throws: what the closures throw; what is in work then is waited for and dropped.
    static func run<Piece: Sendable, Result: Sendable>(
        width: Int,
        next: () async throws -> Piece?,
        work: @escaping @Sendable (Piece) throws -> Result,
        keep: (Result) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (number: Int, result: Result).self) { group in
            var begun = 0
            var kept = 0
            // Results of later pieces than the one whose turn it is.
            var early: [Int: Result] = [:]
            var isAtEnd = false
            while true {
                while !isAtEnd, begun - kept < width {
                    guard let piece = try await next() else {
                        isAtEnd = true
                        break
                    }
                    let number = begun
                    group.addTask { (number, try work(piece)) }
                    begun += 1
                }
                guard kept < begun else { return }
                while early[kept] == nil, let done = try await group.next() { early[done.number] = done.result }
                guard let result = early.removeValue(forKey: kept) else { return }
                kept += 1
                try await keep(result)
            }
        }
    }
}
