import HTTPTypes

extension HTTPFields {
    /// The first value of a header that HTTPTypes has no constant for.
    func value(named name: String) -> String? {
        HTTPField.Name(name).flatMap { self[values: $0].first }
    }

    /// All values of a header that HTTPTypes has no constant for.
    func values(named name: String) -> [String] {
        HTTPField.Name(name).map { self[values: $0] } ?? []
    }

    /// Sets a header that HTTPTypes has no constant for.
    mutating func set(_ name: String, to value: String) {
        guard let name = HTTPField.Name(name) else { return }
        self[name] = value
    }
}
