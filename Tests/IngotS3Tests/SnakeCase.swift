import FoundationEssentials

/// Reads the reference data, whose names have underscores.
enum SnakeCase {
    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}
