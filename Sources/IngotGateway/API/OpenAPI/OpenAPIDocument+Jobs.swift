extension OpenAPIDocument {
    /// The routes about jobs.
    static let jobPaths = #"""
          /api/ingest/{source}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: startJob
              tags: [jobs]
              summary: Starts a job.
              description: >-
                Needs the role operator.
              parameters:
                - $ref: '#/components/parameters/Source'
                - name: Idempotency-Key
                  in: header
                  description: Makes repeating harmless; the same key is the same job.
                  schema: {type: string, minLength: 1, maxLength: 255}
                - name: Prefer
                  in: header
                  description: wait=N answers with the finished job when it ends within N seconds.
                  schema: {type: string}
                - name: priority
                  in: query
                  description: Jobs of a higher priority start first.
                  schema: {type: integer, minimum: -100, maximum: 100}
                - name: max_attempts
                  in: query
                  description: How often the job is tried in all.
                  schema: {type: integer, minimum: 1, maximum: 10}
                - name: wall_seconds
                  in: query
                  description: How long an attempt may take.
                  schema: {type: integer, minimum: 1}
                - name: memory_mib
                  in: query
                  description: How much memory an attempt may use.
                  schema: {type: integer, minimum: 1}
                - name: cpu_seconds
                  in: query
                  description: How much processor time an attempt may use.
                  schema: {type: integer, minimum: 1}
                - name: processes
                  in: query
                  description: How many processes an attempt may have.
                  schema: {type: integer, minimum: 1}
                - name: open_files
                  in: query
                  description: How many files a process of an attempt may have open.
                  schema: {type: integer, minimum: 1}
              requestBody:
                description: The source's parameters, as its JSON Schema says.
                required: false
                content:
                  application/json:
                    schema: {type: object, additionalProperties: true}
                    example: {titles: ['1']}
              responses:
                '200':
                  description: The job has ended within the time of Prefer.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Content-Location: {$ref: '#/components/headers/ContentLocation'}
                    Preference-Applied: {$ref: '#/components/headers/PreferenceApplied'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Job'}
                '202':
                  description: The job is accepted; Location is its address.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Location: {$ref: '#/components/headers/Location'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Accepted'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '413': {$ref: '#/components/responses/Problem413'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
          /api/ingest/jobs:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listJobs
              tags: [jobs]
              summary: Lists jobs, newest first.
              description: >-
                Needs the role viewer.
              parameters:
                - name: status
                  in: query
                  description: Only jobs in this state.
                  schema: {type: string, enum: [queued, running, succeeded, failed, cancelled]}
                - name: source
                  in: query
                  description: Only jobs of this source.
                  schema: {type: string}
                - name: limit
                  in: query
                  description: The most jobs of the page.
                  schema: {type: integer, minimum: 1, maximum: 200, default: 50}
                - $ref: '#/components/parameters/Cursor'
                - name: newer_than
                  in: query
                  description: Only jobs newer than this one, those next to it; instead of cursor, to go back.
                  schema: {type: string, format: uuid}
              responses:
                '200':
                  description: A page.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/JobPage'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/events:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: streamJobs
              tags: [jobs]
              summary: Streams the changes of all jobs as they happen.
              description: >-
                Needs the role viewer. A job that is new, changes its state or goes on comes as it is then, at most once a
                second where it only goes on. The first event is a reset, as is one after changes were dropped; whoever gets
                it reads the list of jobs. A client that lost its connection sends the last number as Last-Event-ID and gets
                what it has missed, or a reset where that is gone. Lines that begin with a colon come every 15 seconds when
                nothing else does.
              parameters:
                - name: source
                  in: query
                  description: Only jobs of this source.
                  schema: {type: string}
                - name: Last-Event-ID
                  in: header
                  description: The number of the last event that was seen.
                  schema: {type: integer, minimum: 0}
                - name: after
                  in: query
                  description: The same, in the query.
                  schema: {type: integer, minimum: 0}
              responses:
                '200':
                  description: Server-Sent Events - reset, then jobs; there is no last one.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    text/event-stream:
                      x-events:
                        jobs: {$ref: '#/components/schemas/JobChanges'}
                        reset: {$ref: '#/components/schemas/JobsReset'}
                      schema: {type: string}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: showJob
              tags: [jobs]
              summary: Shows a job.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Job'
              responses:
                '200':
                  description: The job as it is now.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Job'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/units:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listUnits
              tags: [jobs]
              summary: Lists a job's units, in the order of its plan.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Job'
                - name: limit
                  in: query
                  description: The most units of the page.
                  schema: {type: integer, minimum: 1, maximum: 500, default: 200}
                - $ref: '#/components/parameters/Cursor'
              responses:
                '200':
                  description: A page.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/UnitPage'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/attempts:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listAttempts
              tags: [jobs]
              summary: Lists a job's attempts.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Job'
              responses:
                '200':
                  description: The attempts, the first one first.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/AttemptList'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/samples:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listSamples
              tags: [jobs]
              summary: Shows what a job's runners used over time.
              description: >-
                Needs the role viewer. A runner's memory and processor time are noted every five seconds at most, and at the
                end; of a long attempt more rarely, so that there are never more than 240. An attempt that went
                on over a restart of the gateway has those that came after it.
              parameters:
                - $ref: '#/components/parameters/Job'
              responses:
                '200':
                  description: The attempts that have any, the first one first.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/SampleList'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/events:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: streamEvents
              tags: [jobs]
              summary: Streams a job's events as they happen.
              description: >-
                Needs the role viewer. The first event is a snapshot of the job, the last one done. Each has a number as its
                id; a client that lost its connection sends the last one as Last-Event-ID and gets what it has missed, or a
                reset with a new snapshot where that is gone. A client that has seen the end is answered 204. Lines that
                begin with a colon come every 15 seconds when nothing else does.
              parameters:
                - $ref: '#/components/parameters/Job'
                - name: Last-Event-ID
                  in: header
                  description: The number of the last event that was seen.
                  schema: {type: integer, minimum: 0}
                - name: after
                  in: query
                  description: The same, in the query.
                  schema: {type: integer, minimum: 0}
              responses:
                '200':
                  description: Server-Sent Events - snapshot, then progress, log and unit, and last done.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    text/event-stream:
                      x-events:
                        snapshot: {$ref: '#/components/schemas/Job'}
                        progress: {$ref: '#/components/schemas/ProgressEvent'}
                        unit: {$ref: '#/components/schemas/UnitEvent'}
                        log: {$ref: '#/components/schemas/LogEvent'}
                        reset: {$ref: '#/components/schemas/Job'}
                        done: {$ref: '#/components/schemas/Job'}
                      schema: {type: string}
                '204':
                  description: The client has seen the end.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/logs:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: readLog
              tags: [jobs]
              summary: Reads what a job's runners wrote.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Job'
                - name: tail
                  in: query
                  description: Only the last lines.
                  schema: {type: integer, minimum: 0, maximum: 10000}
                - name: follow
                  in: query
                  description: Lines as they come, as Server-Sent Events.
                  schema: {type: boolean}
                - name: from
                  in: query
                  description: The same as Last-Event-ID, in the query.
                  schema: {type: integer, minimum: 0}
                - name: Last-Event-ID
                  in: header
                  description: The place in the log up to which the client that follows it has it.
                  schema: {type: integer, minimum: 0}
                - name: Range
                  in: header
                  description: One range of bytes.
                  schema: {type: string}
              responses:
                '200':
                  description: The log, or its lines as they come where Accept names text/event-stream.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Accept-Ranges: {$ref: '#/components/headers/AcceptRanges'}
                  content:
                    text/plain:
                      schema: {type: string}
                    text/event-stream:
                      x-events:
                        log: {$ref: '#/components/schemas/LogLines'}
                        end: {$ref: '#/components/schemas/LogEnd'}
                      schema: {type: string}
                '204':
                  description: The client that follows it, as Accept says, has seen the end.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                '206':
                  description: The bytes of Range.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Accept-Ranges: {$ref: '#/components/headers/AcceptRanges'}
                    Content-Range: {$ref: '#/components/headers/ContentRange'}
                  content:
                    text/plain:
                      schema: {type: string}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '416': {$ref: '#/components/responses/Problem416'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/cancel:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: cancelJob
              tags: [jobs]
              summary: Stops a job and everything that it started.
              description: >-
                Needs the role operator.
              parameters:
                - $ref: '#/components/parameters/Job'
              responses:
                '200':
                  description: The job has ended.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Job'}
                '202':
                  description: The job is being stopped.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Job'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
          /api/ingest/jobs/{id}/retry:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: retryJob
              tags: [jobs]
              summary: Starts the job of an ended one again.
              description: >-
                Needs the role operator.
              parameters:
                - $ref: '#/components/parameters/Job'
              responses:
                '202':
                  description: The new job is accepted; Location is its address.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Location: {$ref: '#/components/headers/Location'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Accepted'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
          /api/ingest/jobs/{id}/progress:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: report
              tags: [runners]
              summary: Takes what a runner reports.
              description: >-
                Only the token of one of the job's attempts opens it.
              security: [{attemptToken: []}]
              parameters:
                - $ref: '#/components/parameters/Job'
              requestBody:
                description: Numbered events of one attempt.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/Report'}
              responses:
                '200':
                  description: What was taken, and whether to stop.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/ReportAnswer'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '413': {$ref: '#/components/responses/Problem413'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
        """#
}
