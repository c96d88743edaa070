import IngotCore

/// Which requests a site fails, by chance or by a list.
///
/// Chance depends on the seed, the path and on how often that path was asked for, and not on who comes first; so a run
/// can be repeated.
public struct SiteFaults: Sendable {
    private struct Chances: Sendable {
        var share: Double
        var faults: [SiteFault]
        var seed: UInt64
        var inARow: Int
    }

    private struct Entry: Sendable {
        var part: String
        var requests: ClosedRange<Int>
        var fault: SiteFault
    }

    private var chances: [Chances] = []
    private var entries: [Entry] = []

    public static let none = SiteFaults()

    /// Each of the faults comes with the same chance; all together at most always.
    ///
    /// - Parameters:
    ///   - share: the chance of each fault, for example 0.05.
    ///   - inARow: how many requests for one path fail one after the other at most, so that a client that asks once
    ///     more often gets through.
    public static func each(
        _ share: Double,
        of faults: [SiteFault] = SiteFault.passing,
        seed: UInt64 = 1,
        inARow: Int = 2
    ) -> SiteFaults {
        precondition(share > 0 && inARow > 0)
        var plan = SiteFaults()
        plan.chances = [Chances(share: share, faults: faults, seed: seed, inARow: inARow)]
        return plan
    }

    /// A fault for the requests whose path holds these characters.
    ///
    /// - Parameter requests: which of the requests for one path, counted from 1.
    public static func on(_ part: String, requests: ClosedRange<Int> = 1...Int.max, _ fault: SiteFault) -> SiteFaults {
        var plan = SiteFaults()
        plan.entries = [Entry(part: part.lowercased(), requests: requests, fault: fault)]
        return plan
    }

    /// Both; what is listed goes before chance.
    public func and(_ other: SiteFaults) -> SiteFaults {
        var plan = self
        plan.chances += other.chances
        plan.entries += other.entries
        return plan
    }

    /// - Parameters:
    ///   - path: in lower case.
    ///   - number: which request for the path it is, from 1.
    func fault(for path: String, number: Int) -> SiteFault? {
        let listed = entries.first { path.contains($0.part) && $0.requests.contains(number) }
        if let listed { return listed.fault }
        // Whoever reads it and fails must not ask for anything else; that is tried on purpose, not by chance.
        guard path != "/robots.txt" else { return nil }
        for chances in chances {
            if let fault = Self.draw(chances, path, number) { return fault }
        }
        return nil
    }

    private static func draw(_ chances: Chances, _ path: String, _ number: Int) -> SiteFault? {
        // FNV-1a: any hash that is the same in every process would do.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var random = SeededRandom(seed: hash ^ chances.seed)
        var row = 0
        var drawn: SiteFault?
        for _ in 0..<number {
            let place = Int((Double(random.next() >> 11) * 0x1p-53) / chances.share)
            drawn = row < chances.inARow && chances.faults.indices.contains(place) ? chances.faults[place] : nil
            row = drawn == nil ? 0 : row + 1
        }
        return drawn
    }
}
