import Crypto
import HTTPTypes
import Hummingbird
import IngotCore
import IngotGateway
import NIOCore

/// The style sheets, modules and pictures of the pages, each at an address that changes when it does.
struct StaticFiles: Sendable {
    private struct File: Sendable {
        var bytes: ByteBuffer
        var type: String
        /// Made of its bytes.
        var version: String
    }

    private let files: [String: File]

    init() {
        files = Dictionary(
            uniqueKeysWithValues: EmbeddedFiles.assets.map { name, bytes in
                let version = hexadecimal(SHA256.hash(data: bytes).prefix(8))
                return (name, File(bytes: ByteBuffer(bytes: bytes), type: Self.type(of: name), version: version))
            }
        )
    }

    /// Where a page finds a file.
    func address(_ name: String) -> String {
        guard let file = files[name] else { preconditionFailure("There is no file \(name)") }
        return "/assets/\(name)?v=\(file.version)"
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/assets/{name}", for: .open) { request, context in
            guard let file = files[context.parameters.get("name") ?? ""] else { return Response(status: .notFound) }
            let tag = "\"\(file.version)\""
            var headers: HTTPFields = [
                .contentType: file.type, .eTag: tag,
                // Modules ask for each other without a version.
                .cacheControl: request.uri.queryParameters["v"].map(String.init) == file.version
                    ? "public, max-age=31536000, immutable" : "public, no-cache",
            ]
            if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
            headers[.contentLength] = String(file.bytes.readableBytes)
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
        }
    }

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: preconditionFailure("\(name) is of no known type")
        }
    }
}
