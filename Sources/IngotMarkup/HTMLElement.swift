/// One element of an HTML page.
public struct HTMLElement: Sendable, Equatable {
    /// What stands in an element.
    public enum Content: Sendable, Equatable {
        case element(HTMLElement)
        case text(String)
    }

    /// In lower case.
    public var name: String
    /// By names in lower case; of two with one name the first.
    public var attributes: [String: String]
    public var contents: [Content]

    public init(name: String, attributes: [String: String] = [:], contents: [Content] = []) {
        self.name = name
        self.attributes = attributes
        self.contents = contents
    }

    /// All text in the element, white space collapsed.
    public var text: String {
        var text = ""
        gather(&text)
        return text.split { $0.isWhitespace }.joined(separator: " ")
    }

    private func gather(_ text: inout String) {
        for content in contents {
            switch content {
            case .element(let element): element.gather(&text)
            case .text(let part): text += part
            }
        }
    }

    /// The names in the `class` attribute.
    public var classes: [Substring] {
        attributes["class"]?.split { $0.isWhitespace } ?? []
    }

    /// Visits the elements in the element in the page's order, each before what is in it.
    public func forEach(_ visit: (HTMLElement) -> Void) {
        for case .element(let element) in contents {
            visit(element)
            element.forEach(visit)
        }
    }

    /// The elements in the element that meet a condition, in the page's order.
    public func elements(where condition: (HTMLElement) -> Bool) -> [HTMLElement] {
        var found: [HTMLElement] = []
        forEach { if condition($0) { found.append($0) } }
        return found
    }
}
