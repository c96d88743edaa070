import IngotCore

/// The HTTP API as an OpenAPI document (3.1), one file a group of routes.
///
/// Tests hold it against the routes that the gateway really has, what these really answer, and every member of what
/// they encode.
public enum OpenAPIDocument {
    public static let text =
        [
            head, jobPaths, orchestrationPaths, fetchingPaths, proxyPaths, systemPaths, sourcePaths, lawPaths,
            recordPaths, accessPaths, components, jobSchemas, lawSchemas, recordSchemas, accessSchemas,
            fetchingSchemas, proxySchemas, systemSchemas, orchestrationSchemas,
        ]
        .joined(separator: "\n") + "\n"

    private static let head = """
        openapi: 3.1.0
        info:
          title: Ingot
          version: \(IngotVersion.current)
          description: >-
            Turns public records into versioned stores. Every error is a problem document (RFC 9457) and nothing else.
            A GET route answers HEAD as well. What is not described as required may be absent; new members may come, so
            clients pass over members that they do not know. Times are RFC 3339 in UTC.
          license: {name: Apache 2.0, identifier: Apache-2.0}
        servers:
          - {url: /, description: This gateway.}
        tags:
          - {name: jobs, description: 'Ingest requests: started, watched, stopped and done again.'}
          - {name: definitions, description: 'Jobs that are registered, run by themselves, and their history.'}
          - {name: sources, description: 'What can be ingested, and what each job made of it.'}
          - {name: records, description: 'Rows of portals and registers; they name people.'}
          - {name: law, description: 'The ingested law, as of any label.'}
          - {name: access, description: 'Keys, sessions, and who changed what.'}
          - {name: webhooks, description: 'Addresses that are told of the ends of jobs.'}
          - {name: proxies, description: 'The pool of proxies that jobs can ask through.'}
          - {name: health, description: 'What monitoring asks, and this document.'}
          - {name: runners, description: 'What runners ask; only the token of an attempt opens these routes.'}
        security:
          - apiKey: []
          - session: []
        paths:
        """
}
