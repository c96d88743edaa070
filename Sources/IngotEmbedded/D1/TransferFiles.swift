import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore

/// Takes the files of imports and hands out those of exports, under addresses that are secrets themselves.
struct TransferFiles: Sendable {
    let transfers: BulkTransfers

    func answer(to request: Request, token: String) async -> Response {
        do {
            switch request.method {
            case .put: return try await upload(request, token)
            case .get: return try await download(token)
            default: return refuse(.methodNotAllowed, "Only PUT and GET lead somewhere here.")
            }
        } catch {
            return refuse(.internalServerError, "The file could not be read or written.")
        }
    }

    private func upload(_ request: Request, _ token: String) async throws -> Response {
        guard let expected = await transfers.expectedETag(token) else { return unknown }
        guard let length = request.headers[.contentLength].flatMap({ Int64($0) }) else {
            return refuse(.lengthRequired, "You must provide the Content-Length HTTP header.")
        }
        let limit = transfers.limits.largestFile
        guard length <= limit else {
            return refuse(.contentTooLarge, "The file has \(length) bytes, and \(limit) are allowed.")
        }
        return try await transfers.folder.write { writer in
            for try await buffer in request.body { try await writer.append(buffer) }
            guard writer.size == length else {
                return refuse(.badRequest, "The body is shorter than its Content-Length.")
            }
            let etag = hexadecimal(try await writer.hashes().digests.md5)
            guard etag == expected else {
                return refuse(.badRequest, "The body's MD5 is \(etag), and the import announced \(expected).")
            }
            await transfers.keep(try await writer.finish(), etag: etag)
            return Response(status: .ok, headers: [.eTag: "\"\(etag)\""])
        }
    }

    private func download(_ token: String) async throws -> Response {
        guard let (file, size) = try await transfers.download(token) else { return unknown }
        return Response(
            status: .ok,
            headers: [.contentType: "application/sql"],
            body: ResponseBody(contentLength: Int(size)) { writer in
                for try await piece in file.stream(0..<size) { try await writer.write(ByteBuffer(bytes: piece)) }
                try await writer.finish(nil)
            }
        )
    }

    private var unknown: Response { refuse(.notFound, "This address leads nowhere, or no more.") }

    private func refuse(_ status: HTTPResponse.Status, _ reason: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: reason + "\n"))
        )
    }
}
