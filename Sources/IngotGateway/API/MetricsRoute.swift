import HTTPTypes
import Hummingbird
import IngotCore
import IngotMetrics
import NIOCore

/// `GET /metrics`: what the gateway and its runners have counted, as Prometheus reads it.
///
/// It says which sources there are and how many jobs they have, so it takes a viewer's key, as the jobs do; Prometheus
/// sends one as a bearer token.
struct MetricsRoute: Sendable {
    let metrics: GatewayMetrics
    let dispatcher: Dispatcher
    let vitals: Vitals
    let scheduler: Scheduler
    /// Calls that the database still takes; `nil` when it has not said.
    let callsLeft: @Sendable () -> Int?
    let access: RouteAccess

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/metrics", for: access) { _, context in
            // They are of all sources together.
            guard context.caller?.sources == nil else { throw Problem.metricsOfAllSources }
            metrics.show(await dispatcher.health)
            metrics.show(ProcessUse.now())
            await vitals.show(in: metrics)
            metrics.gauge("ingot_schedule_delay_seconds", await scheduler.longestDelay.seconds)
            if let left = callsLeft() { metrics.gauge("ingot_d1_calls_left", Double(left)) }
            return Response(
                status: .ok,
                headers: [.contentType: MetricRegistry.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.registry.exposition()))
            )
        }
    }
}

extension Problem {
    fileprivate static var metricsOfAllSources: Problem {
        Problem(
            "metrics-of-all-sources",
            .forbidden,
            title: "The key may not see all sources, and metrics are of all of them.",
            detail: "Give Prometheus a key that is made without --source."
        )
    }
}
