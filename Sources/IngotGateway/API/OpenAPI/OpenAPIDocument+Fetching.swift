extension OpenAPIDocument {
    /// The routes about requests to upstream hosts.
    static let fetchingPaths = #"""
          /api/hosts:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listHosts
              tags: [health]
              summary: Tells what upstream hosts are asked now, and how much they may be.
              description: >-
                Needs the role viewer.
              responses:
                '200':
                  description: The hosts that jobs ask or have asked lately, by name.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/HostList'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/permits:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: askPermit
              tags: [runners]
              summary: Tells a runner when it may make a request to a host, and takes back permits.
              description: >-
                Only the token of the job's running attempt opens it. The answer waits a few seconds for the request's
                turn; one that is not granted keeps its place and is to be asked for again, under the same name. All
                jobs share what a host bears, and a host's wish for fewer requests holds for all.
              security: [{attemptToken: []}]
              parameters:
                - $ref: '#/components/parameters/Job'
              requestBody:
                description: The request that is to be made, the ones that are being made, and those that are over.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/PermitAsk'}
              responses:
                '200':
                  description: Whether the request may be made, now.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/PermitAnswer'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '413': {$ref: '#/components/responses/Problem413'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/robots:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: keptRobots
              tags: [runners]
              summary: Tells a runner a host's robots.txt as another one has fetched it within a day.
              description: >-
                Only the token of the job's running attempt opens it. 404 (robots-not-kept) when none is known.
              security: [{attemptToken: []}]
              parameters:
                - $ref: '#/components/parameters/Job'
                - name: origin
                  in: query
                  required: true
                  description: Scheme, host and perhaps port, for example https://www.cga.ct.gov.
                  example: https://uscode.house.gov
                  schema: {type: string}
              responses:
                '200':
                  description: The file.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/RobotsFile'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
            put:
              operationId: keepRobots
              tags: [runners]
              summary: Keeps a host's robots.txt for all jobs, for a day from when it was fetched.
              description: >-
                Only the token of the job's running attempt opens it.
              security: [{attemptToken: []}]
              parameters:
                - $ref: '#/components/parameters/Job'
                - name: origin
                  in: query
                  required: true
                  description: Scheme, host and perhaps port, for example https://www.cga.ct.gov.
                  example: https://uscode.house.gov
                  schema: {type: string}
              requestBody:
                description: The file as it was fetched.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/RobotsFile'}
              responses:
                '204':
                  description: It is kept.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '413': {$ref: '#/components/responses/Problem413'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
        """#

    /// What these routes take and give.
    static let fetchingSchemas = #"""
            HostList:
              description: The hosts that jobs ask or have asked lately.
              type: object
              required: [hosts]
              properties:
                hosts: {type: array, items: {$ref: '#/components/schemas/HostBudget'}, description: By name.}
            HostBudget:
              description: What a host is asked now, and how much it may be.
              type: object
              required: [host, rate, requests, in_flight, waiting]
              properties:
                host: {type: string, description: Its name.}
                rate: {type: number, description: Requests a second that all jobs together may make.}
                requests: {type: integer, description: Requests that all jobs together may make at once.}
                in_flight: {type: integer, minimum: 0, description: Requests that are being made.}
                waiting: {type: integer, minimum: 0, description: Requests that wait for their turn.}
                paused_until:
                  description: Until when nobody asks the host, because it has asked for fewer requests.
                  type: string
                  format: date-time
            PermitAsk:
              description: The request that is to be made, the ones that are being made, and those that are over.
              type: object
              additionalProperties: false
              properties:
                request: {$ref: '#/components/schemas/HostRequest'}
                minimum_interval_ms:
                  description: The distance that the host itself wishes between two requests.
                  type: integer
                  minimum: 0
                  maximum: 86400000
                holding:
                  description: The requests that are being made.
                  type: array
                  maxItems: 256
                  items: {$ref: '#/components/schemas/HostRequest'}
                ended:
                  description: The requests that are over.
                  type: array
                  maxItems: 256
                  items:
                    type: object
                    additionalProperties: false
                    required: [id, host, answer]
                    properties:
                      id: {type: string, pattern: '^[A-Za-z0-9_-]{1,64}$', description: The runner's name for the request.}
                      host: {type: string, pattern: '^[a-z0-9_.:-]{1,253}$', description: The host.}
                      answer: {type: string, enum: [served, throttled, failed, unused], description: How it ended.}
                      retry_after_ms:
                        description: How long the host wishes to be left alone.
                        type: integer
                        minimum: 0
                        maximum: 86400000
              examples:
                - {request: {id: r1, host: uscode.house.gov}}
            PermitAnswer:
              description: Whether the request may be made, now.
              type: object
              required: [granted]
              properties:
                granted: {type: boolean, description: 'If not, it keeps its place and is to be asked for again.'}
            HostRequest:
              description: A request to a host.
              type: object
              additionalProperties: false
              required: [id, host]
              properties:
                id: {type: string, pattern: '^[A-Za-z0-9_-]{1,64}$', description: The runner's name for the request.}
                host: {type: string, pattern: '^[a-z0-9_.:-]{1,253}$', description: The host.}
            RobotsFile:
              description: A robots.txt as it was fetched.
              type: object
              additionalProperties: false
              required: [status, text, fetched_at]
              properties:
                status: {type: integer, minimum: 100, maximum: 599, description: The status of its answer.}
                text: {type: string, description: At most 512000 bytes.}
                fetched_at: {type: string, format: date-time, description: When it was fetched.}
              examples:
                - {status: 200, text: "User-agent: *\nDisallow:\n", fetched_at: '2026-11-21T16:18:04.557Z'}
        """#
}
