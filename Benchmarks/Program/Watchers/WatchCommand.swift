import ArgumentParser
import Glibc
import IngotCore

/// `ingot-benchmark watch`: many watchers of one event stream, and the one who publishes to it.
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watches one event stream many times over and measures what is delivered.",
        discussion: """
            Prints {"connected", "seconds"} once every watcher has got an event. Then each line that it reads is a \
            phase, and answered with a line of JSON: `burst SECONDS WINDOW` publishes as fast as the server answers, \
            with at most so many events that not every watcher has; `paced SECONDS RATE` publishes so many a second. \
            Latencies are from the moment at which the publisher sends an event to the one at which a watcher has \
            read it, in milliseconds. It ends with its input.
            """
    )

    @Option(help: "The number of watchers.")
    var watchers: Int

    @Option(help: "The address of the event stream.")
    var events: String

    @Option(help: "Where events are published.")
    var publish: String

    @Option(help: "The key that opens the event stream.")
    var key: String?

    @Option(help: "Publish as the runner of an attempt with this token. Without it: plain messages.")
    var token: String?

    @Option(help: "The attempt's number.")
    var attempt = 1

    func run() throws {
        guard let stream = HTTPAddress(events), let target = HTTPAddress(publish) else {
            throw ValidationError("addresses are http://NUMBER:PORT/PATH")
        }
        LoopbackSocket.raiseOpenFileLimit()
        let form = token.map { Publisher.Form.report(attempt: attempt, token: $0) } ?? .message
        let load = try WatchLoad(
            watchers: watchers,
            of: stream,
            key: key,
            publisher: try Publisher(to: target, form: form)
        )
        let begun = monotonicNanoseconds()
        try load.connect()
        answer(["connected": .integer(Int64(load.streaming)), "seconds": .number(seconds(since: begun))])
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard words.count == 3, let length = Double(words[1]), let number = Int(words[2]), number > 0 else {
                throw ValidationError("a phase is `burst SECONDS WINDOW` or `paced SECONDS RATE`")
            }
            switch words[0] {
            case "burst": answer(report(try load.burst(seconds: length, window: number)))
            case "paced": answer(report(try load.paced(seconds: length, rate: Double(number))))
            default: throw ValidationError("there is no phase \(words[0])")
            }
        }
    }

    private func report(_ outcome: WatchLoad.Outcome) -> JSONValue {
        func milliseconds(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
        return [
            "published": .integer(Int64(outcome.published)),
            "deliveries": .integer(Int64(outcome.deliveries)),
            "lost": .integer(Int64(outcome.lost)),
            "seconds": .number(outcome.seconds),
            "deliveries_per_second": .number(Double(outcome.deliveries) / max(outcome.seconds, 1e-9)),
            "p50": milliseconds(outcome.latencies.milliseconds(share: 0.5)),
            "p99": milliseconds(outcome.latencies.milliseconds(share: 0.99)),
            "answer_p50": milliseconds(outcome.answers.milliseconds(share: 0.5)),
            "answer_p99": milliseconds(outcome.answers.milliseconds(share: 0.99)),
            "own_microseconds_per_delivery": .number(
                Double(outcome.processorMicroseconds) / Double(max(outcome.deliveries, 1))
            ),
        ]
    }

    private func answer(_ value: JSONValue) {
        print(value.canonicalText)
        _ = fflush(nil)
    }

    private func seconds(since begun: UInt64) -> Double { Double(monotonicNanoseconds() - begun) / 1e9 }
}
