import Glibc

/// A path that does not depend on the working folder: runners work in folders of their own.
func absolutePath(_ path: String) throws -> String {
    if path.hasPrefix("/") { return path }
    guard let folder = getcwd(nil, 0) else {
        throw CommandFailure(
            message: "the working folder cannot be read; give an absolute path instead of \(path)",
            exitCode: CommandFailure.usage
        )
    }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
}

/// An origin as runners can use it: an address as it is, a folder by its absolute path.
func absoluteOrigin(_ origin: String) throws -> String {
    origin.contains("://") ? origin : try absolutePath(origin)
}
