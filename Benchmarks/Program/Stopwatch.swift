import Glibc

/// What a piece of work took.
struct Stopwatch {
    /// Of this thread, in seconds: what other programs do on the machine does not count.
    private(set) var processor: Double
    private(set) var wall: Double

    /// Takes the time that synchronous work needs on this thread.
    static func measure(_ work: () throws -> Void) rethrows -> Stopwatch {
        let (processor, wall) = (seconds(CLOCK_THREAD_CPUTIME_ID), seconds(CLOCK_MONOTONIC))
        try work()
        return Stopwatch(
            processor: seconds(CLOCK_THREAD_CPUTIME_ID) - processor,
            wall: seconds(CLOCK_MONOTONIC) - wall
        )
    }

    /// The seconds that pass meanwhile.
    static func seconds(_ work: () async throws -> Void) async rethrows -> Double {
        let start = seconds(CLOCK_MONOTONIC)
        try await work()
        return seconds(CLOCK_MONOTONIC) - start
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
