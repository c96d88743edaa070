/// Gathers a page in the markup of the real site: a byte-order mark, CRLF line ends, numeric entities.
struct StatutesHTML {
    private var text = "\u{FEFF}"

    /// - Parameter number: what the `Number` of the page's metadata says, where it has one.
    init(description: String, number: String?, file: String) {
        line("<!DOCTYPE html>")
        line("<html lang=\"en-US\">")
        line("<head>")
        line("<meta charset=\"utf-8\"/>")
        line("<meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\"/>")
        line("<meta name=\"Description\" content=\"\(Self.escaped(description))\"/>")
        if let number { line("<meta name=\"Number\" content=\"\(number)\"/>") }
        line("<title>\(Self.escaped(description))</title>")
        // Style rules stand in a comment, as they do there.
        line("<style type=\"text/css\" media=\"screen\"><!--")
        line("/* A sample; no such law exists. */")
        line("p.front-note, p.front-note-first { color: #aa5500; }")
        line("hr.chaps_pg_bar { height: .8em; }")
        line("--></style>")
        line("</head>")
        line("<body>")
        line("<div id=\"\(file)\" lang=\"en-US\">")
    }

    mutating func line(_ markup: String) {
        text += markup
        text += "\r\n"
    }

    /// Ends the page.
    mutating func bytes() -> [UInt8] {
        line("</div>")
        line("</body>")
        line("</html>")
        return Array(text.utf8)
    }

    static func escaped(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            byte < 0x80 && byte != 0x26 && byte != 0x27 && byte != 0x3C && byte != 0x3E
        }
        if isPlain { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\u{A0}": escaped += "&#160;"
            case "'",
                _ where scalar.value >= 0x80:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                escaped += "&#x\(String(repeating: "0", count: max(4 - digits.count, 0)))\(digits);"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A number as it is printed: the letter l in italics.
    static func number(_ number: String) -> String {
        let letters = number.reversed().prefix { $0 == "l" }.count
        guard letters > 0 else { return number }
        return "\(number.dropLast(letters))<i>\(String(repeating: "l", count: letters))</i>"
    }

    /// A link of a text, with a space before the equals sign as the real ones have.
    static func link(_ target: StatutesLinks.Target, mixedCase: Bool = false) -> String {
        let file = mixedCase ? target.file.prefix(1).uppercased() + target.file.dropFirst() : target.file
        return "<a href =\"\(file)#sec_\(target.number)\">\(number(target.number))</a>"
    }
}
