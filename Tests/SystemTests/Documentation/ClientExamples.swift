import IngotClient
import IngotCore

/// The programs of `docs/client.md`, word by word; a test runs them and holds the page against this file.
enum ClientExamples {
    static func follow(_ address: String, _ key: Secret) async throws {
        try await GatewayClient.with(address: address, key: key) { gateway in
            let job = try await gateway.submit("usc", parameters: ["titles": ["1"]])
            for try await update in gateway.events(of: job) {
                switch update.content {
                case .progress(let progress): print("\(progress.percent)%", progress.message ?? "")
                case .unit(let unit): print("unit \(unit.unit):", unit.status.rawValue)
                case .disconnected(let reason): print("waiting for the gateway: \(reason)")
                case .done(let job): print(job.status.rawValue, job.message ?? "")
                default: break
                }
            }
        }
    }

    static func end(_ gateway: GatewayClient, label: String) async throws {
        var options = JobOptions()
        options.idempotencyKey = "usc-\(label)"
        options.maximumAttempts = 2
        let job = try await gateway.ingest("usc", parameters: ["release": .string(label)], options: options)
        guard job.status == .succeeded else {
            throw job.error ?? JobFailure(code: "unknown", message: "It has not succeeded.")
        }
    }

    static func read(_ gateway: GatewayClient) async throws {
        let section = try await gateway.node("/us/usc/t1/s1", at: "119-36")
        print(section.num, section.heading)
        for block in section.blocks { print(block.label ?? "", block.text ?? "") }
        print(try await gateway.text(of: "/us/usc/t1/s1", format: .markdown))
        for try await chapter in gateway.children(of: "/us/usc/t1").items { print(chapter.num, chapter.heading) }
        let references = try await gateway.references(of: "/us/usc/t1/s1")
        print("cited by", references.citedBy.count)
    }

    static func find(_ gateway: GatewayClient) async throws {
        var search = Search("lantern OR beehive")
        search.isOnlyInForce = true
        for try await hit in gateway.search(search).items.prefix(10) {
            print(hit.key, hit.snippet.map { $0.match ? "«\($0.text)»" : $0.text }.joined())
        }
    }

    static func compare(_ gateway: GatewayClient) async throws {
        let difference = try await gateway.difference(of: "usc", from: "119-36", to: "119-59", level: "section")
        print(difference.summary.added, difference.summary.changed, difference.summary.removed)
        if let change = difference.changes.first(where: { $0.kind == .changed }) {
            let node = try await gateway.difference(ofNode: change.key, in: "usc", from: "119-36", to: "119-59")
            for text in node.texts {
                for piece in text.pieces where piece.operation != .equal {
                    print(text.field, piece.operation, piece.text)
                }
            }
        }
    }

    static func export(_ gateway: GatewayClient) async throws {
        var count = 0
        for try await line in gateway.export("usc").lines {
            let node = try JSONValue(parsing: line)
            if node["level"] == "section" { count += 1 }
        }
        print(count, "sections")
    }

    static func refusals(_ gateway: GatewayClient) async throws {
        do {
            _ = try await gateway.node("/us/usc/t1/s99999")
        } catch let problem as GatewayProblem where problem.kind == "unknown-key" {
            print("no such section:", problem.detail ?? problem.title)
        } catch let problem as GatewayProblem {
            print(problem.status, problem.kind, problem.advice ?? "")
        } catch let error as GatewayConnectionError where error.isTransient {
            print("try again later:", error)
        }
    }
}
