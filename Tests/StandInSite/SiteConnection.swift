import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One client's connection to a site: answers its requests one after the other.
struct SiteConnection {
    typealias Channel = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
    private typealias Output = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    private typealias Input = NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator

    let channel: Channel
    let site: StandInSite

    /// Bytes of a body that are written at a time.
    private static let step = 64 << 10

    func run() async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                var input = inbound.makeAsyncIterator()
                while let part = try await input.next() {
                    guard case .head(let head) = part else { continue }
                    guard try await answer(head, &input, outbound) else { return }
                }
            }
        } catch {
            // The client has gone, or the site ends; both concern nobody else.
        }
    }

    /// - Returns: whether the connection may be used again.
    private func answer(_ head: HTTPRequestHead, _ input: inout Input, _ outbound: Output) async throws -> Bool {
        let path = StandInSite.split(head.uri).path
        let (number, repetition) = site.log.begin(request(head, path))
        defer { site.log.end(number) }
        // A body, which no request here needs, is passed over.
        while let part = try await input.next() {
            if case .end = part { break }
        }
        var fault = site.faults.fault(for: path.lowercased(), number: repetition)
        if fault == .silence || fault == .resetBeforeAnswer {
            site.log.note(number, status: nil, fault: fault)
            if fault == .silence { try await stall(&input) } else { try await reset(number) }
            return false
        }
        let answer = site.answer(head, fault)
        let hasBody = head.method != .HEAD && !answer.body.isEmpty
        if fault?.isAboutBody == true, !hasBody { fault = nil }
        site.log.note(number, status: Int(answer.status.code), fault: fault)
        let isKept = try await send(answer, to: head, fault, number, &input, outbound)
        return isKept && head.isKeepAlive
    }

    private func request(_ head: HTTPRequestHead, _ path: String) -> SiteRequest {
        var fields: [String: String] = [:]
        for (name, value) in head.headers { fields[name.lowercased()] = value }
        return SiteRequest(
            method: head.method.rawValue,
            path: path,
            start: .now,
            isConditional: fields["if-none-match"] != nil || fields["if-modified-since"] != nil,
            fields: fields
        )
    }

    // MARK: - Sending

    /// - Returns: whether the answer was sent to its end.
    private func send(
        _ answer: SiteAnswer,
        to request: HTTPRequestHead,
        _ fault: SiteFault?,
        _ number: Int,
        _ input: inout Input,
        _ outbound: Output
    ) async throws -> Bool {
        // Chunks, which have an end of their own, came with version 1.1.
        let version: HTTPVersion = fault == .truncatedClose ? .http1_0 : .http1_1
        var head = HTTPResponseHead(version: version, status: answer.status)
        for (name, value) in answer.fields { head.headers.add(name: name, value: value) }
        head.headers.add(name: "Server", value: site.folder.site == .connecticut ? "Microsoft-IIS/10.0" : "Apache")
        if answer.status != .notModified, fault != .truncatedChunks, fault != .truncatedClose {
            head.headers.add(name: "Content-Length", value: String(answer.body.count))
        }
        if !request.isKeepAlive { head.headers.add(name: "Connection", value: "close") }
        let body = request.method == .HEAD ? [] : answer.body
        let half = body[..<(body.count / 2)]
        switch fault {
        case .resetWithinBody:
            try await outbound.write(contentsOf: [.head(head), Self.piece(half)])
            try await reset(number)
            return false
        case .truncatedBody, .truncatedChunks, .truncatedClose:
            try await outbound.write(contentsOf: [.head(head), Self.piece(half)])
            site.log.end(number)
            return false
        case .stalledBody:
            try await outbound.write(contentsOf: [.head(head), Self.piece(half)])
            try await stall(&input)
            return false
        case .slowBody(let pieces, let pause):
            try await outbound.write(.head(head))
            try await write(body[...], step: max(1, (body.count + pieces - 1) / pieces), pause, number, outbound)
        default:
            guard !body.isEmpty else {
                site.log.end(number)
                try await outbound.write(contentsOf: [.head(head), .end(nil)])
                return true
            }
            try await outbound.write(.head(head))
            try await write(body[...], step: Self.step, nil, number, outbound)
        }
        return true
    }

    /// Writes a body that is not empty; before its last bytes the request counts as over, since the client may have
    /// them, and begin its next one, before this task goes on.
    private func write(
        _ body: ArraySlice<UInt8>,
        step: Int,
        _ pause: Duration?,
        _ number: Int,
        _ outbound: Output
    ) async throws {
        var rest = body
        while !rest.isEmpty {
            if let pause { try await Task.sleep(for: pause) }
            let piece = rest.prefix(step)
            rest = rest.dropFirst(step)
            if rest.isEmpty {
                site.log.end(number)
                try await outbound.write(contentsOf: [Self.piece(piece), .end(nil)])
            } else {
                try await outbound.write(Self.piece(piece))
            }
        }
    }

    private static func piece(_ bytes: ArraySlice<UInt8>) -> HTTPServerResponsePart {
        .body(.byteBuffer(ByteBuffer(bytes: bytes)))
    }

    /// Waits until the client goes away.
    private func stall(_ input: inout Input) async throws {
        while try await input.next() != nil {}
    }

    /// Closes the connection so that the client sees a reset and no end.
    private func reset(_ number: Int) async throws {
        site.log.end(number)
        if let options = channel.channel as? any SocketOptionProvider {
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try? await channel.channel.close().get()
    }
}
