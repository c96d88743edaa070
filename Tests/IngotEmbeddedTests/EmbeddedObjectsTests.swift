import Crypto
import FoundationEssentials
import IngotCore
import IngotS3
import IngotTesting
import Testing

@testable import IngotEmbedded

@Suite("The embedded objects live in a folder")
struct EmbeddedObjectsTests {
    let folder: TemporaryFolder
    let objects: EmbeddedObjects

    init() throws {
        folder = try TemporaryFolder()
        objects = try EmbeddedObjects(folder: folder.path("r2/ingot"))
    }

    private func body(_ text: String) -> ObjectBody {
        let bytes = Array(text.utf8)
        return ObjectBody(bytes: bytes, sha256: hexadecimal(SHA256.hash(data: bytes)))
    }

    private func put(_ key: String, _ text: String, onlyIfAbsent: Bool = false) async throws -> Bool {
        try await objects.put(key, body(text), contentType: "text/plain", onlyIfAbsent: onlyIfAbsent)
    }

    @Test("An object comes back whole, in part and with its hash")
    func roundTrip() async throws {
        #expect(try await put("a/b c+%ü", "hello world"))
        #expect(try await objects.get("a/b c+%ü", range: nil, limit: 11) == Array("hello world".utf8))
        #expect(try await objects.get("a/b c+%ü", range: 6..<100, limit: 11) == Array("world".utf8))
        let info = try #require(try await objects.head("a/b c+%ü"))
        #expect(info.size == 11 && info.etag == "5eb63bbbe01eeed093cb22bb8f5acdc3")
        let modified = try #require(info.lastModified)
        #expect(try await objects.list(prefix: "a/", after: nil).objects == [info])
        #expect(abs(modified.millisecondsSinceEpoch - Timestamp.now().millisecondsSinceEpoch) < 60_000)
        #expect(try await objects.head("a") == nil)
    }

    @Test("A key and a key below it are two objects")
    func keysAreNotPaths() async throws {
        #expect(try await put("a", "1"))
        #expect(try await put("a/b", "2"))
        #expect(try await objects.get("a", range: nil, limit: 1) == [0x31])
        #expect(try await objects.get("a/b", range: nil, limit: 1) == [0x32])
    }

    @Test(
        "Keys that leave their folder are refused",
        arguments: ["../a", "a/../b", "a//b", "/a", "a/", "", ".", "a\u{0}"]
    )
    func refusesKeys(_ key: String) async {
        let error = await #expect(throws: ObjectStoreError.self) { try await put(key, "x") }
        #expect(error?.kind == .invalidRequest)
    }

    @Test("A conditional put leaves an object that is there")
    func conditionalPut() async throws {
        #expect(try await put("k", "1", onlyIfAbsent: true))
        #expect(try await !put("k", "2", onlyIfAbsent: true))
        #expect(try await objects.get("k", range: nil, limit: 1) == [0x31])
        #expect(try objects.bodies.names().count == 1)
    }

    @Test("Of many conditional puts at once exactly one stores")
    func conditionalPutRace() async throws {
        let stored = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<20 { group.addTask { try await put("k", "\(index)", onlyIfAbsent: true) } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(stored == 1)
        #expect(try objects.bodies.names().count == 1)
    }

    @Test("A replaced or deleted object leaves no file behind, and a reader reads on")
    func replacing() async throws {
        let long = String(repeating: "x", count: 1 << 20)
        _ = try await put("k", long)
        var reading = try await objects.stream("k").makeAsyncIterator()
        _ = try await put("k", "2")
        var count = 0
        while let piece = try await reading.next() { count += piece.count }
        #expect(count == long.utf8.count)
        try await objects.delete(["k", "missing"])
        #expect(try objects.bodies.names().isEmpty)
        let error = await #expect(throws: ObjectStoreError.self) {
            try await objects.get("k", range: nil, limit: 1)
        }
        #expect(error?.kind == .notFound)
    }

    @Test("A body that is not what was announced is not stored")
    func mismatch() async throws {
        let lie = ObjectBody(bytes: [1, 2], sha256: hexadecimal(SHA256.hash(data: [9, 9])))
        let error = await #expect(throws: ObjectStoreError.self) {
            try await objects.put("k", lie, contentType: "x/y", onlyIfAbsent: false)
        }
        #expect(error?.kind == .corrupted)
        #expect(try await objects.head("k") == nil)
        #expect(try objects.bodies.names().isEmpty)
    }

    @Test("A put that is cancelled says so, and not that its body is another")
    func cancelledPut() async throws {
        let body = ObjectBody(size: 4, sha256: hexadecimal(SHA256.hash(data: Array("1234".utf8)))) {
            ByteStream(unfolding: {
                // Whoever reads is cancelled while the first half is on its way.
                withUnsafeCurrentTask { $0?.cancel() }
                return Array("12".utf8)
            })
        }
        let put = Task { try await objects.put("k", body, contentType: "x/y", onlyIfAbsent: false) }
        await #expect(throws: CancellationError.self) { try await put.value }
        #expect(try objects.bodies.names().isEmpty)
    }

    @Test("A get that is cancelled gives the whole object or none")
    func cancelledGet() async throws {
        let size = 8 << 20
        _ = try await put("k", String(repeating: "x", count: size))
        for steps in 0..<40 {
            let get = Task { try await objects.get("k", range: nil, limit: size) }
            for _ in 0..<steps * steps { await Task.yield() }
            get.cancel()
            switch await get.result {
            case .success(let bytes): #expect(bytes.count == size)
            case .failure(let error): #expect(error is CancellationError)
            }
        }
    }

    @Test("Pieces of any size make the same body", arguments: [1, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
    func pieces(_ size: Int) async throws {
        let bytes = (0..<min(size * 3 + 5, 3_000_000)).map { UInt8(truncatingIfNeeded: $0 / 5) }
        let (name, hashes) = try await objects.bodies.write(checksum: .crc32) { writer in
            for start in stride(from: 0, to: bytes.count, by: size) {
                try await writer.append(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(writer.size == Int64(bytes.count))
            let hashes = try await writer.hashes()
            return (try await writer.finish(), hashes)
        }
        #expect(try WholeFile.bytes("\(objects.bodies.path)/\(name)") == bytes)
        #expect(hashes.digests.md5 == Array(Insecure.MD5.hash(data: bytes)))
        #expect(hashes.digests.sha256 == Array(SHA256.hash(data: bytes)))
        var crc = RunningChecksum(.crc32)
        bytes.withUnsafeBytes { crc.update($0) }
        #expect(hashes.checksum == crc.value)
    }

    @Test("What comes after the hashes were asked for is hashed and written as well", arguments: [3, 100_000, 2 << 20])
    func later(_ size: Int) async throws {
        let bytes = [UInt8](repeating: 7, count: size)
        let (name, hashes) = try await objects.bodies.write { writer in
            try await writer.append(bytes)
            #expect(try await writer.hashes().digests.md5 == Array(Insecure.MD5.hash(data: bytes)))
            try await writer.append(bytes)
            let hashes = try await writer.hashes()
            return (try await writer.finish(), hashes)
        }
        #expect(try WholeFile.bytes("\(objects.bodies.path)/\(name)") == bytes + bytes)
        #expect(hashes.digests.sha256 == Array(SHA256.hash(data: bytes + bytes)))
    }

    @Test("Nothing is left of a body that is not finished", arguments: [3, 2 << 20])
    func unfinished(_ size: Int) async throws {
        try await objects.bodies.write { writer in
            try await writer.append([UInt8](repeating: 7, count: size))
            _ = try await writer.hashes()
        }
        #expect(try objects.bodies.names().isEmpty)
    }

    @Test("Listings come in the order of UTF-8 bytes, a thousand a page")
    func listing() async throws {
        for key in ["b", "a\u{1F600}", "a\u{FFFD}", "a/1", "a", "B", "ab"] { _ = try await put(key, "x") }
        let page = try await objects.list(prefix: "a", after: nil)
        #expect(page.objects.map(\.key) == ["a", "a/1", "ab", "a\u{FFFD}", "a\u{1F600}"])
        #expect(page.next == nil)
        #expect(try await objects.list(prefix: "a", after: "a/1").objects.map(\.key).first == "ab")
    }

    @Test("The first text after a prefix", arguments: [("a", "b"), ("a\u{10FFFF}", "b"), ("\u{D7FF}", "\u{E000}")])
    func successor(_ prefix: String, _ next: String) {
        #expect(KeyOrder.successor(ofPrefix: prefix) == next)
    }

    @Test("Files of killed uploads are swept, and those of objects stay")
    func leftovers() async throws {
        _ = try await put("k", "1")
        let bodies = objects.bodies.path
        try Data("half".utf8).write(to: URL(filePath: "\(bodies)/aaaa.part"))
        try Data("whole, without a key".utf8).write(to: URL(filePath: "\(bodies)/bbbb"))
        #expect(try await objects.removeLeftovers() == 2)
        #expect(try await objects.get("k", range: nil, limit: 1) == [0x31])
    }
}
