import IngotCore
import NIOSSL

/// Certificates that are trusted besides the system's: for sites that leave out a link of their chain, and for networks
/// with an authority of their own.
public struct CertificateBundle: Sendable, Hashable {
    let certificates: [NIOSSLCertificate]

    /// - Parameter pem: one certificate or more in PEM form; what stands around them does not count.
    /// - Throws: `SettingsError` when there is none, or one cannot be read.
    public init(pem: String) throws {
        let name = FetchSettings.Name.certificates
        // Counted, as reading ends without an error at the first block that is something else.
        let announced = pem.split(separator: "-----BEGIN ").count { $0.hasPrefix("CERTIFICATE-----") }
        guard announced > 0 else {
            throw SettingsError.malformed(name, "it holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
        }
        do { certificates = try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)) } catch {
            throw SettingsError.malformed(name, "a certificate in it cannot be read")
        }
        guard certificates.count == announced else {
            throw SettingsError.malformed(
                name,
                "only \(certificates.count) of its \(announced) certificates can be read"
            )
        }
    }
}
