import Glibc

/// A server process that ends when the test process does, however that ends.
///
/// A shell between the two waits for the end of its input, whose other end only the test process holds.
public struct BoundProcess: Sendable {
    /// Where the process writes what it has to say.
    public let logPath: String

    /// Starts an executable in a new folder below the temporary one; the folder goes with the process.
    ///
    /// - Parameter arguments: made for the folder's path.
    public init(_ executable: String, name: String, arguments: (_ folder: String) throws -> [String]) throws {
        var template = Array("/tmp/ingot-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw BoundProcessError(step: "mkdtemp", code: errno) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        logPath = "\(folder)/log"
        let script = """
            folder=$1; shift
            cd "$folder"
            "$@" >log 2>&1 &
            cat >/dev/null
            kill -9 $!
            wait
            rm -rf "$folder"
            """
        // A pair of sockets and not a pipe, because only it is closed in all other children from the start.
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw BoundProcessError(step: "socketpair", code: errno)
        }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        // The test process is done when its output is closed, which must not wait for the server.
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let words = ["/bin/sh", "-c", script, "sh", folder, executable] + (try arguments(folder))
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/bin/sh", &actions, nil, &pointers, environ)
        // The other end stays open as long as this process lives.
        guard code == 0 else { throw BoundProcessError(step: "posix_spawn", code: code) }
    }
}

/// A server process could not be started.
public struct BoundProcessError: Error, Sendable {
    public let step: String
    public let code: Int32
}

/// Ports that nothing listens on, below those that the system gives out by itself.
public enum FreePorts {
    public static func take(_ count: Int) throws -> [Int] {
        var taken: [Int] = []
        for port in (10_240..<32_000).shuffled() {
            if isFree(port) { taken.append(port) }
            if taken.count == count { return taken }
        }
        throw BoundProcessError(step: "bind", code: EADDRINUSE)
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
