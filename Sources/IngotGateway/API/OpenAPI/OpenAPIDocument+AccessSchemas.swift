extension OpenAPIDocument {
    /// What the routes about keys, webhooks and health take and give.
    static let accessSchemas = #"""
            Role:
              description: What a caller may do; each role may do what the ones before it may.
              type: string
              enum: [viewer, operator, admin]
            KeyRequest:
              description: What a key is for.
              type: object
              required: [role]
              additionalProperties: false
              properties:
                name: {type: string, maxLength: 100, description: What its maker calls it.}
                role: {$ref: '#/components/schemas/Role'}
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
              examples:
                - {role: operator, name: nightly, sources: [usc], expires_in: 7776000}
            Key:
              description: An API key; never the key itself.
              type: object
              required: [id, name, role, created_at, created_by]
              properties:
                id: {type: string, pattern: '^key_[0-9a-f]{12}$', description: What names it in lists and in the audit log.}
                name: {type: string, description: What its maker calls it.}
                role: {$ref: '#/components/schemas/Role'}
                sources: {type: array, items: {type: string}, description: The only sources that it opens.}
                created_at: {type: string, format: date-time, description: When it was made.}
                created_by: {type: string, description: Who made it.}
                expires_at: {type: string, format: date-time, description: Until when it is good.}
                last_used_at: {type: string, format: date-time, description: When it was last used.}
                revoked_at: {type: string, format: date-time, description: When it was revoked.}
            NewKey:
              description: A key that has just been made, with itself.
              allOf:
                - $ref: '#/components/schemas/Key'
                - type: object
                  required: [key]
                  properties:
                    key: {type: string, pattern: '^ingot_[A-Za-z0-9_-]{43}$', description: The key; it is told this once.}
            KeyPage:
              description: A page of keys.
              type: object
              required: [keys]
              properties:
                keys: {type: array, items: {$ref: '#/components/schemas/Key'}, description: Newest first.}
                next: {type: string, description: The cursor of the next page; absent on the last.}
            SessionRequest:
              description: Whose session it is to be.
              type: object
              required: [key]
              additionalProperties: false
              properties:
                key: {type: string, maxLength: 200, description: The API key.}
            Session:
              description: Whose session it is.
              type: object
              required: [caller, role]
              properties:
                caller: {type: string, description: 'The key''s id, or local.'}
                role: {$ref: '#/components/schemas/Role'}
                sources: {type: array, items: {type: string}, description: The only sources that it opens.}
            AuditPage:
              description: A page of the audit log.
              type: object
              required: [entries]
              properties:
                entries: {type: array, items: {$ref: '#/components/schemas/AuditEntry'}, description: Newest first.}
                next: {type: string, description: The cursor of the next page; absent on the last.}
            AuditEntry:
              description: Who did what, and what came of it.
              type: object
              required: [id, at, remote_address, action, target, outcome, details]
              properties:
                id: {type: string, format: uuid, description: 'A UUID of version 7, so entries sort by their time.'}
                at: {type: string, format: date-time, description: When.}
                caller: {type: string, description: 'The key''s id, or local; absent without a good key.'}
                role: {$ref: '#/components/schemas/Role'}
                remote_address: {type: string, description: From where.}
                action: {type: string, description: The method and the route.}
                target: {type: string, description: The path.}
                outcome: {type: string, description: 'The status, and the problem''s type where it was one.'}
                request_id: {type: string, description: X-Request-Id of the answer.}
                details: {type: object, additionalProperties: true, description: 'What else there is to say, such as a new address.'}
            WebhookRequest:
              description: Where and what to send.
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
                  items: {$ref: '#/components/schemas/WebhookEvent'}
                sources:
                  description: The only sources whose jobs are told of.
                  type: array
                  minItems: 1
                  maxItems: 100
                  items: {type: string, maxLength: 200}
              examples:
                - {url: 'http://127.0.0.1:9000/ingot', events: [job.failed]}
            WebhookEvent:
              description: What can be told.
              type: string
              enum: [job.succeeded, job.failed, job.cancelled]
            Webhook:
              description: An address that is told of the ends of jobs; never its secret.
              type: object
              required: [id, url, events, enabled, created_at]
              properties:
                id: {type: string, description: Its id.}
                url: {type: string, description: Where messages go.}
                events: {type: array, items: {$ref: '#/components/schemas/WebhookEvent'}, description: What is told.}
                sources: {type: array, items: {type: string}, description: The only sources whose jobs are told of.}
                enabled: {type: boolean, description: False once the address has answered that it is gone for good.}
                created_at: {type: string, format: date-time, description: When it was made.}
                created_by: {type: string, description: Who made it.}
            NewWebhook:
              description: A webhook that has just been made, with its secret.
              allOf:
                - $ref: '#/components/schemas/Webhook'
                - type: object
                  required: [secret]
                  properties:
                    secret: {type: string, pattern: '^whsec_', description: What messages are signed with; it is told this once.}
            WebhookList:
              description: The webhooks.
              type: object
              required: [webhooks]
              properties:
                webhooks: {type: array, items: {$ref: '#/components/schemas/Webhook'}, description: Oldest first.}
            Delivery:
              description: One message to one webhook.
              type: object
              required: [id, webhook, event, created_at, attempt]
              properties:
                id: {type: string, description: Also the message's webhook-id.}
                webhook: {type: string, description: The webhook.}
                job: {type: string, format: uuid, description: The job that has ended; absent for a test.}
                event:
                  description: What is told.
                  type: string
                  enum: [job.succeeded, job.failed, job.cancelled, webhook.test]
                created_at: {type: string, format: date-time, description: When there was something to tell.}
                attempt: {type: integer, minimum: 0, description: How often it has been tried.}
                next_at: {type: string, format: date-time, description: When it is tried next.}
                delivered_at: {type: string, format: date-time, description: When it was taken.}
                response_status: {type: integer, description: What the address answered last.}
                error: {type: string, description: Why the last try failed.}
                gave_up_at: {type: string, format: date-time, description: When it was given up.}
            DeliveryPage:
              description: A page of deliveries.
              type: object
              required: [deliveries]
              properties:
                deliveries: {type: array, items: {$ref: '#/components/schemas/Delivery'}, description: Newest first.}
                next: {type: string, description: The cursor of the next page; absent on the last.}
            Health:
              description: How the queue is, and what the gateway needs besides.
              type: object
              required: [status, waiting, running, retrying, slots, longest_startable_wait_ms, violations, unwritten,
                disk_reserve_reached, timer_delay_ms]
              properties:
                status:
                  description: >-
                    degraded while the database does not answer or takes no changes of jobs, the disk is full but for
                    the reserve, or no runner can be started.
                  type: string
                  enum: [ok, degraded]
                waiting: {type: integer, minimum: 0, description: Jobs that wait for a slot.}
                running: {type: integer, minimum: 0, description: Jobs that run.}
                retrying: {type: integer, minimum: 0, description: Jobs that wait for their next attempt.}
                slots: {type: integer, minimum: 1, description: Jobs that may run at once.}
                longest_startable_wait_ms:
                  description: The longest that a job was seen waiting although a slot that fits it was free.
                  type: integer
                  minimum: 0
                violations: {type: integer, minimum: 0, description: How often that was more than a second.}
                unwritten: {type: integer, minimum: 0, description: Jobs with a change that the database does not take now.}
                store_failure: {type: string, description: Why it does not.}
                disk_reserve_reached: {type: boolean, description: Whether no more is free than jobs leave to the gateway.}
                timer_delay_ms:
                  description: By how much the gateway's timers were late at most within about half a minute.
                  type: integer
                can_start_runners: {type: boolean, description: 'Whether what starts runners answered last; absent: not asked.'}
                database_answers: {type: boolean, description: 'Whether the database answered last; absent: not asked.'}
                database_answered_at: {type: string, format: date-time, description: When it answered last.}
            Readiness:
              description: Jobs are taken.
              type: object
              required: [status, waiting, running]
              properties:
                status: {type: string, enum: [ready], description: Always ready; otherwise the answer is a 503.}
                waiting: {type: integer, minimum: 0, description: Jobs that wait for a slot.}
                running: {type: integer, minimum: 0, description: Jobs that run.}
        """#
}
