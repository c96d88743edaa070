/// How much an HTML page may demand.
public struct HTMLLimits: Sendable {
    /// Bytes of the page.
    public var bytes = 8 << 20
    /// Tags in the page, counted by their opening brackets: the parser's work can grow with the square of them.
    public var tags = 30_000
    /// Elements within each other.
    public var depth = 200
    /// Elements and texts in the tree, in which one tag of the page can stand many times.
    public var nodes = 200_000

    public init() {}
}
