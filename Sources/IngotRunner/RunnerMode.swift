/// What a runner's process was started to do, as its command line says.
enum RunnerMode: Equatable {
    /// `run`: one job that its settings describe.
    case running
    /// `serve`: it listens for its job.
    case serving(host: String, port: Int)

    /// Reads a command line, also one that an init process (`docker run --init`) was given to start.
    ///
    /// - Returns: `nil` when no runner is started by it, or one that only answers a question.
    init?(commandLine: [String]) {
        let isProgram = { (word: String) in word.split(separator: "/").last == "ingot-runner" }
        guard let program = commandLine.firstIndex(where: isProgram) else { return nil }
        let words = commandLine[(program + 1)...]
        switch words.first {
        case "run": self = .running
        case "serve":
            let port = Self.option("--port", in: words).map { Int($0) } ?? RunnerServer.standardPort
            guard let port else { return nil }
            self = .serving(host: Self.option("--host", in: words) ?? RunnerServer.standardHost, port: port)
        default: return nil
        }
    }

    /// The value of `--name value` or `--name=value`.
    private static func option(_ name: String, in words: ArraySlice<String>) -> String? {
        for (place, word) in zip(words.indices, words) {
            if word == name, place + 1 < words.endIndex { return words[place + 1] }
            if word.hasPrefix(name + "=") { return String(word.dropFirst(name.count + 1)) }
        }
        return nil
    }
}
