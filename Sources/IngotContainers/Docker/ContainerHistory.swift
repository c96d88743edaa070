import IngotCore

/// What the engine tells of a container's past: who sent it signals, and how it died.
struct ContainerHistory: Sendable, Equatable {
    var saysOutOfMemory = false
    var killSignal: Int?
    var exitCode: Int?

    /// How long after an engine's kill a container dies of it, in nanoseconds.
    private static let dying: Int64 = 2_000_000_000

    init(_ events: [JSONValue]) {
        // When the last signal was sent whose number nobody tells.
        var unnumbered: Int64?
        for event in events {
            let attributes = event["Actor"]?["Attributes"]
            switch (event["Action"] ?? event["status"])?.stringValue {
            case "oom": saysOutOfMemory = true
            case "kill":
                // Docker tells the signal's number; Podman 4 none, and then only what comes next shows what it was.
                let number = attributes?["signal"]?.stringValue.flatMap { Int($0) }
                killSignal = number
                unnumbered = number == nil ? Self.moment(of: event) : nil
            case "die":
                exitCode = attributes?["exitCode"]?.stringValue.flatMap { Int($0) }
                if let sent = unnumbered, let died = Self.moment(of: event), died - sent <= Self.dying {
                    killSignal = 9
                }
            default: break
            }
        }
    }

    /// In nanoseconds of Unix time.
    private static func moment(of event: JSONValue) -> Int64? {
        event["timeNano"]?.integerValue ?? event["time"]?.integerValue.map { $0 * 1_000_000_000 }
    }

    /// Asks the engine for it, a few times while what must be there is not.
    static func of(
        _ id: String,
        since: Timestamp,
        engine: EngineConnection,
        until isEnough: (ContainerHistory) -> Bool
    ) async -> ContainerHistory {
        var history = ContainerHistory([])
        for _ in 0..<5 {
            // A second earlier, as the engine's clock may be another.
            if let events = try? await engine.events(id, since: since.millisecondsSinceEpoch / 1000 - 1) {
                history = ContainerHistory(events)
            }
            if isEnough(history) { return history }
            await Pause.uncancelled(.milliseconds(200))
        }
        return history
    }
}
