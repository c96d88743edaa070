import IngotCore
import IngotFetch

/// Which units are fetched before their turn, and what came of it.
struct FetchAhead {
    /// Units that are fetched, or lie fetched, while another one is read.
    ///
    /// As many as a host is mostly asked for at a time; how many requests really go out, its budget decides.
    static let units = Upstream.parallelRequests

    private var started = 0
    private var arrived: [Int: Result<FetchedUnit, JobFailure>] = [:]

    /// - Returns: the place of a unit to begin with; `nil` when enough are under way.
    mutating func next(of count: Int, whileAt place: Int) -> Int? {
        guard started < count, started <= place + Self.units else { return nil }
        defer { started += 1 }
        return started
    }

    func has(_ place: Int) -> Bool { arrived[place] != nil }

    mutating func keep(_ outcome: Result<FetchedUnit, JobFailure>, at place: Int) { arrived[place] = outcome }

    mutating func take(_ place: Int) -> Result<FetchedUnit, JobFailure>? { arrived.removeValue(forKey: place) }
}
