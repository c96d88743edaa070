import CGumbo
import IngotCore

/// An HTML page as browsers understand it, whatever its markup is like.
///
/// Parsed by gumbo, which follows the HTML standard's rules for broken markup. Comments are not part of it.
public struct HTMLDocument: Sendable {
    /// The `html` element, which every page has, be it written or not.
    public let root: HTMLElement

    /// - Throws: `JobFailure` `html_too_large` or `html_too_deep`.
    public init(_ page: [UInt8], limits: HTMLLimits = HTMLLimits()) throws {
        guard page.count <= limits.bytes else {
            throw Self.tooLarge("has \(page.count) bytes, more than \(limits.bytes)")
        }
        guard page.count(where: { $0 == 0x3C }) <= limits.tags else {
            throw Self.tooLarge("has more than \(limits.tags) tags")
        }
        root = try Self.parse(page, limits)
    }

    private static func parse(_ page: [UInt8], _ limits: HTMLLimits) throws -> HTMLElement {
        // Gumbo frees a tree by recursion, as deep as the page is nested; here all of it is freed at once.
        let arena = HTMLArena()
        return try withExtendedLifetime(arena) {
            try page.withUnsafeBytes { bytes in
                var options = kGumboDefaultOptions
                options.max_errors = 0
                options.userdata = Unmanaged.passUnretained(arena).toOpaque()
                options.allocator = { arena, size in
                    arena.map { Unmanaged<HTMLArena>.fromOpaque($0).takeUnretainedValue().allocate(size) }
                }
                options.deallocator = { _, _ in }
                let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                // An empty page has no address, and gumbo wants one.
                let output = withUnsafePointer(to: 0 as CChar) {
                    gumbo_parse_with_options(&options, start ?? $0, bytes.count)
                }
                guard let root = output?.pointee.root else { return HTMLElement(name: "html") }
                var reader = HTMLTreeReader(limits: limits)
                return try reader.element(root.pointee.v.element, depth: 1)
            }
        }
    }

    static func tooLarge(_ reason: String) -> JobFailure {
        JobFailure(code: "html_too_large", message: "The page \(reason).")
    }
}

/// Copies gumbo's tree.
private struct HTMLTreeReader {
    let limits: HTMLLimits
    private var nodes = 0

    init(limits: HTMLLimits) {
        self.limits = limits
    }

    mutating func element(_ source: GumboElement, depth: Int) throws -> HTMLElement {
        guard depth <= limits.depth else {
            throw JobFailure(
                code: "html_too_deep",
                message: "The page nests elements deeper than \(limits.depth)."
            )
        }
        try count()
        var element = HTMLElement(name: name(source))
        for attribute in pointers(source.attributes, to: GumboAttribute.self) {
            let name = String(cString: attribute.pointee.name).lowercased()
            if element.attributes[name] == nil { element.attributes[name] = String(cString: attribute.pointee.value) }
        }
        for child in pointers(source.children, to: GumboNode.self) {
            switch child.pointee.type {
            case GUMBO_NODE_ELEMENT, GUMBO_NODE_TEMPLATE:
                element.contents.append(.element(try self.element(child.pointee.v.element, depth: depth + 1)))
            case GUMBO_NODE_TEXT, GUMBO_NODE_WHITESPACE, GUMBO_NODE_CDATA:
                try count()
                element.contents.append(.text(String(cString: child.pointee.v.text.text)))
            default: break
            }
        }
        return element
    }

    private mutating func count() throws {
        nodes += 1
        guard nodes <= limits.nodes else {
            throw HTMLDocument.tooLarge("has more than \(limits.nodes) elements and texts")
        }
    }

    private func name(_ element: GumboElement) -> String {
        if element.tag != GUMBO_TAG_UNKNOWN { return String(cString: gumbo_normalized_tagname(element.tag)) }
        var original = element.original_tag
        gumbo_tag_from_original_text(&original)
        let bytes = UnsafeRawBufferPointer(start: original.data, count: original.length)
        return String(decoding: bytes, as: UTF8.self).lowercased()
    }

    private func pointers<Item>(_ vector: GumboVector, to: Item.Type) -> [UnsafeMutablePointer<Item>] {
        (0..<Int(vector.length)).compactMap { vector.data[$0]?.assumingMemoryBound(to: Item.self) }
    }
}
