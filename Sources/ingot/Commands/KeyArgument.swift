import ArgumentParser

/// A node's key on the command line.
enum KeyArgument {
    static func checked(_ key: String) throws -> String {
        guard key.hasPrefix("/"), key.utf8.count <= 1000 else {
            throw ValidationError("a key starts with a slash, for example /us/usc/t1/s1")
        }
        return key
    }
}
