import IngotMarkup

/// What a browser reads in a page of the law, by the HTML standard's own parser.
struct PrintedText {
    let root: HTMLElement

    init(_ page: String) throws {
        var limits = HTMLLimits()
        limits.bytes = 64 << 20
        limits.tags = 1_000_000
        limits.nodes = 4_000_000
        root = try HTMLDocument(Array(page.utf8), limits: limits).root
    }

    /// The first element of a class.
    func first(_ name: String) -> HTMLElement? { all(name).first }

    func all(_ name: String) -> [HTMLElement] {
        root.elements { $0.classes.contains { $0 == name } }
    }

    /// The law in an element: all its text but what the page adds.
    static func law(_ element: HTMLElement?) -> String {
        guard let element else { return "" }
        var text = ""
        for content in element.contents {
            switch content {
            case .text(let part): text += part
            case .element(let inner):
                if !inner.classes.contains("page") { text += law(inner) }
            }
        }
        return text
    }

    /// Without the white space that tags and lines bring: spaces that are not ASCII are characters of the law.
    static func characters(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { ![" ", "\n", "\t", "\r"].contains($0) }))
    }
}
