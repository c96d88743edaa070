import IngotCore

/// What the end of a job owes to webhooks, as statements for the very transaction that writes the end.
///
/// So a delivery is there exactly when the end is: none is lost with a crash, and none is made for an end that was
/// not written. One that is there already is not made again.
enum WebhookOutbox {
    /// One delivery for each enabled webhook that wants this end, if the job has ended by now.
    static func statements(job: JobID, at time: Timestamp) -> [Statement] {
        [
            Statement(
                """
                INSERT OR IGNORE INTO webhook_deliveries (id, webhook_id, job_id, event, created_at, next_at)
                SELECT 'msg_' || lower(hex(randomblob(16))), w.id, j.id, 'job.' || j.status, ?2, ?2
                FROM ingest_jobs j JOIN webhooks w ON w.enabled = 1 AND w.created_at <= j.finished_at
                WHERE j.id = ?1 AND j.status IN ('succeeded', 'failed', 'cancelled')
                    AND EXISTS (SELECT 1 FROM json_each(w.events_json) e WHERE e.value = 'job.' || j.status)
                    AND (w.sources_json IS NULL
                        OR EXISTS (SELECT 1 FROM json_each(w.sources_json) s WHERE s.value = j.source))
                """,
                [.text(job.rawValue), .text(time.description)]
            )
        ]
    }
}
