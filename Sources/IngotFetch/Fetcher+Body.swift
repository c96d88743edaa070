import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1

/// Whether what was received is what the site sent, whole.
extension Fetcher {
    /// A connection that closes early can look like the end of the body: the announced length tells.
    ///
    /// Of a compressed body it is the length before it was unpacked; there the compression itself has an end.
    static func checkLength(_ response: HTTPClientResponse, received: Int64) throws {
        guard [[], ["identity"]].contains(codings(of: response)),
            let announced = response.headers.first(name: "content-length").flatMap(Int64.init)
        else { return }
        guard announced == received else { throw BrokenOff(announced: announced, received: received) }
    }

    /// Refuses a body in a coding that nobody unpacks, as its bytes would be taken for the file's.
    func checkEncoding(_ response: HTTPClientResponse, _ url: String) throws {
        let codings = Self.codings(of: response)
        // One at most: of several only the first is looked at when a body is unpacked.
        guard ![[], ["identity"], ["gzip"], ["deflate"]].contains(codings) else { return }
        throw JobFailure(
            code: "upstream_compression",
            message: """
                \(AddressUserInfo.removed(from: url)) is sent in the coding \
                \(codings.joined(separator: ", ").prefix(100)), which was not asked for and cannot be unpacked.
                """,
            advice: "Look at what stands before the site; it must keep to the request's Accept-Encoding."
        )
    }

    private static func codings(of response: HTTPClientResponse) -> [String] {
        response.headers["content-encoding"]
            .flatMap { $0.split { $0 == "," || $0.isWhitespace } }
            .map { $0.lowercased() }
    }
}

/// A body ended before its announced length.
struct BrokenOff: Error {
    let announced: Int64
    let received: Int64
}
