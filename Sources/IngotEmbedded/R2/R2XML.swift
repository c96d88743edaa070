import IngotS3

/// Writes the answers of R2, which are elements that hold other elements or text.
enum R2XML {
    /// - Parameter content: the elements below the root, written already.
    static func document(_ name: String, _ content: String) -> String { declaration + root(name, content) }

    /// What a document begins with.
    static let declaration = #"<?xml version="1.0" encoding="UTF-8"?>"#

    /// A document without its declaration.
    static func root(_ name: String, _ content: String) -> String {
        #"<\#(name) xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\#(content)</\#(name)>"#
    }

    static func element(_ name: String, _ text: String) -> String { "<\(name)>\(xmlEscaped(text))</\(name)>" }

    /// An element that is left out when there is nothing to say.
    static func element(_ name: String, _ text: String?) -> String { text.map { element(name, $0) } ?? "" }
}
