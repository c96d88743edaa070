/// Finds pieces of the law that must hold text and hold none.
///
/// The rules were made from every title at hand: in none is a numbered piece blank unless its heading says why, or
/// its text follows in another element.
struct BlankPieces {
    /// An open level, or a paragraph.
    private struct Open {
        var element: USLMElement
        var isLevel: Bool
        var flow: TextFlows.Index
        /// The length of the text where its own begins: after its number and heading.
        var start: Int
        var label = ""
        var heading = ""
        var isFilled = false
        /// Whether it is in a note, where editors' headings may stand alone.
        var isInNote: Bool
    }

    /// A blank level whose text may follow in the next element.
    private struct Candidate {
        var piece: String
        var label: String
        var hasHeading: Bool
        /// How many elements are open around it.
        var depth: Int
        var next = Next.awaited

        enum Next {
            case awaited, text(flow: TextFlows.Index, length: Int), label
        }
    }

    private var open: [Open] = []
    private var candidate: Candidate?
    /// Found since they were last taken, all in the innermost node.
    private var found: [String] = []

    mutating func take() -> [String] {
        guard !found.isEmpty else { return [] }
        defer { found = [] }
        return found
    }

    var hasCandidate: Bool { candidate != nil }

    // MARK: - Elements

    mutating func begin(_ element: USLMElement, isLevel: Bool, isInNote: Bool, flow: TextFlows.Index, length: Int) {
        open.append(Open(element: element, isLevel: isLevel, flow: flow, start: length, isInNote: isInNote))
    }

    /// The number of the innermost piece has ended; `text` is all of the flow's since the piece began.
    mutating func labelEnded(_ text: String, length: Int, isInQuote: Bool) {
        guard let last = open.indices.last, open[last].isLevel else { return }
        open[last].label = text
        open[last].start = length
        if text.isEmpty, !isInQuote, !open[last].isInNote { found.append(path(adding: "num")) }
        if let candidate, case .label = candidate.next {
            self.candidate = nil
            // “(a) Criteria”, then “(a)(1)(A)”: one piece in two elements.
            if candidate.label.isEmpty || !text.hasPrefix(candidate.label) { found.append(candidate.piece) }
        }
    }

    mutating func headingEnded(_ text: String, length: Int) {
        guard let last = open.indices.last, open[last].isLevel else { return }
        open[last].heading = text
        open[last].start = length
        if text.isEmpty, !open[last].isInNote { found.append(path(adding: "heading")) }
    }

    /// Where the innermost piece's own text begins, in which flow.
    var innermost: (flow: TextFlows.Index, start: Int)? { open.last.map { ($0.flow, $0.start) } }

    /// Something that is no text stands in the open pieces: a picture, a node.
    mutating func fill() {
        for index in open.indices { open[index].isFilled = true }
    }

    /// - Parameters:
    ///   - content: what the text since ``innermost`` says.
    ///   - depth: how many elements are open around it.
    mutating func end(content: TextFlow.Content, depth: Int) {
        guard let last = open.last else { return }
        defer { open.removeLast() }
        // A paragraph of a form can be a line to sign on; a provision says something.
        guard content == .nothing || last.isLevel && content == .marks, !last.isFilled else { return }
        guard last.isLevel else {
            // The text of a chapeau may be its level's heading.
            if last.element == .chapeau, open.dropLast().last?.heading.isEmpty != true { return }
            found.append(path(adding: nil))
            return
        }
        guard last.heading.isEmpty || !last.isInNote && !Self.explains(last.heading) else { return }
        guard !StatusWords.areIn(last.label) else { return }
        commit()
        candidate = Candidate(
            piece: path(adding: nil),
            label: last.label,
            hasHeading: !last.heading.isEmpty,
            depth: depth
        )
    }

    /// Whether a heading stands for the text, or says why there is none.
    private static func explains(_ heading: String) -> Bool {
        heading.hasSuffix(".") || StatusWords.areIn(heading)
    }

    // MARK: - Candidates

    /// An element begins while there is a candidate.
    mutating func elementBegins(_ element: USLMElement, depth: Int, flow: TextFlows.Index?, length: Int) {
        guard let candidate, case .awaited = candidate.next, depth == candidate.depth else { return }
        switch element {
        // An introduction that comes after the levels, or the text below a blank heading, is that piece's text.
        case .chapeau: if let flow { self.candidate?.next = .text(flow: flow, length: length) }
        case .continuation where candidate.hasHeading:
            if let flow { self.candidate?.next = .text(flow: flow, length: length) }
        default:
            if element.layout == .level, candidate.hasHeading {
                self.candidate?.next = .label
            } else {
                commit()
            }
        }
    }

    /// An element has ended while there is a candidate.
    ///
    /// - Parameter depth: how many elements are still open.
    mutating func elementEnded(depth: Int, length: (TextFlows.Index) -> Int) {
        guard let candidate else { return }
        if depth < candidate.depth { return commit() }
        guard depth == candidate.depth else { return }
        switch candidate.next {
        case .awaited: break
        case .text(let flow, let before): if length(flow) > before { self.candidate = nil } else { commit() }
        case .label: commit()
        }
    }

    private mutating func commit() {
        if let candidate { found.append(candidate.piece) }
        candidate = nil
    }

    /// For example `subsection (a) paragraph (1)`.
    private func path(adding name: String?) -> String {
        var names = open.map { $0.label.isEmpty ? $0.element.rawValue : "\($0.element.rawValue) \($0.label)" }
        if let name { names.append(name) }
        return names.joined(separator: " ")
    }
}
