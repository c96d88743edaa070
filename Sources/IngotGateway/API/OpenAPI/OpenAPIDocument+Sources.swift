extension OpenAPIDocument {
    /// The routes about sources.
    static let sourcePaths = #"""
          /api/sources:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listSources
              tags: [sources]
              summary: Lists what can be ingested.
              description: >-
                Needs the role viewer.
              responses:
                '200':
                  description: The sources with the schemas of their parameters.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/SourceList'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/sources/{source}/releases:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listReleases
              tags: [sources]
              summary: Lists what upstream has published, newest first.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Source'
                - name: refresh
                  in: query
                  description: Asks upstream although a list is kept, unless that is only seconds old.
                  schema: {type: boolean}
              responses:
                '200':
                  description: The releases.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/ReleaseList'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '500': {$ref: '#/components/responses/Problem500'}
                '502': {$ref: '#/components/responses/Problem502'}
                '503': {$ref: '#/components/responses/Problem503'}
                '504': {$ref: '#/components/responses/Problem504'}
          /api/sources/{source}/revisions:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listRevisions
              tags: [sources]
              summary: Lists what each job made of a source.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Source'
                - name: limit
                  in: query
                  description: The most revisions of the page; without it all.
                  schema: {type: integer, minimum: 1, maximum: 500}
                - $ref: '#/components/parameters/Cursor'
              responses:
                '200':
                  description: The revisions, newest first.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/RevisionList'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/sources/{source}/units:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listSourceUnits
              tags: [sources]
              summary: Lists a source's units.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Source'
                - $ref: '#/components/parameters/At'
              responses:
                '200':
                  description: Their top nodes.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/NodeList'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/sources/{source}/verify:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: verifySource
              tags: [sources]
              summary: Reads every stored record and hashes it again.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Source'
              responses:
                '200':
                  description: One finding a line.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/x-ndjson:
                      x-line: {$ref: '#/components/schemas/VerificationLine'}
                      schema: {type: string}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/sources/{source}/revert:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: revertSource
              tags: [sources]
              summary: Makes the revision before the live one live again.
              description: >-
                Needs the role operator.
              parameters:
                - $ref: '#/components/parameters/Source'
              requestBody:
                description: Why.
                required: false
                content:
                  application/json:
                    schema:
                      type: object
                      properties:
                        reason: {type: string, maxLength: 1000, description: Why.}
                      additionalProperties: false
                    example: {reason: Title 1 lost a chapter}
              responses:
                '200':
                  description: What is live now.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Reversion'}
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
          /api/sources/{source}/sweep:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: sweepSource
              tags: [sources]
              summary: Removes what failed jobs and reverted revisions left.
              description: >-
                Needs the role operator.
              parameters:
                - $ref: '#/components/parameters/Source'
              responses:
                '200':
                  description: What was removed.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/SweepReport'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
        """#
}
