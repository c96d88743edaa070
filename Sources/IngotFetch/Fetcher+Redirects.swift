import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1

/// One request and the redirects that it meets; each step goes only to addresses that were checked.
extension Fetcher {
    /// Redirects of one request.
    static let maximumRedirects = 5

    /// Makes the request and hands over the first answer that is not a redirect.
    ///
    /// - Parameters:
    ///   - time: what is left for the file.
    ///   - isRobots: see ``retrying(_:isRobots:accepts:_:)``.
    /// - Throws: `JobFailure`; `CancellationError`.
    func follow<Value: Sendable>(
        _ request: HTTPClientRequest,
        within time: FetchTime,
        isRobots: Bool,
        _ receive: @escaping @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        guard var address = SiteAddress(request.url) else {
            let shown = AddressUserInfo.removed(from: request.url)
            throw JobFailure(
                code: "address_refused",
                // What is no address may hold a password where none is looked for.
                message: "\(shown.contains("@") ? "The address" : shown) is not an http(s) address of a plain host.",
                advice: "Give the origin as http://HOST or https://HOST, without a name and password."
            )
        }
        var request = request
        for _ in 0...Self.maximumRedirects {
            request.url = address.text
            let from = address
            let step = try await exchange(
                request,
                to: address,
                within: time,
                minimumInterval: interval(isRobots ? nil : try await checkRobots(address))
            ) { response -> Step<Value> in
                if let next = try redirect(response, from: from) { return .elsewhere(next) }
                return .done(try await receive(response))
            }
            switch step {
            case .done(let value): return value
            case .elsewhere(let next): address = next
            }
        }
        throw redirectRefused(request.url, "it is one redirect more than \(Self.maximumRedirects)")
    }

    private enum Step<Value: Sendable>: Sendable {
        case done(Value)
        case elsewhere(SiteAddress)
    }

    /// - Returns: where the answer leads; `nil` when it is no redirect.
    private func redirect(_ response: HTTPClientResponse, from address: SiteAddress) throws -> SiteAddress? {
        guard [301, 302, 303, 307, 308].contains(response.status.code),
            let location = response.headers.first(name: "location")
        else { return nil }
        guard let next = address.following(location) else {
            throw redirectRefused(address.text, "it does not lead to an http(s) address of a plain host")
        }
        guard next.isEncrypted || !address.isEncrypted else {
            throw redirectRefused(
                address.text,
                "it leads from https to \(next.text), which anybody on the way can change"
            )
        }
        return next
    }

    private func redirectRefused(_ place: String, _ reason: String) -> JobFailure {
        JobFailure(
            code: "redirect_refused",
            message: "The redirect of \(place) is not followed: \(reason).",
            advice: "Look at the address in a browser; if the site has moved, name its new address as the origin."
        )
    }
}
