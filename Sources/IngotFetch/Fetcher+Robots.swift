import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1

/// What a site's `robots.txt` lets Ingot fetch; asked before the first request to each origin, also to one that a
/// redirect leads to.
extension Fetcher {
    /// - Returns: the time to leave between two requests, where the site asks for one.
    /// - Throws: `JobFailure` `robots_disallowed`; ``RobotsUnreadable``.
    func checkRobots(_ address: SiteAddress) async throws -> Duration? {
        let host = address.endpoint.host
        if configuration.hostsWithoutRobots.contains(host) {
            if await robotsFiles.isFirstOverride(of: host) {
                notices("robots.txt of \(host) is not asked for: the operator has said so")
            }
            return nil
        }
        let rules = try await robotsFiles.rules(of: address.origin) {
            let rules = try await readRobots(of: address)
            if let wish = rules.wishedDelay, wish > RobotsRules.longestCrawlDelay {
                notices(
                    """
                    robots.txt of \(address.origin) asks to leave \(wish) between two requests; \
                    \(RobotsRules.longestCrawlDelay) are left
                    """
                )
            }
            return rules
        }
        let path = String(address.text.dropFirst("https://".count).drop { $0 != "/" })
        guard let rule = rules.prohibition(of: path) else { return rules.crawlDelay }
        throw JobFailure(
            code: "robots_disallowed",
            message: """
                \(address.text) may not be fetched: line \(rule.line) of \(address.origin)/robots.txt says \
                “\(rule.text.prefix(200))”.
                """,
            advice: """
                Ask the site's owner. With the owner's consent, start the gateway with --ignore-robots \(host); that is \
                recorded.
                """
        )
    }

    private func readRobots(of address: SiteAddress) async throws -> RobotsRules {
        let origin = address.origin
        if let kept = await robots.robots(of: origin) { return Self.rules(of: kept) }
        let file: RobotsFile
        do {
            file = try await retrying(
                request("\(origin)/robots.txt", compressed: false),
                isRobots: true,
                accepts: Self.settles
            ) { response in
                try await robotsFile(response, origin)
            }
        } catch var failure as JobFailure {
            // Not on a guess: the site may have forbidden it.
            failure.message += " Nothing is fetched from a site without its robots.txt."
            throw RobotsUnreadable(failure: failure)
        }
        await robots.keep(file, of: origin)
        return Self.rules(of: file)
    }

    /// Whether a status says what the rules are.
    ///
    /// What can pass does not, and neither does a redirect that leads nowhere.
    private static func settles(_ status: HTTPResponseStatus) -> Bool {
        (200..<300).contains(status.code)
            || (400..<500).contains(status.code) && !UpstreamFailure.canPass(status: status.code)
    }

    private static func rules(of file: RobotsFile) -> RobotsRules {
        // A site without the file has forbidden nothing (RFC 9309, section 2.3.1.3).
        (200..<300).contains(file.status) ? RobotsRules(file.text) : RobotsRules()
    }

    private func robotsFile(_ response: HTTPClientResponse, _ origin: String) async throws -> RobotsFile {
        var bytes: [UInt8] = []
        if (200..<300).contains(response.status.code) {
            try checkEncoding(response, "\(origin)/robots.txt")
            for try await piece in response.body {
                bytes.append(contentsOf: piece.readableBytesView.prefix(RobotsRules.maximumBytes + 1 - bytes.count))
                if bytes.count > RobotsRules.maximumBytes { break }
            }
            try Task.checkCancellation()
            if bytes.count > RobotsRules.maximumBytes {
                // A line that is cut off could forbid more than it did.
                let end = bytes.lastIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? 0
                bytes.removeSubrange(end...)
            } else {
                try Self.checkLength(response, received: Int64(bytes.count))
            }
        }
        return RobotsFile(
            status: Int(response.status.code),
            text: String(decoding: bytes, as: UTF8.self),
            fetchedAt: .now()
        )
    }
}

/// A `robots.txt` could not be read, however often that was tried; the request that waits for it is not tried again.
struct RobotsUnreadable: Error {
    let failure: JobFailure
}
