import IngotCore

/// How the gateway is now: its slots, what waits, whom it asks, and what it stands on.
enum SystemPage {
    struct Content {
        var tabs: SystemTabs
        var state: GatewayState
        var queue: QueueContent
        var hosts: [Host]
        var facts: [Fact]
        var limits: [Fact]
        var retention: [Fact]
        var disk: Disk?
        var isPartial: Bool
    }

    struct Host {
        var hostName: String
        var budget: String
        var inFlight: String
        var hostWaiting: String
        var pausedUntil: String?
    }

    struct Fact {
        var term: String
        var text: String
        var time: String?
    }

    struct Disk {
        var diskFree: String
        var diskSize: String
        var diskBar: String
        var isFull: Bool
    }

    private static let listedWaiting = 50

    static func page(_ asking: PageRequest) async throws -> Page {
        let system = try await asking.get("/api/system")
        let hosts = try await asking.get("/api/hosts")["hosts"]?.arrayValue ?? []
        let disk = system["disk"].map(Disk.init)
        let content = Content(
            tabs: SystemTabs("/system", asking),
            state: await GatewayState.now(asking),
            queue: try await QueueContent.now(asking, listed: listedWaiting),
            hosts: hosts.prefix(200).map(Host.init),
            facts: facts(system),
            limits: limits(system["limits"] ?? .null, attempts: system["max_attempts"]?.integerValue ?? 1),
            retention: retention(system["retention"] ?? .null),
            disk: disk,
            isPartial: system["data_folder"] == nil
        )
        return Page(
            title: "System",
            part: .system,
            template: "system",
            content: content,
            scripts: ["live.js"],
            styles: ["jobs.css", "charts.css", "system.css"]
        )
    }

    // MARK: - Facts

    private static func facts(_ system: JSONValue) -> [Fact] {
        var facts = [
            Fact(term: "Version", text: "Ingot \(system["version"]?.stringValue ?? "")"),
            Fact(
                term: "Runs for",
                text: Figures.duration(milliseconds: (system["uptime_seconds"]?.integerValue ?? 0) * 1000)
            ),
            Fact(term: "Started", text: "", time: system["started_at"]?.stringValue),
            Fact(term: "Runners are", text: launcher(system)),
            Fact(
                term: "Database",
                text: store(system["database"] ?? .null, "SQLite, with D1's protocol", "Cloudflare D1")
            ),
            Fact(
                term: "Objects",
                text: store(system["objects"] ?? .null, "a folder, with R2's protocol", "Cloudflare R2")
            ),
        ]
        if let folder = system["data_folder"]?.stringValue { facts.append(Fact(term: "Data folder", text: folder)) }
        let anonymous = system["anonymous_role"]?.stringValue.map { "are let in, as \($0)" } ?? "are refused"
        facts.append(Fact(term: "Callers without a key", text: anonymous))
        if system["probe"]?.boolValue == true {
            facts.append(Fact(term: "Source for tests", text: "offered, as this gateway was told to"))
        }
        facts.append(Fact(term: "Gateway's name", text: system["gateway"]?.stringValue ?? ""))
        return facts
    }

    private static func launcher(_ system: JSONValue) -> String {
        let isSandboxed = system["sandbox"]?.boolValue == true
        return switch system["launcher"]?.stringValue {
        case "process":
            isSandboxed ? "processes of this machine, each in a sandbox" : "processes of this machine"
        case "container": "containers of an engine"
        case "kubernetes": "Jobs of a Kubernetes cluster"
        case let other?: other
        case nil: "unknown"
        }
    }

    private static func store(_ store: JSONValue, _ embedded: String, _ cloudflare: String) -> String {
        let isEmbedded = store["kind"]?.stringValue == "embedded"
        // The embedded ones' place is the data folder, which has a line of its own.
        if isEmbedded { return "embedded: \(embedded)" }
        return [cloudflare, store["place"]?.stringValue].compactMap { $0 }.joined(separator: ", ")
    }

    private static func limits(_ limits: JSONValue, attempts: Int64) -> [Fact] {
        func fact(_ term: String, _ name: String, _ text: (Int64) -> String) -> Fact {
            Fact(term: term, text: limits[name]?.integerValue.map(text) ?? "no limit")
        }
        var facts = [
            fact("Time", "wall_seconds") { Figures.duration(milliseconds: $0 * 1000) },
            fact("Memory", "memory_bytes") { Figures.bytes($0) },
            fact("Processor time", "cpu_seconds") { Figures.duration(milliseconds: $0 * 1000) },
            fact("Processes and threads", "processes") { Figures.number($0) },
            fact("Open files", "open_files") { Figures.number($0) },
        ]
        if let processors = limits["processors"] {
            facts.append(Fact(term: "Processors", text: processors.canonicalText))
        }
        facts.append(Fact(term: "Attempts of a job", text: "\(attempts), unless it says otherwise"))
        return facts
    }

    private static func retention(_ retention: JSONValue) -> [Fact] {
        func fact(_ term: String, _ name: String) -> Fact {
            let bound = retention[name] ?? .null
            let time = bound["seconds"]?.integerValue.map { seconds in
                seconds.isMultiple(of: 86_400)
                    ? Figures.count(seconds / 86_400, "day") : Figures.duration(milliseconds: seconds * 1000)
            }
            let count = bound["count"]?.integerValue.map { "the newest \(Figures.number($0))" }
            let both = [time, count].compactMap { $0 }
            return Fact(term: term, text: both.isEmpty ? "for ever" : both.joined(separator: ", at most "))
        }
        return [
            fact("Ended jobs", "jobs"), fact("Logs on this machine", "logs"), fact("Webhook deliveries", "deliveries"),
            fact("Audit log", "audit"),
        ]
    }
}

extension SystemPage.Host {
    init(_ host: JSONValue) {
        hostName = host["host"]?.stringValue ?? ""
        let rate = host["rate"].flatMap { Double($0.canonicalText) } ?? 0
        let most = host["requests"]?.integerValue ?? 0
        budget = "\(Figures.number(rate, digits: 2)) a second, \(Figures.number(most)) at a time"
        inFlight = Figures.number(host["in_flight"]?.integerValue ?? 0)
        hostWaiting = Figures.number(host["waiting"]?.integerValue ?? 0)
        pausedUntil = host["paused_until"]?.stringValue
    }
}

extension SystemPage.Disk {
    init(_ disk: JSONValue) {
        let free = disk["free_bytes"]?.integerValue ?? 0
        let size = disk["size_bytes"]?.integerValue ?? 0
        diskFree = Figures.bytes(free)
        diskSize = Figures.bytes(size)
        isFull = disk["reserve_reached"]?.boolValue == true
        diskBar =
            ProportionBar(
                parts: [.init(name: "used", value: Double(max(0, size - free)), color: isFull ? .bad : .first)],
                whole: Double(size)
            ).html
    }
}
