import IngotCore
import IngotFetch
import Logging

extension GatewayConfiguration {
    /// Looks whether runners can work with what they are told of fetching, and says what an operator should know.
    ///
    /// - Throws: ``GatewayError`` `fetching_unusable`.
    func checkFetching() throws {
        do {
            try fetchSettings.check()
            _ = try Fetcher.Configuration(fetchSettings)
        } catch let error as SettingsError {
            throw GatewayError(
                code: .fetchingUnusable,
                message: "Upstream sites cannot be asked as it is set: \(error).",
                advice: "Correct the setting, or leave it out."
            )
        }
        guard takesUpEarlierJobs else { return }
        if fetchSettings.contact == nil {
            logger.notice(
                """
                Site owners are told nobody to write to: give a mail address or a page with --contact (or \
                \(FetchSettings.Name.contact))
                """
            )
        }
        if !fetchSettings.hostsWithoutRobots.isEmpty {
            logger.warning(
                "robots.txt is not asked for on some hosts, as the operator says so",
                metadata: ["hosts": "\(fetchSettings.hostsWithoutRobots.sorted().joined(separator: ", "))"]
            )
        }
    }
}
