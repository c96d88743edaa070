import NIOPosix

/// The threads that wait for the disk.
///
/// They are more than the processors: each mostly waits, and a disk brings many things home at once. The ones that NIO
/// shares are as few as the processors. They start with the first work, so stores that nobody uses have none.
private enum DiskThreads {
    static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
        return pool
    }()
}

/// Runs what waits for the disk on a thread that may wait.
func onBlockingThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await DiskThreads.pool.runIfActive(work)
}

/// Runs what waits for the disk and must take place whatever became of the caller.
func onBlockingThreadDespiteCancellation(_ work: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
        DiskThreads.pool.submit { _ in
            work()
            continuation.resume()
        }
    }
}

/// Runs what waits for the disk, some time.
func onBlockingThreadLater(_ work: @escaping @Sendable () -> Void) {
    DiskThreads.pool.submit { _ in work() }
}
