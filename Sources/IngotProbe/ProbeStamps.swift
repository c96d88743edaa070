import Glibc

/// The file in which probes note when they start and end, for measuring from outside.
struct ProbeStamps: Sendable {
    let path: String

    /// Appends `KEY LETTER NANOSECONDS`, with the monotonic clock, in one write, so that many processes can share the
    /// file.
    func stamp(_ letter: Character, key: String) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let nanoseconds = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        note("\(key) \(letter) \(nanoseconds)")
    }

    /// Appends a line, in one write as well.
    func note(_ text: String) {
        let line = Array("\(text)\n".utf8)
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { return }
        _ = write(file, line, line.count)
        close(file)
    }
}
