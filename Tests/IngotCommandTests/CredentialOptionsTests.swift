import Testing

@testable import ingot

@Suite("Which key is sent where")
struct CredentialOptionsTests {
    @Test(
        "A key goes over TLS or stays on this machine",
        arguments: [
            ("https://ingot.example", true), ("HTTPS://ingot.example", true), ("http://127.0.0.1:8005", true),
            ("http://localhost:8005/", true), ("http://[::1]:8005", true), ("http://a.localhost", true),
            ("http://ingot.example", false), ("http://10.0.0.1:8005", false), ("http://localhost.example", false),
            ("http://127.0.0.1@evil.example", false), ("http://127.0.0.1.evil.example", false),
            ("ftp://localhost", false),
            ("localhost:8005", false), ("", false),
        ]
    )
    func places(address: String, isPrivate: Bool) {
        #expect(CredentialOptions.isPrivate(address) == isPrivate, "\(address)")
    }

    @Test(
        "Lengths of time are read as people write them",
        arguments: [
            ("30m", 1800), ("12h", 43_200), ("90d", 7_776_000), ("2w", 1_209_600), ("0d", nil), ("-1d", nil),
            ("d", nil), ("10", nil), ("1y", nil), ("99999999999999999999d", nil), ("9223372036854775807w", nil),
        ] as [(String, Int64?)]
    )
    func lengths(text: String, seconds: Int64?) { #expect(KeysCreateCommand.seconds(text) == seconds) }
}
