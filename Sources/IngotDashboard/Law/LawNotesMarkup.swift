/// The notes to a node as HTML, in groups that open and close.
enum LawNotesMarkup {
    private struct Group {
        var title: String
        var notes: [LawDocument.Note]
        /// Whether the title is a heading of the law, and not one that the page gives.
        var isPublished: Bool
    }

    /// Notes with no more characters than this are shown open.
    private static let shortNotes = 3000

    /// Topics that are headings on the page where the source has none.
    private static let topics = [
        "history": "History", "annotation": "Annotations", "cross_reference": "Cross references",
        "front_note": "Notes",
    ]

    static func groups(_ notes: [LawDocument.Note]) -> String {
        let isOpen = notes.reduce(0) { $0 + $1.text.utf8.count } <= shortNotes
        return grouped(notes).map { group in
            let count = group.notes.count { !$0.isCrossHeading }
            var text = "<details class=\"notes\"\(isOpen || count == 0 ? " open" : "")><summary>"
            text +=
                group.isPublished
                ? "<span class=\"law\">\(MarkupText.escaped(group.title))</span>" : MarkupText.escaped(group.title)
            if count > 1 { text += " <span class=\"quiet\">\(Figures.number(count))</span>" }
            text += "</summary>"
            for note in group.notes { text += markup(note) }
            return text + "</details>\n"
        }.joined()
    }

    private static func grouped(_ notes: [LawDocument.Note]) -> [Group] {
        var groups: [Group] = []
        for note in notes {
            if note.isCrossHeading, !note.heading.isEmpty {
                groups.append(Group(title: note.heading, notes: [note], isPublished: true))
                continue
            }
            let title = topics[note.topic ?? ""] ?? "Notes"
            if let last = groups.last, last.isPublished || last.title == title {
                groups[groups.count - 1].notes.append(note)
            } else {
                groups.append(Group(title: title, notes: [note], isPublished: false))
            }
        }
        return groups
    }

    private static func markup(_ note: LawDocument.Note) -> String {
        // A heading over the notes that follow it is the group's title.
        var text = "<div class=\"note\">"
        if !note.isCrossHeading, !note.heading.isEmpty {
            text += "<h3 class=\"law\">\(MarkupText.escaped(note.heading))</h3>"
        }
        text += "<div class=\"law\">"
        var rows: [[LawCell]] = []
        func addTable(_ text: inout String) {
            if !rows.isEmpty { text += LawTextMarkup.table(rows, name: "Table in a note") }
            rows = []
        }
        for line in note.text.split(separator: "\n") {
            // Tabs keep the cells of a table apart.
            if line.utf8.contains(UInt8(ascii: "\t")) {
                rows.append(
                    line.split(separator: "\t", omittingEmptySubsequences: false).map { LawCell(text: String($0)) }
                )
            } else {
                addTable(&text)
                text += "<p>\(MarkupText.escaped(String(line)))</p>"
            }
        }
        addTable(&text)
        return text + "</div></div>"
    }

    static func footnotes(_ footnotes: [LawDocument.Footnote]) -> String {
        footnotes.enumerated().map { index, footnote in
            let mark = footnote.marker ?? "*"
            let isRepeated = footnote.text.unicodeScalars.starts(with: mark.unicodeScalars)
            var text = "<li id=\"footnote-\(index + 1)\">"
            // The text usually begins with its mark.
            text +=
                isRepeated
                ? "<b class=\"law\">\(MarkupText.escaped(mark))</b>" : "<b>\(MarkupText.escaped(mark))</b>"
            let rest =
                isRepeated ? String(footnote.text.unicodeScalars.dropFirst(mark.unicodeScalars.count)) : footnote.text
            text += " <span class=\"law\">\(MarkupText.escaped(rest))</span> "
            text += "<a href=\"#mark-\(index + 1)\" aria-label=\"Back to the text\">↩</a></li>\n"
            return text
        }.joined()
    }
}
