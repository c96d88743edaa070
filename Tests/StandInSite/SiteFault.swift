/// One way in which a site fails those who ask it.
public enum SiteFault: Sendable, Hashable {
    /// When to ask again, as an answer says it.
    public enum RetryAfter: Sendable, Hashable {
        case seconds(Int)
        /// As a date, so many seconds from now.
        case date(in: Int)
    }

    /// Status 429.
    case tooManyRequests(RetryAfter?)
    /// Status 503.
    case unavailable(RetryAfter?)
    /// Status 500.
    case internalError
    /// The connection is reset before any of the answer has been sent.
    case resetBeforeAnswer
    /// The connection is reset after half of the body.
    case resetWithinBody
    /// The connection is closed after half of the body that `Content-Length` announced.
    case truncatedBody
    /// The connection is closed after half of the body, which came in chunks without the last one.
    case truncatedChunks
    /// The connection is closed after half of the body, the end of which nothing but that announces.
    case truncatedClose
    /// Status 200 and a page that says that the site is under maintenance.
    case maintenancePage
    /// The body in so many pieces, with a pause before each.
    case slowBody(pieces: Int, pause: Duration)
    /// Nothing comes after half of the body, and the connection stays open.
    case stalledBody
    /// Nothing comes at all, and the connection stays open.
    case silence
    /// From now on the file has another entity tag and another time, though its bytes are the same.
    case changedEntityTag
    /// Status 302 to the same address.
    case redirectToItself
    /// Status 302 to an address that redirects further without an end.
    case redirectLoop
    /// Status 302 to an address of the test's choice.
    case redirect(to: String)

    /// One of each kind that a client gets over by asking again, none of which keeps it waiting for long.
    public static let passing: [SiteFault] = [
        .tooManyRequests(nil), .tooManyRequests(.seconds(1)), .tooManyRequests(.date(in: 1)), .unavailable(nil),
        .unavailable(.seconds(1)), .internalError, .resetBeforeAnswer, .resetWithinBody, .truncatedBody,
        .truncatedChunks, .truncatedClose, .maintenancePage, .slowBody(pieces: 4, pause: .milliseconds(20)),
        .changedEntityTag,
    ]

    /// Whether there is nothing to spoil in an answer without a body.
    var isAboutBody: Bool {
        switch self {
        case .resetWithinBody, .truncatedBody, .truncatedChunks, .truncatedClose, .slowBody, .stalledBody: true
        default: false
        }
    }
}
