import CLinux
import Dispatch
import Glibc

/// Watches one process through a descriptor of it (pidfd_open(2)), so that its number cannot come to mean another.
///
/// It needs no right to wait for the process, so it also watches what an earlier gateway has started.
final class ProcessWatch: Sendable {
    private let descriptor: Int32

    /// - Returns: `nil` when there is no such process, or no descriptor left.
    init?(_ process: pid_t) {
        descriptor = linux_open_process(process)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    var hasEnded: Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, 0) > 0
    }

    /// Returns when the process has ended, whether it was reaped or not; cancellation does not end the wait.
    func end() async {
        guard !hasEnded else { return }
        await withCheckedContinuation { continuation in
            let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
            source.setEventHandler { source.cancel() }
            source.setCancelHandler { continuation.resume() }
            source.resume()
        }
    }

    /// How the process ended, in wait(2)'s form; `nil` while nobody has reaped it, and on kernels before 6.15.
    var exitStatus: Int32? {
        var status: Int32 = 0
        return linux_exit_status(descriptor, &status) == 1 ? status : nil
    }
}
