import CYAML
public import IngotCore

/// A small YAML document, read by libyaml.
///
/// It knows what a kubeconfig file or a description of an API needs: mappings, sequences and scalars. Aliases are
/// refused, as they let a small file stand for a huge value.
public enum YAMLDocument {
    /// What may be read at most, in bytes.
    public static let maximumSize = 4 << 20
    private static let maximumDepth = 64

    /// Reads the first document as a JSON value.
    ///
    /// - Throws: ``YAMLProblem``.
    public static func parse(_ bytes: [UInt8]) throws -> JSONValue { try value(bytes).json }

    /// Reads the first document.
    ///
    /// - Throws: ``YAMLProblem``.
    public static func value(_ bytes: [UInt8]) throws -> YAMLValue {
        guard bytes.count <= maximumSize else { throw YAMLProblem(line: 1, problem: "it is larger than 4 MiB") }
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { throw YAMLProblem(line: 1, problem: "no memory") }
        defer { yaml_parser_delete(&parser) }
        return try bytes.withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            while true {
                var event = try next(&parser)
                defer { yaml_event_delete(&event) }
                switch event.type {
                case YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT: continue
                case YAML_STREAM_END_EVENT: throw YAMLProblem(line: 1, problem: "it is empty")
                default: return try value(of: event, &parser, depth: 0)
                }
            }
        }
    }

    private static func next(_ parser: inout yaml_parser_t) throws -> yaml_event_t {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else {
            let problem = parser.problem.map { String(cString: $0) } ?? "it is no YAML"
            throw YAMLProblem(line: Int(parser.problem_mark.line) + 1, problem: problem)
        }
        return event
    }

    private static func value(of event: yaml_event_t, _ parser: inout yaml_parser_t, depth: Int) throws -> YAMLValue {
        let line = Int(event.start_mark.line) + 1
        guard depth < maximumDepth else { throw YAMLProblem(line: line, problem: "it is nested too deeply") }
        switch event.type {
        case YAML_SCALAR_EVENT: return .scalar(scalar(event))
        case YAML_SEQUENCE_START_EVENT:
            var elements: [YAMLValue] = []
            while true {
                var inner = try next(&parser)
                defer { yaml_event_delete(&inner) }
                if inner.type == YAML_SEQUENCE_END_EVENT { return .sequence(elements) }
                elements.append(try value(of: inner, &parser, depth: depth + 1))
            }
        case YAML_MAPPING_START_EVENT:
            var members: [YAMLValue.Member] = []
            var names: Set<String> = []
            while true {
                var key = try next(&parser)
                defer { yaml_event_delete(&key) }
                if key.type == YAML_MAPPING_END_EVENT { return .mapping(members) }
                guard key.type == YAML_SCALAR_EVENT else {
                    throw YAMLProblem(line: Int(key.start_mark.line) + 1, problem: "a key is no plain word")
                }
                let name = text(key)
                guard names.insert(name).inserted else {
                    throw YAMLProblem(line: Int(key.start_mark.line) + 1, problem: "the key \(name) is there twice")
                }
                var inner = try next(&parser)
                defer { yaml_event_delete(&inner) }
                members.append(YAMLValue.Member(name: name, value: try value(of: inner, &parser, depth: depth + 1)))
            }
        case YAML_ALIAS_EVENT: throw YAMLProblem(line: line, problem: "aliases are not allowed")
        default: throw YAMLProblem(line: line, problem: "a value is missing")
        }
    }

    private static func text(_ event: yaml_event_t) -> String {
        let scalar = event.data.scalar
        guard let start = scalar.value else { return "" }
        return String(decoding: UnsafeBufferPointer(start: start, count: scalar.length), as: UTF8.self)
    }

    /// A plain scalar has the type that YAML 1.2's core schema gives it; a quoted one is text.
    private static func scalar(_ event: yaml_event_t) -> JSONValue {
        let text = text(event)
        guard event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default:
            if let integer = Int64(text) { return .integer(integer) }
            let isDecimal = text.wholeMatch(of: /[-+]?[0-9]+\.[0-9]+/) != nil
            return isDecimal ? Double(text).map(JSONValue.number) ?? .string(text) : .string(text)
        }
    }
}

/// Why a YAML document cannot be read; it quotes no value of the document.
public struct YAMLProblem: Error, Sendable, Equatable, CustomStringConvertible {
    public var line: Int
    public var problem: String

    public var description: String { "line \(line): \(problem)" }
}
