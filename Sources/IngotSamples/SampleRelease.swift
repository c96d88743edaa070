import IngotMarkup

/// Writes sample titles as a release point of files named as the real site names them.
public enum SampleRelease {
    /// Writes `xml_usc01@900-1.zip` and so on, each with its `usc01.xml`.
    ///
    /// - Parameters:
    ///   - label: for example `900-1`, a congress that is far away.
    ///   - folder: an existing folder.
    /// - Returns: the paths of the files, in the order of the titles.
    /// - Throws: `JobFailure` `file_unwritable`.
    @discardableResult
    public static func write(label: String, titles: [SampleTitle], toFolder folder: String) throws -> [String] {
        try titles.map { title in
            let path = "\(folder)/xml_usc\(title.fileNumber)@\(label).zip"
            let zip = try ZipWriter(path: path)
            try zip.begin("usc\(title.fileNumber).xml")
            var waiting: [UInt8] = []
            try title.write(label: label) { (piece: [UInt8]) throws in
                waiting += piece
                guard waiting.count >= 64 << 10 else { return }
                try zip.write(waiting)
                waiting.removeAll(keepingCapacity: true)
            }
            try zip.write(waiting)
            try zip.end()
            try zip.finish()
            return path
        }
    }
}
