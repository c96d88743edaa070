public import IngotCore
import Synchronization

/// A site some of whose answers are changed on their way, as by a fault of its own.
public final class AlteredSite: SiteImitation {
    private let site: any SiteImitation
    private let change: @Sendable (SiteRequest, ImitatedAnswer) -> ImitatedAnswer?
    private let left: Mutex<Int>

    /// - Parameters:
    ///   - times: how many answers are changed.
    ///   - change: `nil` leaves the answer as it is, which does not count.
    public init(
        _ site: any SiteImitation,
        times: Int = .max,
        _ change: @escaping @Sendable (SiteRequest, ImitatedAnswer) -> ImitatedAnswer?
    ) {
        self.site = site
        self.change = change
        left = Mutex(times)
    }

    public func answer(_ request: SiteRequest) -> ImitatedAnswer {
        let answer = site.answer(request)
        return left.withLock { left in
            guard left > 0, let changed = change(request, answer) else { return answer }
            left -= 1
            return changed
        }
    }
}

extension ImitatedAnswer {
    /// The answer with other members in its JSON object.
    ///
    /// - Returns: `nil` for an answer that has none.
    public func setting(_ members: [String: JSONValue]) -> ImitatedAnswer? {
        guard let own = try? JSONValue(parsing: body).objectValue else { return nil }
        var changed = self
        changed.body = JSONValue.object(own.merging(members) { $1 }).canonicalBytes
        return changed
    }
}
