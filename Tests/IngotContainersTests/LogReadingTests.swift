import IngotCore
import IngotTesting
import Testing

@testable import IngotContainers

@Suite("Reading the logs of containers")
struct LogReadingTests {
    @Test("Frames are put together from pieces of any size", arguments: [1, 3, 8, 9, 1000])
    func frames(size: Int) throws {
        let contents = ["one\n", "", String(repeating: "x", count: 300) + "\n"]
        let stream: [UInt8] = contents.flatMap { text -> [UInt8] in
            [1, 0, 0, 0, 0, 0, UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 255)] + Array(text.utf8)
        }
        var frames = LogFrames()
        var found: [String] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            let piece = stream[start..<min(start + size, stream.count)]
            found += try frames.take(piece).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(found == contents)
    }

    @Test(
        "What is no frame, or too long a one, is refused",
        arguments: [
            [3, 0, 0, 0, 0, 0, 0, 1], [1, 1, 0, 0, 0, 0, 0, 1], [1, 0, 0, 0, 2, 0, 0, 0],
        ] as [[UInt8]]
    )
    func malformedFrames(header: [UInt8]) {
        var frames = LogFrames()
        #expect(throws: LogFrames.Malformed.self) { _ = try frames.take(header) }
    }

    @Test("Moments are read as engines write them")
    func moments() {
        #expect(LogMoment("1970-01-01T00:00:01Z") == LogMoment(seconds: 1, nanoseconds: 0))
        #expect(LogMoment("1970-01-01T00:00:01.5Z") == LogMoment(seconds: 1, nanoseconds: 500_000_000))
        #expect(LogMoment("1970-01-01T02:00:01.000000001+02:00") == LogMoment(seconds: 1, nanoseconds: 1))
        for text in ["", "1970-01-01", "1970-01-01T00:00:01", "1970-01-01T00:00:01.Z", "1970-01-01T00:00:01+2:00"] {
            #expect(LogMoment(text) == nil, "\(text)")
        }
    }

    @Test("Read again from any place, nothing is lost and nothing repeated")
    func resumption() {
        let moments = [1, 1, 1, 2, 3, 3].map { LogMoment(seconds: $0, nanoseconds: 0) }
        for stop in 0...moments.count {
            var first = LogResumption()
            for moment in moments.prefix(stop) {
                let isNew = first.isNew(moment)
                #expect(isNew)
            }
            var second = LogResumption(from: first.position)
            let again = moments.filter { moment in second.since.map { moment.seconds > $0 } ?? true }
            var new = 0
            for moment in again where second.isNew(moment) { new += 1 }
            #expect(new == moments.count - stop)
            #expect(second.position == LogPosition(moment: LogMoment(seconds: 3, nanoseconds: 0), pieces: 2))
        }
    }

    @Test("Notes are kept for the next gateway, and a spoiled one counts for nothing")
    func notes() throws {
        let folder = try TemporaryFolder()
        let job = JobID.make()
        let notes = LogNotes(folder: folder.path)
        #expect(notes.position(job: job, attempt: 1) == nil)
        let position = LogPosition(moment: LogMoment(seconds: 5, nanoseconds: 6), pieces: 7)
        #expect(notes.note(position, job: job, attempt: 1))
        #expect(LogNotes(folder: folder.path).position(job: job, attempt: 1) == position)
        #expect(notes.position(job: job, attempt: 2) == nil)
        notes.forget(job: job, attempt: 1)
        #expect(notes.position(job: job, attempt: 1) == nil)
    }

    @Test("Lines are cut, and none is longer than it may be")
    func lines() throws {
        var lines = LineSplitter(maximum: 4)
        let first = try lines.take(Array("ab\nc".utf8))
        #expect(first == [Array("ab".utf8)])
        let second = try lines.take(Array("def\n".utf8))
        #expect(second == [Array("cdef".utf8)])
        #expect(throws: LineSplitter.LineTooLong.self) { _ = try lines.take(Array("12345".utf8)) }
    }

    @Test("Names of images")
    func images() {
        #expect(ImageSupply.parts(of: "a") == ("a", "latest"))
        #expect(ImageSupply.parts(of: "host:5000/a/b") == ("host:5000/a/b", "latest"))
        #expect(ImageSupply.parts(of: "host:5000/a/b:1") == ("host:5000/a/b", "1"))
        #expect(ImageSupply.parts(of: "a@sha256:00") == ("a", "sha256:00"))
    }
}

@Suite("How a container ended")
struct ContainerEvidenceTests {
    private let limits = JobLimits(memoryBytes: 100, cpuSeconds: 10, processes: 5)

    private func reason(_ code: Int?, _ change: (inout ContainerEvidence) -> Void = { _ in }) -> String? {
        var evidence = ContainerEvidence()
        change(&evidence)
        return evidence.exit(code: code, limits: limits).reason
    }

    @Test("Out of memory is told from a kill as far as that can be")
    func memory() {
        #expect(reason(137) == "out_of_memory_or_killed")
        #expect(reason(137) { $0.saysOutOfMemory = true } == "out_of_memory")
        #expect(reason(137) { $0.peakMemoryBytes = 95 } == "out_of_memory")
        #expect(reason(137) { $0.peakMemoryBytes = 50 } == "out_of_memory_or_killed")
        #expect(reason(137) { $0.outsideSignal = 9 } == nil)
        #expect(reason(137) { $0.isKilledByLauncher = true } == nil)
        #expect(reason(0) { $0.saysOutOfMemory = true } == nil)
        #expect(reason(1) { $0.peakMemoryBytes = 95 } == nil)
    }

    @Test("Limits and ends that nobody saw")
    func limitsAndLoss() {
        #expect(reason(nil) == "lost")
        #expect(reason(143) { $0.limit = "deadline" } == "deadline")
        #expect(reason(152) == "cpu_time")
        #expect(reason(137) { $0.cpuSeconds = 10 } == "cpu_time")
        #expect(reason(1) { $0.mostProcesses = 5 } == "processes")
        #expect(reason(134) { $0.mostProcesses = 5 } == "processes")
        #expect(
            reason(137) {
                $0.mostProcesses = 5
                $0.outsideSignal = 9
            } == nil
        )
        #expect(reason(137) { $0.mostProcesses = 5 } == "out_of_memory_or_killed")
        #expect(reason(143) { $0.mostProcesses = 5 } == nil)
        #expect(reason(143) == nil)
    }
}
