"""What a check is, and the list of all of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from world import World


@dataclass(frozen=True)
class Check:
    """One thing that has to hold in a browser."""

    group: str
    name: str
    sentence: str
    # What the gateway is started with besides the sample law.
    arguments: tuple[str, ...]
    body: Callable[[World], None]

    @property
    def id(self) -> str:
        return f"{self.group}.{self.name}"


_checks: list[Check] = []


def check(
    sentence: str, *arguments: str, anonymous: str | None = "admin"
) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Makes a check of a function; the module is its group.

    `sentence` says what holds, `arguments` are the gateway's, `anonymous` is the role of whoever has no key.
    """

    def add(body: Callable[[World], None]) -> Callable[[World], None]:
        group = body.__module__.rsplit(".", 1)[-1]
        access = ("--anonymous", anonymous) if anonymous else ()
        _checks.append(Check(group, body.__name__, sentence, (*access, *arguments), body))
        return body

    return add


def all_checks() -> list[Check]:
    """Every check of every module in `checks/`."""
    folder = Path(__file__).parent / "checks"
    for module in sorted(folder.glob("*.py")):
        if module.stem != "__init__":
            importlib.import_module(f"checks.{module.stem}")
    return list(_checks)
