extension OpenAPIDocument {
    /// The routes that tell how the gateway and what it holds are, in numbers.
    static let systemPaths = #"""
          /api/queue:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: showQueue
              tags: [health]
              summary: Tells how the slots are used, and why each job waits that does.
              description: >-
                Needs the role viewer.
              parameters:
                - name: limit
                  in: query
                  description: The most waiting jobs that are told.
                  schema: {type: integer, minimum: 1, maximum: 500, default: 50}
              responses:
                '200':
                  description: The queue as it is now.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Queue'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/system:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: showSystem
              tags: [health]
              summary: Tells what the gateway is, how it was started, and what it stands on.
              description: >-
                Needs the role viewer. Where the data and the stores are is told to operators of all sources.
              responses:
                '200':
                  description: The gateway.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/System'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/outcomes:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listOutcomes
              tags: [jobs]
              summary: Counts the jobs that ended on each of the last days, by how they ended.
              description: >-
                Needs the role viewer.
              parameters:
                - name: days
                  in: query
                  description: How many days, today included.
                  schema: {type: integer, minimum: 1, maximum: 366, default: 30}
                - name: source
                  in: query
                  description: Only jobs of this source.
                  schema: {type: string}
              responses:
                '200':
                  description: The days, the oldest first.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/OutcomeList'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/sources/{source}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: showSource
              tags: [sources]
              summary: Shows a source with what readers see of it.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Source'
              responses:
                '200':
                  description: The source.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/SourceOverview'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/sources/{source}/sizes:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listSizes
              tags: [sources]
              summary: Tells how large a source was with each revision.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Source'
                - name: limit
                  in: query
                  description: The most revisions.
                  schema: {type: integer, minimum: 1, maximum: 500, default: 100}
              responses:
                '200':
                  description: The sizes, newest first; of revisions that readers see or saw.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/SizeList'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/sources/{source}/contents:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: countContents
              tags: [sources]
              summary: Counts the nodes of a state by level and status.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Source'
                - $ref: '#/components/parameters/At'
              responses:
                '200':
                  description: The counts.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Contents'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
        """#

    /// What they give.
    static let systemSchemas = #"""
            SlotUse:
              description: How many jobs run of a kind of which only so many may.
              type: object
              required: [name, running]
              properties:
                name: {type: string, description: 'The source, or the host that is asked.'}
                running: {type: integer, minimum: 0, description: How many run.}
                limit: {type: integer, minimum: 0, description: 'How many may; without it as many as there are slots.'}
            WaitingJob:
              description: A job that has no slot yet.
              type: object
              required: [id, source, priority, reason]
              properties:
                id: {type: string, format: uuid, description: The job.}
                source: {type: string, description: Its source.}
                host: {type: string, description: The host that it will ask.}
                priority: {type: integer, description: Its priority.}
                position:
                  description: >-
                    From 1, in the order in which jobs would start if those that run ended one after the other.
                  type: integer
                  minimum: 1
                reason:
                  description: >-
                    Why it waits - all slots are taken; as many jobs of its source, or that ask its host, run as may; it
                    starts as soon as those before it have; or its next attempt is not due yet.
                  type: string
                  enum: [slots, source, host, turn, retry]
            Queue:
              description: How the slots are used, and what waits for one.
              type: object
              required: [slots, running, waiting, retrying, sources, hosts, jobs]
              properties:
                slots: {type: integer, minimum: 1, description: How many jobs run at a time at most.}
                running: {type: integer, minimum: 0, description: How many run.}
                waiting: {type: integer, minimum: 0, description: How many wait for a slot.}
                retrying: {type: integer, minimum: 0, description: How many wait for their next attempt.}
                sources: {type: array, items: {$ref: '#/components/schemas/SlotUse'}, description: 'By source.'}
                hosts: {type: array, items: {$ref: '#/components/schemas/SlotUse'}, description: 'By upstream host.'}
                jobs:
                  description: The jobs that wait and that the caller may see; those that are tried again later come last.
                  type: array
                  items: {$ref: '#/components/schemas/WaitingJob'}
            Store:
              description: One of the two stores.
              type: object
              required: [kind]
              properties:
                kind: {type: string, enum: [embedded, cloudflare], description: What it is.}
                place: {type: string, description: Where it is.}
            RetentionBound:
              description: How long and how many of something are kept.
              type: object
              properties:
                seconds: {type: integer, minimum: 0, description: How long.}
                count: {type: integer, minimum: 0, description: How many.}
            Retention:
              description: What is kept of what jobs leave behind.
              type: object
              required: [jobs, logs, deliveries, audit, interval_seconds]
              properties:
                jobs: {$ref: '#/components/schemas/RetentionBound'}
                logs: {$ref: '#/components/schemas/RetentionBound'}
                deliveries: {$ref: '#/components/schemas/RetentionBound'}
                audit: {$ref: '#/components/schemas/RetentionBound'}
                interval_seconds: {type: integer, minimum: 0, description: The time between two looks for what is over.}
            Disk:
              description: The disk that the data folder lies on.
              type: object
              required: [free_bytes, size_bytes, reserve_reached]
              properties:
                free_bytes: {type: integer, minimum: 0, description: What is free.}
                size_bytes: {type: integer, minimum: 0, description: The whole disk.}
                reserve_reached: {type: boolean, description: 'Whether so little is free that jobs write no more.'}
            System:
              description: What a gateway is, how it was started, and what it stands on.
              type: object
              required: [version, gateway, started_at, uptime_seconds, launcher, sandbox, slots, max_attempts, limits, database, objects, retention, probe]
              properties:
                version: {type: string, description: The version of Ingot.}
                gateway: {type: string, description: 'The name of the gateway, which stays from one start to the next.'}
                started_at: {type: string, format: date-time, description: When it was started.}
                uptime_seconds: {type: integer, minimum: 0, description: How long ago.}
                launcher: {type: string, description: 'What starts runners - process, container or kubernetes.'}
                sandbox: {type: boolean, description: Whether runners are shut in.}
                slots: {type: integer, minimum: 1, description: How many jobs run at a time at most.}
                max_attempts: {type: integer, minimum: 1, description: How many attempts a job has unless it says so itself.}
                limits: {$ref: '#/components/schemas/Limits'}
                database: {$ref: '#/components/schemas/Store'}
                objects: {$ref: '#/components/schemas/Store'}
                retention: {$ref: '#/components/schemas/Retention'}
                disk: {$ref: '#/components/schemas/Disk'}
                anonymous_role: {type: string, enum: [viewer, operator, admin], description: What callers without a key may do.}
                probe: {type: boolean, description: Whether the source for tests is offered.}
                data_folder: {type: string, description: Where the gateway keeps its data.}
            DayOutcomes:
              description: How many jobs ended on one day, and how.
              type: object
              required: [day, succeeded, failed, cancelled]
              properties:
                day: {type: string, description: 'In UTC, YYYY-MM-DD.'}
                succeeded: {type: integer, minimum: 0, description: How many succeeded.}
                failed: {type: integer, minimum: 0, description: How many failed.}
                cancelled: {type: integer, minimum: 0, description: How many were cancelled.}
            OutcomeList:
              description: How jobs ended, by day.
              type: object
              required: [days]
              properties:
                days: {type: array, items: {$ref: '#/components/schemas/DayOutcomes'}, description: 'The days, the oldest first.'}
            Size:
              description: How large a source was with one of its revisions.
              type: object
              required: [revision, label, units, nodes, sections, characters]
              properties:
                revision: {type: integer, minimum: 1, description: The revision.}
                label: {type: string, description: Its label.}
                promoted_at: {type: string, format: date-time, description: When it became visible.}
                units: {type: integer, minimum: 0, description: Units that hold at least one node.}
                nodes: {type: integer, minimum: 0, description: Nodes.}
                sections: {type: integer, minimum: 0, description: Sections among them.}
                characters: {type: integer, minimum: 0, description: Characters that are not white space.}
            SizeList:
              description: How a source grew.
              type: object
              required: [source, sizes]
              properties:
                source: {type: string, description: The source.}
                sizes: {type: array, items: {$ref: '#/components/schemas/Size'}, description: 'The sizes, newest first.'}
            SourceOverview:
              description: A source with what readers see of it.
              allOf:
                - $ref: '#/components/schemas/Source'
                - type: object
                  properties:
                    live: {$ref: '#/components/schemas/Revision'}
                    size: {$ref: '#/components/schemas/Size'}
            NodeCount:
              description: How many nodes of one kind a state has.
              type: object
              required: [level, nodes]
              properties:
                level: {type: string, description: 'What they are, such as section.'}
                status: {type: string, description: 'What the source says of them, such as repealed.'}
                nodes: {type: integer, minimum: 1, description: How many.}
            Contents:
              description: What a state consists of.
              type: object
              required: [source, revision, label, counts]
              properties:
                source: {type: string, description: The source.}
                revision: {type: integer, minimum: 1, description: The state's revision.}
                label: {type: string, description: Its label.}
                counts: {type: array, items: {$ref: '#/components/schemas/NodeCount'}, description: The most numerous first.}
        """#
}
