import HTTPTypes
import Hummingbird
import IngotCore
import IngotGateway
import Mustache
import NIOCore

/// Makes HTML of pages: a template's text inside the frame that all pages share.
struct PageRenderer: Sendable {
    private let library: MustacheLibrary
    private let files: StaticFiles

    /// Nothing from elsewhere, nothing inline; the pages' own modules may ask the gateway.
    private static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// - Throws: `MustacheTemplate.ParserError` of a template that is wrong.
    init(files: StaticFiles) throws {
        self.files = files
        var library = MustacheLibrary()
        for (name, text) in EmbeddedFiles.templates { try library.register(text, named: name) }
        self.library = library
    }

    func response(_ page: Page, to asking: PageRequest) -> Response {
        response(page, caller: asking.context.caller, search: asking.query("q"))
    }

    /// The page of something that the API refused.
    func response(_ refusal: APIRefusal, to asking: PageRequest) -> Response {
        struct Content {
            var title: String
            var detail: String?
            var status: Int
        }
        let content = Content(title: refusal.title, detail: refusal.detail, status: refusal.status.code)
        var page = Page(title: refusal.title, template: "problem", content: content)
        page.status = refusal.status
        return response(page, to: asking)
    }

    /// - Parameter caller: who reads; `nil` on the page for signing in.
    func response(_ page: Page, caller: Caller?, search: String? = nil) -> Response {
        let frame = Frame(
            title: page.title,
            parts: caller == nil
                ? []
                : Page.Part.allCases.map { Frame.Link(place: $0.rawValue, name: $0.name, isHere: $0 == page.part) },
            reader: caller.map { Frame.Reader(name: $0.id, role: $0.role.rawValue, isSignedIn: $0.id != "anonymous") },
            search: search ?? "",
            styles: (["style.css"] + page.styles).map(files.address),
            scripts: (["frame.js"] + page.scripts).map(files.address),
            icon: files.address("icon.svg"),
            version: IngotVersion.current,
            body: page.rendered ?? content(of: page)
        )
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "private, no-store",
            .contentSecurityPolicy: Self.contentSecurityPolicy,
        ]
        // Forms of the pages must say where they come from, and nobody else is told.
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "same-origin" }
        return Response(
            status: page.status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text(frame, template: "frame")))
        )
    }

    /// What is inside the frame.
    func content(of page: Page) -> String { text(page.content, template: page.template) }

    private func text(_ content: Any, template: String) -> String {
        guard let text = library.render(content, withTemplate: template) else {
            preconditionFailure("There is no template \(template).mustache")
        }
        return text
    }

    /// What the frame's template shows.
    private struct Frame {
        struct Link {
            var place: String
            var name: String
            var isHere: Bool
        }

        struct Reader {
            var name: String
            var role: String
            var isSignedIn: Bool
        }

        var title: String
        var parts: [Link]
        var reader: Reader?
        var search: String
        var styles: [String]
        var scripts: [String]
        var icon: String
        var version: String
        var body: String
    }
}
