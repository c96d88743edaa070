import IngotMarkup

/// A paragraph cut where sections begin in it: mostly at its start, and mostly one.
struct CatchlineParts {
    struct Part {
        /// The heading of a section, as far as there is one.
        var heading: [HTMLElement.Content] = []
        /// Of the heading's first element, or of a link in it.
        var anchor: String?
        var text: [HTMLElement.Content] = []
    }

    private(set) var parts = [Part()]

    /// What may stand between two pieces of one heading: a letter in italics, a space.
    private static let longestGap = 12

    init(_ contents: [HTMLElement.Content], isCatchline: (HTMLElement) -> Bool) {
        add(contents, isCatchline)
        if parts.count == 1, parts[0].heading.isEmpty { takeBoldHeading() }
        parts.removeAll { $0.heading.isEmpty && $0.text.isEmpty }
    }

    private mutating func add(_ contents: [HTMLElement.Content], _ isCatchline: (HTMLElement) -> Bool) {
        for content in contents {
            guard case .element(let element) = content else {
                parts[parts.count - 1].text.append(content)
                continue
            }
            if isCatchline(element) {
                add(catchline: element)
            } else if element.elements(where: isCatchline).isEmpty {
                parts[parts.count - 1].text.append(content)
            } else {
                add(element.contents, isCatchline)
            }
        }
    }

    private mutating func add(catchline: HTMLElement) {
        let last = parts.count - 1
        let between = FlowingText(parts[last].text).text
        if parts[last].heading.isEmpty {
            // What stands before a heading is a paragraph of its own.
            if !between.isEmpty { parts.append(Part()) }
        } else if SectionDesignation(catchline.text) != nil {
            parts.append(Part())
        } else if between.count <= Self.longestGap {
            // The heading was cut in two.
            parts[last].heading += parts[last].text + [.element(catchline)]
            parts[last].text = []
            return
        } else {
            parts[last].text.append(.element(catchline))
            return
        }
        parts[parts.count - 1].text = []
        parts[parts.count - 1].heading = [.element(catchline)]
        parts[parts.count - 1].anchor =
            catchline.attributes["id"] ?? catchline.elements { $0.attributes["name"] != nil }.first?.attributes["name"]
    }

    /// Pages that are older mark a section by bold type alone.
    ///
    /// `<b>Sec. 4-1. Caption.</b> Text …`
    private mutating func takeBoldHeading() {
        let contents = parts[0].text
        guard
            let index = contents.firstIndex(where: { content in
                if case .text(let text) = content { return !text.allSatisfy(\.isWhitespace) }
                return true
            }), case .element(let element) = contents[index], ["b", "strong", "a", "font"].contains(element.name),
            let designation = SectionDesignation(element.text), designation.printed.hasSuffix("."),
            designation.printed.lowercased().hasPrefix("sec")
        else { return }
        let link = element.elements { $0.attributes["name"] != nil }.first
        parts[0] = Part(
            heading: [.element(element)],
            anchor: element.attributes["id"] ?? element.attributes["name"] ?? link?.attributes["name"],
            text: Array(contents[(index + 1)...])
        )
    }
}
