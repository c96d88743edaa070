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
    /// - Throws: `JobFailure` `address_refused` or `redirect_refused`; what connecting and `receive` throw.
    func follow<Value>(
        _ request: HTTPClientRequest,
        deadline: NIODeadline,
        _ receive: (HTTPClientResponse) async throws -> Value
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
            let step = try await step(request, to: address, deadline: deadline) { response -> Step<Value> in
                if let next = try redirect(response, from: address) { return .elsewhere(next) }
                return .done(try await receive(response))
            }
            switch step {
            case .done(let value): return value
            case .elsewhere(let next): address = next
            }
        }
        throw redirectRefused(request.url, "it is one redirect more than \(Self.maximumRedirects)")
    }

    private enum Step<Value> {
        case done(Value)
        case elsewhere(SiteAddress)
    }

    /// Asks one host; when one of its addresses cannot be reached, the next one.
    private func step<Value>(
        _ request: HTTPClientRequest,
        to address: SiteAddress,
        deadline: NIODeadline,
        _ receive: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        let addresses = try await addressGuard.addresses(of: address)
        for (index, checked) in addresses.enumerated() {
            let target = UpstreamConnections.Target(host: address.endpoint.host, address: checked)
            let client = connections.borrow(target)
            let outcome: Result<Value, any Error>
            do {
                let response: HTTPClientResponse
                do {
                    response = try await client.execute(request, deadline: deadline)
                } catch  where index + 1 < addresses.count && !Task.isCancelled && deadline > .now() {
                    await connections.giveBack(client, of: target)
                    continue
                }
                outcome = .success(try await receive(response))
            } catch {
                outcome = .failure(error)
            }
            await connections.giveBack(client, of: target)
            return try outcome.get()
        }
        throw HostNotResolved(host: address.endpoint.host, reason: "no address")
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
