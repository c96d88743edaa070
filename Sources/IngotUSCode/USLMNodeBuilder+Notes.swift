import IngotLaw
import IngotMarkup

// Notes to a node, and footnotes.
extension USLMNodeBuilder {
    func isFootnote(_ attributes: borrowing XMLAttributes) -> Bool {
        attributes.has("type", equalTo: "footnote")
    }

    /// Whether a heading that begins now is that of the open note.
    var isNoteHeading: Bool {
        (zone == .note || zone == .notes) && frames.last?.role == .zone && !hasNoteHeading
            && flows.isEmpty(TextFlows.note)
    }

    mutating func beginNote(_ attributes: borrowing XMLAttributes) {
        begin(LawNote(topic: attributes.string("topic"), role: attributes.string("role")))
        flows[TextFlows.note].reset()
    }

    mutating func beginNotes(_ attributes: borrowing XMLAttributes) {
        container = LawNote(topic: attributes.string("topic"), role: attributes.string("role"))
        begin(container)
        flows[TextFlows.note].reset()
    }

    private mutating func begin(_ note: LawNote) {
        self.note = note
        hasNoteHeading = false
    }

    mutating func endNote() {
        note.text = flows.string(of: TextFlows.note)
        nodes[nodes.count - 1].node.notes.append(note)
        flows[TextFlows.note].reset()
        // Text of a container that is in none of its notes becomes a note, too.
        if zone == .notes { begin(container) }
    }

    mutating func endStrayNote() {
        if hasNoteHeading || !flows.isEmpty(TextFlows.note) { endNote() }
    }

    mutating func endNoteHeading() {
        note.heading = flows.string(of: TextFlows.note)
        hasNoteHeading = true
        flows[TextFlows.note].reset()
    }

    // MARK: - Footnotes

    mutating func beginFootnote() -> Role {
        guard !nodes.isEmpty else { return enter(.homeless, nil) }
        let flow = flows.take()
        // So that its number and its first paragraph share a line.
        flows[flow].beginLevel(.note)
        let last = nodes.count - 1
        footnotes.append(OpenFootnote(flow: flow, index: nodes[last].node.footnotes.count))
        nodes[last].node.footnotes.append(LawFootnote())
        return enter(.footnote, flow)
    }

    mutating func endFootnote() {
        guard let footnote = footnotes.popLast() else { return }
        nodes[nodes.count - 1].node.footnotes[footnote.index].text = flows[footnote.flow].string()
        flows.giveBack(footnote.flow)
    }

    mutating func endFootnoteMarker() {
        guard let footnote = footnotes.last else { return }
        let marker = flows[footnote.flow].string()
        if !marker.isEmpty { nodes[nodes.count - 1].node.footnotes[footnote.index].marker = marker }
        flows[footnote.flow].endLabel()
    }
}
