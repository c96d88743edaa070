/// Numbers that look random and are the same on every machine: SplitMix64 (Steele, Lea, Flood: “Fast Splittable
/// Pseudorandom Number Generators”, 2014).
struct SampleRandom {
    private var state: UInt64

    /// - Parameter seeds: what the numbers depend on; different seeds give unrelated ones.
    init(_ seeds: UInt64...) {
        state = 0x9E37_79B9_7F4A_7C15
        for seed in seeds {
            state ^= seed
            state = next()
        }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `bound`.
    mutating func below(_ bound: Int) -> Int {
        Int(next() % UInt64(max(bound, 1)))
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    /// True about once in `count` times.
    mutating func isOne(in count: Int) -> Bool {
        below(count) == 0
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }
}
