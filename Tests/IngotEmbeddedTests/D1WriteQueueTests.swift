import IngotCore
import IngotTesting
import Testing

@testable import IngotEmbedded

@Suite("The queue of the embedded D1's writes")
struct D1WriteQueueTests {
    @Test("Writes that were given up leave the queue, so that others are taken")
    func cancelled() async throws {
        let folder = try TemporaryFolder()
        let database = try EmbeddedDatabase(path: folder.path("d.sqlite"))
        try await database.run(Statement("CREATE TABLE t(a)"))
        let cancelled = await withTaskGroup(of: Bool.self) { group in
            group.cancelAll()
            for _ in 0..<(WriteQueue.longest + 100) {
                group.addTask {
                    do {
                        try await database.run(Statement("INSERT INTO t VALUES (1)"))
                        return false
                    } catch {
                        return error is CancellationError
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(cancelled == WriteQueue.longest + 100)
        try await database.run(Statement("INSERT INTO t VALUES (2)"))
        #expect(try await database.rows("SELECT a FROM t").map(\.values) == [[2]])
    }

    @Test("More calls than the queue holds are refused as overload")
    func number() throws {
        let queue = WriteQueue()
        for _ in 0..<WriteQueue.longest { try queue.append(call(of: 10)) }
        let error = #expect(throws: DatabaseError.self) { try queue.append(call(of: 10)) }
        #expect(error?.kind == .overloaded)
        #expect(queue.take(64).count == 64)
        try queue.append(call(of: 10))
    }

    @Test("More bytes than the queue holds are refused as overload, until some are taken or given up")
    func bytes() throws {
        let queue = WriteQueue()
        let size = WriteQueue.largest / 4
        let calls = (0..<4).map { _ in call(of: size) }
        for call in calls { try queue.append(call) }
        #expect(throws: DatabaseError.self) { try queue.append(call(of: 1)) }
        queue.remove(calls[2])
        queue.remove(calls[2])
        try queue.append(call(of: size))
        #expect(throws: DatabaseError.self) { try queue.append(call(of: 1)) }
        #expect(queue.take(10).count == 4)
        // Alone, a larger one would wait for ever.
        try queue.append(call(of: WriteQueue.largest + 1))
        #expect(throws: DatabaseError.self) { try queue.append(call(of: 1)) }
    }

    private func call(of bytes: Int) -> WriteCall {
        WriteCall(DatabaseRequest([Statement(String(repeating: " ", count: bytes))]))
    }
}
