import Glibc

/// Sends one event after the other over one connection that is kept: as a runner's report, or as a plain message.
struct Publisher {
    enum Form {
        /// `POST …/progress` of a gateway, as the runner of this attempt.
        case report(attempt: Int, token: String)
        /// The event's data as the body of a request.
        case message
    }

    let descriptor: Int32
    private let address: HTTPAddress
    private let form: Form
    private var received: [UInt8] = []
    /// When the request was sent that is not answered yet.
    private(set) var sentAt: UInt64?

    init(to address: HTTPAddress, form: Form) throws {
        self.address = address
        self.form = form
        descriptor = try LoopbackSocket.connect(to: address)
    }

    /// Sends an event; the one before it must have been answered.
    mutating func publish(_ mark: EventMark) throws {
        var head = "POST \(address.path) HTTP/1.1\r\nHost: \(address.host):\(address.port)\r\n"
        let body: String
        // Both make an event of about 170 bytes on the wire.
        let words = "\(mark.text) reading the units of the release"
        switch form {
        case .report(let attempt, let token):
            head += "Authorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
            body = """
                {"attempt":\(attempt),"events":[{"seq":\(mark.number),"type":"progress","progress":50,"message":"\(words)"}]}
                """
        case .message:
            head += "Content-Type: text/plain\r\nX-EventSource-Event: progress\r\n"
            body = """
                {"at":"2026-01-01T00:00:00.000Z","attempt":1,"message":"\(words)","progress":50,"status":"running"}
                """
        }
        head += "Content-Length: \(body.utf8.count)\r\n\r\n"
        try LoopbackSocket.write(Array((head + body).utf8), to: descriptor)
        sentAt = mark.sentAt
    }

    /// Reads what has come.
    ///
    /// - Returns: how long the answer has taken in nanoseconds, once it is there.
    mutating func receive() throws -> UInt64? {
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &piece, piece.count, 0)
        if count < 0, errno == EAGAIN { return nil }
        guard count > 0 else { throw ServerError(description: "the publisher's connection was closed") }
        received += piece[..<count]
        let text = String(decoding: received, as: UTF8.self)
        guard let head = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<head.lowerBound].split(separator: "\r\n")
        guard lines.first?.split(separator: " ").dropFirst().first?.first == "2" else {
            throw ServerError(description: "an event was answered with: \(text)")
        }
        let length = lines.lazy.compactMap { line -> Int? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
            return Int(parts[1].drop { $0 == " " })
        }.first
        guard let length else { throw ServerError(description: "an answer without its length: \(text)") }
        guard text[head.upperBound...].utf8.count >= length, let sentAt else { return nil }
        received = []
        self.sentAt = nil
        return monotonicNanoseconds() - sentAt
    }
}
