import IngotCore

@testable import IngotFetch

/// Knows the names that the test lists, and no others.
struct ListedResolver: HostResolver {
    private let answers: [String: [String]]

    init(_ answers: [String: [String]]) { self.answers = answers }

    func addresses(of host: String) async throws -> [IPAddress] {
        guard let answer = answers[host] else { throw HostNotResolved(host: host, reason: "no such name") }
        return answer.compactMap { IPAddress($0) }
    }
}
