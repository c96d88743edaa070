import IngotCore
import IngotMarkup

/// The pieces of a page of the statutes in the page's order: headings, paragraphs and tables, without what only leads
/// the reader about.
///
/// Markup: https://www.cga.ct.gov/current/pub/titles.htm and the pages below it.
struct StatutePage {
    /// A piece of the page.
    enum Piece {
        /// `h1` to `h6`, with its classes: `chap-no`, `part-name`.
        case heading(classes: [Substring], text: FlowingText)
        /// A paragraph with its classes (`source-first`, none for the law itself) and, where a section begins, the
        /// section's heading.
        case paragraph(classes: [Substring], catchline: Catchline?, text: FlowingText)
        case table(HTMLElement)
        /// A line of the contents that a chapter begins with.
        case contents(text: String, isBold: Bool)
        /// The links that stand after each section.
        case sectionEnd
    }

    /// The heading of a section, in which its number is.
    struct Catchline {
        var text: FlowingText
        /// Not always right: the printed number counts.
        var anchor: String?
    }

    private(set) var pieces: [Piece] = []
    /// Characters of the body that are not white space, without navigation.
    private(set) var characters = 0
    /// Addresses of all links, as published.
    private(set) var links: [String] = []

    /// Whether a rule ends the contents, and whether it is still to come.
    private var contentsEnd = false
    private var isInContents = false

    /// Chapters are up to a few megabytes long, with a tag for each reference.
    private static let limits = {
        var limits = HTMLLimits()
        limits.bytes = 16 << 20
        limits.tags = 150_000
        limits.nodes = 1_000_000
        return limits
    }()

    /// The largest page that is read, in bytes.
    static var maximumBytes: Int { limits.bytes }

    /// - Throws: `JobFailure` `document_truncated`, or what ``HTMLDocument`` throws.
    init(_ bytes: [UInt8]) throws {
        let bytes = PageEncoding.utf8(bytes)
        guard Self.isWhole(bytes) else {
            throw JobFailure(
                code: "document_truncated",
                message: "The page has no end: neither </body> nor </html> is in it.",
                advice: "Fetch it again; if the site serves it so, look at it in a browser."
            )
        }
        let document = try HTMLDocument(bytes, limits: Self.limits)
        guard let body = document.root.elements(where: { $0.name == "body" }).first else { return }
        contentsEnd = !body.elements { $0.classes.contains("chaps_pg_bar") }.isEmpty
        characters = Self.count(body)
        read(body)
        body.forEach { element in
            if element.name == "a", let link = element.attributes["href"] { links.append(link) }
        }
    }

    /// Whether the page's last tags are there.
    private static func isWhole(_ page: [UInt8]) -> Bool {
        ["</html", "</body"].contains { tag in
            let tag = Array(tag.utf8)
            var index = page.count - tag.count
            while index >= 0 {
                if page[index] == tag[0], zip(page[index...], tag).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
                    return true
                }
                index -= 1
            }
            return false
        }
    }

    // MARK: - Pieces

    private mutating func read(_ container: HTMLElement) {
        // Text that stands in no paragraph is a paragraph.
        var loose: [HTMLElement.Content] = []
        func flush(_ page: inout StatutePage) {
            guard !loose.isEmpty else { return }
            page.add(paragraph: loose, classes: [])
            loose = []
        }
        for content in container.contents {
            guard case .element(let element) = content, Self.isBlock(element) else {
                loose.append(content)
                continue
            }
            flush(&self)
            if Self.isNavigation(element) {
                readNavigation(element)
            } else if isInContents, Self.isHeading(element) {
                // Contents may repeat the headings of parts.
                characters -= Self.count(element)
            } else if Self.isHeading(element), element.elements(where: Self.isCatchline).isEmpty {
                let text = FlowingText(element.contents, omitting: Self.isNavigation)
                if !text.text.isEmpty { pieces.append(.heading(classes: element.classes, text: text)) }
            } else if element.name == "table" {
                readTable(element)
            } else if element.name == "p" || Self.isHeading(element), !Self.holdsBlocks(element) {
                add(paragraph: element.contents, classes: element.classes)
            } else {
                read(element)
            }
        }
        flush(&self)
    }

    /// A table in which sections begin only lays them out.
    private mutating func readTable(_ table: HTMLElement) {
        guard !table.elements(where: Self.isCatchline).isEmpty else {
            pieces.append(.table(table))
            return
        }
        for case .element(let caption) in table.contents where caption.name == "caption" { read(caption) }
        for row in StatuteBlocks.rows(of: table) {
            for case .element(let cell) in row.contents { read(cell) }
        }
    }

    private mutating func readNavigation(_ element: HTMLElement) {
        let classes = element.classes
        if classes.contains("chap_toc_hd") { isInContents = contentsEnd }
        if classes.contains("chaps_pg_bar") { isInContents = false }
        if classes.contains("nav_tbl") { pieces.append(.sectionEnd) }
        if classes.contains("toc_catchln") {
            let isBold = !element.elements { $0.name == "b" || $0.name == "strong" }.isEmpty
            pieces.append(.contents(text: element.text, isBold: isBold))
        }
    }

    /// Adds a paragraph, or as many as sections begin in it.
    private mutating func add(paragraph contents: [HTMLElement.Content], classes: [Substring]) {
        for part in CatchlineParts(contents, isCatchline: Self.isCatchline).parts {
            let text = FlowingText(part.text, omitting: Self.isNavigation)
            let heading = FlowingText(part.heading, omitting: Self.isNavigation)
            guard !heading.text.isEmpty || !text.text.isEmpty else { continue }
            pieces.append(
                .paragraph(
                    classes: classes,
                    catchline: heading.text.isEmpty ? nil : Catchline(text: heading, anchor: part.anchor),
                    text: text
                )
            )
        }
    }

    private static func isCatchline(_ element: HTMLElement) -> Bool {
        element.classes.contains("catchln")
    }

    private static func isHeading(_ element: HTMLElement) -> Bool {
        element.name.count == 2 && element.name.first == "h" && element.name.last?.isNumber == true
    }

    private static let blocks: Set<String> = [
        "p", "table", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "pre", "div",
        "center", "blockquote", "section", "article", "main", "form", "header", "footer", "nav", "address", "fieldset",
        "figure", "aside",
    ]

    private static func isBlock(_ element: HTMLElement) -> Bool {
        !isCatchline(element) && (blocks.contains(element.name) || isNavigation(element) || holdsBlocks(element))
    }

    /// Whether an element, a `font` or `b` for example, has paragraphs in it.
    private static func holdsBlocks(_ element: HTMLElement) -> Bool {
        element.contents.contains { content in
            guard case .element(let inner) = content, !isCatchline(inner) else { return false }
            return blocks.contains(inner.name) || inner.classes.contains("nav_tbl") || holdsBlocks(inner)
        }
    }

    /// What leads the reader about the site and says nothing that is not said elsewhere: rules and pictures, the lines of
    /// contents with their head, the links after a section.
    static func isNavigation(_ element: HTMLElement) -> Bool {
        if ["hr", "script", "style", "img", "noscript", "template"].contains(element.name) { return true }
        let classes = element.classes
        return classes.contains("nav_tbl") || classes.contains("toc_catchln") || classes.contains("chap_toc_hd")
            || element.name == "a" && isReturn(element)
    }

    /// `(Return to List of Titles)` in the last row of a title's contents.
    private static func isReturn(_ link: HTMLElement) -> Bool { link.text.hasPrefix("(Return to") }

    private static func count(_ element: HTMLElement) -> Int {
        var count = 0
        for content in element.contents {
            switch content {
            case .text(let text): count += CharacterCount.of(text)
            case .element(let element): if !isNavigation(element) { count += Self.count(element) }
            }
        }
        return count
    }
}
