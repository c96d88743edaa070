/// Breaks text into lines that fit a width.
enum LineWrapping {
    /// Lines of at most `width` characters, broken at spaces; a longer word is cut.
    ///
    /// No-break spaces stay inside of their words. There is always a line, if an empty one.
    static func lines(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var length = 0
        for word in text.split(separator: " ") {
            var word = word
            var count = word.count
            if length > 0, length + 1 + count <= width {
                line += " " + word
                length += 1 + count
                continue
            }
            if length > 0 { lines.append(line) }
            while count > width {
                lines.append(String(word.prefix(width)))
                word = word.dropFirst(width)
                count -= width
            }
            line = String(word)
            length = count
        }
        if length > 0 || lines.isEmpty { lines.append(line) }
        return lines
    }
}
