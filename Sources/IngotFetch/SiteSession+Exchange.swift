import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1

/// One request of a session and its answer.
extension SiteSession {
    /// An answer with what the session takes of its headers.
    struct RawAnswer: Sendable {
        var answer: SessionAnswer
        var headerNames: Set<String>
        var cookies: [String]
        var location: String?
    }

    /// Makes one request, and takes the cookies of its answer.
    func exchange(
        _ method: HTTPMethod,
        _ address: SiteAddress,
        headers: [(String, String)],
        body: [UInt8]?
    ) async throws -> RawAnswer {
        var request = fetcher.request(address.text, compressed: true)
        request.method = method
        let isForm = headers.contains { $0.0.lowercased() == "content-type" && $0.1.contains("form") }
        for (name, value) in headers where body != nil || name.lowercased() != "content-type" {
            request.headers.replaceOrAdd(name: name, value: value)
        }
        if isForm, body != nil { request.headers.replaceOrAdd(name: "origin", value: address.origin) }
        if let header = cookies.header { request.headers.replaceOrAdd(name: "cookie", value: header) }
        if let body { request.body = .bytes(body) }
        let time = FetchTime(limit: fetcher.configuration.fileDeadline)
        let url = address.text
        let found: RawAnswer
        do {
            let interval = fetcher.interval(try await fetcher.checkRobots(address))
            // Somebody else may have been refused while this one waited.
            if let block { throw block }
            found = try await fetcher.exchange(request, to: address, within: time, minimumInterval: interval) {
                [fetcher] in
                try await Self.read($0, url, fetcher)
            }
        } catch let unreadable as RobotsUnreadable {
            await report(unreadable.failure)
            throw unreadable.failure
        } catch let failure as JobFailure {
            await report(failure)
            throw failure
        }
        await proxies.report(.served, of: lease)
        for cookie in found.cookies { cookies.take(cookie) }
        try checkChallenge(found)
        return found
    }

    private static func read(
        _ response: HTTPClientResponse,
        _ url: String,
        _ fetcher: Fetcher
    ) async throws -> RawAnswer {
        try fetcher.checkEncoding(response, url)
        var bytes: [UInt8] = []
        for try await piece in response.body {
            guard bytes.count + piece.readableBytes <= maximumBytes else {
                throw tooLarge(url, limit: Int64(maximumBytes))
            }
            bytes.append(contentsOf: piece.readableBytesView)
        }
        // The body of a cancelled request just ends.
        try Task.checkCancellation()
        try Fetcher.checkLength(response, received: Int64(bytes.count))
        let type = response.headers.first(name: "content-type") ?? ""
        let isRedirect = [301, 302, 303, 307, 308].contains(response.status.code)
        return RawAnswer(
            answer: SessionAnswer(
                url: url,
                status: Int(response.status.code),
                mediaType: String(type.prefix { $0 != ";" && !$0.isWhitespace }).lowercased(),
                body: bytes
            ),
            headerNames: Set(response.headers.map { $0.name.lowercased() }),
            cookies: Array(response.headers["set-cookie"].prefix(SiteCookies.maximumCount)),
            location: isRedirect ? response.headers.first(name: "location") : nil
        )
    }

    /// Tells whoever lent the proxy what a failure says of it.
    private func report(_ failure: JobFailure) async {
        if let outcome = Self.outcome(of: failure) { await proxies.report(outcome, of: lease) }
    }

    /// What a failure says of the proxy; `nil` when it says nothing.
    static func outcome(of failure: JobFailure) -> ProxyOutcome? {
        switch failure.code {
        case "proxy_unreachable", "proxy_refused", "upstream_unreachable": .failed
        case "upstream_certificate": .lied
        default: nil
        }
    }
}
