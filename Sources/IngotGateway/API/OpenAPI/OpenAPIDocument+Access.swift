extension OpenAPIDocument {
    /// The routes about keys, sessions, webhooks and health.
    static let accessPaths = #"""
          /api/keys:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: createKey
              tags: [access]
              summary: Makes an API key.
              description: >-
                Needs the role admin.
              requestBody:
                description: What the key is for.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/KeyRequest'}
              responses:
                '201':
                  description: The key; it is told this once.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Location: {$ref: '#/components/headers/Location'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/NewKey'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '409': {$ref: '#/components/responses/Problem409'}
                '413': {$ref: '#/components/responses/Problem413'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
            get:
              operationId: listKeys
              tags: [access]
              summary: Lists the API keys, newest first.
              description: >-
                Needs the role admin.
              parameters:
                - name: limit
                  in: query
                  description: The most keys of the page.
                  schema: {type: integer, minimum: 1, maximum: 500, default: 200}
                - $ref: '#/components/parameters/Cursor'
              responses:
                '200':
                  description: A page; never the keys themselves.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/KeyPage'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/keys/{id}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            delete:
              operationId: revokeKey
              tags: [access]
              summary: Revokes an API key.
              description: >-
                Needs the role admin.
              parameters:
                - name: id
                  in: path
                  required: true
                  description: The key's id.
                  example: $KEY_ID
                  schema: {type: string}
              responses:
                '200':
                  description: The key as it is now.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Key'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
          /api/audit:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: readAudit
              tags: [access]
              summary: Lists who changed what, newest first.
              description: >-
                Needs the role admin.
              parameters:
                - name: limit
                  in: query
                  description: The most entries of the page.
                  schema: {type: integer, minimum: 1, maximum: 500, default: 100}
                - name: caller
                  in: query
                  description: Only what this caller did.
                  schema: {type: string}
                - name: action
                  in: query
                  description: 'Only this, as POST /api/ingest/{source}.'
                  schema: {type: string}
                - $ref: '#/components/parameters/Cursor'
              responses:
                '200':
                  description: A page.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/AuditPage'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/session:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: openSession
              tags: [access]
              summary: Opens a browser's session.
              security: [{apiKey: []}, {}]
              requestBody:
                description: The key, unless Authorization has it.
                required: false
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/SessionRequest'}
              responses:
                '200':
                  description: The session is the cookie of the answer.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Set-Cookie: {$ref: '#/components/headers/SetCookie'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Session'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '413': {$ref: '#/components/responses/Problem413'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
            delete:
              operationId: closeSession
              tags: [access]
              summary: Ends the session of the cookie.
              description: >-
                Needs the role viewer.
              responses:
                '204':
                  description: It has ended.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Set-Cookie: {$ref: '#/components/headers/SetCookie'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/webhooks:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: createWebhook
              tags: [webhooks]
              summary: Adds a webhook.
              description: >-
                Needs the role admin.
              requestBody:
                description: Where and what to send.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/WebhookRequest'}
              responses:
                '201':
                  description: The webhook, with its secret, which is told this once.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Location: {$ref: '#/components/headers/Location'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/NewWebhook'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '409': {$ref: '#/components/responses/Problem409'}
                '413': {$ref: '#/components/responses/Problem413'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
            get:
              operationId: listWebhooks
              tags: [webhooks]
              summary: Lists the webhooks.
              description: >-
                Needs the role admin.
              responses:
                '200':
                  description: The webhooks, without their secrets.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/WebhookList'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/webhooks/{id}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            delete:
              operationId: deleteWebhook
              tags: [webhooks]
              summary: Removes a webhook.
              description: >-
                Needs the role admin.
              parameters:
                - $ref: '#/components/parameters/Webhook'
              responses:
                '204':
                  description: It is gone.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
          /api/webhooks/{id}/deliveries:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listDeliveries
              tags: [webhooks]
              summary: Lists a webhook's deliveries.
              description: >-
                Needs the role admin.
              parameters:
                - $ref: '#/components/parameters/Webhook'
                - name: limit
                  in: query
                  description: The most deliveries of the page.
                  schema: {type: integer, minimum: 1, maximum: 200, default: 50}
                - $ref: '#/components/parameters/Cursor'
              responses:
                '200':
                  description: The deliveries, newest first.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/DeliveryPage'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/webhooks/{id}/test:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: testWebhook
              tags: [webhooks]
              summary: Sends a trial to a webhook.
              description: >-
                Needs the role admin.
              parameters:
                - $ref: '#/components/parameters/Webhook'
              responses:
                '200':
                  description: What became of it.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Delivery'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
          /healthz:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: health
              tags: [health]
              summary: Tells whether jobs are started as they should be.
              description: >-
                503 (queue-stalled) when a job waits although a slot that fits it is free.
              security: []
              responses:
                '200':
                  description: They are.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Health'}
                '421': {$ref: '#/components/responses/Problem421'}
                '503': {$ref: '#/components/responses/Problem503'}
          /readyz:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: readiness
              tags: [health]
              summary: Tells whether jobs are taken.
              description: >-
                What the database says of itself may be a second old.
              security: []
              responses:
                '200':
                  description: They are.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Readiness'}
                '421': {$ref: '#/components/responses/Problem421'}
                '503': {$ref: '#/components/responses/Problem503'}
          /metrics:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: metrics
              tags: [health]
              summary: Gives what the gateway and its runners have counted, for Prometheus.
              description: >-
                The text exposition format, version 0.0.4. Metrics are of all sources together, so a key that may see
                only some gets 403 (metrics-of-all-sources). With `--metrics-open` no key is asked for.
              responses:
                '200':
                  description: The metrics.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    text/plain:
                      schema: {type: string}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /openapi.yaml:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: openapi
              tags: [health]
              summary: Gives this document.
              security: []
              responses:
                '200':
                  description: The document.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/yaml:
                      schema: {type: string}
                '421': {$ref: '#/components/responses/Problem421'}
                '503': {$ref: '#/components/responses/Problem503'}
        """#
}
