import IngotLaw
import IngotMarkup

/// The text of a paragraph with the links in it, white space collapsed.
struct FlowingText: Equatable {
    private(set) var text = ""
    /// With the addresses as published.
    private(set) var links: [LawLink] = []
    private var scalars = 0

    /// - Parameter omits: says of an element that it is not part of the text.
    init(_ contents: [HTMLElement.Content], omitting omits: (HTMLElement) -> Bool = { _ in false }) {
        add(contents, omits)
        while text.last == " " { text.removeLast() }
        scalars = text.unicodeScalars.count
        links = links.compactMap { link in
            let end = min(link.start + link.length, scalars)
            return end > link.start ? LawLink(href: link.href, start: link.start, length: end - link.start) : nil
        }
    }

    init(_ text: String) { self.init([.text(text)]) }

    /// Elements whose text is set apart from what is around them.
    private static let blocks: Set<String> = [
        "br", "p", "div", "tr", "td", "th", "li", "dd", "dt", "table", "caption", "h1", "h2", "h3", "h4", "h5", "h6",
    ]

    private mutating func add(_ contents: [HTMLElement.Content], _ omits: (HTMLElement) -> Bool) {
        for content in contents {
            switch content {
            case .text(let part): add(part)
            case .element(let element):
                if omits(element) { continue }
                let isBlock = Self.blocks.contains(element.name)
                if isBlock { add(" ") }
                // A link does not begin with the space before its words.
                var start = scalars
                let before = text.count
                add(element.contents, omits)
                if element.name == "a", let href = element.attributes["href"], scalars > start {
                    if text.dropFirst(before).first == " " { start += 1 }
                    if scalars > start { links.append(LawLink(href: href, start: start, length: scalars - start)) }
                }
                if isBlock { add(" ") }
            }
        }
    }

    private mutating func add(_ part: String) {
        for scalar in part.unicodeScalars {
            if scalar.properties.isWhitespace {
                if text.isEmpty || text.last == " " { continue }
                text += " "
            } else {
                text.unicodeScalars.append(scalar)
            }
            scalars += 1
        }
    }

    /// The links without the `count` scalars at the front of the text.
    func links(dropping count: Int) -> [LawLink] {
        links.compactMap { link in
            link.start >= count ? LawLink(href: link.href, start: link.start - count, length: link.length) : nil
        }
    }
}
