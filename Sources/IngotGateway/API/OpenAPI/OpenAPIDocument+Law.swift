extension OpenAPIDocument {
    /// The routes that read the law.
    static let lawPaths = #"""
          /api/law/{key}:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: readNode
              tags: [law]
              summary: Reads a node.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Key'
                - $ref: '#/components/parameters/At'
                - name: format
                  in: query
                  description: The form; Accept chooses it otherwise.
                  schema: {type: string, enum: [json, text, markdown]}
                - name: width
                  in: query
                  description: Columns that plain text is wrapped into.
                  schema: {type: integer, minimum: 40, maximum: 1000}
                - $ref: '#/components/parameters/IfNoneMatch'
              responses:
                '200':
                  description: The node.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    ETag: {$ref: '#/components/headers/ETag'}
                    Vary: {$ref: '#/components/headers/Vary'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Node'}
                    text/plain:
                      schema: {type: string}
                    text/markdown:
                      schema: {type: string}
                '304':
                  description: The reader has it already.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    ETag: {$ref: '#/components/headers/ETag'}
                    Vary: {$ref: '#/components/headers/Vary'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '406': {$ref: '#/components/responses/Problem406'}
                '409': {$ref: '#/components/responses/Problem409'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '500': {$ref: '#/components/responses/Problem500'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/law/{key}/children:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: readChildren
              tags: [law]
              summary: Reads a node and what lies below it.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Key'
                - $ref: '#/components/parameters/At'
                - name: depth
                  in: query
                  description: How many levels.
                  schema: {type: integer, minimum: 1, maximum: 100, default: 1}
                - name: limit
                  in: query
                  description: The most children of the page, of one level.
                  schema: {type: integer, minimum: 1, maximum: 2000}
                - $ref: '#/components/parameters/Cursor'
                - $ref: '#/components/parameters/IfNoneMatch'
              responses:
                '200':
                  description: The nodes, in document order.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    ETag: {$ref: '#/components/headers/ETag'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/NodeList'}
                '304':
                  description: The reader has it already.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                    ETag: {$ref: '#/components/headers/ETag'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/law/{key}/history:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: readHistory
              tags: [law]
              summary: Tells what each revision made of a node.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Key'
              responses:
                '200':
                  description: The history, oldest first.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/History'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/law/{key}/references:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: readReferences
              tags: [law]
              summary: Tells what a node cites and what cites it.
              description: >-
                Needs the role viewer.
              parameters:
                - $ref: '#/components/parameters/Key'
                - $ref: '#/components/parameters/At'
                - name: limit
                  in: query
                  description: The most citing nodes of the page.
                  schema: {type: integer, minimum: 1, maximum: 2000, default: 200}
                - name: cites
                  in: query
                  description: Whether the first page lists what the node cites; without it, it does.
                  schema: {type: boolean, default: true}
                - $ref: '#/components/parameters/Cursor'
              responses:
                '200':
                  description: The references.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/References'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '413': {$ref: '#/components/responses/Problem413'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '500': {$ref: '#/components/responses/Problem500'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/diff:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: compare
              tags: [law]
              summary: Compares two labels.
              description: >-
                Needs the role viewer. With a key the answer is about that node, with its texts word by word.
              parameters:
                - name: source
                  in: query
                  required: true
                  description: The source.
                  example: usc
                  schema: {type: string}
                - name: from
                  in: query
                  required: true
                  description: The label to compare with.
                  example: 119-36
                  schema: {type: string}
                - name: to
                  in: query
                  description: The other label; without it the live one.
                  schema: {type: string}
                - name: unit
                  in: query
                  description: Only this unit.
                  schema: {type: string}
                - name: level
                  in: query
                  description: Only nodes of this level.
                  schema: {type: string}
                - name: key
                  in: query
                  description: Only this node, word by word.
                  schema: {type: string}
                - name: change
                  in: query
                  description: Only these kinds, with commas between, in a list with limit.
                  example: added,removed
                  schema: {type: string}
                - name: limit
                  in: query
                  description: >-
                    The most changes of a page. Without it all changes are one answer, and the numbers come last.
                  schema: {type: integer, minimum: 1, maximum: 1000}
                - $ref: '#/components/parameters/Cursor'
              responses:
                '200':
                  description: What changed.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema:
                        oneOf:
                          - $ref: '#/components/schemas/Comparison'
                          - $ref: '#/components/schemas/NodeComparison'
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '500': {$ref: '#/components/responses/Problem500'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/search:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: search
              tags: [law]
              summary: Searches the live law by words or by citation.
              description: >-
                Needs the role viewer.
              parameters:
                - name: q
                  in: query
                  required: true
                  description: >-
                    Words, "phrases", beginnings (legislat*), exclusions (-without),
                    alternatives (tax OR duty), or a citation.
                  example: marriage
                  schema: {type: string, minLength: 1, maxLength: 500}
                - name: source
                  in: query
                  description: Only this source.
                  schema: {type: string, maxLength: 100}
                - name: at
                  in: query
                  description: The label whose law is searched, for a search in one source; without it the live one.
                  schema: {type: string, maxLength: 200}
                - name: unit
                  in: query
                  description: Only these units, with commas between.
                  schema: {type: string}
                - name: level
                  in: query
                  description: Only nodes of this level.
                  schema: {type: string, maxLength: 100}
                - name: status
                  in: query
                  description: Without what is repealed, omitted, transferred or reserved.
                  schema: {type: string, enum: [any, in_force]}
                - name: in
                  in: query
                  description: Where the words have to be.
                  schema: {type: string, enum: [heading, text, all]}
                - name: limit
                  in: query
                  description: The most hits of the page.
                  schema: {type: integer, minimum: 1, maximum: 100, default: 20}
                - $ref: '#/components/parameters/Cursor'
              responses:
                '200':
                  description: The hits, best first.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Hits'}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '421': {$ref: '#/components/responses/Problem421'}
                '422': {$ref: '#/components/responses/Problem422'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
          /api/export:
            parameters:
              - $ref: '#/components/parameters/RequestId'
              - $ref: '#/components/parameters/Traceparent'
              - $ref: '#/components/parameters/Tracestate'
            get:
              operationId: export
              tags: [law]
              summary: Exports every node of a state.
              description: >-
                Needs the role viewer.
              parameters:
                - name: source
                  in: query
                  required: true
                  description: The source.
                  example: usc
                  schema: {type: string}
                - $ref: '#/components/parameters/At'
                - name: format
                  in: query
                  description: The form.
                  schema: {type: string, enum: [ndjson, csv], default: ndjson}
              responses:
                '200':
                  description: The nodes, one a line.
                  headers:
                    X-Request-Id: {$ref: '#/components/headers/RequestId'}
                  content:
                    application/x-ndjson:
                      x-line: {$ref: '#/components/schemas/ExportedNode'}
                      schema: {type: string}
                    text/csv:
                      schema: {type: string}
                '400': {$ref: '#/components/responses/Problem400'}
                '401': {$ref: '#/components/responses/Problem401'}
                '403': {$ref: '#/components/responses/Problem403'}
                '404': {$ref: '#/components/responses/Problem404'}
                '409': {$ref: '#/components/responses/Problem409'}
                '421': {$ref: '#/components/responses/Problem421'}
                '429': {$ref: '#/components/responses/Problem429'}
                '503': {$ref: '#/components/responses/Problem503'}
        """#
}
