import Dispatch
import Glibc
import IngotCore
import IngotEmbedded

/// One TCP connection to a server on this machine, for tests that look at the bytes of an answer.
final class RawConnection: Sendable {
    private let socket: Int32
    private let queue = DispatchQueue(label: "raw-connection")

    init(port: Int) async throws {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RawConnectionError(step: "socket", code: errno) }
        socket = descriptor
        // A server that never answers fails the test instead of holding it up.
        var patience = timeval(tv_sec: 300, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        try await onQueue {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(clamping: port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else { throw RawConnectionError(step: "connect", code: errno) }
        }
    }

    deinit { close(socket) }

    func send(_ bytes: [UInt8]) async throws {
        try await onQueue { [socket] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw RawConnectionError(step: "send", code: errno) }
                sent += count
            }
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// What has come when the next bytes are there; empty when the server has closed or cut the connection.
    func receive() async throws -> [UInt8] {
        try await onQueue { [socket] in
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0, errno == ECONNRESET { return [] }
            guard count >= 0 else { throw RawConnectionError(step: "receive", code: errno) }
            return Array(buffer[..<count])
        }
    }

    /// Reads one answer by its `Content-Length`, or what came of it before the connection ended.
    func answer(isHead: Bool = false) async throws -> RawAnswer {
        var bytes: [UInt8] = []
        var pieces = 0
        while true {
            if let answer = RawAnswer(bytes, pieces: pieces, isHead: isHead), answer.isWhole { return answer }
            let piece = try await receive()
            guard !piece.isEmpty else {
                return RawAnswer(bytes, pieces: pieces, isHead: isHead)
                    ?? RawAnswer(status: 0, headers: [:], body: bytes, isWhole: false, pieces: pieces)
            }
            bytes += piece
            pieces += 1
        }
    }

    private func onQueue<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}

struct RawConnectionError: Error {
    var step: String
    var code: Int32
}

/// An answer as its bytes say it.
struct RawAnswer: Sendable {
    /// 0 when not even a head came.
    var status: Int
    var headers: [String: String]
    var body: [UInt8]
    /// As many bytes came as `Content-Length` announces.
    var isWhole: Bool
    /// How many reads it took.
    var pieces: Int

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The code of the first error in an answer of D1.
    var code: Int64? { (try? JSONParser.parse(body))?["errors"]?.arrayValue?.first?["code"]?.integerValue }

    init(status: Int, headers: [String: String], body: [UInt8], isWhole: Bool, pieces: Int) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isWhole = isWhole
        self.pieces = pieces
    }

    init?(_ bytes: [UInt8], pieces: Int, isHead: Bool) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let name = line.prefix { $0 != ":" }
            headers[name.lowercased()] = String(line.dropFirst(name.count + 1).drop { $0 == " " })
        }
        let body = Array(bytes[end.upperBound...])
        let length = isHead ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
        self.init(
            status: lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0,
            headers: headers,
            body: body,
            isWhole: body.count == length,
            pieces: pieces
        )
    }
}

extension EmbeddedCloud {
    var databasePort: Int { settings.databaseBaseURL.port }
    var objectPort: Int { settings.objectEndpoint.port }

    /// The bytes of a call to the database.
    func databaseCall(_ body: String = #"{"sql":"SELECT 1 AS one"}"#, action: String = "/query") -> String {
        "POST /client/v4/accounts/\(settings.accountID)/d1/database/\(settings.databaseID)\(action) HTTP/1.1\r\n"
            + "Host: 127.0.0.1\r\nAuthorization: Bearer \(settings.databaseToken.revealed)\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

extension String {
    fileprivate var port: Int {
        let rest = split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last ?? ""
        return Int(rest.prefix { $0.isNumber }) ?? 0
    }
}
