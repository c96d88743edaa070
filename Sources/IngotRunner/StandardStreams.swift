import Glibc

/// Whole lines on standard output and error, each written at once as far as the system allows.
enum StandardStreams {
    static func writeLine(_ line: String, to descriptor: Int32) {
        var bytes = Array(line.utf8)
        bytes.append(0x0A)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Nobody reads any more; the attempt goes on without.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    static func log(_ line: String) { writeLine(line, to: STDERR_FILENO) }
}
