extension OpenAPIDocument {
    /// The routes about records.
    static let recordPaths = #"""
          /api/records/{source}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: listRecords
              tags: [records]
              summary: Lists a source's records by key.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Source'
                - name: kind
                  in: query
                  description: Only records of this kind.
                  schema: {type: string}
                - $ref: '#/components/parameters/Since'
                - name: limit
                  in: query
                  description: The most records of the page.
                  schema: {type: integer, minimum: 1, maximum: 1000, default: 100}
                - $ref: '#/components/parameters/Cursor'
              responses:
                '200':
                  description: A page.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/RecordPage'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/records/{source}/export:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: exportRecords
              tags: [records]
              summary: Streams a source's records, one JSON object a line.
              description: >-
                Needs the role operator. Each export is in the audit log.
              parameters:
                - $ref: '#/components/parameters/Source'
                - name: kind
                  in: query
                  description: Only records of this kind.
                  schema: {type: string}
                - $ref: '#/components/parameters/Since'
              responses:
                '200':
                  description: The records by key.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/x-ndjson:
                      x-line: {$ref: '#/components/schemas/StoredRecord'}
                      schema: {type: string}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/records/{source}/{key}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: getRecord
              tags: [records]
              summary: Shows a record with the contents that it has had.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Source'
                - $ref: '#/components/parameters/RecordKey'
              responses:
                '200':
                  description: The record.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/RecordDetail'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
            delete:
              operationId: deleteRecord
              tags: [records]
              summary: Deletes a record with all that was kept of it.
              description: >-
                Needs the role admin.
              parameters:
                - $ref: '#/components/parameters/Source'
                - $ref: '#/components/parameters/RecordKey'
              responses:
                '204':
                  description: It is deleted.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
        """#

    /// What the routes about records answer.
    static let recordSchemas = #"""
            RecordPage:
              description: A page of records.
              type: object
              required: [records]
              properties:
                records: {type: array, items: {$ref: '#/components/schemas/StoredRecord'}, description: By key.}
                next: {type: string, description: The cursor of the next page; absent on the last.}
            StoredRecord:
              description: A row of a portal or register.
              type: object
              required: [source, key, kind, scope, content_hash, content, first_seen, last_seen]
              properties:
                source: {type: string, description: The source.}
                key: {type: string, description: Unique within the source and the same from run to run.}
                kind: {type: string, description: 'For example call, bulletin_entry, inmate, offender or registrant.'}
                scope: {type: string, description: 'The host, and the search where there is one.'}
                content_hash: {type: string, description: SHA-256 of what it says.}
                content: {type: object, additionalProperties: true, description: 'What the site says, by the site''s names.'}
                event_time: {type: string, description: 'When it happened, by the site''s clock.'}
                address: {type: string, description: Where it happened.}
                latitude: {type: number, description: Degrees.}
                longitude: {type: number, description: Degrees.}
                located_by: {type: string, enum: [source, geocoder, nobody], description: Who gave the place.}
                first_seen: {type: string, format: date-time, description: When it was seen first.}
                last_seen: {type: string, format: date-time, description: When it was seen last.}
                gone_at: {type: string, format: date-time, description: When it was found to be gone.}
            RecordDetail:
              description: A record with the contents that it has had.
              type: object
              required: [source, key, kind, scope, content_hash, content, first_seen, last_seen, history]
              properties:
                source: {type: string, description: The source.}
                key: {type: string, description: Unique within the source and the same from run to run.}
                kind: {type: string, description: 'For example call, bulletin_entry, inmate, offender or registrant.'}
                scope: {type: string, description: 'The host, and the search where there is one.'}
                content_hash: {type: string, description: SHA-256 of what it says.}
                content: {type: object, additionalProperties: true, description: 'What the site says, by the site''s names.'}
                event_time: {type: string, description: 'When it happened, by the site''s clock.'}
                address: {type: string, description: Where it happened.}
                latitude: {type: number, description: Degrees.}
                longitude: {type: number, description: Degrees.}
                located_by: {type: string, enum: [source, geocoder, nobody], description: Who gave the place.}
                first_seen: {type: string, format: date-time, description: When it was seen first.}
                last_seen: {type: string, format: date-time, description: When it was seen last.}
                gone_at: {type: string, format: date-time, description: When it was found to be gone.}
                history: {type: array, items: {$ref: '#/components/schemas/RecordContent'}, description: Newest first.}
            RecordContent:
              description: A content that a record has had.
              type: object
              required: [content_hash, content, first_seen, last_seen]
              properties:
                content_hash: {type: string, description: SHA-256 of what it says.}
                content: {type: object, additionalProperties: true, description: What the site said.}
                first_seen: {type: string, format: date-time, description: When it was seen first.}
                last_seen: {type: string, format: date-time, description: When it was seen last.}
        """#
}
