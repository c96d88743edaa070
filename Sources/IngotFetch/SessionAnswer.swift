/// What a site answered to a request of a session, body included.
public struct SessionAnswer: Sendable {
    /// Where the answer came from, after redirects.
    public var url: String
    /// An HTTP status code.
    public var status: Int
    /// The media type in lower case, without parameters; empty when the site named none.
    public var mediaType: String
    public var body: [UInt8]

    public var isSuccess: Bool { (200..<300).contains(status) }

    /// Whether it calls itself a page, or begins like one.
    public var isPage: Bool {
        let start = body.first { !($0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09) }
        return mediaType == "text/html" || mediaType == "application/xhtml+xml" || start == UInt8(ascii: "<")
    }
}
