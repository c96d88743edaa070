/// The pages of a list, asked for one by one as they are needed.
///
/// ```swift
/// for try await page in gateway.jobs(status: .failed) {
///     print(page.count)
///     if page.contains(where: { $0.source == "usc" }) { break }
/// }
/// ```
///
/// ``items`` goes over what is on them instead. Leaving the loop asks for no further page.
public struct GatewayPages<Page: Sendable>: AsyncSequence, Sendable {
    public typealias Element = Page

    private let page: @Sendable (_ cursor: String?) async throws -> (Page, next: String?)
    private let whenRepeated: @Sendable () -> any Error

    init(
        _ page: @escaping @Sendable (_ cursor: String?) async throws -> (Page, next: String?),
        whenRepeated: @escaping @Sendable () -> any Error
    ) {
        self.page = page
        self.whenRepeated = whenRepeated
    }

    public func makeAsyncIterator() -> Iterator { Iterator(pages: self) }

    /// Goes from page to page.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let pages: GatewayPages
        private var cursor: String?
        /// Where pages have led to.
        private var seen: Set<String> = []
        private var isAtEnd = false

        fileprivate init(pages: GatewayPages) { self.pages = pages }

        /// The next page; `nil` after the last one.
        public mutating func next() async throws -> Page? {
            guard !isAtEnd else { return nil }
            try Task.checkCancellation()
            let (page, next) = try await pages.page(cursor)
            // Pages that lead in a circle would be asked for without an end.
            if let next, !seen.insert(next).inserted { throw pages.whenRepeated() }
            cursor = next
            isAtEnd = next == nil
            return page
        }
    }
}

extension GatewayPages where Page: Collection, Page.Element: Sendable {
    /// What is on the pages, one by one.
    ///
    /// ```swift
    /// for try await job in gateway.jobs().items { print(job.id, job.status) }
    /// ```
    public var items: GatewayItems<Page> { GatewayItems(pages: self) }
}

/// What is on the pages of a list, one by one; see ``GatewayPages/items``.
public struct GatewayItems<Page: Collection & Sendable>: AsyncSequence, Sendable {
    public typealias Element = Page.Element

    let pages: GatewayPages<Page>

    public func makeAsyncIterator() -> Iterator { Iterator(pages: pages.makeAsyncIterator()) }

    /// Goes from item to item.
    public struct Iterator: AsyncIteratorProtocol {
        private var pages: GatewayPages<Page>.Iterator
        private var rest: ArraySlice<Page.Element> = []

        init(pages: GatewayPages<Page>.Iterator) { self.pages = pages }

        /// The next item; `nil` after the last one.
        public mutating func next() async throws -> Page.Element? {
            while rest.isEmpty {
                guard let page = try await pages.next() else { return nil }
                rest = Array(page)[...]
            }
            return rest.popFirst()
        }
    }
}
