import AsyncHTTPClient
import CoreMetrics
import NIOCore

/// What a fetcher counts, by the host that it asks.
struct FetchMetrics: Sendable {
    let factory: any MetricsFactory

    /// A request that was answered, whether the answer is wanted or not.
    func answered(_ host: String, status: UInt) { count(host, "\(status)") }

    /// A request that no answer came to.
    func unanswered(_ host: String) { count(host, "none") }

    private func count(_ host: String, _ status: String) {
        Counter(
            label: "ingot_fetch_requests_total",
            dimensions: [("host", host), ("status", status)],
            factory: factory
        ).increment()
    }

    /// A file that is asked for once more.
    func retried(_ host: String) {
        Counter(label: "ingot_fetch_retries_total", dimensions: [("host", host)], factory: factory).increment()
    }

    /// The same answer, whose body is counted as it is read, unpacked.
    func counting(_ response: HTTPClientResponse, from host: String) -> HTTPClientResponse {
        let bytes = Counter(label: "ingot_fetch_bytes_total", dimensions: [("host", host)], factory: factory)
        var response = response
        response.body = .stream(
            response.body.map { piece in
                bytes.increment(by: piece.readableBytes)
                return piece
            }
        )
        return response
    }
}
