extension OpenAPIDocument {
    /// The routes of the pool of proxies.
    static let proxyPaths = #"""
          /api/proxies/status:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: showProxies
              tags: [proxies]
              summary: Tells how many proxies are valid, where they come from, and how the pool is set.
              description: >-
                Needs the role viewer.
              responses:
                '200':
                  description: The pool as it is.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/ProxyPool'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/proxies/list:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listProxies
              tags: [proxies]
              summary: Lists the valid proxies.
              description: >-
                Needs the role viewer.
              responses:
                '200':
                  description: The proxies, in the order of their addresses.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/ProxyList'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/proxies/refresh:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: refreshProxies
              tags: [proxies]
              summary: Fetches the lists of all sources once more.
              description: >-
                Needs the role operator, of a key for all sources. A second request while one goes on adds nothing.
              responses:
                '200':
                  description: It has begun.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/ProxyRefresh'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/proxies/config:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: setProxies
              tags: [proxies]
              summary: Sets how the pool is kept, for now and for later starts.
              description: >-
                Needs the role operator, of a key for all sources. What is left out stays as it is.
              requestBody:
                description: What is to change.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/ProxyPoolChange'}
              responses:
                '200':
                  description: It holds; the pool as it is.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/ProxyPool'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '413': {$ref: '#/components/responses/Problem413'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/proxies/check:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: checkProxy
              tags: [proxies]
              summary: Answers with a fixed text, by which a proxy shows that it brings answers back unchanged.
              description: >-
                Open to everybody, as a proxy sends no key.
              security: []
              responses:
                '200':
                  description: The text.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    text/plain: {schema: {type: string}}
                '421': {$ref: '#/components/responses/Problem421'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/ingest/jobs/{id}/proxies:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: askProxy
              tags: [runners]
              summary: Lends a runner the proxy of a session, and takes what it tells of those that it was lent.
              description: >-
                Only the token of the job's running attempt opens it. The answer waits a few seconds for a valid proxy.
                A session keeps its proxy until that is reported as failed.
              security: [{attemptToken: []}]
              parameters:
                - $ref: '#/components/parameters/Job'
              requestBody:
                description: The session that needs a proxy, and what came of requests through proxies.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/ProxyAsk'}
              responses:
                '200':
                  description: The proxy, if there is one.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/ProxyAnswer'}
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
    static let proxySchemas = #"""
            ProxyPool:
              description: The pool of proxies as it is.
              type: object
              required: [total, validating, sources, active_proxies, total_raw, is_active, churn_stats, config, by_source]
              properties:
                total: {type: integer, minimum: 0, description: How many proxies are valid.}
                validating: {type: boolean, description: Whether proxies are looked for now.}
                sources: {type: array, items: {type: string}, description: The names of the sources.}
                active_proxies: {type: integer, minimum: 0, description: The same as total.}
                total_raw: {type: integer, minimum: 0, description: How many proxies are known that are or may become valid.}
                is_active: {type: boolean, description: 'Whether the pool is kept at all, which takes sources.'}
                churn_stats: {$ref: '#/components/schemas/ProxyChurn'}
                config: {$ref: '#/components/schemas/ProxyPoolSettings'}
                by_source: {type: array, items: {$ref: '#/components/schemas/ProxySourceState'}, description: Each source.}
                check_error: {type: string, description: Why no proxy can be checked now.}
            ProxyChurn:
              description: Checks since the gateway's start.
              type: object
              required: [checked, success]
              properties:
                checked: {type: integer, minimum: 0, description: How many there were.}
                success: {type: integer, minimum: 0, description: How many of them were passed.}
            ProxySource:
              description: Where a list of proxies is.
              type: object
              additionalProperties: false
              required: [name, url]
              properties:
                name: {type: string, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: Its name in the status.}
                url: {type: string, minLength: 1, maxLength: 2000, description: An http or https address.}
            ProxyPoolSettings:
              description: How the pool is kept.
              type: object
              required: [target_count, validation_url, direct_allowed, concurrency, check_timeout_seconds, source_timeout_seconds, source_age_seconds, recheck_age_seconds, sources]
              properties:
                target_count: {type: integer, minimum: 1, maximum: 10000, description: How many valid proxies there should be.}
                validation_url: {type: string, description: What proxies are checked with.}
                validation_text: {type: string, description: 'What the answer must hold; without it, the answer must be what the gateway itself is given.'}
                direct_allowed: {type: boolean, description: Whether hosts may be asked without a proxy in want of one.}
                concurrency: {type: integer, minimum: 1, maximum: 250, description: The most checks at once.}
                check_timeout_seconds: {type: number, minimum: 0.1, maximum: 60, description: How long a check may take.}
                source_timeout_seconds: {type: number, minimum: 0.1, maximum: 60, description: How long the answer with a list may take.}
                source_age_seconds: {type: integer, minimum: 5, maximum: 86400, description: After how long a list is fetched again.}
                recheck_age_seconds: {type: integer, minimum: 5, maximum: 86400, description: After how long a valid proxy is checked again.}
                sources: {type: array, items: {$ref: '#/components/schemas/ProxySource'}, description: Where the lists are.}
            ProxyPoolChange:
              description: What is to change of how the pool is kept; what is left out stays as it is.
              type: object
              additionalProperties: false
              properties:
                target_count: {type: integer, minimum: 1, maximum: 10000, description: How many valid proxies there should be.}
                target_pool_size: {type: integer, minimum: 1, maximum: 10000, description: The old name of target_count.}
                validation_url: {type: [string, 'null'], minLength: 1, maxLength: 2000, description: 'What proxies are checked with; null for the gateway''s own route.'}
                test_url: {type: [string, 'null'], minLength: 1, maxLength: 2000, description: The old name of validation_url.}
                validation_text: {type: [string, 'null'], minLength: 1, maxLength: 1000, description: 'What the answer must hold; null for what the gateway itself is given.'}
                direct_allowed: {type: boolean, description: Whether hosts may be asked without a proxy in want of one.}
                concurrency: {type: integer, minimum: 1, maximum: 250, description: The most checks at once.}
                check_timeout_seconds: {type: number, minimum: 0.1, maximum: 60, description: How long a check may take.}
                source_timeout_seconds: {type: number, minimum: 0.1, maximum: 60, description: How long the answer with a list may take.}
                source_age_seconds: {type: integer, minimum: 5, maximum: 86400, description: After how long a list is fetched again.}
                recheck_age_seconds: {type: integer, minimum: 5, maximum: 86400, description: After how long a valid proxy is checked again.}
                sources: {type: array, maxItems: 20, items: {$ref: '#/components/schemas/ProxySource'}, description: All sources from now on.}
              examples:
                - {target_count: 100, direct_allowed: false}
            ProxySourceState:
              description: A source of proxies, and how good its proxies are.
              type: object
              required: [name, candidates, valid, checked, succeeded]
              properties:
                name: {type: string, description: Its name.}
                candidates: {type: integer, minimum: 0, description: Proxies of its list that may become valid.}
                valid: {type: integer, minimum: 0, description: Proxies of its list that are valid.}
                checked: {type: integer, minimum: 0, description: Checks of its proxies since it was measured anew.}
                succeeded: {type: integer, minimum: 0, description: How many of these were passed.}
                quarantined_until: {type: string, format: date-time, description: 'Until when nothing is taken from it, because its proxies are bad.'}
                error: {type: string, description: Why its list could not be had last.}
                fetched_at: {type: string, format: date-time, description: When its list was fetched last.}
            ProxyList:
              description: The valid proxies.
              type: object
              required: [proxies]
              properties:
                proxies: {type: array, items: {type: string}, description: 'IP:PORT each.'}
            ProxyRefresh:
              description: A refresh has begun.
              type: object
              required: [status]
              properties:
                status: {type: string, enum: [Refresh started], description: The words for it.}
            ProxyAsk:
              description: The session that needs a proxy, and what came of requests through proxies.
              type: object
              additionalProperties: false
              properties:
                lease:
                  description: Who needs a proxy.
                  type: object
                  additionalProperties: false
                  required: [session, host]
                  properties:
                    session: {type: string, minLength: 1, maxLength: 200, description: The runner's name for what has to come from one address.}
                    host: {type: string, pattern: '^[a-z0-9_.:-]{1,253}$', description: Whom it asks.}
                reports:
                  description: What came of requests.
                  type: array
                  maxItems: 256
                  items:
                    type: object
                    additionalProperties: false
                    required: [lease, outcome]
                    properties:
                      lease: {type: string, pattern: '^[A-Za-z0-9_-]{1,64}$', description: The pool's name for the loan.}
                      outcome: {type: string, enum: [served, failed, lied], description: 'What came of it; a proxy that has lied is not lent any more.'}
              examples:
                - {lease: {session: s1, host: example.org}}
            ProxyAnswer:
              description: The proxy of a session, if there is one.
              type: object
              required: [expected, direct_allowed]
              properties:
                proxy: {type: string, description: 'Its address, http://IP:PORT.'}
                lease: {type: string, description: The pool's name for the loan.}
                expected: {type: boolean, description: Whether there may be one soon.}
                direct_allowed: {type: boolean, description: Whether the host may be asked without a proxy in want of one.}
        """#
}
