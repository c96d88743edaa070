import FoundationEssentials

/// Clients and servers that nobody here wrote, as `scripts/setup --tests` installs them: aws-cli, boto3, moto and
/// SeaweedFS.
///
/// Suites that need one are skipped without it.
public enum ThirdParty {
    /// Why a suite is skipped.
    public static let absence = "not installed; scripts/setup --tests does"

    /// The path of an executable, `python3`, `aws`, `moto_server` or `weed`; `nil` when it is not installed.
    public static func executable(_ name: String) -> String? { path("third-party/bin/\(name)") }

    /// The path of `prometheus` or `promtool`; `nil` when it is not there.
    public static func prometheus(_ name: String) -> String? { path("prometheus/usr/bin/\(name)") }

    private static func path(_ place: String) -> String? {
        // This file lies in CHECKOUT/Tests/IngotTesting.
        let checkout = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "\(checkout)/.build/\(place)"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }
}
