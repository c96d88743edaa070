import IngotMarkup
import IngotTesting

extension TemporaryFolder {
    /// Writes a zip of the files and gives its path.
    func zip(_ name: String, _ files: [(name: String, text: String)]) throws -> String {
        let path = path(name)
        let writer = try ZipWriter(path: path)
        for file in files {
            try writer.begin(file.name)
            try writer.write(Array(file.text.utf8))
            try writer.end()
        }
        try writer.finish()
        return path
    }
}
