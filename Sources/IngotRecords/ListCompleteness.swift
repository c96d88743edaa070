public import IngotCore

extension RecordRun {
    /// Ends the reading of a list page by page: it must have had all rows that its site announces.
    ///
    /// Fewer rows are a hole. A number that has changed from one page to another stands for one as well: rows may have
    /// moved from a page that was not read yet to one that was. Both can pass, so the pages are forgotten, and the next
    /// attempt asks for all of them again. Where the site announces nothing, nothing is held against it.
    ///
    /// - Parameters:
    ///   - list: for the message, for example `the search`.
    ///   - pages: the units of the pages in their order, whose counts have `listed` or `rows`, and `total` where the
    ///     page announces how many rows the list has.
    ///   - growsAtFront: whether new rows only push others to later pages, so that a number that grows hides none.
    /// - Throws: `JobFailure` `records_incomplete`, `attempt_superseded`; `DatabaseError`.
    public func endList(_ list: String, pages: [String], growsAtFront: Bool = false) async throws {
        let counts = pages.compactMap { self.counts(of: $0) }
        let totals = counts.compactMap { $0["total"] }
        guard let first = totals.first, let most = totals.max() else { return }
        let listed = counts.reduce(0) { $0 + ($1["listed"] ?? $1["rows"] ?? 0) }
        let hasMoved = totals.contains { growsAtFront ? $0 < first : $0 != first }
        guard hasMoved || listed < most else { return }
        try await forget(pages)
        throw JobFailure.incompleteList(list, listed: listed, announced: most, hasMoved: hasMoved)
    }
}

extension JobFailure {
    /// A list, or a page of it, that has fewer rows than its site announces, or has changed while it was read.
    public static func incompleteList(
        _ list: String,
        listed: Int64,
        announced: Int64,
        hasMoved: Bool = false
    ) -> JobFailure {
        JobFailure(
            code: "records_incomplete",
            message: hasMoved
                ? "The number of rows of \(list) has changed while it was read."
                : "The site announces \(announced) rows of \(list) and shows \(listed).",
            advice: "Nothing: it is asked for again with the next attempt. If it stays so, look at the site.",
            isTransient: true
        )
    }
}
