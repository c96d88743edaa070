/// Whether output is coloured, and how.
enum Colours {
    /// When output is coloured.
    enum When: String, CaseIterable {
        /// On a terminal, unless `NO_COLOR` (<https://no-color.org>) asks for none or the terminal is a dumb one.
        case auto
        case always
        case never
    }

    static var areOnStandardOutput: Bool { decide(isTerminal: StandardOutput.isTerminal) }
    static var areOnStandardError: Bool { decide(isTerminal: StandardError.isTerminal) }

    /// - Parameter variables: `INGOT_COLOR`, to which `--color` is put as well, `NO_COLOR` and `TERM` count.
    static func decide(isTerminal: Bool, variable: (String) -> String? = environment) -> Bool {
        switch variable("INGOT_COLOR").flatMap(When.init) ?? .auto {
        case .always: true
        case .never: false
        case .auto: isTerminal && variable("NO_COLOR") == nil && variable("TERM") != "dumb"
        }
    }

    static func bold(_ text: some StringProtocol) -> String { "\u{1B}[1m\(text)\u{1B}[22m" }
    static func red(_ text: some StringProtocol) -> String { "\u{1B}[31m\(text)\u{1B}[39m" }
    static func green(_ text: some StringProtocol) -> String { "\u{1B}[32m\(text)\u{1B}[39m" }
    static func faint(_ text: some StringProtocol) -> String { "\u{1B}[2m\(text)\u{1B}[22m" }
}
