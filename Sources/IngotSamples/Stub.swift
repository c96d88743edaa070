public enum SampleRelease {
    @discardableResult
    public static func write(label: String, titles: [String], sections: Int = 1, edition: Int = 0, seed: UInt64 = 1, toFolder: String) throws -> String { toFolder }
    public static func writeBomb(unit: String, label: String, toFolder: String) throws {}
}
