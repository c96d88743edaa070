import HTTPTypes

/// One page before it is rendered.
struct Page {
    /// The parts of the site that the navigation names.
    enum Part: String, CaseIterable {
        case overview = "/"
        case jobs = "/jobs"
        case regular = "/definitions"
        case sources = "/sources"
        case law = "/law"
        case search = "/search"
        case system = "/system"
        case reference = "/reference"

        var name: String {
            switch self {
            case .overview: "Overview"
            case .jobs: "Jobs"
            case .regular: "Regular"
            case .sources: "Sources"
            case .law: "Law"
            case .search: "Search"
            case .system: "System"
            case .reference: "API"
            }
        }
    }

    /// What the browser's tab says, before the name of the site.
    var title: String
    var part: Part?
    /// The name of the template of what is inside the frame.
    var template: String
    /// What that template shows: structures and arrays whose members have the names that it uses.
    var content: Any
    /// Files of modules that the page runs and style sheets that it adds, as in `Files/`.
    var scripts: [String] = []
    var styles: [String] = []
    var status: HTTPResponse.Status = .ok
    /// What the template makes of the content, when that is known already.
    var rendered: String?
}
