import Glibc
import IngotCore
import Synchronization
import SystemPackage
import Testing

@testable import IngotEmbedded

@Suite("Bringing a folder's names to the disk")
struct FolderSyncTests {
    /// What a folder is asked for, counted, with the first time held back.
    private final class HeldFolder: Sendable {
        private let state = Mutex((times: 0, isOpen: false, asking: 0))

        var times: Int { state.withLock { $0.times } }
        /// Who is about to ask.
        var asking: Int { state.withLock { $0.asking } }

        func ask() { state.withLock { $0.asking += 1 } }

        func bring() {
            let isFirst = state.withLock { state in
                state.times += 1
                return state.times == 1
            }
            while isFirst, !state.withLock({ $0.isOpen }) { sched_yield() }
        }

        func open() { state.withLock { $0.isOpen = true } }
    }

    @Test("Who asks after somebody has begun waits for the next time, and one time serves all of them")
    func together() async throws {
        let folder = HeldFolder()
        let sync = FolderSync { folder.bring() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await onBlockingThread { try sync.wait() } }
            while folder.times == 0 { await Task.yield() }
            for _ in 0..<5 {
                group.addTask {
                    try await onBlockingThread {
                        folder.ask()
                        try sync.wait()
                    }
                }
            }
            while folder.asking < 5 { await Task.yield() }
            folder.open()
            try await group.waitForAll()
        }
        // Not all of the five may have been in line when the second time began.
        #expect((2...6).contains(folder.times))
    }

    @Test("A failure is told to whoever asked, and the next one asks the disk again")
    func failure() throws {
        let hasFailed = OnceFlag()
        let sync = FolderSync { if hasFailed.set() { throw Errno.ioError } }
        #expect(throws: Errno.ioError) { try sync.wait() }
        try sync.wait()
    }
}
