/// The hashes of the files that a unit was read from, as one text: of one file its own, of more in their order with
/// `+` between them.
enum CaptureHashes {
    static func joined(_ hashes: [String]) -> String { hashes.joined(separator: "+") }

    static func separate(_ text: String) -> [String] { text.split(separator: "+").map(String.init) }
}
