extension OpenAPIDocument {
    /// What the routes share: parameters, headers, refusals.
    static let components = #"""
        components:
          securitySchemes:
            apiKey: {type: http, scheme: bearer, description: An API key.}
            session:
              type: apiKey
              in: cookie
              name: ingot_session
              description: >-
                A session of a browser. The name goes on with a part of the gateway's id, and beyond this machine
                begins with __Host-.
            attemptToken: {type: http, scheme: bearer, description: The token of one attempt of a job.}
          parameters:
            RequestId:
              name: X-Request-Id
              in: header
              description: The caller's own name for the request. The answer has it, or one that was made.
              schema: {type: string}
            Traceparent:
              name: traceparent
              in: header
              description: The caller's trace (W3C Trace Context). A job that the request starts belongs to it.
              schema: {type: string}
            Tracestate:
              name: tracestate
              in: header
              description: What goes with traceparent.
              schema: {type: string}
            Source:
              name: source
              in: path
              required: true
              description: The source.
              example: usc
              schema: {type: string}
            Job:
              name: id
              in: path
              required: true
              description: The job's id.
              example: $JOB
              schema: {type: string, format: uuid}
            Definition:
              name: job_id
              in: path
              required: true
              description: The job definition's id.
              example: $DEFINITION
              schema: {type: integer}
            Schedule:
              name: schedule_id
              in: path
              required: true
              description: The schedule's id.
              example: $SCHEDULE
              schema: {type: integer}
            Run:
              name: run_id
              in: path
              required: true
              description: The run's id, which is a job's.
              example: $JOB
              schema: {type: string, format: uuid}
            Webhook:
              name: id
              in: path
              required: true
              description: The webhook's id.
              example: $WEBHOOK
              schema: {type: string}
            Key:
              name: key
              in: path
              required: true
              description: The node's key; its slashes may stand as they are, for example /api/law/us/usc/t1/s1.
              example: us/usc/t1/s1
              schema: {type: string}
            At:
              name: at
              in: query
              description: The label of the state; without it the live one.
              schema: {type: string}
            Cursor:
              name: cursor
              in: query
              description: The 'next' of the page before.
              schema: {type: string}
            Since:
              name: since
              in: query
              description: Only records that were seen then or later.
              schema: {type: string, format: date-time}
            RecordKey:
              name: key
              in: path
              required: true
              description: The record's key, percent-encoded where it has to be.
              example: 26000001@p2c.example
              schema: {type: string}
            IfNoneMatch:
              name: If-None-Match
              in: header
              description: The entity tags that the reader has.
              schema: {type: string}
          headers:
            RequestId:
              description: What names the request in the gateway's log and in the audit log.
              required: true
              schema: {type: string, minLength: 1}
            Location:
              description: The address of what was made.
              required: true
              schema: {type: string, pattern: '^/api/'}
            ContentLocation:
              description: The address of the job that the answer shows.
              required: true
              schema: {type: string, pattern: '^/api/'}
            PreferenceApplied:
              description: The time that was waited at most.
              required: true
              schema: {type: string, pattern: '^wait=[0-9]+$'}
            ETag:
              description: The tag of the representation; send it back in If-None-Match.
              required: true
              schema: {type: string, pattern: '^"[0-9a-f]{32}"$'}
            Vary:
              description: What the form of the answer depends on.
              required: true
              schema: {type: string, enum: [Accept]}
            AcceptRanges:
              description: bytes, where parts can be asked for with Range.
              schema: {type: string, enum: [bytes]}
            ContentRange:
              description: Which bytes these are, and of how many.
              required: true
              schema: {type: string, pattern: '^bytes '}
            SetCookie:
              description: The session's cookie; an empty one that has expired ends it in the browser.
              required: true
              schema: {type: string, pattern: 'HttpOnly; SameSite=Strict'}
            WWWAuthenticate:
              description: How to authenticate.
              required: true
              schema: {type: string, enum: [Bearer]}
            RetryAfter:
              description: Seconds after which it makes sense to ask again.
              schema: {type: integer, minimum: 1}
          responses:
            Problem400:
              description: The request cannot be read (invalid-query, invalid-header, malformed-json, malformed-body, bad-path).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem401:
              description: There is no good key (key-missing, key-unknown, key-expired, key-revoked, session-ended, invalid-token).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
                WWW-Authenticate: {$ref: '#/components/headers/WWWAuthenticate'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem403:
              description: The caller may not do this (forbidden, cross-site).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem404:
              description: There is no such thing (unknown-source, unknown-job, unknown-key, unknown-label, not-ingested, and others).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem406:
              description: There is no such representation (not-acceptable).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem409:
              description: It does not go together with what is there (job-ended, idempotency-conflict, job-running, and others).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem413:
              description: It is too large (body-too-large, too-many-names).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem416:
              description: The log does not have these bytes (range-not-satisfiable).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
                Content-Range: {$ref: '#/components/headers/ContentRange'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem421:
              description: The gateway does not answer to this name (wrong-host).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem422:
              description: The content does not fit (invalid-parameters, invalid-body, invalid-search, and others).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem429:
              description: Too many requests, or too many without a good key (too-many-requests, too-many-failures).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
                Retry-After: {$ref: '#/components/headers/RetryAfter'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem500:
              description: The gateway failed (internal, damaged-record, runner-failed).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem502:
              description: Upstream cannot be read (upstream-failed).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem503:
              description: The gateway cannot do this now (unavailable, queue-stalled).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
                Retry-After: {$ref: '#/components/headers/RetryAfter'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem504:
              description: Upstream does not answer (upstream-timeout).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem507:
              description: The database is full (store-full).
              headers:
                X-Request-Id: {$ref: '#/components/headers/RequestId'}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
        """#
}
