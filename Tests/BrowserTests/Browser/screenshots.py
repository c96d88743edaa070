"""Takes the pictures of the documentation: each page in light and dark, on a desktop and on a phone."""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True

from browser import DESKTOP, PHONE, SCHEMES, Reader, chromium  # noqa: E402
from playwright.sync_api import Page  # noqa: E402
from sample_law import SampleLaw  # noqa: E402
from site_pages import Jobs, pages  # noqa: E402
from world import gateway_with  # noqa: E402

DEVICES = {"desktop": {"viewport": DESKTOP}, "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True}}
# What is below is cut off.
TALLEST = {"desktop": 900, "phone": 1100}
# What the documentation shows; the others are only looked at.
SHOWN = (
    "start", "jobs", "job-running", "job-succeeded", "job-failed", "job-new", "sources", "source", "law", "section",
    "section-compared", "corpus-compared", "search", "system", "keys", "audit", "reference", "sign-in",
    "definitions", "definition", "calendar", "history", "proxies",
)


def picture(page: Page, tallest: int, kind: str, quality: int) -> bytes:
    """Of the whole page or its beginning; by the debugger, because Playwright writes no WebP."""
    session = page.context.new_cdp_session(page)
    size = session.send("Page.getLayoutMetrics")["cssContentSize"]
    options = {
        "format": kind,
        "captureBeyondViewport": True,
        "clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], tallest), "scale": 1},
    }
    if kind == "webp":
        options["quality"] = quality
    data = base64.b64decode(session.send("Page.captureScreenshot", options)["data"])
    session.detach()
    return data


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ingot", type=Path, required=True, help="the executable; ingot-runner lies beside it")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--all", action="store_true", help="also the pages that the documentation does not show")
    parser.add_argument("--format", choices=("webp", "png"), default="webp")
    parser.add_argument("--quality", type=int, default=40)
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="only these")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    total = 0
    with tempfile.TemporaryDirectory(prefix="screenshots-") as temporary:
        folder = Path(temporary)
        law = SampleLaw.make(arguments.ingot.absolute(), folder / "law")
        options = ["--anonymous", "admin", "--slots", "1"]
        with gateway_with(law, arguments.ingot.absolute(), folder, options) as gateway, chromium() as browser:
            paths = pages(Jobs.make(gateway))
            chosen = arguments.pages or (list(paths) if arguments.all else SHOWN)
            for device, settings in DEVICES.items():
                for scheme in SCHEMES:
                    reader = Reader(browser, gateway.url, color_scheme=scheme, **settings)
                    for name in chosen:
                        page = reader.context.new_page()
                        page.goto(paths[name])
                        # Streams never end, so the network is never idle: what matters are letters and pictures.
                        page.wait_for_load_state("load")
                        page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
                        data = picture(page, TALLEST[device], arguments.format, arguments.quality)
                        (arguments.output / f"{name}-{device}-{scheme}.{arguments.format}").write_bytes(data)
                        total += len(data)
                        page.close()
                    reader.context.close()
    print(f"{len(chosen) * 4} pictures, {total / 1024:,.0f} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
