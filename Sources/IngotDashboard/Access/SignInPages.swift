import HTTPTypes
import Hummingbird
import IngotCore
import IngotGateway
import NIOCore

/// The page where a browser presents a key and gets a session for it, and the forms that open and end one.
struct SignInPages: Sendable {
    let renderer: PageRenderer
    let inner: InnerRoutes

    /// Of a form, in bytes.
    private static let maximumForm = 4096

    private struct Content {
        var place: String
        var title: String?
        var detail: String?
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/sign-in", for: .open) { request, _ in
            page(place: Self.place(request.uri.queryParameters["to"].map(String.init)))
        }
        routes.on(.post, "/sign-in", for: .open) { try await signIn($0, $1) }
        routes.on(.post, "/sign-out", for: .open) { try await signOut($0, $1) }
    }

    private func signIn(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let form: [String: String]
        do {
            form = FormFields.parse(try await request.body.collect(upTo: Self.maximumForm).readableBytesView)
        } catch is NIOTooManyBytesError {
            return page(
                place: "/",
                refusal: APIRefusal(status: .contentTooLarge, problem: ["title": "That is no key."])
            )
        }
        let place = Self.place(form["to"])
        let asking = PageRequest(request: request, context: context, inner: inner)
        do {
            let body: JSONValue = ["key": .string(form["key"]?.trimmingBlanks ?? "")]
            let answer = try await asking.ask(.post, "/api/session", body: body)
            return Self.redirect(to: place, cookies: answer.headers)
        } catch let refusal as APIRefusal {
            return page(place: place, refusal: refusal)
        }
    }

    private func signOut(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let asking = PageRequest(request: request, context: context, inner: inner)
        do {
            return Self.redirect(to: "/sign-in", cookies: try await asking.ask(.delete, "/api/session").headers)
        } catch let refusal as APIRefusal where refusal.status == .unauthorized {
            return Self.redirect(to: "/sign-in", cookies: [:])
        } catch let refusal as APIRefusal {
            return renderer.response(refusal, to: asking)
        }
    }

    private func page(place: String, refusal: APIRefusal? = nil) -> Response {
        let content = Content(place: place, title: refusal?.title, detail: refusal?.detail)
        var page = Page(title: "Sign in", template: "sign-in", content: content)
        if let refusal { page.status = refusal.status }
        return renderer.response(page, caller: nil)
    }

    /// Where to go on: a path of this gateway and nothing else.
    static func place(_ text: String?) -> String {
        guard let text, text.utf8.count <= 2000, text.first == "/", !text.hasPrefix("//"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return "/" }
        return text
    }

    private static func redirect(to place: String, cookies: HTTPFields) -> Response {
        var headers: HTTPFields = [.location: place, .cacheControl: "no-store"]
        headers[values: .setCookie] = cookies[values: .setCookie]
        return Response(status: .seeOther, headers: headers)
    }
}
