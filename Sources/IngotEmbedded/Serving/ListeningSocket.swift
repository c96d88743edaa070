import Glibc
import Synchronization
import SystemPackage

/// A loopback port that listens before its server runs, so that whoever is told its address waits instead of being
/// refused.
final class ListeningSocket: Sendable {
    private static let backlog: Int32 = 1024

    let port: Int
    private let socket: Mutex<FileDescriptor?>

    /// - Parameter port: 0 lets the kernel pick one.
    /// - Throws: `Errno`, `addressInUse` among them.
    init(port: Int) throws {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        do {
            var enabled: Int32 = 1
            try ListeningSocket.checked(
                setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &enabled, socklen_t(MemoryLayout<Int32>.size))
            )
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(clamping: port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            self.port = try withUnsafeMutablePointer(to: &address) {
                try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    try ListeningSocket.checked(bind(descriptor, generic, size))
                    try ListeningSocket.checked(getsockname(descriptor, generic, &size))
                }
                return Int(UInt16(bigEndian: $0.pointee.sin_port))
            }
            try ListeningSocket.checked(listen(descriptor, Self.backlog))
            socket = Mutex(FileDescriptor(rawValue: descriptor))
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { try? socket.withLock { $0 }?.close() }

    /// Gives the socket to its server, which closes it.
    ///
    /// - Throws: `Errno` when it was given away already.
    func handOver() throws -> Int32 {
        try socket.withLock { socket in
            guard let descriptor = socket else { throw Errno.badFileDescriptor }
            socket = nil
            return descriptor.rawValue
        }
    }

    private static func checked(_ result: Int32) throws {
        guard result == 0 else { throw Errno(rawValue: errno) }
    }
}
