import FoundationEssentials
import IngotCore
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("The file of a log")
struct JobLogTests {
    @Test("What a runner has written is in the file at once, before its line ends")
    func writtenAtOnce() async throws {
        try await ScratchFolder.with { folder in
            let path = folder.appending("log")
            let log = try JobLog(path: path, secrets: [Secret("hunter22")])
            await log.append(Array("first\nhalf a li".utf8))
            #expect(try FileContents.text(path) == "first\nhalf a li")
        }
    }

    @Test("The next gateway goes on where the one before was killed, without loss or tearing")
    func adoption() async throws {
        try await ScratchFolder.with { folder in
            let path = folder.appending("log")
            let bytes = Array((0..<200).map { "line \($0) ü \(String(repeating: "x", count: $0))\n" }.joined().utf8)
            var random = SeededRandom(seed: 7)
            var position = 0
            while position < bytes.count {
                // Each is dropped in the middle, as a kill does.
                let log = try JobLog(path: path, secrets: [])
                for _ in 0..<3 where position < bytes.count {
                    var end = min(bytes.count, position + Int.random(in: 1...300, using: &random))
                    // Half a character is the one thing that a killed gateway may have held.
                    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
                    await log.append(Array(bytes[position..<end]))
                    position = end
                }
            }
            #expect(try FileContents.text(path) == String(decoding: bytes, as: UTF8.self))
            let last = try JobLog(path: path, secrets: [])
            let tail = await last.tail
            #expect(tail.count == JobLog.tailLength)
            #expect(tail.last?.hasPrefix("line 199 ") == true)
        }
    }

    @Test("A gateway that leaves in order hands on what it could not show yet, and no secret shows over the change")
    func left() async throws {
        try await ScratchFolder.with { folder in
            let secret = "hunter22-ü-hunter23"
            let lines = (0..<60).map { "line \($0) ü key=\(secret) \(String(secret.prefix($0 % 12)))\n" }
            let bytes = Array(lines.joined().utf8)
            let path = folder.appending("log")
            var random = SeededRandom(seed: 11)
            var position = 0
            while position < bytes.count {
                let log = try JobLog(path: path, secrets: [Secret(secret)])
                let end = min(bytes.count, position + Int.random(in: 1...50, using: &random))
                await log.append(Array(bytes[position..<end]))
                await log.leave()
                position = end
            }
            await (try JobLog(path: path, secrets: [Secret(secret)])).finish()
            let expected = lines.joined().replacing(secret, with: Redaction.placeholder)
            #expect(try FileContents.text(path) == expected)
            #expect(FolderNames.of(folder) == ["log"])
        }
    }

    @Test("A long line that is gone on with is cut where it would have been")
    func adoptedLongLine() async throws {
        try await ScratchFolder.with { folder in
            let path = folder.appending("log")
            for _ in 0..<4 {
                let log = try JobLog(path: path, secrets: [])
                await log.append([UInt8](repeating: 0x78, count: 40_000))
            }
            let lines = try FileContents.text(path).split(separator: "\n")
            #expect(lines.map(\.utf8.count) == [65_536, 65_536, 160_000 - 2 * 65_536])
        }
    }

    @Test("Attempts follow one another, and each but the first says where it begins")
    func attempts() async throws {
        try await ScratchFolder.with { folder in
            let path = folder.appending("log")
            for attempt in 1...3 {
                let log = try JobLog(path: path, secrets: [Secret("token-of-\(attempt)")])
                await log.beginAttempt(attempt)
                await log.append(Array("says token-of-\(attempt)".utf8))
                await log.finish()
                #expect(await log.tail.first == (attempt == 1 ? "says <redacted>" : "--- attempt \(attempt) ---"))
            }
            #expect(
                try FileContents.text(path) == """
                    says <redacted>
                    --- attempt 2 ---
                    says <redacted>
                    --- attempt 3 ---
                    says <redacted>

                    """
            )
        }
    }

    @Test("A secret that is learned later is kept out from then on")
    func concealed() async throws {
        try await ScratchFolder.with { folder in
            let path = folder.appending("log")
            let log = try JobLog(path: path, secrets: [])
            await log.conceal([Secret("hunter22")])
            await log.append(Array("a hunter22 b\n".utf8))
            #expect(try FileContents.text(path) == "a <redacted> b\n")
        }
    }

    @Test("A disk that takes nothing costs the log and nothing else")
    func fullDisk() async throws {
        try await ScratchFolder.with { folder in
            // Writing there fails as on a full disk.
            let path = folder.appending("log")
            try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: "/dev/full")
            let log = try JobLog(path: path, secrets: [])
            await log.append(Array("first\nsecond\n".utf8))
            await log.finish()
            #expect(await log.tail == ["first", "second"])
        }
    }

    @Test("A runner that says nothing leaves no file")
    func nothingSaid() async throws {
        try await ScratchFolder.with { folder in
            let path = folder.appending("job").appending("log")
            let log = try JobLog(path: path, secrets: [])
            #expect(FileManager.default.fileExists(atPath: path.string))
            await log.finish()
            #expect(!FileManager.default.fileExists(atPath: folder.appending("job").string))
        }
    }

    @Test("Random bytes in random pieces give the same valid text, in lines of bounded length")
    func randomBytes() {
        var random = SeededRandom(seed: 99)
        for _ in 0..<50 {
            let bytes = (0..<Int.random(in: 0...4000, using: &random)).map { _ in
                [UInt8.random(in: 0...255, using: &random), 0x0A, 0x0D, 0xE2, 0x82, 0xAC, 0x00, 0x61]
                    .randomElement(using: &random) ?? 0
            }
            var whole = LogLines(.none)
            let expected = whole.append(bytes) + whole.finish()
            #expect(String(validating: expected, as: UTF8.self) != nil)
            var cut = LogLines(.none)
            var text: [UInt8] = []
            var position = 0
            while position < bytes.count {
                let end = min(bytes.count, position + Int.random(in: 1...7, using: &random))
                text += cut.append(Array(bytes[position..<end]))
                position = end
            }
            text += cut.finish()
            #expect(text == expected)
        }
    }

    @Test("A line of ten million bytes keeps nothing in memory")
    func hugeLine() {
        var lines = LogLines(Redaction(secrets: [Secret("hunter22")]))
        var size = 0
        let piece = [UInt8](repeating: 0x79, count: 65_536)
        for _ in 0..<160 { size += lines.append(piece).count { $0 == 0x79 } }
        // All but what may be the start of a secret has left before the line has ended.
        #expect(size == 160 * 65_536)
    }
}
