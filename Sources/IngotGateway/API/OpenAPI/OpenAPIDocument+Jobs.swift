extension OpenAPIDocument {
    /// The routes about jobs.
    static let jobPaths = #"""
          /api/ingest/{source}:
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
                    schema: {type: object}
              responses:
                '200':
                  description: The job has ended within the time of Prefer.
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Job'}
                '202':
                  description: The job is accepted; Location is its address.
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
              responses:
                '200':
                  description: A page.
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/JobPage'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}:
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
                  content:
                    application/json:
                      schema: {type: object, properties: {attempts: {type: array, items: {type: object}}}}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/events:
            get:
              operationId: streamEvents
              tags: [jobs]
              summary: Streams a job's events as they happen.
              description: >-
                Needs the role viewer.
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
                  content:
                    text/event-stream:
                      schema: {type: string}
                '204':
                  description: The client has seen the end.
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/logs:
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
                  content:
                    text/plain:
                      schema: {type: string}
                    text/event-stream:
                      schema: {type: string}
                '204':
                  description: The client that follows it, as Accept says, has seen the end.
                '206':
                  description: The bytes of Range.
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
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Job'}
                '202':
                  description: The job is being stopped.
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
