import IngotCore
import IngotLaw

/// Decides which files a request for the Code means, from what upstream has.
struct USCodeDiscovery {
    var parameters: USCodeParameters

    /// From the names of the files in a folder.
    ///
    /// - Throws: `JobFailure` `release_not_found` or `release_missing_titles`.
    func plan(folder names: [String]) throws -> LawPlan {
        let files = names.compactMap { USCodeFile(path: $0) }
        let releases = Set(files.map(\.release)).sorted()
        guard let newest = releases.last else {
            throw JobFailure(
                code: "release_not_found",
                message: "The folder holds no title of the Code.",
                advice: "Put files there named as the site names them, for example xml_usc01@119-36.zip."
            )
        }
        let release = parameters.release ?? newest
        guard releases.contains(release) else {
            throw JobFailure(
                code: "release_not_found",
                message: "The folder does not hold release point \(release); it holds "
                    + releases.map(\.label).joined(separator: ", ") + ".",
                details: releases.map { .string($0.label) }
            )
        }
        return try plan(release, USCodeFile.onePerUnit(files.filter { $0.release == release }))
    }

    /// From the site's page of the current release point.
    ///
    /// - Throws: `JobFailure` `release_missing_titles`.
    func plan(page: USCodeDownloadPage) throws -> LawPlan {
        guard let release = parameters.release, release != page.release else {
            return try plan(page.release, page.files)
        }
        // A prior release point is where its name says; which titles it has, only asking for them tells.
        var files = page.files.compactMap { $0.inRelease(release) }
        if let units = parameters.units {
            files += units.compactMap { USCodeFile.usual($0, in: release) }
        }
        return try plan(release, USCodeFile.onePerUnit(files))
    }

    private func plan(_ release: ReleasePoint, _ files: [USCodeFile]) throws -> LawPlan {
        var chosen = files
        if let units = parameters.units {
            chosen = files.filter { units.contains($0.unit) }
            let missing = units.filter { unit in !files.contains { $0.unit == unit } }
            guard missing.isEmpty else {
                throw JobFailure(
                    code: "release_missing_titles",
                    message: "Release point \(release) does not have title"
                        + (missing.count == 1 ? " " : "s ") + missing.map(\.id).joined(separator: ", ") + ".",
                    details: missing.map { .string($0.id) }
                )
            }
        }
        return LawPlan(label: release.label, units: chosen.map { LawUnit(id: $0.unit.id, files: [$0.file]) })
    }
}
