extension OpenAPIDocument {
    /// What the routes about jobs take and give; the first of the schemas.
    static let jobSchemas = #"""
          schemas:
            Problem:
              description: >-
                What went wrong (RFC 9457). Problems of some types have further members: what was wrong with a body item by
                item, what there is instead, how long to wait.
              type: object
              required: [type, title, status, instance]
              properties:
                type: {type: string, pattern: '^/problems/[a-z-]+$', description: The kind of problem; docs/failures.md lists all.}
                title: {type: string, description: The same for every problem of the type.}
                status: {type: integer, minimum: 400, maximum: 599, description: The answer's status.}
                detail: {type: string, description: What happened this time.}
                instance: {type: string, description: The path of the request.}
                errors:
                  description: What is wrong with the body, item by item.
                  type: array
                  items:
                    type: object
                    required: [pointer, detail]
                    properties:
                      pointer: {type: string, description: A JSON Pointer (RFC 6901) to the value; empty for the whole body.}
                      detail: {type: string, description: What is wrong with it.}
                parameter: {type: string, description: The part of the query that is wrong.}
                header: {type: string, description: The header that is wrong.}
                limit: {type: integer, description: 'The most bytes that are taken, for what is too large.'}
                retry_after: {type: integer, minimum: 1, description: Seconds after which it makes sense to ask again.}
                role: {type: string, enum: [viewer, operator, admin], description: The role that is needed.}
                sources: {type: array, items: {type: string}, description: 'The sources that there are, or that the key opens.'}
                source: {type: string, description: The source that it is about.}
                labels: {type: array, items: {type: string}, description: 'The labels that there are, newest first.'}
                types: {type: array, items: {type: string}, description: The representations that there are.}
                jobId: {type: string, format: uuid, description: The job that is in the way.}
                job_status: {$ref: '#/components/schemas/JobStatus'}
                attempt: {type: integer, description: The job's current attempt.}
                code: {type: string, description: The code of the failure (upstream-failed).}
                error: {$ref: '#/components/schemas/Failure'}
                waiting: {type: integer, description: Jobs that wait for a slot (queue-stalled).}
                running: {type: integer, description: Jobs that run (queue-stalled).}
                slots: {type: integer, description: Jobs that may run at once (queue-stalled).}
                violations: {type: integer, description: How often a job waited although a slot was free (queue-stalled).}
              examples:
                - type: /problems/unknown-source
                  title: There is no such source.
                  status: 404
                  detail: "'uscode' is not among the sources: cga, usc."
                  instance: /api/ingest/uscode
                  sources: [cga, usc]
            JobStatus:
              description: Where a job is in its life; succeeded, failed and cancelled are final.
              type: string
              enum: [queued, running, succeeded, failed, cancelled]
            Accepted:
              description: What was taken.
              type: object
              required: [jobId]
              properties:
                jobId: {type: string, format: uuid, description: The new job.}
              examples:
                - jobId: 01a1fcb8-9309-7731-8f38-d604289c20db
            Job:
              description: One ingest request and what has become of it.
              type: object
              required:
                [id, source, status, progress, parameters, created_at, updated_at, attempt, max_attempts, last_seq, priority]
              properties:
                id: {type: string, format: uuid, description: 'A UUID of version 7, so jobs sort by their time.'}
                source: {type: string, description: What is ingested.}
                status: {$ref: '#/components/schemas/JobStatus'}
                progress: {type: integer, minimum: 0, maximum: 100, description: Of the whole job.}
                message: {type: string, description: 'What the job does now, or how it ended.'}
                parameters: {type: object, additionalProperties: true, description: As they were posted.}
                created_at: {type: string, format: date-time, description: When it was taken.}
                started_at: {type: string, format: date-time, description: When its first attempt began.}
                updated_at: {type: string, format: date-time, description: When the job last changed.}
                finished_at: {type: string, format: date-time, description: When it ended.}
                result:
                  description: What a job that succeeded has made; each source has its own shape.
                  type: object
                  additionalProperties: true
                error: {$ref: '#/components/schemas/Failure'}
                attempt: {type: integer, minimum: 0, description: 'The current attempt, from 1; 0 before the first.'}
                max_attempts: {type: integer, minimum: 1, description: How often it is tried in all.}
                lease_expires_at:
                  description: Until when its runner has to report next.
                  type: string
                  format: date-time
                last_seq: {type: integer, minimum: 0, description: The number of its newest event.}
                idempotency_key: {type: string, description: The Idempotency-Key of its request.}
                launcher: {type: string, description: 'What starts its runners: process, container or kubernetes.'}
                runner_handle: {type: string, description: 'What the launcher calls the runner, such as a process id.'}
                priority: {type: integer, minimum: -100, maximum: 100, description: Jobs of a higher one start first.}
                limits: {$ref: '#/components/schemas/Limits'}
                next_attempt_at: {type: string, format: date-time, description: When the next attempt is due.}
                retry_of: {type: string, format: uuid, description: The ended job that this one does again.}
                created_by: {type: string, description: 'Who asked for it: a key''s id, or local.'}
                definition_id: {type: integer, description: The job definition that it is a run of.}
                schedule_id: {type: integer, description: The schedule whose tick has started it.}
                scheduled_for: {type: string, format: date-time, description: When that tick was due.}
                endless_retries: {$ref: '#/components/schemas/EndlessRetries'}
                deadline_at: {type: string, format: date-time, description: When it is given up if it has not ended.}
                last_error: {$ref: '#/components/schemas/Failure'}
                host_terms: {$ref: '#/components/schemas/HostTerms'}
                trace_id: {type: string, pattern: '^[0-9a-f]{32}$', description: The trace that its request is part of.}
              examples:
                - id: 01a1fcb8-9309-7731-8f38-d604289c20db
                  source: usc
                  status: succeeded
                  progress: 100
                  message: revision 1 is visible
                  parameters: {titles: ['1']}
                  created_at: '2026-11-21T16:18:04.557Z'
                  started_at: '2026-11-21T16:18:04.561Z'
                  updated_at: '2026-11-21T16:18:04.849Z'
                  finished_at: '2026-11-21T16:18:04.849Z'
                  result: {label: 119-36, revision: 1, units: ['1'], counts: {nodes: 43, added: 43}}
                  attempt: 1
                  max_attempts: 3
                  last_seq: 9
                  launcher: process
                  runner_handle: '4711'
                  priority: 0
                  created_by: local
            Limits:
              description: What one attempt may use, where the request says less than the operator allows.
              type: object
              properties:
                wall_seconds: {type: integer, minimum: 1, description: Time.}
                memory_bytes: {type: integer, minimum: 1, description: Memory of all its processes together.}
                cpu_seconds: {type: integer, minimum: 1, description: Processor time.}
                processors: {type: number, description: Processors at a time.}
                processes: {type: integer, minimum: 1, description: Processes and threads.}
                open_files: {type: integer, minimum: 1, description: Open files of one process.}
            Failure:
              description: Why a job, an attempt or a unit failed.
              type: object
              required: [code, message, transient]
              properties:
                code: {type: string, pattern: '^[a-z0-9_]+$', description: A word for programs; docs/failures.md lists all.}
                message: {type: string, description: One sentence for people.}
                unit: {type: string, description: The unit that it happened to.}
                place: {$ref: '#/components/schemas/Place'}
                advice: {type: string, description: What an operator can do about it.}
                transient: {type: boolean, description: 'Whether the cause can pass by itself, so that it is tried again.'}
                details:
                  description: What is wrong, item by item, when it is more than one thing.
                  type: array
                  items: {}
                exit: {$ref: '#/components/schemas/Exit'}
                peak_memory_bytes: {type: integer, description: The most memory that the runner reported.}
                cpu_seconds: {type: number, description: The processor time that the runner reported.}
                log_tail: {type: array, maxItems: 50, items: {type: string}, description: The last lines that the runner wrote.}
                attempts: {type: integer, minimum: 1, description: How many attempts the job has made.}
            Place:
              description: A place in a document; lines and columns count from 1.
              type: object
              required: [line, column]
              properties:
                file: {type: string, description: The file.}
                line: {type: integer, minimum: 1, description: The line.}
                column: {type: integer, minimum: 1, description: 'The column, in bytes.'}
            Exit:
              description: How a runner ended, as its launcher saw it.
              type: object
              properties:
                code: {type: integer, description: 'The exit code, when it ended by itself.'}
                signal: {type: integer, description: 'The signal, when one ended it.'}
                reason: {type: string, description: The limit or the event that ended it.}
                peak_memory_bytes: {type: integer, description: The most memory that it had.}
                cpu_seconds: {type: number, description: The processor time that it used.}
            JobPage:
              description: A page of jobs.
              type: object
              required: [jobs]
              properties:
                jobs: {type: array, items: {$ref: '#/components/schemas/Job'}, description: 'The jobs, newest first.'}
                next: {type: string, description: The cursor of the next page; absent on the last.}
                newest: {type: boolean, description: 'With newer_than: whether no jobs are newer than these.'}
            JobChange:
              description: A job as the stream of all jobs shows it.
              type: object
              required: [id, source, status, progress, attempt, max_attempts, created_at, updated_at]
              properties:
                id: {type: string, format: uuid, description: The job.}
                source: {type: string, description: What is ingested.}
                status: {$ref: '#/components/schemas/JobStatus'}
                progress: {type: integer, minimum: 0, maximum: 100, description: Of the whole job.}
                message: {type: string, maxLength: 300, description: 'What the job does now, or how it ended.'}
                error:
                  description: Why it failed.
                  type: object
                  required: [code, message]
                  properties:
                    code: {type: string, description: A word for programs.}
                    message: {type: string, maxLength: 300, description: One sentence for people.}
                attempt: {type: integer, minimum: 0, description: 'The current attempt, from 1; 0 before the first.'}
                max_attempts: {type: integer, minimum: 1, description: How often it is tried in all.}
                created_at: {type: string, format: date-time, description: When it was taken.}
                started_at: {type: string, format: date-time, description: When its first attempt began.}
                updated_at: {type: string, format: date-time, description: When the job last changed.}
                finished_at: {type: string, format: date-time, description: When it ended.}
                next_attempt_at: {type: string, format: date-time, description: When the next attempt is due.}
            JobChanges:
              description: The data of a jobs event.
              type: object
              required: [jobs]
              properties:
                jobs: {type: array, items: {$ref: '#/components/schemas/JobChange'}, description: 'Those that have changed, the oldest first.'}
            JobsReset:
              description: The data of a reset event; the list of jobs is to be read again.
              type: object
            SampleList:
              description: What a job's runners used over time.
              type: object
              required: [attempts]
              properties:
                attempts:
                  description: The first one first.
                  type: array
                  items:
                    type: object
                    required: [attempt, samples]
                    properties:
                      attempt: {type: integer, minimum: 1, description: The attempt.}
                      samples:
                        description: In the order of their times.
                        type: array
                        maxItems: 240
                        items:
                          type: object
                          required: [at]
                          properties:
                            at: {type: string, format: date-time, description: When.}
                            memory_bytes: {type: integer, description: The runner's memory then.}
                            cpu_seconds: {type: number, description: Its processor time until then.}
            Attempt:
              description: One run of a job by one runner.
              type: object
              required: [attempt, started_at]
              properties:
                attempt: {type: integer, minimum: 1, description: Its number.}
                started_at: {type: string, format: date-time, description: When it began.}
                finished_at: {type: string, format: date-time, description: When it ended.}
                outcome: {type: string, enum: [succeeded, failed, cancelled], description: How it ended.}
                launcher: {type: string, description: What started its runner.}
                runner_handle: {type: string, description: What the launcher calls the runner.}
                error: {$ref: '#/components/schemas/Failure'}
                exit: {$ref: '#/components/schemas/Exit'}
                peak_memory_bytes: {type: integer, description: 'The most memory that its runner held, when it has ended.'}
                cpu_seconds: {type: number, description: 'Processor time that its runner used, when it has ended.'}
            AttemptList:
              description: The attempts of a job.
              type: object
              required: [attempts]
              properties:
                attempts:
                  description: The first one first.
                  type: array
                  items: {$ref: '#/components/schemas/Attempt'}
            Unit:
              description: A piece of a source that is fetched, checked and written as a whole.
              type: object
              required: [unit, position, status, attempt]
              properties:
                unit: {type: string, description: 'Its name, such as the number of a title.'}
                position: {type: integer, description: Its place in the job's plan.}
                status: {$ref: '#/components/schemas/UnitStatus'}
                attempt: {type: integer, minimum: 1, description: The attempt that has worked on it last.}
                counts: {type: object, additionalProperties: {type: integer}, description: 'What was done, by name.'}
                error: {$ref: '#/components/schemas/Failure'}
                started_at: {type: string, format: date-time, description: When work on it began.}
                finished_at: {type: string, format: date-time, description: When that ended.}
            UnitStatus:
              description: Where a unit is in its life.
              type: string
              enum: [pending, running, done, failed]
            UnitPage:
              description: A page of a job's units.
              type: object
              required: [units]
              properties:
                units: {type: array, items: {$ref: '#/components/schemas/Unit'}, description: In the order of the plan.}
                next: {type: string, description: The cursor of the next page; absent on the last.}
            ProgressEvent:
              description: The data of a progress event.
              type: object
              required: [status, progress, attempt, at]
              properties:
                status: {$ref: '#/components/schemas/JobStatus'}
                progress: {type: integer, minimum: 0, maximum: 100, description: Of the whole job.}
                message: {type: string, description: What the job does.}
                attempt: {type: integer, minimum: 0, description: The attempt that says so.}
                at: {type: string, format: date-time, description: When.}
            UnitEvent:
              description: The data of a unit event.
              type: object
              required: [unit, status, at]
              properties:
                unit: {type: string, description: The unit's name.}
                status: {$ref: '#/components/schemas/UnitStatus'}
                counts: {type: object, additionalProperties: {type: integer}, description: 'What was done, by name.'}
                error: {$ref: '#/components/schemas/Failure'}
                at: {type: string, format: date-time, description: When.}
            LogEvent:
              description: The data of a log event of a job's events.
              type: object
              required: [lines, omitted, at]
              properties:
                lines: {type: array, items: {type: string}, description: What the runner wrote.}
                omitted: {type: integer, minimum: 0, description: How many more lines there were; the log has them.}
                at: {type: string, format: date-time, description: When.}
            LogLines:
              description: The data of a log event of a log that is followed.
              type: object
              required: [offset, lines]
              properties:
                offset: {type: integer, minimum: 0, description: 'The place in the log after these lines; also the event''s id.'}
                lines: {type: array, items: {type: string}, description: What the runner wrote.}
            LogEnd:
              description: The data of the last event of a log that is followed.
              type: object
              required: [offset]
              properties:
                offset: {type: integer, minimum: 0, description: The size of the log.}
            Report:
              description: What a runner tells.
              type: object
              required: [attempt, events]
              properties:
                attempt: {type: integer, minimum: 1, description: The attempt that it runs.}
                events: {type: array, items: {$ref: '#/components/schemas/RunnerEvent'}, description: In their order.}
              examples:
                - attempt: 1
                  events:
                    - {seq: 1, type: progress, progress: 40, message: 'unit 1: writing'}
            RunnerEvent:
              description: One event of an attempt.
              type: object
              required: [seq, type]
              properties:
                seq: {type: integer, minimum: 1, description: 'Its number within the attempt, from 1.'}
                type: {type: string, enum: [heartbeat, progress, unit, log, finished], description: What it tells.}
                progress: {type: integer, description: 'Of the whole job, 0 to 100 (progress).'}
                message: {type: string, description: What the runner does (progress).}
                unit: {type: string, description: The unit that it is about (unit).}
                unit_status: {$ref: '#/components/schemas/UnitStatus'}
                counts: {type: object, additionalProperties: {type: integer}, description: 'What was done, by name (unit).'}
                metrics:
                  description: What the runner has counted since the events before.
                  type: array
                  items:
                    type: object
                    required: [name, labels, amount]
                    properties:
                      name: {type: string, description: The metric's name.}
                      labels: {type: object, additionalProperties: {type: string}, description: Its labels.}
                      amount: {type: integer, description: What is added.}
                lines: {type: array, items: {type: string}, description: What the runner wrote (log).}
                outcome: {type: string, enum: [succeeded, failed, cancelled], description: How it ended (finished).}
                result: {type: object, additionalProperties: true, description: What was made (finished).}
                error: {$ref: '#/components/schemas/Failure'}
                memory_bytes: {type: integer, description: The memory now.}
                peak_memory_bytes: {type: integer, description: The most memory so far.}
                cpu_seconds: {type: number, description: The processor time so far.}
            ReportAnswer:
              description: What was taken of a report.
              type: object
              required: [accepted, stop]
              properties:
                accepted: {type: integer, minimum: 0, description: The number of the last event that was taken.}
                stop: {type: boolean, description: Whether the runner has to end now.}
        """#
}
