extension Int64 {
    /// The number of a row as a path or a query names it; `nil` for what no row can have.
    ///
    /// Beyond 2^53 a database over HTTP cannot tell numbers apart.
    init?(rowNumber text: some StringProtocol) {
        guard let number = Int64(text), (1...(1 << 53)).contains(number) else { return nil }
        self = number
    }
}
