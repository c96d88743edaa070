public import IngotCore
import NIOHTTP1

/// A session with one site: its cookies, through one way of asking, within the host's budget and terms.
///
/// It asks through the proxy that was lent to it, for as long as it lives; another session takes another one. A failure
/// that can pass is tried again a few times, or not at all where the whole job is tried again without end. A page with
/// which the site wants to see a person ends it: from then on it asks nothing.
public actor SiteSession {
    /// What a session needs of its attempt.
    public struct Terms: Sendable {
        /// The name by which a proxy is lent.
        public var name: String
        public var proxies: any ProxyLeasing
        /// How often the host may be asked.
        public var host: HostTerms?
        /// Whether what can pass is tried again within the session.
        public var retries: Bool

        public init(name: String, proxies: any ProxyLeasing, host: HostTerms?, retries: Bool) {
            self.name = name
            self.proxies = proxies
            self.host = host
            self.retries = retries
        }
    }

    /// The most bytes of an answer.
    public static let maximumBytes = 16 << 20
    /// Redirects of one request.
    static let maximumRedirects = 5

    /// The site's address without a trailing slash.
    public nonisolated let site: String
    /// The site's host in lower case, without a port.
    public nonisolated let host: String
    let endpoint: SiteAddress.Endpoint
    let fetcher: Fetcher
    let lease: ProxyLease
    let proxies: any ProxyLeasing
    var cookies = SiteCookies()
    private(set) var block: JobFailure?

    /// Begins a session; the site is not asked yet.
    ///
    /// - Parameters:
    ///   - site: an `http(s)` address.
    ///   - isOperatorsOwn: whether the operator named it: then it may be in a private network.
    ///   - fetcher: makes the requests.
    /// - Throws: `JobFailure` `address_refused`, or what lending a proxy throws.
    public init(with site: String, isOperatorsOwn: Bool, fetcher: Fetcher, terms: Terms) async throws {
        var text = site
        while text.hasSuffix("/") { text.removeLast() }
        let address = try Self.address(of: text)
        self.site = text
        endpoint = address.endpoint
        host = address.endpoint.host
        proxies = terms.proxies
        lease = try await terms.proxies.lease(forSession: terms.name, toAsk: address.endpoint.host)
        let trusting = isOperatorsOwn ? fetcher.trusting(text) : fetcher
        self.fetcher = trusting.keeping(to: terms.host, through: lease.address, retries: terms.retries)
    }

    /// The host of a site's address, in lower case, without a port.
    ///
    /// - Throws: `JobFailure` `address_refused`.
    public static func host(of site: String) throws -> String { try address(of: site).endpoint.host }

    private static func address(of site: String) throws -> SiteAddress {
        guard let address = SiteAddress(site) else {
            throw JobFailure(
                code: "address_refused",
                message: "The site's address is not an http(s) address of a plain host.",
                advice: "Give it as http://HOST or https://HOST, without a name and password."
            )
        }
        return address
    }

    public func cookie(_ name: String) -> String? { cookies[name] }

    // MARK: - Asking

    /// - Parameters:
    ///   - path: below the site's address, with a leading slash.
    ///   - headers: besides those that every request has.
    /// - Returns: the answer, if its status is a success.
    /// - Throws: `CancellationError`; `JobFailure` `upstream_blocked`, `upstream_not_found`, `upstream_status`,
    ///   `upstream_unreachable`, or as reading a page of ``Upstream`` does.
    public func get(_ path: String, headers: [(String, String)] = []) async throws -> SessionAnswer {
        try checked(await send(.GET, path, headers: headers, body: nil))
    }

    /// Sends a form as browsers do (`application/x-www-form-urlencoded`).
    public func post(
        _ path: String,
        form: [(String, String)],
        headers: [(String, String)] = []
    ) async throws -> SessionAnswer {
        let body = FormEncoding.text(of: form)
        let type = ("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
        return try checked(await send(.POST, path, headers: headers + [type], body: Array(body.utf8)))
    }

    /// Sends a JSON document.
    public func post(
        _ path: String,
        json: JSONValue,
        headers: [(String, String)] = []
    ) async throws -> SessionAnswer {
        let type = ("content-type", "application/json")
        return try checked(await send(.POST, path, headers: headers + [type], body: json.canonicalBytes))
    }

    /// Sends a JSON document, and gives an answer that refuses it as well: how a portal says that its token is stale.
    ///
    /// A challenge is thrown all the same.
    public func postAllowingRefusal(
        _ path: String,
        json: JSONValue,
        headers: [(String, String)] = []
    ) async throws -> SessionAnswer {
        let type = ("content-type", "application/json")
        let answer = try await send(.POST, path, headers: headers + [type], body: json.canonicalBytes)
        return [400, 401, 403, 419].contains(answer.status) ? answer : try checked(answer)
    }

    private func checked(_ answer: SessionAnswer) throws -> SessionAnswer {
        if answer.isSuccess { return answer }
        let url = AddressUserInfo.removed(from: answer.url)
        if answer.status == 403 { throw blocked(url, "answered 403") }
        throw UpstreamFailure.of(status: UInt(answer.status), url)
    }

    private func blocked(_ url: String, _ reason: String) -> JobFailure {
        let failure = JobFailure(
            code: "upstream_blocked",
            message: "\(url) \(reason): the site does not want to be asked by a program.",
            advice: "Nothing works around it. Ask the site's owner for access, and ask less often."
        )
        block = failure
        return failure
    }

    // MARK: - One request

    /// Makes a request with its redirects, again when that makes sense.
    private func send(
        _ method: HTTPMethod,
        _ path: String,
        headers: [(String, String)],
        body: [UInt8]?
    ) async throws -> SessionAnswer {
        guard let address = SiteAddress(site + path), address.endpoint == endpoint else {
            throw JobFailure(code: "address_refused", message: "The path \(path.prefix(200)) leads away from the site.")
        }
        var generator = SystemRandomNumberGenerator()
        var attempt = 0
        while true {
            attempt += 1
            if let block { throw block }
            let delay = fetcher.configuration.retry.delay(afterAttempt: attempt, using: &generator)
            do {
                let answer = try await follow(method, address, headers: headers, body: body)
                guard let delay, UpstreamFailure.canPass(status: UInt(answer.status)) else { return answer }
                fetcher.metrics.retried(host)
                try await Task.sleep(for: delay)
            } catch let failure as JobFailure where failure.isTransient {
                guard let delay else { throw failure }
                fetcher.metrics.retried(host)
                try await Task.sleep(for: delay)
            } catch var failure as JobFailure where lease.address != nil && Self.outcome(of: failure) != nil {
                // What a lent proxy does for good does not last: another session is lent another one.
                failure.isTransient = true
                throw failure
            }
        }
    }

    private func follow(
        _ method: HTTPMethod,
        _ first: SiteAddress,
        headers: [(String, String)],
        body: [UInt8]?
    ) async throws -> SessionAnswer {
        var (method, address, body) = (method, first, body)
        for _ in 0...Self.maximumRedirects {
            let answer = try await exchange(method, address, headers: headers, body: body)
            guard let location = answer.location else { return answer.answer }
            guard let next = address.following(location), next.endpoint.host == endpoint.host,
                next.isEncrypted || !address.isEncrypted
            else {
                throw JobFailure(
                    code: "redirect_refused",
                    message: "The redirect of \(address.text) is not followed: it leads away from the site.",
                    advice:
                        "Look at the address in a browser; if the site has moved, name its new address as the origin."
                )
            }
            address = next
            // As browsers do it, and classic portals expect it: what follows a form is a page (RFC 9110, 15.4).
            if ![307, 308].contains(answer.answer.status) { (method, body) = (.GET, nil) }
        }
        throw JobFailure(
            code: "redirect_refused",
            message: "\(first.text) leads on more than \(Self.maximumRedirects) times.",
            advice: "Look at the address in a browser."
        )
    }

    /// A refusal that is a page, and wants to see a person; of any other answer only the headers tell.
    func checkChallenge(_ found: RawAnswer) throws {
        let answer = found.answer
        let mark = ChallengeMarks.mark(
            in: !answer.isSuccess && answer.isPage ? answer.body : [],
            headerNames: found.headerNames
        )
        guard let mark else { return }
        throw blocked(AddressUserInfo.removed(from: answer.url), "answered \(answer.status) with “\(mark)”")
    }

    // MARK: - Answers that are not what they should be

    /// An answer's JSON.
    ///
    /// - Throws: `JobFailure` as ``unexpected(_:_:)`` gives it.
    public func json(of answer: SessionAnswer) throws -> JSONValue {
        do { return try JSONParser.parse(answer.body) } catch {
            throw unexpected(answer, answer.isPage ? "is a page and not JSON" : "is \(error)")
        }
    }

    /// What is wrong with an answer that does not hold what was asked for: `upstream_blocked` when it bears the mark of
    /// a challenge, which ends the session; otherwise `upstream_malformed`, which can pass, as a page of maintenance or
    /// a body that was cut does.
    public func unexpected(_ answer: SessionAnswer, _ reason: String) -> JobFailure {
        let url = AddressUserInfo.removed(from: answer.url)
        if answer.isPage, let mark = ChallengeMarks.mark(in: answer.body, headerNames: []) {
            return blocked(url, "answered \(answer.status) with “\(mark)”")
        }
        return JobFailure(
            code: "upstream_malformed",
            message: "The answer of \(url) \(reason).",
            advice: "Look at the address in a browser; if the site has changed, its source must be adapted.",
            isTransient: true
        )
    }
}
