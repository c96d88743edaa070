import IngotLaw

/// Lays the sections that the Supplement prints over those of a chapter: it replaces just these, and puts new ones where
/// their numbers belong.
struct SupplementOverlay {
    /// In document order.
    private(set) var nodes: [LawNode]

    /// - Parameters:
    ///   - base: the chapter as the statutes have it, in document order.
    ///   - overlay: the chapter as the Supplement has it.
    init(base: [LawNode], overlay: [LawNode]) {
        nodes = base
        for node in overlay {
            var node = node
            node.file = 1
            node.index = 0
            if let place = nodes.firstIndex(where: { $0.key == node.key }) {
                replace(at: place, with: node)
            } else {
                insert(node, before: overlay)
            }
        }
        dropReplaced(by: overlay)
        for index in nodes.indices { nodes[index].index = index }
    }

    private mutating func replace(at place: Int, with node: LawNode) {
        guard node.level == "section" else {
            // The heading is printed again over the sections; what it says besides is newer.
            if !node.text.isEmpty {
                nodes[place].text = node.text
                nodes[place].blocks = node.blocks
            }
            if !node.notes.isEmpty { nodes[place].notes = node.notes }
            nodes[place].refs += node.refs.filter { !nodes[place].refs.contains($0) }
            return
        }
        var node = node
        // Where it stood, unless the Supplement says that it is in another part.
        let known = parent(of: node)
        if known == nil || Self.lies(nodes[place].parent, in: known) { node.parent = nodes[place].parent }
        nodes[place] = node
    }

    /// The node's own parent, when it says more than the chapter.
    private func parent(of node: LawNode) -> String? {
        guard let parent = node.parent, parent != nodes.first?.key else { return nil }
        return nodes.contains { $0.key == parent } ? parent : nil
    }

    /// Whether a key is that of a part, or of something below it.
    private static func lies(_ key: String?, in part: String?) -> Bool {
        guard let key, let part else { return false }
        return key == part || key.hasPrefix(part + "/")
    }

    /// Puts a new node behind the last one that comes before it: by the order of sections, or where its part ends.
    private mutating func insert(_ node: LawNode, before overlay: [LawNode]) {
        var node = node
        let known = parent(of: node)
        let place: Int
        if node.level == "section",
            let before = nodes.lastIndex(where: {
                $0.level == "section" && (known == nil || Self.lies($0.parent, in: known))
                    && LawKeyRange.isOrdered($0.covers.last?.last ?? $0.key, before: node.key)
            })
        {
            place = before + 1
            node.parent = nodes[before].parent
        } else if let parent = known ?? node.parent, let owner = nodes.firstIndex(where: { $0.key == parent }) {
            node.parent = parent
            // Sections of a part come first in it; a new part comes last in its chapter.
            place = node.level == "section" ? owner + 1 : nodes.count
        } else {
            place = nodes.count
        }
        nodes.insert(node, at: place)
    }

    /// Takes away what the Supplement prints in another shape: a reserved range that has been used, single sections that
    /// are repealed together, the second of two versions of which one is left.
    private mutating func dropReplaced(by overlay: [LawNode]) {
        let printed = overlay.filter { $0.level == "section" }
        let keys = Set(printed.map(\.key))
        let covers = printed.flatMap(\.covers)
        func isPrinted(_ key: String) -> Bool { keys.contains(key) || covers.contains { $0.contains(key) } }
        nodes.removeAll { node in
            guard node.level == "section", node.file == 0, !keys.contains(node.key) else { return false }
            if let original = node.repeats { return isPrinted(original) }
            if node.covers.isEmpty { return isPrinted(node.key) }
            return node.covers.allSatisfy { isPrinted($0.first) && isPrinted($0.last) }
        }
    }
}
