import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore
import SystemPackage

/// `GET /api/ingest/jobs/{id}/logs`: what the job's runners wrote, as plain text.
struct LogRoute: Sendable {
    /// The most lines that `?tail=` gives.
    static let maximumTail = 10_000
    private static let pieceSize = 65_536

    let store: JobStore
    let registry: ProgressRegistry
    let dispatcher: Dispatcher
    /// The log file of a job.
    let path: @Sendable (JobID) -> FilePath

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/ingest/jobs/{id}/logs", for: .role(.viewer)) { try await respond($0, try $0.jobID($1)) }
    }

    private func respond(_ request: Request, _ id: JobID) async throws -> Response {
        try await waitForLastWords(id)
        let tail = try request.queryNumber("tail", in: 0...LogRoute.maximumTail)
        var headers: HTTPFields = [
            .contentType: "text/plain; charset=utf-8",
            .cacheControl: "no-store",
            .xContentTypeOptions: "nosniff",
        ]
        // A job that has never started has an empty log.
        guard let file = try? SystemPackage.FileDescriptor.open(path(id), .readOnly, options: .closeOnExec) else {
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer()))
        }
        let size = try file.closeAfterFailure { try $0.seek(offset: 0, from: .end) }
        var range: Range<Int64> = 0..<size
        var status = HTTPResponse.Status.ok
        if let tail {
            range = try file.closeAfterFailure { try LogRoute.start(ofLast: tail, in: $0, size: size)..<size }
        } else {
            headers[.acceptRanges] = "bytes"
            switch ByteRange(header: request.headers[.range], size: size) {
            case .whole: break
            case .part(let part):
                range = part
                status = .partialContent
                headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
            case .unsatisfiable:
                try? file.close()
                throw Problem(
                    "range-not-satisfiable",
                    .rangeNotSatisfiable,
                    title: "The log does not have these bytes.",
                    headers: [.contentRange: "bytes */\(size)"]
                )
            }
        }
        if request.method == .head {
            try? file.close()
            headers[.contentLength] = String(range.count)
            return Response(status: status, headers: headers)
        }
        let body = ResponseBody(contentLength: range.count) { [range] writer in
            defer { try? file.close() }
            var position = range.lowerBound
            while position < range.upperBound {
                let count = min(LogRoute.pieceSize, Int(range.upperBound - position))
                let piece = try LogRoute.read(count, at: position, from: file)
                guard piece.readableBytes > 0 else { break }
                position += Int64(piece.readableBytes)
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
        return Response(status: status, headers: headers, body: body)
    }

    /// A job ends before its runner does; whoever reads the log then should find all of it.
    private func waitForLastWords(_ id: JobID) async throws {
        if let progress = await registry.inMemory(id) {
            guard await progress.isEnded else { return }
            await dispatcher.waitForRunner(of: id, atMost: .seconds(2))
        } else if try await store.job(id) == nil {
            throw Problem.unknownJob(id.rawValue)
        }
    }

    private static func read(_ count: Int, at position: Int64, from file: SystemPackage.FileDescriptor) throws
        -> ByteBuffer
    {
        var buffer = ByteBuffer()
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            try file.read(fromAbsoluteOffset: position, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
        }
        return buffer
    }

    /// Where the last `count` lines start, looking backwards through the file.
    private static func start(ofLast count: Int, in file: SystemPackage.FileDescriptor, size: Int64) throws -> Int64 {
        var linesLeft = count
        var end = size
        while end > 0 {
            let start = max(0, end - Int64(pieceSize))
            let piece = try read(Int(end - start), at: start, from: file)
            for (index, byte) in piece.readableBytesView.enumerated().reversed() where byte == 0x0A {
                // The line feed at the very end closes the last line.
                let position = start + Int64(index)
                if position == size - 1 { continue }
                linesLeft -= 1
                if linesLeft <= 0 { return count == 0 ? size : position + 1 }
            }
            end = start
        }
        return count == 0 ? size : 0
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

extension SystemPackage.FileDescriptor {
    fileprivate func closeAfterFailure<Result>(_ body: (SystemPackage.FileDescriptor) throws -> Result) throws -> Result
    {
        do { return try body(self) } catch {
            try? close()
            throw error
        }
    }
}
