import Glibc

/// Writing to standard output: whole pieces, in order, with the reader's absence as an error.
enum StandardOutput {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Columns of the terminal; `nil` when standard output is none.
    static var width: Int? { size(of: STDOUT_FILENO)?.columns }

    static func line(_ text: String) throws { try write(Array((text + "\n").utf8)) }

    static func write(_ bytes: [UInt8]) throws { try writeAll(bytes, to: STDOUT_FILENO) }
}

/// Writing to standard error, where progress and messages go.
enum StandardError {
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static func line(_ text: String) { write(text + "\n") }

    static func write(_ text: String) {
        // Nobody is left to tell when standard error is closed.
        try? writeAll(Array(text.utf8), to: STDERR_FILENO)
    }

    /// Columns of the terminal; 80 where that is unknown.
    static var width: Int {
        size(of: STDERR_FILENO)?.columns ?? 80
    }

    /// Lines of the terminal; 24 where that is unknown.
    static var height: Int { size(of: STDERR_FILENO)?.rows ?? 24 }
}

private func size(of descriptor: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 {
            if errno == EINTR { continue }
            throw CommandFailure(
                message: errno == EPIPE ? "the reader of the output has gone" : "the output cannot be written",
                exitCode: CommandFailure.failed
            )
        }
        rest = rest.dropFirst(count)
    }
}
