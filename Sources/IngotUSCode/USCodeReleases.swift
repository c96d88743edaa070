import IngotCore

/// Puts together the list of release points, newest first.
enum USCodeReleases {
    /// From the names of the files in a folder.
    static func list(folder names: [String]) -> [SourceRelease] {
        let files = names.compactMap { USCodeFile(path: $0) }
        let units = Dictionary(grouping: files, by: \.release)
        let labels = units.keys.sorted(by: >)
        return labels.map { label in
            SourceRelease(
                label: label.label,
                units: USCodeFile.onePerUnit(units[label] ?? []).map(\.unit.id),
                isCurrent: label == labels.first
            )
        }
    }

    /// From the site's pages.
    ///
    /// - Parameter prior: `nil` when the site has no list of them.
    static func list(current: USCodeDownloadPage, prior: USCodePriorReleases?) -> [SourceRelease] {
        let listed = prior?.entries.first { $0.label == current.release.label }
        let newest = SourceRelease(
            label: current.release.label,
            date: current.date ?? listed?.date,
            units: current.changed.isEmpty ? listed?.units ?? [] : current.changed.map(\.id),
            isCurrent: true,
            description: current.description
        )
        let others = (prior?.entries ?? []).filter { $0.label != newest.label }
        // What is no label cannot be put in order; it comes last, so that nothing is lost without a trace.
        let named = others.compactMap { entry in ReleasePoint(entry.label).map { ($0, entry) } }
        let unnamed = others.filter { ReleasePoint($0.label) == nil }
        // The page of the current one may be older than the list, when the site is being updated.
        let sorted = (named + [(current.release, newest)]).sorted { $0.0 > $1.0 }.map(\.1)
        return sorted + unnamed
    }
}
