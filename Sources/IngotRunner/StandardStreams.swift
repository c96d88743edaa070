import Glibc
import Synchronization

/// Whole lines on standard output and error, each written at once as far as the system allows.
///
/// Under a gateway both lead into a pipe that the runner itself holds open, so it never breaks: while no gateway
/// reads, it fills up. Then the runner waits once, and after that leaves lines out and says how many, because the job
/// must not stand still for its log.
enum StandardStreams {
    /// How long a full pipe is waited for before lines are left out.
    static let patience: Duration = .seconds(5)

    private static let output = Mutex(LineWriter(descriptor: STDOUT_FILENO, patience: patience))
    private static let error = Mutex(LineWriter(descriptor: STDERR_FILENO, patience: patience))

    static func writeLine(_ line: String, to descriptor: Int32) {
        if descriptor == STDOUT_FILENO {
            output.withLock { $0.write(line) }
        } else {
            error.withLock { $0.write(line) }
        }
    }

    static func log(_ line: String) {
        writeLine(line, to: STDERR_FILENO)
        logListener.withLock { $0 }?(line)
    }

    /// Who else is told each line of the log; it must neither wait nor log.
    static let logListener = Mutex<(@Sendable (_ line: String) -> Void)?>(nil)
}

/// Writes lines to a descriptor that may not take them.
struct LineWriter: Sendable {
    private let descriptor: Int32
    private let patience: Duration
    /// How many lines nobody will see.
    private(set) var dropped = 0
    /// Whether the last line was cut off.
    private var isCut = false

    init(descriptor: Int32, patience: Duration) {
        self.descriptor = descriptor
        self.patience = patience
    }

    mutating func write(_ line: String) {
        if dropped > 0 {
            // Only when there is room at once: the patience was spent on the first of them.
            let note = (isCut ? "\n" : "") + "\(dropped) lines were dropped, as nobody read the output\n"
            guard hasRoom(within: .zero), put(Array(note.utf8), patience: .zero) else {
                dropped += 1
                return
            }
            dropped = 0
            isCut = false
        }
        var bytes = Array(line.utf8)
        bytes.append(0x0A)
        if !put(bytes, patience: patience) { dropped += 1 }
    }

    /// - Returns: whether all was written, or will never be, because the output is gone.
    private mutating func put(_ bytes: [UInt8], patience: Duration) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                guard hasRoom(within: patience) else {
                    isCut = isCut || rest.count < bytes.count
                    return false
                }
                continue
            }
            // Nobody reads any more; the attempt goes on without.
            guard count > 0 else { return true }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func hasRoom(within patience: Duration) -> Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let milliseconds = Int32(
            patience.components.seconds * 1000 + patience.components.attoseconds / 1_000_000_000_000_000
        )
        return poll(&state, 1, milliseconds) > 0
    }
}
