import CoreMetrics
import Synchronization

/// One metric with one set of labels.
protocol MetricSeries: AnyObject, Sendable {
    /// Writes its lines.
    func write(to text: inout ExpositionText, name: String, labels: [(name: String, value: String)])
}

/// A value that only grows.
final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<Int64>(0)
    /// The bits of what was counted in fractions.
    private let fraction = Atomic<UInt64>(0)
    /// What of ``whole`` was handed on.
    private let handedOn = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        // What falls is no counter.
        if amount > 0 { whole.wrappingAdd(amount, ordering: .relaxed) }
    }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fraction.change { $0 + amount }
    }

    /// A counter starts again with its process and at no other time.
    func reset() {}

    var value: Double { Double(whole.load(ordering: .relaxed)) + fraction.double }

    /// What was counted in whole numbers since the last call.
    func takeIncrement() -> Int64 {
        let now = whole.load(ordering: .relaxed)
        return now - handedOn.exchange(now, ordering: .relaxed)
    }

    func write(to text: inout ExpositionText, name: String, labels: [(name: String, value: String)]) {
        text.sample(name, labels, value)
    }
}

/// A value that goes up and down.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func increment(by amount: Double) { bits.change { $0 + amount } }
    func decrement(by amount: Double) { bits.change { $0 - amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func write(to text: inout ExpositionText, name: String, labels: [(name: String, value: String)]) {
        text.sample(name, labels, bits.double)
    }
}

/// How values are spread.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
    private struct State {
        /// Of each bound, how many values are at most as large and larger than the bound before; last, the rest.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    /// - Parameter bounds: rising.
    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        // A value that is no number would make the sum none for good.
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    func write(to text: inout ExpositionText, name: String, labels: [(name: String, value: String)]) {
        let state = state.withLock { $0 }
        var count: UInt64 = 0
        for (bound, further) in zip(bounds + [.infinity], state.counts) {
            count += further
            text.sample("\(name)_bucket", labels + [("le", ExpositionText.number(bound))], Double(count))
        }
        text.sample("\(name)_sum", labels, state.sum)
        text.sample("\(name)_count", labels, Double(count))
    }
}

/// Takes what there is no room for.
final class DiscardingSeries: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    static let shared = DiscardingSeries()

    func increment(by amount: Int64) {}
    func increment(by amount: Double) {}
    func decrement(by amount: Double) {}
    func reset() {}
    func set(_ value: Int64) {}
    func set(_ value: Double) {}
    func record(_ value: Int64) {}
    func record(_ value: Double) {}
    func recordNanoseconds(_ duration: Int64) {}
}

extension Atomic where Value == UInt64 {
    /// What the bits are as a number.
    fileprivate var double: Double { Double(bitPattern: load(ordering: .relaxed)) }

    fileprivate func change(_ change: (Double) -> Double) {
        var old = load(ordering: .relaxed)
        while true {
            let new = change(Double(bitPattern: old)).bitPattern
            let (exchanged, original) = weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }
}
