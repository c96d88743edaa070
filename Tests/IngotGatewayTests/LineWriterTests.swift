import Glibc
import SystemPackage
import Testing

@testable import IngotRunner

@Suite("A runner's own lines when nobody reads them")
struct LineWriterTests {
    @Test("Lines are left out and counted, and the job goes on; later lines arrive whole")
    func fullPipe() throws {
        let (reading, writing) = try pipe()
        defer {
            try? reading.close()
            try? writing.close()
        }
        var writer = LineWriter(descriptor: writing.rawValue, patience: .milliseconds(10))
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
        signal(SIGPIPE, SIG_IGN)
        let (reading, writing) = try pipe()
        try reading.close()
        defer { try? writing.close() }
        var writer = LineWriter(descriptor: writing.rawValue, patience: .seconds(100))
        writer.write("nobody hears this")
        #expect(writer.dropped == 0)
    }

    private func pipe() throws -> (reading: FileDescriptor, writing: FileDescriptor) {
        let ends = try FileDescriptor.pipe()
        for end in [ends.readEnd, ends.writeEnd] {
            try #require(fcntl(end.rawValue, F_SETFL, fcntl(end.rawValue, F_GETFL) | O_NONBLOCK) == 0)
        }
        return (ends.readEnd, ends.writeEnd)
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
