import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore
import SystemPackage

/// `GET /api/ingest/jobs/{id}/logs`: what the job's runners wrote, as plain text or, followed live, as events.
struct LogRoute: Sendable {
    /// The most lines that `?tail=` gives.
    static let maximumTail = 10_000

    let registry: ProgressRegistry
    let liveLogs: LiveLogs
    let logs: JobLogFiles

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/ingest/jobs/{id}/logs", for: .role(.viewer)) {
            try await respond($0, try $0.jobID($1), $1.standing)
        }
    }

    private func respond(_ request: Request, _ id: JobID, _ standing: CallerStanding) async throws -> Response {
        let tail = try request.queryNumber("tail", in: 0...LogRoute.maximumTail)
        if try follows(request) {
            let following = LogFollowing(job: id, registry: registry, liveLogs: liveLogs, standing: standing) {
                try await logs.open(id, $0)
            }
            return try await following.response(request, tail: tail)
        }
        let isEnded = try await logs.waitForLastWords(id)
        var headers: HTTPFields = [
            .contentType: "text/plain; charset=utf-8",
            .cacheControl: "no-store",
            .xContentTypeOptions: "nosniff",
        ]
        // A job that has never started has an empty log.
        guard let file = try await logs.open(id, isEnded) else {
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer()))
        }
        let size = try file.size()
        var range: Range<Int64> = 0..<size
        var status = HTTPResponse.Status.ok
        if let tail {
            range = try file.start(ofLast: tail, size: size)..<size
        } else {
            headers[.acceptRanges] = "bytes"
            switch ByteRange(header: request.headers[.range], size: size) {
            case .whole: break
            case .part(let part):
                range = part
                status = .partialContent
                headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
            case .unsatisfiable:
                throw Problem(
                    "range-not-satisfiable",
                    .rangeNotSatisfiable,
                    title: "The log does not have these bytes.",
                    headers: [.contentRange: "bytes */\(size)"]
                )
            }
        }
        if request.method == .head {
            headers[.contentLength] = String(range.count)
            return Response(status: status, headers: headers)
        }
        let body = ResponseBody(contentLength: range.count) { [range] writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let count = min(LogFile.pieceSize, Int(range.upperBound - position))
                let piece = try file.read(count, at: position)
                guard piece.readableBytes > 0 else { break }
                position += Int64(piece.readableBytes)
                try standing.require()
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
        return Response(status: status, headers: headers, body: body)
    }

    private func follows(_ request: Request) throws -> Bool {
        if try request.queryFlag("follow") { return true }
        let accepted = request.headers[values: .accept].joined(separator: ",")
        let offers = [(false, type: "text/plain"), (true, type: "text/event-stream")]
        return AcceptHeader(accepted).best(of: offers) ?? false
    }
}

/// One range of bytes as a client asks for it (RFC 9110, section 14); several at once are answered with the whole.
enum ByteRange: Equatable {
    case whole
    case part(Range<Int64>)
    case unsatisfiable

    init(header: String?, size: Int64) {
        self = .whole
        guard let header, header.hasPrefix("bytes=") else { return }
        let parts = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        switch (Int64(parts[0]), Int64(parts[1])) {
        case (let first?, let last?) where first <= last:
            self = first < size ? .part(first..<(min(last, size - 1) + 1)) : .unsatisfiable
        case (let first?, nil) where parts[1].isEmpty:
            self = first < size ? .part(first..<size) : .unsatisfiable
        case (nil, let count?) where parts[0].isEmpty:
            self = count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
        default: break
        }
    }
}
