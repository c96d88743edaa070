extension OpenAPIDocument {
    /// What the routes about sources and the law give.
    static let lawSchemas = #"""
            Source:
              description: A corpus that can be ingested.
              type: object
              required: [id, name, jurisdiction, region, document_type, parameters, exclusive, lists_releases, definitions]
              properties:
                id: {type: string, description: The name in paths and commands.}
                name: {type: string, description: The name for people.}
                jurisdiction: {type: string, description: 'Whose records they are, such as us.'}
                region: {type: string, description: 'Such as federal.'}
                document_type: {type: string, description: 'Such as statute.'}
                parameters:
                  description: A JSON Schema of the body of POST /api/ingest/{source}.
                  type: object
                  additionalProperties: true
                default_origin: {type: string, description: Where upstream is unless the operator says otherwise.}
                exclusive: {type: boolean, description: Whether one job of it runs at a time.}
                lists_releases: {type: boolean, description: Whether it can say what upstream has published.}
                definitions:
                  description: The job definitions that come with it.
                  type: array
                  items: {$ref: '#/components/schemas/BuiltInDefinition'}
                terms: {$ref: '#/components/schemas/HostTerms'}
                retention_days:
                  description: For how many days a record is kept that is not seen any more; absent for ever.
                  type: integer
                  minimum: 1
            SourceList:
              description: What can be ingested.
              type: object
              required: [sources]
              properties:
                sources: {type: array, items: {$ref: '#/components/schemas/Source'}, description: By id.}
            Release:
              description: A state of a source as upstream has published it.
              type: object
              required: [label, units, current, ingested, live]
              properties:
                label: {type: string, description: Upstream's name for it.}
                date: {type: string, description: 'The day that upstream gives it, YYYY-MM-DD.'}
                units: {type: array, items: {type: string}, description: 'The units that changed with it, as far as upstream says.'}
                current: {type: boolean, description: Whether it is upstream's newest.}
                description: {type: string, description: What upstream says of it.}
                ingested: {type: boolean, description: Whether it can be read here.}
                live: {type: boolean, description: Whether it is what readers see.}
            ReleaseList:
              description: What upstream has published.
              type: object
              required: [source, asked_at, releases]
              properties:
                source: {type: string, description: The source.}
                asked_at: {type: string, format: date-time, description: When upstream was asked.}
                releases: {type: array, items: {$ref: '#/components/schemas/Release'}, description: 'The releases, newest first.'}
            Revision:
              description: What one job made of a source.
              type: object
              required: [source, number, label, job, status, live, created_at]
              properties:
                source: {type: string, description: The source.}
                number: {type: integer, minimum: 1, description: 'From 1; failed jobs leave gaps.'}
                label: {type: string, description: Upstream's name for the state.}
                job: {type: string, description: The job that made it.}
                status: {type: string, enum: [open, promoted, abandoned, reverted], description: What has become of it.}
                live: {type: boolean, description: Whether it is what readers see.}
                counts: {type: object, additionalProperties: {type: integer}, description: 'What it changed, by name.'}
                created_at: {type: string, format: date-time, description: When its job began.}
                promoted_at: {type: string, format: date-time, description: When it became visible.}
                reverted_at: {type: string, format: date-time, description: When readers were sent back from it.}
                reverted_to: {type: integer, description: The revision that they were sent back to.}
                reverted_reason: {type: string, description: Why.}
            RevisionList:
              description: What each job made of a source.
              type: object
              required: [revisions]
              properties:
                revisions:
                  description: The revisions, newest first.
                  type: array
                  items: {$ref: '#/components/schemas/Revision'}
                next: {type: string, description: The cursor of the next page; absent on the last.}
            Reversion:
              description: What a revert did.
              type: object
              required: [source, from, to, reverted_at]
              properties:
                source: {type: string, description: The source.}
                from: {$ref: '#/components/schemas/State'}
                to: {$ref: '#/components/schemas/State'}
                reason: {type: string, description: Why.}
                reverted_at: {type: string, format: date-time, description: When.}
            State:
              description: A revision with upstream's name for it.
              type: object
              required: [revision, label]
              properties:
                revision: {type: integer, minimum: 1, description: Its number.}
                label: {type: string, description: Its label.}
            SweepReport:
              description: What a sweep removed.
              type: object
              required: [source, revisions_swept, rows_removed, packs_removed, bytes_freed, packs_left]
              properties:
                source: {type: string, description: The source.}
                revisions_swept: {type: integer, description: Revisions that were taken back.}
                rows_removed: {type: integer, description: Rows of nodes that were removed.}
                packs_removed: {type: integer, description: Objects that were removed.}
                bytes_freed: {type: integer, description: Their size.}
                packs_left: {type: integer, description: Objects that were left because a job that runs may need them.}
            VerificationLine:
              description: Something that is wrong or, as the last line, the summary.
              type: object
              properties:
                problem: {type: string, description: What is wrong.}
                key: {type: string, description: With which node.}
                nodes: {type: integer, description: Records that were read (summary).}
                captures: {type: integer, description: Captures that were read (summary).}
                problems: {type: integer, description: How much is wrong (summary).}
              examples:
                - {nodes: 45, captures: 2, problems: 0}
            Breadcrumb:
              description: One step of the way down to a node.
              type: object
              required: [key, level, num, heading]
              properties:
                key: {type: string, description: The node's key.}
                level: {type: string, description: 'What it is, such as chapter.'}
                num: {type: string, description: Its number as published.}
                heading: {type: string, description: Its heading.}
            NodeEntry:
              description: A node as lists show it, without its content.
              type: object
              required: [source, key, unit, level, num, heading, depth, content_hash, source_url]
              properties:
                source: {type: string, description: The source.}
                key: {type: string, description: What it is known by from label to label.}
                parent: {type: string, description: The key of the node above.}
                unit: {type: string, description: The unit that it is of.}
                level: {type: string, description: 'What it is, such as section.'}
                num: {type: string, description: Its number as published.}
                heading: {type: string, description: Its heading.}
                status: {type: string, description: 'repealed, omitted, transferred, reserved and others; absent when in force.'}
                citation: {type: string, description: How it is cited.}
                depth: {type: integer, minimum: 0, description: How far below the node that was asked for.}
                content_hash: {type: string, pattern: '^[0-9a-f]{64}$', description: SHA-256 of its record.}
                source_url: {type: string, description: The file in which its text was first read.}
            NodeList:
              description: Nodes with the state that they were read from.
              type: object
              required: [source, label, revision, breadcrumbs, nodes, next, truncated]
              properties:
                source: {type: string, description: The source.}
                label: {type: string, description: The label of the state.}
                revision: {type: integer, minimum: 1, description: The revision of the state.}
                breadcrumbs:
                  description: What the first node lies in, from the top down.
                  type: array
                  items: {$ref: '#/components/schemas/Breadcrumb'}
                nodes: {type: array, items: {$ref: '#/components/schemas/NodeEntry'}, description: In document order.}
                next: {type: [string, 'null'], description: The cursor of the next page; null on the last.}
                truncated: {type: boolean, description: Whether there are more nodes than the answer may have.}
            Record:
              description: A node's content.
              type: object
              required: [unit, key, parent, level, num, heading, status, text, blocks, credit, notes, footnotes, refs]
              properties:
                unit: {type: string, description: The unit that it is of.}
                key: {type: string, description: What it is known by from label to label.}
                parent: {type: [string, 'null'], description: The key of the node above.}
                level: {type: string, description: 'What it is, such as section.'}
                num: {type: string, description: Its number as published.}
                heading: {type: string, description: Its heading.}
                status: {type: [string, 'null'], description: 'repealed, omitted, transferred, reserved and others.'}
                citation: {type: string, description: How it is cited.}
                text: {type: string, description: 'The whole text, as published.'}
                blocks: {type: array, items: {$ref: '#/components/schemas/Block'}, description: The text as it is laid out.}
                credit: {type: string, description: The acts that it comes from.}
                notes: {type: array, items: {$ref: '#/components/schemas/Note'}, description: Notes of the publisher.}
                footnotes: {type: array, items: {$ref: '#/components/schemas/Footnote'}, description: Footnotes.}
                refs: {type: array, items: {$ref: '#/components/schemas/Reference'}, description: What it cites.}
            Node:
              description: A node, and where it stands in the state that was read.
              allOf:
                - type: object
                  required: [source, label, revision, source_url, content_hash, breadcrumbs, previous, next]
                  properties:
                    source: {type: string, description: The source.}
                    label: {type: string, description: The label of the state.}
                    revision: {type: integer, minimum: 1, description: The revision of the state.}
                    source_url: {type: string, description: The file in which the text was first read.}
                    content_hash: {type: string, pattern: '^[0-9a-f]{64}$', description: SHA-256 of the record.}
                    breadcrumbs:
                      description: What it lies in, from the top down.
                      type: array
                      items: {$ref: '#/components/schemas/Breadcrumb'}
                    previous: {type: [string, 'null'], description: The key of the node before it.}
                    next: {type: [string, 'null'], description: The key of the node after it.}
                - $ref: '#/components/schemas/Record'
            ExportedNode:
              description: A line of an export.
              allOf:
                - type: object
                  required: [label, sort, source_url]
                  properties:
                    label: {type: string, description: The label that its unit was brought up to.}
                    sort: {type: integer, minimum: 0, description: 'Its place within the unit, from 0.'}
                    source_url: {type: string, description: The file in which the text was first read.}
                - $ref: '#/components/schemas/Record'
            Block:
              description: A piece of a text.
              type: object
              required: [type, depth, text]
              properties:
                type: {type: string, description: 'What it is, such as subsection, p or table.'}
                label: {type: string, description: 'Its number as published, such as (a).'}
                heading: {type: string, description: Its heading.}
                depth: {type: integer, minimum: 0, description: How deep it is nested.}
                text: {type: string, description: What it says.}
                status: {type: string, description: 'Such as repealed; absent when in force.'}
                table:
                  description: The rows of a table.
                  type: array
                  items: {type: array, items: {$ref: '#/components/schemas/Cell'}}
                links: {type: array, items: {$ref: '#/components/schemas/Link'}, description: Links in the text.}
                marks: {type: array, items: {$ref: '#/components/schemas/Mark'}, description: Footnotes' markers in the text.}
            Cell:
              description: A cell of a table.
              type: object
              required: [text]
              properties:
                text: {type: string, description: What it says.}
                header: {type: boolean, description: Whether it heads a row or a column.}
                column_span: {type: integer, minimum: 2, description: 'How many columns it takes; absent for one.'}
                row_span: {type: integer, minimum: 2, description: 'How many rows it takes; absent for one.'}
            Link:
              description: A link in a text.
              type: object
              required: [href, start, length]
              properties:
                href: {type: string, description: Where to.}
                start: {type: integer, minimum: 0, description: After how many Unicode scalars it begins.}
                length: {type: integer, minimum: 0, description: Of how many it is.}
            Mark:
              description: Where a footnote's marker stands.
              type: object
              required: [marker, position]
              properties:
                marker: {type: string, description: The marker.}
                position: {type: integer, minimum: 0, description: After how many Unicode scalars of the text.}
            Note:
              description: A note of the publisher.
              type: object
              required: [heading, text]
              properties:
                topic: {type: string, description: What kind of note.}
                role: {type: string, description: crossHeading for a heading over the notes that follow.}
                heading: {type: string, description: Its heading.}
                text: {type: string, description: What it says.}
            Footnote:
              description: A footnote.
              type: object
              required: [text]
              properties:
                marker: {type: string, description: Its marker.}
                text: {type: string, description: What it says.}
            Reference:
              description: A place that a text cites.
              type: object
              required: [href, text, kind]
              properties:
                href: {type: string, description: As published.}
                text: {type: string, description: The words of the citation.}
                kind:
                  description: What is cited.
                  type: string
                  enum: [node, public_law, statutes_at_large, act, regulation, other]
                target: {type: string, description: The key of the node that it leads to.}
                piece: {type: string, description: What is named below the target.}
                relation:
                  description: The section is there now (transferred_to), or had that number (formerly).
                  type: string
                  enum: [transferred_to, formerly]
                resolved: {type: boolean, description: Whether the state that is read has the target.}
            History:
              description: Everything that happened to a node.
              type: object
              required: [source, key, history]
              properties:
                source: {type: string, description: The source.}
                key: {type: string, description: The node's key.}
                history: {type: array, items: {$ref: '#/components/schemas/HistoryEntry'}, description: Oldest first.}
            HistoryEntry:
              description: What one revision made of a node.
              type: object
              required: [revision, label, change, fields]
              properties:
                revision: {type: integer, minimum: 1, description: The revision.}
                label: {type: string, description: Its label.}
                promoted_at: {type: string, format: date-time, description: When it became visible.}
                change: {$ref: '#/components/schemas/ChangeKind'}
                fields: {type: array, items: {$ref: '#/components/schemas/Field'}, description: What changed.}
                num: {type: string, description: The number from then on.}
                heading: {type: string, description: The heading from then on.}
                status: {type: string, description: The status from then on.}
                content_hash: {type: string, description: SHA-256 of the record from then on; absent when the node went.}
            ChangeKind:
              description: What happened; moved is the same content in another place.
              type: string
              enum: [added, removed, changed, moved]
            Field:
              description: A part of a node that can differ.
              type: string
              enum: [level, num, heading, status, citation, parent, text, layout, credit, notes, footnotes, references]
            References:
              description: What a node cites, and what cites it.
              type: object
              required: [source, label, revision, key, cites, cited_by]
              properties:
                source: {type: string, description: The source.}
                label: {type: string, description: The label of the state.}
                revision: {type: integer, minimum: 1, description: The revision of the state.}
                key: {type: string, description: The node's key.}
                cites: {type: array, items: {$ref: '#/components/schemas/Citation'}, description: On the first page only.}
                cited_by: {type: array, items: {$ref: '#/components/schemas/NodeEntry'}, description: In document order.}
                next: {type: string, description: The cursor of the next page; absent on the last.}
            Citation:
              description: A place that a node cites.
              type: object
              required: [href, text, kind]
              properties:
                href: {type: string, description: As published.}
                text: {type: string, description: The words of the citation.}
                kind:
                  description: What is cited.
                  type: string
                  enum: [node, public_law, statutes_at_large, act, regulation, other]
                target: {type: string, description: The key of the node that it leads to.}
                piece: {type: string, description: What is named below the target.}
                resolved: {type: boolean, description: Whether the state has the target.}
            Comparison:
              description: What changed between two states.
              type: object
              required: [source, from, to, changes]
              properties:
                source: {type: string, description: The source.}
                from: {$ref: '#/components/schemas/State'}
                to: {$ref: '#/components/schemas/State'}
                changes: {type: array, items: {$ref: '#/components/schemas/Change'}, description: In document order.}
                summary: {$ref: '#/components/schemas/ChangeSummary'}
                units:
                  description: The numbers of each unit that changed, on the first page of a list with limit.
                  type: array
                  items:
                    type: object
                    required: [unit, summary]
                    properties:
                      unit: {type: string, description: The unit.}
                      summary: {$ref: '#/components/schemas/ChangeSummary'}
                next: {type: [string, 'null'], description: 'The cursor of the next page, of a list with limit; null on the last.'}
            NodeComparison:
              description: What changed in one node.
              type: object
              required: [source, from, to, key, texts]
              properties:
                source: {type: string, description: The source.}
                from: {$ref: '#/components/schemas/State'}
                to: {$ref: '#/components/schemas/State'}
                key: {type: string, description: The node's key.}
                change: {$ref: '#/components/schemas/Change'}
                texts:
                  description: The texts that differ, in the order in which a node is read.
                  type: array
                  items:
                    type: object
                    required: [field, pieces]
                    properties:
                      field: {$ref: '#/components/schemas/Field'}
                      pieces:
                        description: In document order; a deletion comes before what replaces it.
                        type: array
                        items:
                          type: object
                          required: [operation, text]
                          properties:
                            operation: {type: string, enum: [equal, inserted, deleted], description: What became of it.}
                            text: {type: string, description: The words.}
            Change:
              description: What became of a node.
              type: object
              required: [change, key, unit, level, num, heading, status, citation, parent]
              properties:
                change: {$ref: '#/components/schemas/ChangeKind'}
                key: {type: string, description: The node's key.}
                unit: {type: string, description: The unit that it is of.}
                level: {type: string, description: 'What it is, such as section.'}
                num: {type: string, description: Its number.}
                heading: {type: string, description: Its heading.}
                status: {type: [string, 'null'], description: 'Such as repealed; null when in force.'}
                citation: {type: [string, 'null'], description: How it is cited.}
                parent: {type: [string, 'null'], description: The key of the node above.}
                fields: {type: array, items: {$ref: '#/components/schemas/Field'}, description: What differs.}
                before: {$ref: '#/components/schemas/Caption'}
            Caption:
              description: A node as it was.
              type: object
              required: [level, num, heading]
              properties:
                level: {type: string, description: What it was.}
                num: {type: string, description: Its number.}
                heading: {type: string, description: Its heading.}
                status: {type: string, description: Its status.}
                citation: {type: string, description: How it was cited.}
                parent: {type: string, description: The key of the node above.}
            ChangeSummary:
              description: Changes in numbers.
              type: object
              required: [added, removed, changed, moved, fields]
              properties:
                added: {type: integer, description: Nodes that are new.}
                removed: {type: integer, description: Nodes that are gone.}
                changed: {type: integer, description: Nodes with other content.}
                moved: {type: integer, description: Nodes with the same content in another place.}
                fields: {type: object, additionalProperties: {type: integer}, description: Nodes that differ in each field.}
            Hits:
              description: A page of what was found.
              type: object
              required: [hits, truncated]
              properties:
                hits: {type: array, items: {$ref: '#/components/schemas/Hit'}, description: Best first.}
                next_cursor: {type: string, description: The cursor of the next page; absent on the last.}
                truncated: {type: boolean, description: Whether there is more than pages lead to.}
            Hit:
              description: A node that was found.
              type: object
              required: [source, key, unit, level, num, heading, cited, snippet]
              properties:
                source: {type: string, description: The source.}
                key: {type: string, description: The node's key.}
                unit: {type: string, description: The unit that it is of.}
                level: {type: string, description: 'What it is, such as section.'}
                num: {type: string, description: Its number.}
                heading: {type: string, description: Its heading.}
                status: {type: string, description: 'Such as repealed; absent when in force.'}
                citation: {type: string, description: How it is cited.}
                cited: {type: boolean, description: Whether what was looked for is its number or citation.}
                score: {type: number, description: 'How well the words fit, greater is better; absent for what is cited.'}
                snippet:
                  description: The part of the text that fits best.
                  type: array
                  items:
                    type: object
                    required: [text, match]
                    properties:
                      text: {type: string, description: The words.}
                      match: {type: boolean, description: Whether they are what was looked for.}
        """#
}
