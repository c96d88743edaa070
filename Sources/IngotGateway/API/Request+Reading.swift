import Hummingbird
import IngotCore
import NIOCore

extension Request {
    /// Reads the whole body.
    ///
    /// - Throws: ``Problem`` 413 when it is larger than `limit` bytes.
    func bytes(limit: Int) async throws -> [UInt8] {
        // A body that announces its size is refused before it is sent.
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > limit {
            throw Problem.bodyTooLarge(limit: limit)
        }
        do {
            return Array(buffer: try await body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge(limit: limit)
        } catch let error as CancellationError {
            throw error
        } catch {
            // Reading asks nobody but the client: its chunks are no chunks, or it went away.
            throw Problem(
                "malformed-body",
                .badRequest,
                title: "The body cannot be read.",
                detail: "It ended early, or its framing is wrong.",
                headers: [.connection: "close"]
            )
        }
    }

    /// A value of the query, percent-decoded; `nil` when it is not there or empty.
    func query(_ name: String) -> String? {
        uri.queryParameters[Substring(name)].flatMap { $0.isEmpty ? nil : String($0) }
    }

    /// A flag in the query: `true` or `false`; absent means false.
    ///
    /// - Throws: ``Problem`` 400 when it is something else.
    func queryFlag(_ name: String) throws -> Bool {
        switch query(name) {
        case nil, "false": return false
        case "true": return true
        default: throw Problem.invalidQuery(name, "must be true or false")
        }
    }

    /// A number in the query.
    ///
    /// - Throws: ``Problem`` 400 when it is not one within `range`.
    func queryNumber(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = uri.queryParameters[Substring(name)] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem.invalidQuery(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The job that the path names.
    ///
    /// - Throws: ``Problem`` 404 when the path's last part is not a job id.
    func jobID(_ context: GatewayContext) throws -> JobID {
        let text = context.parameters.get("id") ?? ""
        guard let id = JobID(text) else { throw Problem.unknownJob(text) }
        return id
    }
}

extension Response {
    /// A JSON answer.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let body = ByteBuffer(bytes: try JSONText.encode(value))
        return Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: body)
        )
    }
}
