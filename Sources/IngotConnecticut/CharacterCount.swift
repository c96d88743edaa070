/// How many characters of a text are not white space: by them a page is held against its nodes.
enum CharacterCount {
    static func of(_ text: String) -> Int {
        text.unicodeScalars.count { !$0.properties.isWhitespace }
    }
}
