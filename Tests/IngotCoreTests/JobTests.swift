import IngotCore
import Testing

@Suite("Jobs and their reports")
struct JobTests {
    @Test("The arrows of the status machine", arguments: JobStatus.allCases)
    func arrows(from: JobStatus) {
        let next = Set(JobStatus.allCases.filter(from.mayBecome))
        switch from {
        case .queued: #expect(next == [.running, .cancelled, .failed])
        case .running: #expect(next == [.queued, .succeeded, .failed, .cancelled])
        case .succeeded, .failed, .cancelled: #expect(next.isEmpty)
        }
        #expect(from.isTerminal == next.isEmpty)
    }

    @Test("A job's JSON names")
    func names() throws {
        var job = Job(
            id: try #require(JobID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")),
            source: "usc",
            parameters: ["titles": ["1"]],
            createdAt: Timestamp(millisecondsSinceEpoch: 0)
        )
        #expect(
            try JSONText.string(job) == """
                {"attempt":0,"created_at":"1970-01-01T00:00:00.000Z","id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f",\
                "last_seq":0,"max_attempts":1,"parameters":{"titles":["1"]},"priority":0,"progress":0,"source":"usc",\
                "status":"queued","updated_at":"1970-01-01T00:00:00.000Z"}
                """
        )
        var failure = JobFailure(code: "xml_malformed", message: "It is cut off.", unit: "42", isTransient: false)
        failure.place = SourcePlace(file: "usc42.xml", line: 7, column: 3)
        failure.exit = RunnerExit(signal: 9)
        failure.peakMemoryBytes = 1024
        failure.logTail = ["last"]
        job.status = .failed
        job.error = failure
        let read = try JSONText.decode(Job.self, from: try JSONText.encode(job))
        #expect(read == job)
        #expect(failure.description == "xml_malformed: It is cut off. (unit 42, usc42.xml line 7, column 3)")
    }

    @Test("A runner's report on the wire")
    func report() throws {
        var event = RunnerEvent(sequence: 3, kind: .unit)
        event.unit = "5a"
        event.unitStatus = .done
        event.counts = ["nodes": 12]
        let report = RunnerReport(attempt: 1, events: [event])
        let text = """
            {"attempt":1,"events":[{"counts":{"nodes":12},"seq":3,"type":"unit","unit":"5a","unit_status":"done"}]}
            """
        #expect(try JSONText.string(report) == text)
        #expect(try JSONText.decode(RunnerReport.self, from: text.utf8) == report)
        #expect(try JSONText.string(ReportAnswer(accepted: 3, stop: false)) == "{\"accepted\":3,\"stop\":false}")
    }

    @Test("Only a plain exit with code 0 is a success")
    func exits() {
        #expect(RunnerExit(code: 0).isSuccess)
        for exit in [RunnerExit(code: 1), RunnerExit(signal: 9), RunnerExit(code: 0, reason: "lost"), RunnerExit()] {
            #expect(!exit.isSuccess)
        }
    }
}
