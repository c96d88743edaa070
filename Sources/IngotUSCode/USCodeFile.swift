import IngotFetch

/// A file of one unit in one release point, by the name that the site gives it: `xml_usc05a@119-36.zip`.
struct USCodeFile: Equatable {
    let unit: USCodeUnit
    let release: ReleasePoint
    let file: UpstreamFile

    /// - Parameter path: where the file is below the site's address; a plain name in a folder.
    init?(path: String) {
        let name = path.split(separator: "/").last ?? ""
        guard name.hasPrefix("xml_usc"), name.hasSuffix(".zip") else { return nil }
        let parts = name.dropFirst(7).dropLast(4).split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let unit = USCodeUnit(parts[0]), let release = ReleasePoint(parts[1]) else {
            return nil
        }
        self.unit = unit
        self.release = release
        file = UpstreamFile(name: String(name), path: path, sign: .zip)
    }

    /// The same unit in another release point, named the way this file is.
    func inRelease(_ release: ReleasePoint) -> USCodeFile? {
        let unitName = file.name.dropFirst(7).prefix { $0 != "@" }
        return USCodeFile(path: "\(release.folder)/xml_usc\(unitName)@\(release.label).zip")
    }

    /// The file of a unit that the current page does not list.
    static func usual(_ unit: USCodeUnit, in release: ReleasePoint) -> USCodeFile? {
        USCodeFile(path: "\(release.folder)/xml_usc\(unit.fileID)@\(release.label).zip")
    }

    /// The label in a file's name, if it has one.
    static func label(ofName name: String) -> String? {
        USCodeFile(path: name)?.release.label
    }
}
