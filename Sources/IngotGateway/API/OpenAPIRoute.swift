import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /openapi.yaml`: what the API is, for people and programs.
struct OpenAPIRoute: Sendable {
    func add(to routes: inout RouteTable) {
        routes.on(.get, "/openapi.yaml", for: .open) { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/yaml", .cacheControl: "no-cache"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: OpenAPIDocument.text))
            )
        }
    }
}
