extension OpenAPIDocument {
    /// What the routes share: parameters, answers, schemas.
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
            Source:
              name: source
              in: path
              required: true
              description: The source, for example usc.
              schema: {type: string}
            Job:
              name: id
              in: path
              required: true
              description: The job's id.
              schema: {type: string, format: uuid}
            Webhook:
              name: id
              in: path
              required: true
              description: The webhook's id.
              schema: {type: string}
            Key:
              name: key
              in: path
              required: true
              description: The node's key; its slashes may stand as they are, for example /api/law/us/usc/t1/s1.
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
            IfNoneMatch:
              name: If-None-Match
              in: header
              description: The entity tags that the reader has.
              schema: {type: string}
          responses:
            Problem400:
              description: The request cannot be read.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem401:
              description: There is no good key (key-missing, key-unknown, key-expired, key-revoked, session-ended).
              headers:
                WWW-Authenticate: {schema: {type: string}}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem403:
              description: The caller may not do this (forbidden, cross-site).
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem404:
              description: There is no such thing.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem406:
              description: There is no such representation.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem409:
              description: It does not go together with what is there.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem413:
              description: It is too large.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem416:
              description: The log does not have these bytes.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem421:
              description: The gateway does not answer to this name (wrong-host).
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem422:
              description: The content does not fit.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem429:
              description: Too many requests, or too many without a good key.
              headers:
                Retry-After: {schema: {type: integer}}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem500:
              description: The gateway failed.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem502:
              description: Upstream cannot be read.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem503:
              description: The gateway cannot do this now.
              headers:
                Retry-After: {schema: {type: integer}}
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem504:
              description: Upstream does not answer.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Problem507:
              description: The database is full (store-full).
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
          schemas:
            Problem:
              description: What went wrong (RFC 9457).
              type: object
              required: [type, title, status, instance]
              properties:
                type: {type: string}
                title: {type: string}
                status: {type: integer}
                detail: {type: string}
                instance: {type: string}
            Accepted:
              type: object
              required: [jobId]
              properties:
                jobId: {type: string, format: uuid}
            Job:
              type: object
              required: [id, source, status, progress]
              properties:
                id: {type: string, format: uuid}
                source: {type: string}
                status: {type: string, enum: [queued, running, succeeded, failed, cancelled]}
                progress: {type: integer, minimum: 0, maximum: 100}
                message: {type: [string, 'null']}
                parameters: {type: object}
                created_at: {type: string, format: date-time}
                updated_at: {type: string, format: date-time}
                attempt: {type: integer}
                max_attempts: {type: integer}
                last_seq: {type: integer}
            JobPage:
              type: object
              required: [jobs]
              properties:
                jobs: {type: array, items: {$ref: '#/components/schemas/Job'}}
                next: {type: [string, 'null']}
            UnitPage:
              type: object
              required: [units]
              properties:
                units: {type: array, items: {type: object}}
                next: {type: [string, 'null']}
            Report:
              type: object
              required: [attempt, events]
              properties:
                attempt: {type: integer, minimum: 1}
                events: {type: array, items: {type: object}}
            ReportAnswer:
              type: object
              required: [accepted, stop]
              properties:
                accepted: {type: integer}
                stop: {type: boolean}
            KeyRequest:
              type: object
              required: [role]
              additionalProperties: false
              properties:
                name: {type: string, maxLength: 100}
                role: {type: string, enum: [viewer, operator, admin]}
                sources:
                  description: The only sources that the key opens; not for admins.
                  type: array
                  minItems: 1
                  maxItems: 100
                  items: {type: string, minLength: 1, maxLength: 100}
                expires_in:
                  description: How long the key is good, in seconds.
                  type: integer
                  minimum: 1
                  maximum: 316224000
            Key:
              type: object
              required: [id, name, role, created_at, created_by]
              properties:
                id: {type: string}
                name: {type: string}
                role: {type: string, enum: [viewer, operator, admin]}
                sources: {type: array, items: {type: string}}
                created_at: {type: string, format: date-time}
                created_by: {type: string}
                expires_at: {type: string, format: date-time}
                last_used_at: {type: string, format: date-time}
                revoked_at: {type: string, format: date-time}
            NewKey:
              allOf:
                - $ref: '#/components/schemas/Key'
                - type: object
                  required: [key]
                  properties:
                    key: {type: string, pattern: '^ingot_[A-Za-z0-9_-]{43}$'}
            KeyPage:
              type: object
              required: [keys]
              properties:
                keys: {type: array, items: {$ref: '#/components/schemas/Key'}}
                next: {type: string}
            SessionRequest:
              type: object
              required: [key]
              additionalProperties: false
              properties:
                key: {type: string, maxLength: 200}
            WebhookRequest:
              type: object
              required: [url]
              additionalProperties: false
              properties:
                url:
                  description: https anywhere, or http on the gateway's own machine.
                  type: string
                  minLength: 1
                  maxLength: 2048
                events:
                  description: Without it, all of them.
                  type: array
                  minItems: 1
                  maxItems: 10
                  items: {type: string, enum: [job.succeeded, job.failed, job.cancelled]}
                sources:
                  description: The only sources whose jobs are told of.
                  type: array
                  minItems: 1
                  maxItems: 100
                  items: {type: string, maxLength: 200}
            Webhook:
              type: object
              required: [id, url, events, enabled, created_at]
              properties:
                id: {type: string}
                url: {type: string}
                events: {type: array, items: {type: string, enum: [job.succeeded, job.failed, job.cancelled]}}
                sources: {type: array, items: {type: string}}
                enabled:
                  description: False once the address has answered that it is gone for good.
                  type: boolean
                created_at: {type: string, format: date-time}
                created_by: {type: string}
            NewWebhook:
              allOf:
                - $ref: '#/components/schemas/Webhook'
                - type: object
                  required: [secret]
                  properties:
                    secret: {type: string, pattern: '^whsec_'}
            WebhookList:
              type: object
              required: [webhooks]
              properties:
                webhooks: {type: array, items: {$ref: '#/components/schemas/Webhook'}}
            Delivery:
              type: object
              required: [id, webhook, event, created_at, attempt]
              properties:
                id: {type: string}
                webhook: {type: string}
                job:
                  description: The job that has ended; absent for a test.
                  type: string
                  format: uuid
                event: {type: string, enum: [job.succeeded, job.failed, job.cancelled, webhook.test]}
                created_at: {type: string, format: date-time}
                attempt: {type: integer, minimum: 0}
                next_at: {type: string, format: date-time}
                delivered_at: {type: string, format: date-time}
                response_status: {type: integer}
                error: {type: string}
                gave_up_at: {type: string, format: date-time}
            Health:
              type: object
              required: [status, waiting, running, retrying, slots, longest_startable_wait_ms, violations, unwritten]
              properties:
                status:
                  description: degraded while the database takes no changes of jobs.
                  type: string
                  enum: [ok, degraded]
                waiting: {type: integer}
                running: {type: integer}
                retrying: {type: integer}
                slots: {type: integer}
                longest_startable_wait_ms: {type: integer}
                violations: {type: integer}
                unwritten: {type: integer}
                store_failure: {type: string}
            Readiness:
              type: object
              required: [status, waiting, running]
              properties:
                status: {type: string, enum: [ready]}
                waiting: {type: integer}
                running: {type: integer}
            DeliveryPage:
              type: object
              required: [deliveries]
              properties:
                deliveries: {type: array, items: {$ref: '#/components/schemas/Delivery'}}
                next: {type: string}
            Session:
              type: object
              required: [caller, role]
              properties:
                caller: {type: string}
                role: {type: string, enum: [viewer, operator, admin]}
                sources: {type: array, items: {type: string}}
            AuditPage:
              type: object
              required: [entries]
              properties:
                entries: {type: array, items: {$ref: '#/components/schemas/AuditEntry'}}
                next: {type: string}
            AuditEntry:
              type: object
              required: [id, at, remote_address, action, target, outcome]
              properties:
                id: {type: string, format: uuid}
                at: {type: string, format: date-time}
                caller: {type: string}
                role: {type: string}
                remote_address: {type: string}
                action: {type: string}
                target: {type: string}
                outcome: {type: string}
                request_id: {type: string}
                details: {type: object}
        """#
}
