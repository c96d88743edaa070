import IngotCore

extension AuditLog {
    /// Notes that the gateway has started with a setting that site owners may ask about.
    func recordRobotsOverride(of hosts: Set<String>) async {
        guard !hosts.isEmpty else { return }
        let time = Timestamp.now()
        await record(
            AuditEntry(
                id: nextID(at: time),
                at: time,
                remoteAddress: "",
                action: "start without robots.txt",
                target: "",
                outcome: "accepted",
                details: ["hosts": .array(hosts.sorted().map(JSONValue.string))]
            )
        )
    }
}
