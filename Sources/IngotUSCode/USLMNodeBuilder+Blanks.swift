import IngotLaw
import IngotMarkup

// Pieces of nodes that hold no text though they must.
extension USLMNodeBuilder {
    /// Elements that are nowhere blank in the law itself; in notes and tables they are.
    func mustHoldText(_ element: USLMElement) -> Bool {
        guard zone == .text, let flow, flows.tableDepth(of: flow) == 0 else { return false }
        return switch element {
        case .p, .chapeau, .continuation, .proviso, .text, .crossHeading, .subheading: true
        default: false
        }
    }

    mutating func beginPiece(_ element: USLMElement, isLevel: Bool, in flow: TextFlows.Index) {
        blanks.begin(element, isLevel: isLevel, isInNote: zone != .text, flow: flow, length: flows.length(of: flow))
    }

    mutating func endPiece(in flow: TextFlows.Index) {
        let start = blanks.innermost.map { $0.flow == flow ? $0.start : 0 } ?? 0
        blanks.end(content: flows.look(flow) { $0.content(from: start) }, depth: frames.count)
    }

    mutating func endPieceLabel(in flow: TextFlows.Index) {
        blanks.labelEnded(pieceText(in: flow), length: flows.length(of: flow), isInQuote: quoteDepth > 0)
    }

    mutating func endPieceHeading(in flow: TextFlows.Index) {
        blanks.headingEnded(pieceText(in: flow), length: flows.length(of: flow))
    }

    /// What the innermost piece holds since its number.
    private func pieceText(in flow: TextFlows.Index) -> String {
        guard let piece = blanks.innermost, piece.flow == flow else { return "" }
        return flows.look(flow) { $0.string(from: $0.start(since: piece.start)) }
    }

    mutating func addEmptyPiece(_ piece: String) {
        nodes[nodes.count - 1].emptyPieces.append(piece)
    }

    /// Moves what was found in the innermost node to the findings; its key is known by then.
    mutating func takeEmptyPieces() {
        let node = nodes[nodes.count - 1]
        for piece in node.emptyPieces + blanks.take() {
            findings.emptyPieces.append(.init(key: node.node.key, piece: piece))
        }
    }

    /// Whether a section, a rule or a plan holds no text and nothing says why.
    func isBlank(_ open: OpenNode) -> Bool {
        guard [.section, .courtRule, .reorganizationPlan].contains(open.element) else { return false }
        return !TextFlow.isWord(in: open.node.text) && !open.hasOtherContent && open.node.status == nil
            && !StatusWords.areIn(open.node.heading) && !StatusWords.areIn(open.node.num)
    }
}
