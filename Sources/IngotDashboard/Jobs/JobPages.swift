import HTTPTypes
import IngotCore

/// The pages about jobs.
struct JobPages: Sendable {
    func add(to pages: inout PageTable) {
        pages.on("/jobs") { try await JobListPage.page($0) }
        pages.on("/jobs/new") { try await JobFormPage.page($0) }
        pages.on("/jobs/{id}") { try await JobPage.page($0) }
    }

    /// Where the API has a job.
    ///
    /// - Throws: ``APIRefusal`` for what is no job's id, which might be the name of another route.
    static func path(of id: String?) throws -> String {
        guard let id = id.flatMap({ JobID($0) }) else {
            throw APIRefusal(status: .notFound, problem: ["title": "There is no such job."])
        }
        return "/api/ingest/jobs/\(id)"
    }
}
