import IngotCore
import NIOHTTP1

extension StandInSite {
    /// What a request is answered when nothing goes wrong on purpose, or with a fault that is an answer too.
    func answer(_ request: HTTPRequestHead, _ fault: SiteFault?) -> SiteAnswer {
        if let refusal = refusal(request) { return refusal }
        let (path, query) = Self.split(request.uri)
        switch fault {
        case .tooManyRequests(let retryAfter): return .refusal(.tooManyRequests, retryAfter: retryAfter)
        case .unavailable(let retryAfter): return .refusal(.serviceUnavailable, retryAfter: retryAfter)
        case .internalError: return .page(.internalServerError, "Server Error")
        case .maintenancePage: return .maintenance
        case .redirectToItself: return .redirect(to: request.uri)
        case .redirectLoop: return .redirect(to: "\(path)?round=1")
        case .redirect(let address): return .redirect(to: address)
        case .changedEntityTag: changeTag(path.lowercased())
        case .resetBeforeAnswer, .resetWithinBody, .truncatedBody, .truncatedChunks, .truncatedClose, .slowBody,
            .stalledBody, .silence, nil:
            break
        }
        if let round = query.flatMap({ $0.hasPrefix("round=") ? Int($0.dropFirst(6)) : nil }) {
            return .redirect(to: "\(path)?round=\(round + 1)")
        }
        return find(path, request)
    }

    /// What a real server does not take either.
    private func refusal(_ request: HTTPRequestHead) -> SiteAnswer? {
        let hosts = request.headers["host"]
        guard hosts.count == 1, let host = hosts.first, isOwn(host) else {
            return .page(.badRequest, "Bad Request - Invalid Hostname")
        }
        guard request.method == .GET || request.method == .HEAD else {
            var answer = SiteAnswer.page(.methodNotAllowed, "Method Not Allowed")
            answer.fields.append(("Allow", "GET, HEAD"))
            return answer
        }
        if behaviour.requiresUserAgent, request.headers["user-agent"].allSatisfy({ $0.isEmpty }) {
            return .page(.forbidden, "Forbidden")
        }
        guard request.uri.hasPrefix("/"), let path = Self.decoded(Self.split(request.uri).path),
            !path.split(separator: "/").contains(".."), !path.contains("\\"), !path.contains("\0")
        else { return .page(.badRequest, "Bad Request") }
        return nil
    }

    private func isOwn(_ host: String) -> Bool {
        let own = ["127.0.0.1", "localhost", "[::1]"].map { "\($0):\(port)" }
        return own.contains(host.lowercased()) || behaviour.hosts.contains(host.lowercased())
    }

    private func find(_ path: String, _ request: HTTPRequestHead) -> SiteAnswer {
        if path.lowercased() == "/robots.txt" {
            switch behaviour.robots {
            case .missing: return .page(.notFound, "404 - File or directory not found.")
            case .status(let status): return SiteAnswer(status: HTTPResponseStatus(statusCode: status))
            case .text(let text):
                return SiteAnswer(status: .ok, fields: [("Content-Type", "text/plain")], body: Array(text.utf8))
            }
        }
        do {
            guard let name = Self.decoded(path), let file = try folder.file(name) else {
                return .page(.notFound, "404 - File or directory not found.")
            }
            return .file(
                file,
                changes: tagChanges(path.lowercased()),
                request: request,
                compresses: behaviour.compresses
            )
        } catch {
            return .page(.internalServerError, "The folder cannot be read")
        }
    }

    // MARK: - Addresses

    static func split(_ address: String) -> (path: String, query: String?) {
        let parts = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (parts[0], parts.count > 1 ? parts[1] : nil)
    }

    /// `nil` when an escape is wrong, or the bytes are not UTF-8.
    private static func decoded(_ path: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(path.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
