/// Gathers XML text.
struct SampleXML {
    private(set) var text = ""
    /// For ids, which differ from one conversion to the next as the real ones do.
    private var ids: SampleRandom

    init(ids: SampleRandom) {
        self.ids = ids
    }

    /// Adds markup as it is.
    mutating func raw(_ markup: String) {
        text += markup
    }

    /// Adds a start tag with an id of its own.
    mutating func open(_ name: String, _ attributes: String = "") {
        text += "<\(name) id=\"\(id())\"\(attributes.isEmpty ? "" : " " + attributes)>"
    }

    mutating func close(_ name: String) {
        text += "</\(name)>\n"
    }

    mutating func element(_ name: String, _ attributes: String = "", _ content: String) {
        text += "<\(name)\(attributes.isEmpty ? "" : " " + attributes)>\(content)</\(name)>"
    }

    /// Takes out what has been gathered.
    mutating func drain() -> [UInt8] {
        defer { text = "" }
        return Array(text.utf8)
    }

    private mutating func id() -> String {
        let high = String(ids.next(), radix: 16)
        let low = String(ids.next(), radix: 16)
        let digits = String(repeating: "0", count: 32 - high.count - low.count) + high + low
        var id = "id"
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { id += "-" }
            id.append(digit)
        }
        return id
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    static func reference(_ href: String, _ text: String) -> String {
        "<ref href=\"\(href)\">\(escaped(text))</ref>"
    }
}
