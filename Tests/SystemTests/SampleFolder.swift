import FoundationEssentials
import IngotSamples
import IngotTesting

extension TemporaryFolder {
    /// Writes a made-up release into a folder of its own.
    ///
    /// - Returns: the folder's path.
    func sample(
        _ name: String,
        label: String,
        titles: [Int] = [1],
        sections: Int = 40,
        edition: Int = 1
    ) throws -> String {
        let folder = path(name)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try SampleRelease.write(
            label: label,
            titles: titles.map { SampleTitle(seed: 11, number: $0, sections: sections, edition: edition) },
            toFolder: folder
        )
        return folder
    }
}
