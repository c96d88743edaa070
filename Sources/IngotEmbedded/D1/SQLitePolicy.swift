import CSQLite

/// What a statement may do, as D1 decides it: SQLite asks for each action while it compiles a statement
/// (<https://sqlite.org/c3ref/set_authorizer.html>).
///
/// Refused: `ATTACH`, temporary tables and triggers, transaction words, virtual tables other than full-text search
/// and R*Tree, names that start `_cf_`, and every function and PRAGMA that is not listed here.
enum SQLitePolicy {
    /// One question of SQLite.
    struct Action: Equatable {
        var code: Int32
        var first: String?
        var second: String?
    }

    enum Verdict: Equatable {
        case allowed
        /// Allowed, and it changes how the connection behaves: the change ends with the call.
        case allowedSetting
        case denied
    }

    static func verdict(on action: Action) -> Verdict {
        if [action.first, action.second].contains(where: isReserved) { return .denied }
        switch action.code {
        case SQLITE_ATTACH, SQLITE_DETACH, SQLITE_TRANSACTION, SQLITE_SAVEPOINT,
            SQLITE_CREATE_TEMP_INDEX, SQLITE_CREATE_TEMP_TABLE, SQLITE_CREATE_TEMP_TRIGGER, SQLITE_CREATE_TEMP_VIEW,
            SQLITE_DROP_TEMP_INDEX, SQLITE_DROP_TEMP_TABLE, SQLITE_DROP_TEMP_TRIGGER, SQLITE_DROP_TEMP_VIEW:
            return .denied
        case SQLITE_READ:
            return builtInTables.contains(action.first?.lowercased() ?? "") ? .denied : .allowed
        case SQLITE_CREATE_VTABLE, SQLITE_DROP_VTABLE:
            return virtualTables.contains(action.second?.lowercased() ?? "") ? .allowed : .denied
        case SQLITE_FUNCTION:
            return functions.contains(action.second?.lowercased() ?? "") ? .allowed : .denied
        case SQLITE_PRAGMA:
            return verdict(onPragma: action.first?.lowercased() ?? "", value: action.second)
        default:
            return .allowed
        }
    }

    private static func verdict(onPragma name: String, value: String?) -> Verdict {
        if inspectingPragmas.contains(name) { return .allowed }
        if readOnlyPragmas.contains(name) { return value == nil ? .allowed : .denied }
        guard settingPragmas.contains(name) else { return .denied }
        guard let value else { return .allowed }
        return booleans.contains(value.lowercased()) ? .allowedSetting : .denied
    }

    private static func isReserved(_ name: String?) -> Bool {
        guard let name else { return false }
        return name.utf8.count >= 4 && name.prefix(4).lowercased() == "_cf_"
    }

    private static let inspectingPragmas: Set<String> = [
        "table_list", "table_info", "table_xinfo", "index_list", "index_info", "index_xinfo", "foreign_key_list",
        "foreign_key_check", "quick_check", "optimize",
    ]

    private static let readOnlyPragmas: Set<String> = ["page_size", "data_version"]

    private static let settingPragmas: Set<String> = [
        "foreign_keys", "defer_foreign_keys", "case_sensitive_like", "ignore_check_constraints", "legacy_alter_table",
        "recursive_triggers", "reverse_unordered_selects",
    ]

    private static let booleans: Set<String> = ["0", "1", "on", "off", "true", "false", "yes", "no"]

    /// Puts every setting that a call may have changed back to its default.
    static let restoringSettings = """
        PRAGMA defer_foreign_keys = OFF; PRAGMA case_sensitive_like = OFF; PRAGMA ignore_check_constraints = OFF;
        PRAGMA legacy_alter_table = OFF; PRAGMA recursive_triggers = OFF; PRAGMA reverse_unordered_selects = OFF;
        """

    /// Virtual tables that are there without being made, where the library was built with them.
    private static let builtInTables: Set<String> = [
        "bytecode", "completion", "dbstat", "fsdir", "fts3tokenize", "generate_series", "sqlite_dbpage",
        "sqlite_memstat", "sqlite_stmt", "tables_used", "zipfile",
    ]

    private static let virtualTables: Set<String> = ["fts5", "fts5vocab", "rtree", "rtree_i32"]

    /// The functions of <https://sqlite.org/lang_corefunc.html>, `lang_datefunc`, `lang_aggfunc`, `windowfunctions`,
    /// `lang_mathfunc`, `json1`, `fts5` and `rtree`, without those that tell of or change the engine itself.
    private static let functions: Set<String> = [
        // Core
        "abs", "changes", "char", "coalesce", "concat", "concat_ws", "format", "glob", "hex", "if", "ifnull", "iif",
        "instr", "last_insert_rowid", "length", "like", "likelihood", "likely", "lower", "ltrim", "match", "max",
        "min", "nullif", "octet_length", "printf", "quote", "random", "randomblob", "replace", "round", "rtrim",
        "sign", "soundex", "substr", "substring", "total_changes", "trim", "typeof", "unhex", "unicode", "unistr",
        "unlikely", "upper", "zeroblob",
        // Dates
        "date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff", "current_date", "current_time",
        "current_timestamp",
        // Aggregates and windows
        "avg", "count", "group_concat", "string_agg", "sum", "total", "row_number", "rank", "dense_rank",
        "percent_rank", "cume_dist", "ntile", "lag", "lead", "first_value", "last_value", "nth_value", "median",
        // Mathematics
        "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "cos", "cosh", "degrees",
        "exp", "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow", "power", "radians", "sin", "sinh", "sqrt",
        "tan", "tanh", "trunc",
        // JSON
        "json", "jsonb", "json_array", "jsonb_array", "json_array_length", "json_error_position", "json_extract",
        "jsonb_extract", "->", "->>", "json_insert", "jsonb_insert", "json_object", "jsonb_object", "json_patch",
        "jsonb_patch", "json_pretty", "json_remove", "jsonb_remove", "json_replace", "jsonb_replace", "json_set",
        "jsonb_set", "json_type", "json_valid", "json_quote", "json_group_array", "jsonb_group_array",
        "json_group_object", "jsonb_group_object", "json_each", "json_tree",
        // Full-text search and R*Tree
        "bm25", "highlight", "snippet", "fts5", "fts5_source_id", "rtreecheck", "rtreedepth", "rtreenode",
        // What ALTER TABLE calls by itself while it rewrites the schema
        "sqlite_rename_column", "sqlite_rename_table", "sqlite_rename_test", "sqlite_drop_column",
        "sqlite_rename_quotefix",
    ]
}
