"""axe-core's rules on a page as it stands in the browser."""

from __future__ import annotations

import importlib.resources

from playwright.sync_api import Page

# What keeps somebody from using a page, or makes it hard. Lesser findings are advice.
GRAVE = ("serious", "critical")


def _source() -> str:
    return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text()


def grave_findings(page: Page) -> list[str]:
    """A line for each rule and element; the debugger runs axe, so no page has to allow it."""
    page.evaluate(_source())
    result = page.evaluate("axe.run(document, { resultTypes: ['violations', 'incomplete'] })")
    assert result["passes"], "axe has looked at nothing"
    return [
        f"{page.url}: {violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:200]}"
        f" {' '.join(node.get('failureSummary', '').split())}"
        for violation in result["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]
