"""What holds for all pages."""

import re
import urllib.error
import urllib.request

from accessibility import grave_findings
from browser import DESKTOP, PHONE, SCHEMES
from check import check
from playwright.sync_api import Page
from site_pages import ABSENT, Jobs, broken_fragments, links, pages
from world import World

ONE_SLOT = ("--slots", "1")


def each_page(world: World, look, **options: object) -> None:
    """Opens all pages and tells all that is wrong together."""
    paths = pages(Jobs.make(world.gateway))
    reader = world.reader(**options)
    # The page that is not there says so with its status.
    reader.allow("status of 404")
    wrong: list[str] = []
    for name, path in paths.items():
        page = reader.context.new_page()
        answer = page.goto(path)
        if answer.status != (404 if name in ABSENT else 200):
            wrong.append(f"{name} ({path}): status {answer.status}")
        else:
            wrong += [f"{name} ({path}): {text}" for text in look(page)]
        page.close()
    assert not wrong, "\n".join(wrong)


def structure(page: Page) -> list[str]:
    """One heading of the first level, no level left out, one main landmark, a title, a language."""
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter((h) => h.checkVisibility()).map((h) => +h.tagName[1])"
    )
    wrong = []
    if levels.count(1) != 1:
        wrong.append(f"{levels.count(1)} headings of the first level")
    wrong += [f"heading {b} after {a}" for a, b in zip(levels, levels[1:]) if b > a + 1]
    if page.locator("main").count() != 1:
        wrong.append("not one main landmark")
    if not re.search(r"\S · Ingot$", page.title()):
        wrong.append(f"title {page.title()!r}")
    twice = page.evaluate(
        "(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);"
        " return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))]; })()"
    )
    if twice:
        wrong.append(f"ids that are there twice: {twice}")
    return wrong


def sideways(page: Page) -> list[str]:
    """What is wider than the window."""
    too_wide = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          const hidden = (e) => e && (getComputedStyle(e).overflowX !== "visible" || hidden(e.parentElement));
          const wide = [...document.body.querySelectorAll("*")]
            .filter((e) => e.getBoundingClientRect().right > width + 1 && !hidden(e.parentElement));
          return [`${document.documentElement.scrollWidth} px wide`, ...wide.slice(0, 5).map((e) => e.outerHTML.slice(0, 160))];
        }"""
    )
    return too_wide


@check("Every page opens, has its headings in order, and neither breaks its policy nor complains", *ONE_SLOT)
def opens(world: World) -> None:
    each_page(world, structure)


@check("Every page fits a phone: nothing scrolls sideways", *ONE_SLOT)
def phone(world: World) -> None:
    each_page(world, sideways, viewport=PHONE, is_mobile=True, has_touch=True)


@check("No page is wider than a desktop's window", *ONE_SLOT)
def desktop(world: World) -> None:
    each_page(world, sideways, viewport=DESKTOP)


@check("Every page flows into 320 pixels, as a desktop's window has at four times the size (WCAG 1.4.10)", *ONE_SLOT)
def four_times(world: World) -> None:
    each_page(world, sideways, viewport={"width": 320, "height": 256})


@check("Every page stands letters of twice the size (WCAG 1.4.4)", *ONE_SLOT)
def large_letters(world: World) -> None:
    def look(page: Page) -> list[str]:
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        return sideways(page)

    each_page(world, look, viewport=DESKTOP)


@check("axe finds nothing serious on any page in light colours", *ONE_SLOT)
def axe_light(world: World) -> None:
    each_page(world, grave_findings, color_scheme="light")


@check("axe finds nothing serious on any page in dark colours", *ONE_SLOT)
def axe_dark(world: World) -> None:
    each_page(world, grave_findings, color_scheme="dark")


@check("axe finds nothing serious on any page on a phone", *ONE_SLOT)
def axe_phone(world: World) -> None:
    each_page(world, grave_findings, viewport=PHONE, is_mobile=True, has_touch=True)


@check("Light and dark are two different pairs of colours, and each page follows the reader's wish", *ONE_SLOT)
def schemes(world: World) -> None:
    grounds: dict[str, set[str]] = {}
    for scheme in SCHEMES:
        grounds[scheme] = set()

        def look(page: Page, seen: set[str] = grounds[scheme]) -> list[str]:
            seen.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            return []

        each_page(world, look, color_scheme=scheme)
    assert len(grounds["light"]) == len(grounds["dark"]) == 1 and grounds["light"] != grounds["dark"], grounds


@check("Nothing moves for whoever wishes no motion", *ONE_SLOT)
def reduced_motion(world: World) -> None:
    def look(page: Page) -> list[str]:
        return page.evaluate(
            """() => document.getAnimations().filter((a) => a.playState === "running")
              .map((a) => `moves: ${a.effect.target?.outerHTML.slice(0, 160)}`)"""
        )

    each_page(world, look, reduced_motion="reduce")


@check("Every page reads without JavaScript as with it", *ONE_SLOT)
def without_javascript(world: World) -> None:
    paths = pages(Jobs.make(world.gateway))
    plain = world.reader(java_script_enabled=False)
    plain.allow("status of 404")
    for name, path in paths.items():
        page = plain.context.new_page()
        page.goto(path)
        text = page.locator("main").inner_text()
        assert len(text) > 60, f"{name}: only {text!r}"
        # Nothing waits for a script that never comes.
        assert not re.search(r"loading|please wait", text, re.IGNORECASE), f"{name} waits: {text!r}"
        page.close()


@check("No link leads to nothing", *ONE_SLOT)
def no_dead_links(world: World) -> None:
    waiting = [*pages(Jobs.make(world.gateway)).values()]
    absent = {world.gateway.url + path for name, path in pages(Jobs()).items() if name in ABSENT}
    seen: dict[str, str] = {world.gateway.url + path: "the list of pages" for path in waiting}
    queue = list(seen)
    wrong: list[str] = []
    # Bounded: the law is a wood of links.
    while queue and len(seen) < 1200:
        place = queue.pop(0)
        try:
            with urllib.request.urlopen(place, timeout=60) as answer:
                kind = answer.headers.get_content_type()
                text = answer.read().decode() if kind == "text/html" else ""
        except urllib.error.HTTPError as refusal:
            if place not in absent:
                wrong.append(f"{place} answers {refusal.code}; it is linked from {seen[place]}")
            continue
        wrong += [f"{place} has no place {fragment}" for fragment in broken_fragments(text)]
        # Only the pages that are listed are followed: their links lead to one of every kind.
        if seen[place] != "the list of pages":
            continue
        for link in links(place, text):
            if link.startswith(world.gateway.url) and link not in seen:
                seen[link] = place
                queue.append(link)
    assert not wrong, "\n".join(wrong)
