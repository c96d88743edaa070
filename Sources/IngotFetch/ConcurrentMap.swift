/// Transforms the elements side by side, at most `limit` of them at a time; the results are in the elements' order.
///
/// The first error ends it; what is under way then is cancelled.
public func mapConcurrently<Element: Sendable, Value: Sendable>(
    _ elements: [Element],
    atOnce limit: Int,
    _ transform: @escaping @Sendable (Element) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        var values: [Value?] = Array(repeating: nil, count: elements.count)
        for (index, element) in elements.enumerated() {
            if index >= limit, let (done, value) = try await group.next() { values[done] = value }
            group.addTask { (index, try await transform(element)) }
        }
        while let (done, value) = try await group.next() { values[done] = value }
        return values.compactMap(\.self)
    }
}
