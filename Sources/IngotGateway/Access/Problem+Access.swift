import HTTPTypes
import IngotCore

extension Problem {
    /// - Parameter advice: how to pass a key.
    static func keyMissing(advice: String) -> Problem {
        unauthenticated("key-missing", "The request has no API key.", advice)
    }

    static func key(_ refusal: KeyRefusal, advice: String) -> Problem {
        switch refusal {
        case .unknown: unauthenticated("key-unknown", "The API key is not one of this gateway's.", advice)
        case .expired(let time):
            unauthenticated("key-expired", "The API key has expired.", "It was good until \(time). \(advice)")
        case .revoked(let time):
            unauthenticated("key-revoked", "The API key has been revoked.", "That was at \(time). \(advice)")
        }
    }

    static func sessionEnded(advice: String) -> Problem {
        unauthenticated("session-ended", "The session has ended.", "Open another with POST /api/session. \(advice)")
    }

    private static func unauthenticated(_ type: String, _ title: String, _ detail: String) -> Problem {
        Problem(type, .unauthorized, title: title, detail: detail, headers: [.wwwAuthenticate: "Bearer"])
    }

    static func roleTooSmall(_ caller: Caller, needed: Role) -> Problem {
        Problem(
            "forbidden",
            .forbidden,
            title: "The caller may not do this.",
            detail: "It needs the role \(needed.rawValue), and the caller is \(caller.role.rawValue).",
            extensions: ["role": .string(needed.rawValue)]
        )
    }

    static func sourceOutOfScope(_ source: String, needed: Role, _ caller: Caller) -> Problem {
        let sources = (caller.sources ?? []).sorted()
        return Problem(
            "forbidden",
            .forbidden,
            title: "The caller may not do this.",
            detail: "It needs the role \(needed.rawValue) for the source '\(source)', and the caller's key is for "
                + "\(sources.joined(separator: ", ")).",
            extensions: ["role": .string(needed.rawValue), "sources": .array(sources.map(JSONValue.string))]
        )
    }

    static let crossSite = Problem(
        "cross-site",
        .forbidden,
        title: "The request comes from a page of another site.",
        detail: "Without a key in Authorization, a change needs an Origin that is this gateway's own."
    )

    static func wrongHost(_ host: String) -> Problem {
        Problem(
            "wrong-host",
            .misdirectedRequest,
            title: "The gateway does not answer to this name.",
            detail: "The request is for '\(host)'. `ingot serve --allowed-host NAME` adds a name."
        )
    }

    static func tooMany(_ type: String, _ title: String, retryAfter delay: Duration) -> Problem {
        let seconds = max(1, Int(delay.seconds.rounded(.up)))
        return Problem(
            type,
            .tooManyRequests,
            title: title,
            detail: "Try again in \(seconds) s.",
            extensions: ["retry_after": .integer(Int64(seconds))],
            headers: [.retryAfter: String(seconds)]
        )
    }
}
