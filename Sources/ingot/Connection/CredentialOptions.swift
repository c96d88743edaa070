import ArgumentParser
import IngotCore
import IngotGateway
import SystemPackage

/// Which API key a command sends, and to whom.
///
/// A key never stands on the command line, where every user of the machine could read it.
struct CredentialOptions: ParsableArguments {
    @Option(
        help: "A file with the API key. (environment: INGOT_API_KEY, or INGOT_API_KEY_FILE; default: the local key)"
    )
    var keyFile: String?

    @Flag(
        inversion: .prefixedNo,
        help: """
            Send the key to another machine without TLS, where everybody on the way can read it. (environment: \
            INGOT_INSECURE_HTTP)
            """
    )
    var insecureHTTP: Bool?

    private var sendsInsecurely: Bool { insecureHTTP ?? (environment("INGOT_INSECURE_HTTP") == "true") }

    /// What the environment alone says.
    static var ofEnvironment: CredentialOptions {
        // Without an option there is nothing that could be refused.
        (try? CredentialOptions.parse([])) ?? CredentialOptions()
    }

    /// The key for a gateway that was named; `nil`: none is set.
    ///
    /// - Parameter occupant: the gateway that runs on the data folder.
    func key(for gateway: String, occupant: DataFolder.Occupant?, folder: DataFolder?) throws -> Secret? {
        let key =
            try givenKey
            ?? (occupant.map { Self.isSame($0.url, gateway) } == true ? Self.localKey(of: folder) : nil)
        if key != nil, !sendsInsecurely, !Self.isPrivate(gateway) {
            throw CommandFailure(
                message: """
                    an API key is sent over https or to this machine only, and \(gateway) is neither
                      use an https address or a tunnel, or accept that others can read it with --insecure-http
                    """,
                exitCode: CommandFailure.usage
            )
        }
        return key
    }

    /// The key for the gateway that runs on a data folder.
    func key(forFolder folder: DataFolder) throws -> Secret? { try givenKey ?? Self.localKey(of: folder) }

    /// The key that the command line names or, else, the environment.
    private var givenKey: Secret? {
        get throws {
            try keyFile.map { try Self.key(inFile: $0) } ?? environment("INGOT_API_KEY").map { Secret($0) }
                ?? environment("INGOT_API_KEY_FILE").map { try Self.key(inFile: $0) }
        }
    }

    private static func key(inFile path: String) throws -> Secret {
        let text: String
        do { text = try wholeFile(path) } catch {
            throw CommandFailure(
                message: "the key file \(path) cannot be read: \(error)",
                exitCode: CommandFailure.usage
            )
        }
        let key = text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }
        guard !key.isEmpty else {
            throw CommandFailure(message: "the key file \(path) is empty", exitCode: CommandFailure.usage)
        }
        return Secret(String(key))
    }

    private static func localKey(of folder: DataFolder?) throws -> Secret? {
        guard let folder else { return nil }
        do { return try folder.localKey() } catch let error as Errno {
            throw CommandFailure(
                message: """
                    the local key of \(folder.path) cannot be read: \(error)
                      ask whoever runs the gateway for a key, and give it with --key-file or INGOT_API_KEY
                    """,
                exitCode: CommandFailure.usage
            )
        } catch let error as GatewayError {
            throw CommandFailure(message: "\(error)", exitCode: CommandFailure.failed)
        }
    }

    /// Whether what is sent to an address stays secret on the way.
    static func isPrivate(_ address: String) -> Bool {
        let address = address.lowercased()
        if address.hasPrefix("https://") { return true }
        guard address.hasPrefix("http://") else { return false }
        return GatewayAddress.isLoopback(authority: String(address.dropFirst(7).prefix { !"/?#".contains($0) }))
    }

    /// Whether two addresses are the same gateway's: this machine has several names.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        func parts(_ address: String) -> (isLocal: Bool, port: Substring, text: String) {
            var text = address.lowercased()
            while text.hasSuffix("/") { text.removeLast() }
            let authority = text.split(separator: "/").last.map(String.init) ?? ""
            let port = authority.split(separator: ":").last ?? ""
            return (text.hasPrefix("http://") && isPrivate(text), port, text)
        }
        let (left, right) = (parts(left), parts(right))
        return left.text == right.text || left.isLocal && right.isLocal && left.port == right.port
    }
}
