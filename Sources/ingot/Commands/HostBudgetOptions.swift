import ArgumentParser
import IngotCore

/// What upstream hosts are asked at most by all jobs of a gateway together.
struct HostBudgetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            How many requests a second all jobs together make to a host, 5 unless it is given; 0.1 is one in ten \
            seconds. May be given several times.
            """,
            valueName: "host=number|number"
        )
    )
    var hostRate: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            How many requests all jobs together make to a host at the same time, 4 unless it is given. May be given \
            several times.
            """,
            valueName: "host=number|number"
        )
    )
    var hostRequests: [String] = []

    func validate() throws { _ = try table }

    var table: HostLimitTable {
        get throws {
            var table = HostLimitTable()
            for text in hostRate {
                let (host, number) = try Self.parse(text, option: "--host-rate", example: "uscode.house.gov=2")
                guard let rate = Double(number), HostLimits.rates.contains(rate) else {
                    throw ValidationError(
                        """
                        --host-rate takes a number from \(HostLimits.rates.lowerBound) to \
                        \(HostLimits.rates.upperBound) or HOST=NUMBER, not '\(text)'
                        """
                    )
                }
                if let host { table.rates[host] = rate } else { table.standard.rate = rate }
            }
            for text in hostRequests {
                let (host, number) = try Self.parse(text, option: "--host-requests", example: "uscode.house.gov=2")
                guard let count = Int(number), HostLimits.requestCounts.contains(count) else {
                    throw ValidationError(
                        """
                        --host-requests takes a whole number from \(HostLimits.requestCounts.lowerBound) to \
                        \(HostLimits.requestCounts.upperBound) or HOST=NUMBER, not '\(text)'
                        """
                    )
                }
                if let host { table.requests[host] = count } else { table.standard.requests = count }
            }
            return table
        }
    }

    /// Splits `HOST=NUMBER`; the host is `nil` when there is only a number.
    private static func parse(_ text: String, option: String, example: String) throws -> (String?, String) {
        // A host may hold colons, and a number holds no equals sign.
        guard let equals = text.lastIndex(of: "=") else { return (nil, text) }
        guard let host = HostName.read(text[..<equals]) else {
            throw ValidationError(
                """
                \(option) takes HOST=NUMBER, for example \(example), where the host has no scheme, port or path; not \
                '\(text)'
                """
            )
        }
        return (host, String(text[text.index(after: equals)...]))
    }
}
