/// Text from elsewhere as a terminal may show it.
enum TerminalText {
    /// Without the characters that a terminal would obey; line ends and tabs stay.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter { !isControl($0) }))
    }

    /// The same on one line, each run of white space as one space.
    static func line(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace {
                if line.last != " " { line += " " }
            } else if scalar.properties.generalCategory != .control {
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "\n" && scalar != "\t" && scalar.properties.generalCategory == .control
    }
}
