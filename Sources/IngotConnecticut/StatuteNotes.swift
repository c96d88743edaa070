import IngotLaw

/// The paragraphs of a page that are not the law itself, by the beginning of their class.
enum StatuteNotes {
    private static let topics: [(prefix: String, topic: String)] = [
        ("source", "source"), ("history", "history"), ("cross-ref", "cross_reference"), ("annotation", "annotation"),
        ("front-note", "front_note"),
    ]

    /// - Returns: `nil` for the law itself.
    static func topic(ofClass name: some StringProtocol) -> String? {
        let name = name.lowercased()
        return topics.first { name == $0.prefix || name.hasPrefix($0.prefix + "-") || name == $0.prefix + "s" }?.topic
    }

    /// `(Formerly Sec. 17-81a)` in a heading says which number the section had before.
    static func isFormerly(_ heading: String) -> Bool { heading.contains("Formerly ") || heading.contains("formerly ") }
}

extension LawNode {
    /// Adds a paragraph that is not the law itself: the source line as credit, the rest as notes.
    ///
    /// A paragraph whose class ends with `-first` begins a note, others go on with it.
    mutating func add(note text: FlowingText, class name: Substring, isSection: Bool) {
        refs += text.references
        let topic = StatuteNotes.topic(ofClass: name)
        if topic == "source", isSection {
            credit += credit.isEmpty ? text.text : "\n\(text.text)"
        } else if name.hasSuffix("-first") || notes.last?.topic != topic {
            var note = LawNote(topic: topic, text: text.text)
            let star = note.text.prefix { $0 == "*" }
            if topic == "front_note", !star.isEmpty {
                note.heading = String(star)
                note.text = String(note.text.dropFirst(star.count).drop { $0 == " " })
            }
            notes.append(note)
        } else {
            notes[notes.count - 1].text += "\n\(text.text)"
        }
    }

    /// Takes the star out of the number or heading that a note begins with as well: `CHAPTER 952*`.
    ///
    /// - Returns: how many characters were taken.
    mutating func takeStars() -> Int {
        var taken = 0
        for marker in notes.map(\.heading) where !marker.isEmpty && marker.allSatisfy({ $0 == "*" }) {
            if num.hasSuffix(marker) {
                num.removeLast(marker.count)
                taken += marker.count
            } else if num.hasSuffix(marker + ".") {
                num.removeLast(marker.count + 1)
                num += "."
                taken += marker.count
            } else if num.hasPrefix(marker) {
                num.removeFirst(marker.count)
                taken += marker.count
            } else if heading.hasSuffix(marker) {
                heading.removeLast(marker.count)
                taken += marker.count
            }
        }
        return taken
    }

    /// Says of the sections that a transferred section names that it is there now.
    mutating func markTransfer() {
        for index in refs.indices where refs[index].target?.hasPrefix("\(StatuteKey.corpus)/s") == true {
            refs[index].relation = .transferredTo
        }
    }

    /// Characters of the page that are in the node.
    var characters: Int {
        var texts = [num, heading, text, credit]
        texts += notes.flatMap { [$0.heading, $0.text] }
        return texts.reduce(0) { $0 + CharacterCount.of($1) }
    }
}
