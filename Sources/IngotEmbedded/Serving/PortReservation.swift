import Glibc
import SystemPackage

/// A loopback port that is ours before anything listens on it, so that its address can be told to others first.
///
/// The socket is bound and never listens. Linux lets a second socket bind the port when both allow the reuse of
/// addresses and none listens yet; that second one is the server's.
final class PortReservation: Sendable {
    let port: Int
    private let socket: FileDescriptor

    /// - Parameter port: 0 lets the kernel pick one.
    /// - Throws: `Errno`, `addressInUse` among them.
    init(port: Int) throws {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        socket = FileDescriptor(rawValue: descriptor)
        do {
            var enabled: Int32 = 1
            try PortReservation.checked(
                setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &enabled, socklen_t(MemoryLayout<Int32>.size))
            )
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(clamping: port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            self.port = try withUnsafeMutablePointer(to: &address) {
                try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    try PortReservation.checked(bind(descriptor, generic, size))
                    try PortReservation.checked(getsockname(descriptor, generic, &size))
                }
                return Int(UInt16(bigEndian: $0.pointee.sin_port))
            }
        } catch {
            try? socket.close()
            throw error
        }
    }

    deinit { try? socket.close() }

    private static func checked(_ result: Int32) throws {
        guard result == 0 else { throw Errno(rawValue: errno) }
    }
}
