import IngotCore
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Lines of a runner's output")
struct LogLinesTests {
    private func lines(_ pieces: [[UInt8]], secrets: [String] = []) -> [String] {
        var splitter = LogLines(Redaction(secrets: secrets.map(Secret.init)))
        let text = pieces.flatMap { splitter.append($0) } + splitter.finish()
        return text.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("Lines are the same however the bytes are cut", arguments: [1, 2, 3, 7, 100])
    func cuts(size: Int) {
        let bytes = Array("first\r\nsecond line\n\nthird ä €\nno end".utf8)
        let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        #expect(lines(pieces) == ["first", "second line", "", "third ä €", "no end"])
    }

    @Test("Bytes that are not UTF-8 are repaired")
    func binary() {
        #expect(lines([[0x61, 0xFF, 0x62, 0x0A, 0x00, 0xC3, 0x0A]]) == ["a\u{FFFD}b", "\u{0}\u{FFFD}"])
    }

    @Test("A secret never shows, wherever the bytes are cut", arguments: 1...12)
    func redaction(size: Int) {
        let bytes = Array("token=hunter22hunter22 and hunter22\nplain\n".utf8)
        let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        #expect(
            lines(pieces, secrets: ["hunter22", ""])
                == ["token=<redacted><redacted> and <redacted>", "plain"]
        )
    }

    @Test("A line that is too long becomes several, without loss")
    func longLine() {
        let text = String(repeating: "abcdefghiä", count: 30_000)
        let pieces = lines([Array(text.utf8), [0x0A]])
        #expect(pieces.count > 1)
        #expect(pieces.allSatisfy { $0.utf8.count <= LogLines.maximumLength })
        #expect(pieces.joined() == text)
    }

    @Test("A secret over the cut of a long line is redacted", arguments: [-8, -4, -1, 0, 1])
    func secretOverCut(offset: Int) {
        var bytes = [UInt8](repeating: 0x78, count: 200_000)
        let place = LogLines.maximumLength + offset
        bytes.replaceSubrange(place..<(place + 8), with: "hunter22".utf8)
        let joined = lines([bytes], secrets: ["hunter22"]).joined()
        #expect(!joined.contains("hunter22"))
        #expect(joined.contains("<redacted>"))
    }

    @Test("A log file is bounded and says so")
    func boundedFile() async throws {
        try await ScratchFolder.with { folder in
            let path = folder.appending("log")
            let log = try JobLog(path: path, secrets: [], maximumSize: 100)
            for number in 0..<50 { await log.append(Array("line number \(number)\n".utf8)) }
            await log.finish()
            let text = try FileContents.text(path)
            #expect(text.hasPrefix("line number 0\nline number 1\n"))
            #expect(text.hasSuffix("log truncated: it reached its limit of 100 bytes\n"))
            #expect(text.utf8.count < 200)
            let tail = await log.tail
            #expect(tail.count == JobLog.tailLength)
            #expect(tail.last == "line number 49")
        }
    }

    @Test("A burst of lines becomes one bounded batch with a count of the rest")
    func batch() async throws {
        try await ScratchFolder.with { folder in
            let log = try JobLog(path: folder.appending("log"), secrets: [])
            for number in 0..<1000 { await log.append(Array("\(number)\n".utf8)) }
            let batch = await log.takeBatch()
            #expect(batch.lines.count == JobLog.maximumEventLines)
            #expect(batch.lines.count + batch.omitted == 1000)
            #expect(await log.takeBatch().isEmpty)
        }
    }
}

enum FileContents {
    static func text(_ path: FilePath) throws -> String {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return String(decoding: bytes, as: UTF8.self) }
                bytes.append(contentsOf: buffer[..<count])
            }
        }
    }
}
