/// The texts that are being gathered: one for each kind that can be open only once, and as many as are needed of the
/// others.
///
/// Memory is used again.
struct TextFlows {
    /// A place in the list.
    typealias Index = Int

    static let num: Index = 0
    static let heading: Index = 1
    static let credit: Index = 2
    static let note: Index = 3
    /// What the document says of itself, and footnotes to its contents.
    static let meta: Index = 4
    static let contents: Index = 5
    static let marker: Index = 6

    private var flows: [TextFlow]
    private var free: [Index] = []

    init() {
        flows = (0...Self.marker).map { _ in TextFlow() }
    }

    subscript(index: Index) -> TextFlow {
        _read { yield flows[index] }
        _modify { yield &flows[index] }
    }

    // MARK: - Looking

    // The subscript copies a text before it is looked at, and most events look.

    func length(of index: Index) -> Int { look(index) { $0.length } }

    func isEmpty(_ index: Index) -> Bool { look(index) { $0.length == 0 } }

    func tableDepth(of index: Index) -> Int { look(index) { $0.tableDepth } }

    func string(of index: Index) -> String { look(index) { $0.string() } }

    /// Looks at a text where it lies.
    func look<Value>(_ index: Index, _ look: (borrowing TextFlow) -> Value) -> Value {
        precondition(flows.indices.contains(index))
        return flows.withUnsafeBufferPointer { look($0[index]) }
    }

    // MARK: - Taking

    /// A new, empty text.
    mutating func take() -> Index {
        if let index = free.popLast() {
            flows[index].reset()
            return index
        }
        flows.append(TextFlow())
        return flows.count - 1
    }

    mutating func giveBack(_ index: Index) {
        free.append(index)
    }
}
