import AsyncHTTPClient
import Glibc
import IngotCore
import NIOCore
import NIOHTTPCompression
import NIOPosix
import NIOSOCKS
import NIOSSL

/// What a request's error means, and whether it can pass.
enum UpstreamFailure {
    static func canPass(status: UInt) -> Bool { [408, 425, 429].contains(status) || status >= 500 }

    static func of(status: UInt, _ url: String) -> JobFailure {
        if status == 404 || status == 410 {
            return JobFailure(
                code: "upstream_not_found",
                message: "\(url) is not there (status \(status)).",
                advice: "Check that upstream still publishes it, or ask for another release."
            )
        }
        return JobFailure(
            code: "upstream_status",
            message: "\(url) answered \(status).",
            advice: "Look at the address in a browser; the site may be down or refuse automated requests.",
            isTransient: canPass(status: status)
        )
    }

    /// - Parameters:
    ///   - url: without a name and password.
    ///   - proxy: through which it was asked.
    static func of(
        _ error: any Error,
        _ url: String,
        proxy: ProxyAddress? = nil,
        configuration: Fetcher.Configuration
    ) -> JobFailure {
        if let failure = error as? JobFailure { return failure }
        if let proxy, let failure = ofProxy(error, proxy, url) { return failure }
        if isCertificate(error) {
            return JobFailure(
                code: "upstream_certificate",
                message: "\(url) was not read: the certificate of its host is not trusted.",
                advice: """
                    If the site leaves out a certificate of its chain, or an authority of your own has signed it, give \
                    that certificate with --ca-bundle (or \(FetchSettings.Name.certificates)); look at it with: openssl \
                    s_client -connect HOST:443 -showcerts.
                    """
            )
        }
        if error as? NIOHTTPDecompression.DecompressionError == .limit {
            return JobFailure(
                code: "upstream_compression",
                message: "\(url) unpacks to more than \(UpstreamConnections.maximumRatio) times its size.",
                advice: "Look at what upstream serves there; no page or file of law is like that."
            )
        }
        return JobFailure(
            code: "upstream_unreachable",
            message: """
                \(url) could not be read\(proxy.map { " through the proxy \($0)" } ?? ""): \
                \(reason(error, configuration)).
                """,
            advice: """
                Check the network\(proxy == nil ? "" : ", the proxy") and the origin setting, then run the job again.
                """,
            isTransient: true
        )
    }

    /// The requests for one file have taken all the time that it has.
    static func ofFile(_ url: String, _ configuration: Fetcher.Configuration) -> JobFailure {
        JobFailure(
            code: "upstream_unreachable",
            message: """
                \(url) could not be read: all requests for it together took longer than \(configuration.fileDeadline), \
                which is \(Fetcher.Configuration.requestsOfFile) times \(FetchSettings.Name.deadline).
                """,
            advice: "Run the job again later; allow more with \(FetchSettings.Name.deadline) if the site is slow.",
            isTransient: true
        )
    }

    static func isDeadline(_ error: any Error) -> Bool {
        error is DeadlineExceeded || error as? HTTPClientError == .deadlineExceeded
    }

    private static func reason(_ error: any Error, _ configuration: Fetcher.Configuration) -> String {
        switch error {
        case let error as HTTPClientError where error == .readTimeout:
            "nothing came for \(configuration.idleDeadline) (\(FetchSettings.Name.idleDeadline))"
        case is DeadlineExceeded:
            "it took longer than \(configuration.deadline) in all (\(FetchSettings.Name.deadline))"
        case let error as HTTPClientError where error == .deadlineExceeded:
            reason(DeadlineExceeded(limit: configuration.deadline), configuration)
        case let error as HTTPClientError: error.shortDescription
        case let error as HostNotResolved: "the name \(error.host) cannot be resolved (\(error.reason))"
        case let error as BrokenOff: "the body broke off after \(error.received) of \(error.announced) bytes"
        case let error as NIOHTTPDecompression.ExtraDecompressionError: "its compressed body is broken (\(error))"
        case is NIOHTTPDecompression.DecompressionError: "its compressed body is broken"
        default: "\(error)"
        }
    }

    /// Whether the peer's certificate was looked at and refused; any other failure of TLS can pass.
    private static func isCertificate(_ error: any Error) -> Bool {
        switch error {
        case let error as NIOSSLExtraError:
            error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch
        case is NIOSSLError: "\(error)".contains("CERTIFICATE_VERIFY_FAILED")
        default: false
        }
    }

    private static func ofProxy(_ error: any Error, _ proxy: ProxyAddress, _ url: String) -> JobFailure? {
        switch error {
        case let error as HTTPClientError: ofProxy(client: error, proxy, url)
        case is SOCKSError.NoValidAuthenticationMethod: refused(proxy, url, wantsPassword, canPass: false)
        case let error as SOCKSError.ConnectionFailed:
            refused(proxy, url, "\(error.reply)", canPass: true)
        case is SOCKSError.InvalidProtocolVersion, is SOCKSError.InvalidServerState, is SOCKSError.InvalidReservedByte,
            is SOCKSError.InvalidAddressType, is SOCKSError.UnexpectedRead,
            is SOCKSError.InvalidAuthenticationSelection:
            refused(proxy, url, "it does not speak SOCKS 5", canPass: false)
        case is NIOConnectionError: unreachable(proxy, url)
        case let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].contains(error.errnoCode):
            unreachable(proxy, url)
        default: nil
        }
    }

    private static func ofProxy(client error: HTTPClientError, _ proxy: ProxyAddress, _ url: String) -> JobFailure? {
        switch error {
        case .proxyAuthenticationRequired: refused(proxy, url, wantsPassword, canPass: false)
        case .invalidProxyResponse: refused(proxy, url, "it answered the CONNECT with an error", canPass: true)
        case .connectTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout: unreachable(proxy, url)
        default: nil
        }
    }

    private static let wantsPassword = "it asks for a name and password"

    private static func unreachable(_ proxy: ProxyAddress, _ url: String) -> JobFailure {
        JobFailure(
            code: "proxy_unreachable",
            message: "\(url) was not asked: the proxy \(proxy) cannot be reached.",
            advice: "Check \(FetchSettings.Name.proxy) and the proxy itself.",
            isTransient: true
        )
    }

    private static func refused(_ proxy: ProxyAddress, _ url: String, _ reason: String, canPass: Bool) -> JobFailure {
        JobFailure(
            code: "proxy_refused",
            message: "\(url) was not asked: the proxy \(proxy) does not connect to its host (\(reason)).",
            advice: """
                Let the proxy connect to that host and port, check its name and password in \
                \(FetchSettings.Name.proxy), or name the host in \(FetchSettings.Name.noProxy).
                """,
            isTransient: canPass
        )
    }
}
