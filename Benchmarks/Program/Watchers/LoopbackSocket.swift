import Glibc

/// A call of the system that did not do what it had to; a measurement has nothing to recover.
struct SystemCallError: Error, CustomStringConvertible {
    var description: String

    init(_ call: String) { description = "\(call): \(String(cString: strerror(errno)))" }
}

/// What is wrong with what the server does.
struct ServerError: Error, CustomStringConvertible {
    var description: String
}

/// Where a server of this machine listens, and what is asked of it.
struct HTTPAddress {
    var host: String
    var port: UInt16
    var path: String

    /// - Parameter text: `http://127.0.0.1:8005/path`; the host is a number.
    init?(_ text: String) {
        guard text.hasPrefix("http://") else { return nil }
        let rest = text.dropFirst("http://".count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let colon = rest[..<slash].lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)..<slash])
        else { return nil }
        host = String(rest[..<colon])
        self.port = port
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
    }
}

enum LoopbackSocket {
    /// Connects, and does not wait for anything from then on.
    static func connect(to address: HTTPAddress) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SystemCallError("socket") }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = address.port.bigEndian
        guard inet_pton(AF_INET, address.host, &place.sin_addr) == 1 else {
            throw ServerError(description: "\(address.host) is no IPv4 address")
        }
        let code = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw SystemCallError("connect") }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else { throw SystemCallError("fcntl") }
        return descriptor
    }

    /// Writes a request, which always fits into an empty socket's buffer.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count == bytes.count else { throw SystemCallError("send") }
    }

    /// Lets this process open as many files as it may.
    static func raiseOpenFileLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// Nanoseconds on the monotonic clock.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
