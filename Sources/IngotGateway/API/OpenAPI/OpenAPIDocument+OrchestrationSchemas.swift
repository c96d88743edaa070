extension OpenAPIDocument {
    /// What these routes take and give.
    static let orchestrationSchemas = #"""
            Definition:
              description: A job that is registered under a name, to be run again and again.
              type: object
              required: [job_id, name, source, enabled, default_config, retries, priority, built_in, created_at, updated_at]
              properties:
                job_id: {type: integer, description: Its id.}
                name: {type: string, description: Unique.}
                source: {type: string, description: What is ingested.}
                enabled: {type: integer, enum: [0, 1], description: '1 when it can be run, 0 when it is switched off.'}
                default_config: {type: object, additionalProperties: true, description: The parameters of its runs.}
                retries: {$ref: '#/components/schemas/Retries'}
                max_attempts: {type: integer, minimum: 1, description: How often a run is tried in all.}
                priority: {type: integer, minimum: -100, maximum: 100, description: Runs of a higher one start first.}
                limits: {$ref: '#/components/schemas/Limits'}
                host_terms: {$ref: '#/components/schemas/HostTermsOverride'}
                built_in: {type: boolean, description: Whether it came with its source.}
                created_at: {type: string, format: date-time, description: When it was made.}
                created_by: {type: string, description: Who made it.}
                updated_at: {type: string, format: date-time, description: When it was changed last.}
                updated_by: {type: string, description: Who changed it last.}
              examples:
                - {job_id: 1, name: nightly, source: usc, enabled: 1, default_config: {}, retries: {}, priority: 0, built_in: false, created_at: '2026-11-21T16:18:04.557Z', updated_at: '2026-11-21T16:18:04.557Z'}
            Retries:
              description: When a run is tried again; empty for a bounded number of attempts.
              type: object
              properties:
                endless: {$ref: '#/components/schemas/EndlessRetries'}
            EndlessRetries:
              description: Tried again until it succeeds, its failure cannot pass, it is stopped, or its deadline is over.
              type: object
              properties:
                shortest_pause_seconds: {type: number, minimum: 1, maximum: 3600, description: The shortest pause between two attempts.}
                longest_pause_seconds: {type: number, minimum: 1, maximum: 3600, description: 'The longest one; each is drawn anew.'}
                deadline_seconds: {type: integer, minimum: 1, maximum: 31536000, description: 'When it is given up, after its start.'}
            HostTerms:
              description: How often a source's host may be asked.
              type: object
              properties:
                requests_per_hour: {type: integer, minimum: 1, maximum: 360000, description: The most requests in any hour.}
            HostTermsOverride:
              description: The decision to ask a host otherwise than its owner has published.
              type: object
              required: [terms, reason, decided_at]
              properties:
                terms: {$ref: '#/components/schemas/HostTerms'}
                reason: {type: string, description: Why.}
                decided_by: {type: string, description: Who decided so.}
                decided_at: {type: string, format: date-time, description: When.}
            DefinitionRequest:
              description: What is to be run, and how.
              type: object
              additionalProperties: false
              required: [name, source]
              properties:
                source: {type: string, maxLength: 200, description: What is ingested.}
                name: {type: string, minLength: 1, maxLength: 100, description: 'Letters, digits, - _ . and spaces inside.'}
                config: {type: object, additionalProperties: true, description: The parameters of its runs.}
                enabled: {type: [boolean, integer], description: Whether it can be run.}
                retries: {$ref: '#/components/schemas/Retries'}
                max_attempts: {type: [integer, 'null'], minimum: 1, maximum: 10, description: How often a run is tried in all.}
                priority: {type: integer, minimum: -100, maximum: 100, description: Runs of a higher one start first.}
                limits: {type: [object, 'null'], additionalProperties: {type: integer}, description: 'What one attempt may use, by the names that jobs take in their query.'}
                host_terms: {type: [object, 'null'], description: 'The decision to ask the host otherwise than its owner has published; null takes it back.', additionalProperties: false, required: [requests_per_hour, reason], properties: {requests_per_hour: {type: integer, minimum: 1, maximum: 360000}, reason: {type: string, minLength: 1, maxLength: 500}}}
              examples:
                - {name: nightly, source: usc, config: {}}
            DefinitionChange:
              description: What is to be otherwise.
              type: object
              additionalProperties: false
              properties:
                name: {type: string, minLength: 1, maxLength: 100, description: 'Letters, digits, - _ . and spaces inside.'}
                config: {type: object, additionalProperties: true, description: The parameters of its runs.}
                enabled: {type: [boolean, integer], description: Whether it can be run.}
                retries: {$ref: '#/components/schemas/Retries'}
                max_attempts: {type: [integer, 'null'], minimum: 1, maximum: 10, description: How often a run is tried in all.}
                priority: {type: integer, minimum: -100, maximum: 100, description: Runs of a higher one start first.}
                limits: {type: [object, 'null'], additionalProperties: {type: integer}, description: 'What one attempt may use, by the names that jobs take in their query.'}
                host_terms: {type: [object, 'null'], description: 'The decision to ask the host otherwise than its owner has published; null takes it back.', additionalProperties: false, required: [requests_per_hour, reason], properties: {requests_per_hour: {type: integer, minimum: 1, maximum: 360000}, reason: {type: string, minLength: 1, maxLength: 500}}}
              examples:
                - {enabled: false}
            RunRequest:
              description: What a run is given besides.
              type: object
              additionalProperties: false
              properties:
                config: {type: [object, 'null'], additionalProperties: true, description: Laid over the configuration of the definition.}
              examples:
                - {config: {}}
            Started:
              description: A run that was started.
              type: object
              required: [status, job_id, run_id]
              properties:
                status: {type: string, description: Job started.}
                job_id: {type: integer, description: The definition.}
                run_id: {type: string, format: uuid, description: The run.}
            Stopped:
              description: A run that is stopped.
              type: object
              required: [status, run_id]
              properties:
                status: {type: string, description: What becomes of it.}
                run_id: {type: string, format: uuid, description: The run.}
            MissedTicks:
              description: What becomes of ticks that could not be started in time.
              type: object
              properties:
                policy: {type: string, enum: [skip, latest, all], description: Which of them are run.}
                most: {type: integer, minimum: 1, maximum: 100, description: 'How many are run at most, where all are.'}
                grace_seconds: {type: integer, minimum: 1, maximum: 86400, description: After how many seconds a tick counts as missed.}
            Schedule:
              description: When a job definition is run by itself.
              type: object
              required: [schedule_id, job_id, enabled, timing, config, missed, overlap, jitter_seconds, next_runs, created_at, updated_at]
              properties:
                schedule_id: {type: integer, description: Its id.}
                job_id: {type: integer, description: The job definition.}
                timing: {type: object, additionalProperties: true, description: 'One of: cron (with time_zone), daily (a list of times; with weekdays and time_zone), every_seconds (with from), once.'}
                config: {type: object, additionalProperties: true, description: Laid over the configuration of the definition.}
                enabled: {type: boolean, description: Whether its ticks are decided.}
                missed: {$ref: '#/components/schemas/MissedTicks'}
                overlap: {type: string, enum: [skip, queue, replace], description: What becomes of a tick while a run of the definition is going on.}
                jitter_seconds: {type: integer, minimum: 0, maximum: 86400, description: Up to how many seconds after it is due a tick starts.}
                deadline_seconds: {type: integer, minimum: 1, description: After how many seconds a run is given up.}
                next_runs: {type: array, items: {type: string, format: date-time}, description: The next times that it is due.}
                created_at: {type: string, format: date-time, description: When it was made.}
                created_by: {type: string, description: Who made it.}
                updated_at: {type: string, format: date-time, description: When it was changed last.}
                updated_by: {type: string, description: Who changed it last.}
            ScheduleRequest:
              description: When a job definition is to be run, and how.
              type: object
              additionalProperties: false
              required: [job_id, timing]
              properties:
                job_id: {type: integer, description: The job definition.}
                timing: {type: object, additionalProperties: true, description: 'One of: cron (with time_zone), daily (a list of times; with weekdays and time_zone), every_seconds (with from), once.'}
                config: {type: object, additionalProperties: true, description: Laid over the configuration of the definition.}
                enabled: {type: boolean, description: Whether its ticks are decided.}
                missed: {$ref: '#/components/schemas/MissedTicks'}
                overlap: {type: string, enum: [skip, queue, replace], description: What becomes of a tick while a run of the definition is going on.}
                jitter_seconds: {type: integer, minimum: 0, maximum: 86400, description: Up to how many seconds after it is due a tick starts.}
                deadline_seconds: {type: [integer, 'null'], minimum: 1, maximum: 31536000, description: After how many seconds a run is given up.}
              examples:
                - {job_id: 1, timing: {cron: '0 6 * * *', time_zone: America/Chicago}}
            ScheduleChange:
              description: What is to be otherwise.
              type: object
              additionalProperties: false
              properties:
                timing: {type: object, additionalProperties: true, description: 'One of: cron (with time_zone), daily (a list of times; with weekdays and time_zone), every_seconds (with from), once.'}
                config: {type: object, additionalProperties: true, description: Laid over the configuration of the definition.}
                enabled: {type: boolean, description: Whether its ticks are decided.}
                missed: {$ref: '#/components/schemas/MissedTicks'}
                overlap: {type: string, enum: [skip, queue, replace], description: What becomes of a tick while a run of the definition is going on.}
                jitter_seconds: {type: integer, minimum: 0, maximum: 86400, description: Up to how many seconds after it is due a tick starts.}
                deadline_seconds: {type: [integer, 'null'], minimum: 1, maximum: 31536000, description: After how many seconds a run is given up.}
              examples:
                - {enabled: false}
            PreviewRequest:
              description: A timing to look at.
              type: object
              additionalProperties: false
              required: [timing]
              properties:
                timing: {type: object, additionalProperties: true, description: 'One of: cron (with time_zone), daily (a list of times; with weekdays and time_zone), every_seconds (with from), once.'}
                count: {type: integer, minimum: 1, maximum: 100, description: How many times are wanted.}
              examples:
                - {timing: {cron: '0 6 * * *', time_zone: America/Chicago}, count: 3}
            SchedulePreview:
              description: When a timing is due next.
              type: object
              required: [timing, next_runs]
              properties:
                timing: {type: object, additionalProperties: true, description: 'One of: cron (with time_zone), daily (a list of times; with weekdays and time_zone), every_seconds (with from), once.'}
                next_runs: {type: array, items: {type: string, format: date-time}, description: The next times.}
            TickPage:
              description: A page of ticks.
              type: object
              required: [ticks]
              properties:
                ticks: {type: array, items: {$ref: '#/components/schemas/Tick'}, description: The newest first.}
                next: {type: string, description: 'The cursor of the next page; absent on the last.'}
            Tick:
              description: What became of one due time of a schedule.
              type: object
              required: [due_at, decision, decided_at]
              properties:
                due_at: {type: string, format: date-time, description: When it was due.}
                decision: {type: string, enum: [run, waiting, skipped], description: What was decided.}
                reason: {type: string, enum: [missed, deadline, overlap, replaced, disabled], description: Why it is not run.}
                decided_at: {type: string, format: date-time, description: When that was decided.}
                run_id: {type: string, format: uuid, description: The run that it has started.}
            RunEntry:
              description: A run and how it ended.
              type: object
              required: [run_id, name, source, status, created_at, attempt]
              properties:
                run_id: {type: string, format: uuid, description: The job.}
                job_id: {type: integer, description: Its definition.}
                name: {type: string, description: 'Its definition''s name, or its source.'}
                source: {type: string, description: What is ingested.}
                status: {type: string, enum: [QUEUED, RUNNING, SUCCESS, FAILURE, CANCELLED], description: 'How far it is; RUNNING also between two attempts.'}
                created_at: {type: string, format: date-time, description: When it was asked for.}
                start_time: {type: string, format: date-time, description: When its first attempt began.}
                end_time: {type: string, format: date-time, description: When it ended.}
                exit_code: {type: integer, description: 'Of the last attempt''s runner; 128 and the signal''s number where one ended it, -1 where nobody saw its end.'}
                attempt: {type: integer, minimum: 0, description: 'The current attempt, from 1; 0 before the first.'}
                error: {$ref: '#/components/schemas/Failure'}
                last_error: {$ref: '#/components/schemas/Failure'}
                next_attempt_at: {type: string, format: date-time, description: When the next attempt is due.}
                schedule_id: {type: integer, description: The schedule that has started it.}
                scheduled_for: {type: string, format: date-time, description: When that was due.}
                created_by: {type: string, description: Who asked for it.}
            LogLine:
              description: One line of a log.
              type: object
              required: [log_text]
              properties:
                log_text: {type: string, description: The line.}
                created_at: {type: string, format: date-time, description: When the attempt began that wrote it.}
            BuiltInDefinition:
              description: A job definition that comes with a source.
              type: object
              required: [name, parameters, retries]
              properties:
                name: {type: string, description: Its name.}
                parameters: {type: object, additionalProperties: true, description: The parameters of its runs.}
                retries: {$ref: '#/components/schemas/Retries'}
        """#
}
