import Glibc
import SystemPackage
import Testing

@testable import IngotRunner

@Suite("A runner's own lines when nobody reads them")
struct LineWriterTests {
    @Test("Lines are left out and counted, and the job goes on; later lines arrive whole")
    func fullPipe() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0)
        let (reading, writing) = (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
        defer {
            try? reading.close()
            try? writing.close()
        }
        var writer = LineWriter(descriptor: ends[1], patience: .milliseconds(10))
        writer.write("first")
        let long = String(repeating: "x", count: 30_000)
        for _ in 0..<10 { writer.write(long) }
        #expect(writer.dropped > 0)
        let dropped = writer.dropped
        var lines = try drain(reading)
        #expect(lines.first == "first")
        writer.write("after")
        #expect(writer.dropped == 0)
        lines += try drain(reading)
        #expect(lines.suffix(2) == ["\(dropped) lines were dropped, as nobody read the output", "after"])
        // Whole lines, and at most one that was cut off.
        #expect(lines.filter { $0.hasPrefix("x") && $0 != long }.count <= 1)
        #expect(lines.filter { $0 == long }.count == 10 - dropped)
    }

    @Test("A closed pipe costs the line and nothing else")
    func closedPipe() throws {
        var ends: [Int32] = [0, 0]
        signal(SIGPIPE, SIG_IGN)
        try #require(pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        var writer = LineWriter(descriptor: ends[1], patience: .seconds(100))
        writer.write("nobody hears this")
        #expect(writer.dropped == 0)
    }

    private func drain(_ file: FileDescriptor) throws -> [String] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
