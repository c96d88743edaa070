public import IngotCore

/// Tells the public Internet from the machine and the networks that a program runs in.
public enum PublicAddress {
    /// Whether an address is one of the public Internet.
    public static func isPublic(_ address: IPAddress) -> Bool { address.specialPurpose == nil }

    /// Whether the host of an `http(s)` address is of the public Internet, by every address that it has now.
    ///
    /// A name that cannot be resolved here, behind a proxy for example, counts as one of the public Internet.
    public static func isPublic(hostOf url: String) async -> Bool {
        guard let site = SiteAddress(url) else { return true }
        do {
            _ = try await AddressGuard(resolver: SystemResolver()).addresses(of: site)
            return true
        } catch is JobFailure {
            return false
        } catch {
            return true
        }
    }
}
