import HTTPTypes
import Hummingbird
import IngotCore

/// `GET` and `PUT /api/ingest/jobs/{id}/robots?origin=…`: the `robots.txt` files that runners have fetched, kept for
/// all jobs; only an attempt's token opens it.
struct RobotsRoute: Sendable {
    /// The largest body, in bytes: a file of the largest size, most of it escaped.
    static let maximumBody = 4 << 20

    let door: AttemptDoor
    let cache: LocalRobotsCache

    func add(to routes: inout RouteTable) {
        let path = "/api/ingest/jobs/{id}/robots"
        routes.on(.get, path, for: .attempt) { request, context in
            let id = try request.jobID(context)
            return try await door.enter(request, id, context) { _, _ in try await kept(request) }
        }
        routes.on(.put, path, for: .attempt) { request, context in
            let id = try request.jobID(context)
            return try await door.enter(request, id, context) { _, _ in try await keep(request) }
        }
    }

    private func kept(_ request: Request) async throws -> Response {
        let origin = try origin(of: request)
        guard let robots = await cache.robots(of: origin) else {
            throw Problem("robots-not-kept", .notFound, title: "No robots.txt of this origin is kept.")
        }
        return try .json(robots)
    }

    private func keep(_ request: Request) async throws -> Response {
        let origin = try origin(of: request)
        let body = try await request.jsonBody(limit: RobotsRoute.maximumBody, schema: RobotsRoute.schema)
        let robots: RobotsFile
        do { robots = try JSONText.decode(RobotsFile.self, from: body.canonicalBytes) } catch {
            throw Problem.invalidBody("/fetched_at", "must be a time such as 2026-03-01T09:30:00.000Z")
        }
        guard robots.text.utf8.count <= KeptRobots.maximumText else {
            throw Problem.bodyTooLarge(limit: KeptRobots.maximumText)
        }
        await cache.keep(robots, of: origin)
        return Response(status: .noContent)
    }

    static let schema: JSONValue = [
        "type": "object",
        "additionalProperties": false,
        "required": ["status", "text", "fetched_at"],
        "properties": [
            "status": ["type": "integer", "minimum": 100, "maximum": 599],
            "text": ["type": "string"],
            "fetched_at": ["type": "string"],
        ],
    ]

    /// - Throws: ``Problem`` 400 for what is no scheme, host and perhaps port.
    private func origin(of request: Request) throws -> String {
        let pattern = /https?:\/\/([a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?/
        guard let origin = request.query("origin"), origin.wholeMatch(of: pattern) != nil else {
            throw Problem.invalidQuery("origin", "must be a scheme, a host in lower case and perhaps a port")
        }
        return origin
    }
}
