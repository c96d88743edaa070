extension OpenAPIDocument {
    /// The routes about job definitions, schedules and history.
    static let orchestrationPaths = #"""
          /api/jobs:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listDefinitions
              tags: [definitions]
              summary: Lists the job definitions, by id.
              description: >-
                Needs the role viewer.
              responses:
                '200':
                  description: All that the caller may see.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {type: array, items: {$ref: '#/components/schemas/Definition'}}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
            post:
              operationId: createDefinition
              tags: [definitions]
              summary: Registers a job under a name.
              description: >-
                Needs the role operator.
              requestBody:
                description: What is to be run, and how.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/DefinitionRequest'}
              responses:
                '201':
                  description: The definition.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Location: {$ref: '#/components/headers/Location'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Definition'}
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
          /api/jobs/{job_id}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: showDefinition
              tags: [definitions]
              summary: Shows a job definition.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Definition'
              responses:
                '200':
                  description: The definition.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Definition'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
            patch:
              operationId: changeDefinition
              tags: [definitions]
              summary: Changes what is named of a job definition.
              description: >-
                Needs the role operator. Runs that have begun go on as they are.
              parameters:
                - $ref: '#/components/parameters/Definition'
              requestBody:
                description: What is to be otherwise.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/DefinitionChange'}
              responses:
                '200':
                  description: The definition as it is now.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Definition'}
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
            delete:
              operationId: removeDefinition
              tags: [definitions]
              summary: Removes a job definition with its schedules.
              description: >-
                Needs the role operator. Its runs stay. One that comes with its source can only be switched off.
              parameters:
                - $ref: '#/components/parameters/Definition'
              responses:
                '204':
                  description: It is gone.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/jobs/{job_id}/run:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: runDefinition
              tags: [definitions]
              summary: Starts a run of a job definition at once.
              description: >-
                Needs the role operator. The body may be missing.
              parameters:
                - $ref: '#/components/parameters/Definition'
              requestBody:
                description: What is laid over the configuration of the definition.
                required: false
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/RunRequest'}
              responses:
                '200':
                  description: The run was started.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Location: {$ref: '#/components/headers/Location'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Started'}
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
          /api/schedules:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listSchedules
              tags: [definitions]
              summary: Lists the schedules, by id.
              description: >-
                Needs the role viewer.
              parameters:
                - name: job_id
                  in: query
                  description: Only those of this job definition.
                  schema: {type: integer}
              responses:
                '200':
                  description: All that the caller may see.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {type: array, items: {$ref: '#/components/schemas/Schedule'}}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
            post:
              operationId: createSchedule
              tags: [definitions]
              summary: Lets a job definition be run by itself.
              description: >-
                Needs the role operator. What is due before is not made up for.
              requestBody:
                description: When, and how.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/ScheduleRequest'}
              responses:
                '201':
                  description: The schedule.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    Location: {$ref: '#/components/headers/Location'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Schedule'}
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
          /api/schedules/preview:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: previewSchedule
              tags: [definitions]
              summary: Tells when a timing is due next, before it is saved.
              description: >-
                Needs the role viewer.
              requestBody:
                description: The timing.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/PreviewRequest'}
              responses:
                '200':
                  description: The next times.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/SchedulePreview'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '413': {$ref: '#/components/responses/Problem413'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/schedules/{schedule_id}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: showSchedule
              tags: [definitions]
              summary: Shows a schedule.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Schedule'
              responses:
                '200':
                  description: The schedule.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Schedule'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
            patch:
              operationId: changeSchedule
              tags: [definitions]
              summary: Changes what is named of a schedule.
              description: >-
                Needs the role operator. What was due under another timing, or while it was switched off, is not made up for.
              parameters:
                - $ref: '#/components/parameters/Schedule'
              requestBody:
                description: What is to be otherwise.
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/ScheduleChange'}
              responses:
                '200':
                  description: The schedule as it is now.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Schedule'}
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
            delete:
              operationId: removeSchedule
              tags: [definitions]
              summary: Removes a schedule with the history of its ticks.
              description: >-
                Needs the role operator. Its runs stay.
              parameters:
                - $ref: '#/components/parameters/Schedule'
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
          /api/schedules/{schedule_id}/ticks:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listTicks
              tags: [definitions]
              summary: Tells what became of each due time, the newest first.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Schedule'
                - name: limit
                  in: query
                  description: The most ticks of the page.
                  schema: {type: integer, minimum: 1, maximum: 500, default: 100}
                - $ref: '#/components/parameters/Cursor'
              responses:
                '200':
                  description: A page.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/TickPage'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/history:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: history
              tags: [definitions]
              summary: Lists what ran and how it ended, the newest first.
              description: >-
                Needs the role viewer. A run is a job, of a definition or not.
              parameters:
                - name: limit
                  in: query
                  description: The most runs of the answer.
                  schema: {type: integer, minimum: 1, maximum: 500, default: 50}
                - name: status
                  in: query
                  description: Only runs that are so.
                  schema: {type: string, enum: [QUEUED, RUNNING, SUCCESS, FAILURE, CANCELLED]}
                - name: job_id
                  in: query
                  description: Only runs of this job definition.
                  schema: {type: integer}
                - name: source
                  in: query
                  description: Only runs of this source.
                  schema: {type: string}
                - name: cursor
                  in: query
                  description: The last run_id of the page before.
                  schema: {type: string}
              responses:
                '200':
                  description: A page; the last run_id is the cursor of the next one.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {type: array, items: {$ref: '#/components/schemas/RunEntry'}}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/history/{run_id}/stop:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            post:
              operationId: stopRun
              tags: [definitions]
              summary: Stops a run.
              description: >-
                Needs the role operator. The runner is asked to stop, and killed if it does not.
              parameters:
                - $ref: '#/components/parameters/Run'
              responses:
                '200':
                  description: It has ended.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Stopped'}
                '202':
                  description: It is being ended.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Stopped'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
                '507': {$ref: '#/components/responses/Problem507'}
          /api/logs/{run_id}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: runLog
              tags: [definitions]
              summary: Gives what a run has written so far, line by line.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Run'
              responses:
                '200':
                  description: The lines in their order.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {type: array, items: {$ref: '#/components/schemas/LogLine'}}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
        """#
}
