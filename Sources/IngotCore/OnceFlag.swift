import Synchronization

/// A flag that can be set once, from any thread.
public final class OnceFlag: Sendable {
    private let state = Atomic<Bool>(false)

    public init() {}

    /// Sets the flag; true for the one call that changed it.
    @discardableResult
    public func set() -> Bool {
        state.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
    }

    public var isSet: Bool { state.load(ordering: .acquiring) }
}
