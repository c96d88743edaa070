/// The files of `Files/`, which are part of the executable; a new one is named here.
enum EmbeddedFiles {
    /// Templates, by the name that pages and other templates use.
    static var templates: [String: String] {
        let files: [String: [UInt8]] = [
            "frame": PackageResources.frame_mustache,
            "problem": PackageResources.problem_mustache,
            "sign-in": PackageResources.sign_in_mustache,
            "overview": PackageResources.overview_mustache,
            "queue-use": PackageResources.queue_use_mustache,
            "sources": PackageResources.sources_mustache,
            "source": PackageResources.source_mustache,
            "releases": PackageResources.releases_mustache,
            "system": PackageResources.system_mustache,
            "system-tabs": PackageResources.system_tabs_mustache,
            "keys": PackageResources.keys_mustache,
            "audit": PackageResources.audit_mustache,
            "webhooks": PackageResources.webhooks_mustache,
            "law-home": PackageResources.law_home_mustache,
            "law-node": PackageResources.law_node_mustache,
            "law-absent": PackageResources.law_absent_mustache,
            "law-references": PackageResources.law_references_mustache,
            "law-changes": PackageResources.law_changes_mustache,
            "law-comparison": PackageResources.law_comparison_mustache,
            "search": PackageResources.search_mustache,
            "search-hit": PackageResources.search_hit_mustache,
            "jobs": PackageResources.jobs_mustache,
            "job": PackageResources.job_mustache,
            "job-form": PackageResources.job_form_mustache,
            "definitions": PackageResources.definitions_mustache,
            "definition": PackageResources.definition_mustache,
            "regular-tabs": PackageResources.regular_tabs_mustache,
            "parameter-fields": PackageResources.parameter_fields_mustache,
            "runs-table": PackageResources.runs_table_mustache,
            "calendar": PackageResources.calendar_mustache,
            "history": PackageResources.history_mustache,
            "proxies": PackageResources.proxies_mustache,
            "reference": PackageResources.reference_mustache,
            "shape-name": PackageResources.shape_name_mustache,
        ]
        return files.mapValues { String(decoding: $0, as: UTF8.self) }
    }

    /// What browsers load, by file name.
    static var assets: [String: [UInt8]] {
        [
            "style.css": PackageResources.style_css,
            "law.css": PackageResources.law_css,
            "law.js": PackageResources.law_js,
            "charts.css": PackageResources.charts_css,
            "system.css": PackageResources.system_css,
            "live.js": PackageResources.live_js,
            "keys.js": PackageResources.keys_js,
            "webhooks.js": PackageResources.webhooks_js,
            "reference.css": PackageResources.reference_css,
            "frame.js": PackageResources.frame_js,
            "stream.js": PackageResources.stream_js,
            "parts.js": PackageResources.parts_js,
            "durations.js": PackageResources.durations_js,
            "jobs.js": PackageResources.jobs_js,
            "definition.js": PackageResources.definition_js,
            "proxies.js": PackageResources.proxies_js,
            "jobs.css": PackageResources.jobs_css,
            "job.css": PackageResources.job_css,
            "job.js": PackageResources.job_js,
            "job-form.css": PackageResources.job_form_css,
            "job-form.js": PackageResources.job_form_js,
            "parameter-form.js": PackageResources.parameter_form_js,
            "job-log.js": PackageResources.job_log_js,
            "job-rate.js": PackageResources.job_rate_js,
            "job-stages.js": PackageResources.job_stages_js,
            "job-units.js": PackageResources.job_units_js,
            "icon.svg": PackageResources.icon_svg,
        ]
    }
}
