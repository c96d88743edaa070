import IngotCore

/// What a made-up title is made of, picked by seeds.
struct SampleRandom {
    private var generator: SeededRandom

    /// - Parameter seeds: what the numbers depend on; different seeds give unrelated ones.
    init(_ seeds: UInt64...) {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for seed in seeds {
            var mixing = SeededRandom(seed: state ^ seed)
            state = mixing.next()
        }
        generator = SeededRandom(seed: state)
    }

    mutating func next() -> UInt64 { generator.next() }

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
