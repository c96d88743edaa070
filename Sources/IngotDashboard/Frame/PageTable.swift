import HTTPTypes
import Hummingbird
import IngotGateway
import Synchronization

/// Pages as they are added to the gateway's routes.
struct PageTable {
    /// Makes one page; what the API refuses becomes a page as well.
    typealias Handler = @Sendable (_ asking: PageRequest) async throws -> Page

    private(set) var routes: RouteTable
    let renderer: PageRenderer

    init(routes: RouteTable, renderer: PageRenderer) {
        self.routes = routes
        self.renderer = renderer
    }

    /// Adds a page.
    ///
    /// - Parameter path: with `{name}` for a segment to capture and a last `**` for any number of segments.
    mutating func on(_ path: String, _ handler: @escaping Handler) {
        let renderer = renderer
        let inner = routes.inner
        routes.on(.get, path, for: .page) { request, context in
            let asking = PageRequest(request: request, context: context, inner: inner)
            do {
                return renderer.response(try await handler(asking), to: asking)
            } catch let refusal as APIRefusal {
                // Its session may have ended between two answers.
                if refusal.status == .unauthorized { return .redirect(to: "/sign-in", type: .normal) }
                return renderer.response(refusal, to: asking)
            } catch let redirection as PageRedirection {
                return .redirect(to: redirection.place, type: .normal)
            }
        }
    }

    /// Adds a page that is the same for everybody: its content is rendered once, when it is first asked for.
    mutating func on(_ path: String, showing page: @escaping @Sendable () -> Page) {
        let content = RenderedOnce()
        let renderer = renderer
        on(path) { _ in
            var page = page()
            page.rendered = content.text { renderer.content(of: page) }
            return page
        }
    }
}

/// Text that is made once.
private final class RenderedOnce: Sendable {
    private let kept = Mutex<String?>(nil)

    func text(_ render: () -> String) -> String {
        if let text = kept.withLock({ $0 }) { return text }
        // Two that ask at once may both make it, so that nobody waits under a lock.
        let text = render()
        kept.withLock { $0 = text }
        return text
    }
}

/// Another page is the one that was meant.
struct PageRedirection: Error {
    /// The path and query of that page.
    var place: String
}
