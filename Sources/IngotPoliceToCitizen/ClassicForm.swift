import IngotMarkup

/// A page of ASP.NET: the fields that its form sends along, and what it shows.
struct ClassicForm: Sendable {
    /// In the page's order.
    var hiddenFields: [(name: String, value: String)]
    let page: HTMLElement

    /// - Returns: `nil` for a page without a view state.
    init?(_ document: HTMLDocument) {
        page = document.root
        hiddenFields = page.elements { $0.name == "input" && $0.attributes["type"]?.lowercased() == "hidden" }
            .compactMap { input in
                input.attributes["name"].map { (name: $0, value: input.attributes["value"] ?? "") }
            }
        guard hiddenFields.contains(where: { $0.name == "__VIEWSTATE" }) else { return nil }
    }

    /// The fields to send: the hidden ones, of which some are given another value, and further ones.
    func fields(setting values: [(String, String)]) -> [(String, String)] {
        let names = Set(values.map(\.0))
        return hiddenFields.filter { !names.contains($0.name) }.map { ($0.name, $0.value) } + values
    }

    /// The text of the element whose id ends with a control's name.
    func text(ofControl name: String) -> String? { element(name)?.text }

    /// The element whose id ends with a control's name.
    func element(_ name: String) -> HTMLElement? {
        page.elements { $0.attributes["id"].map { $0 == name || $0.hasSuffix("_" + name) } ?? false }.first
    }
}
