"""A store with made-up law in it: two releases of a code and an edition of statutes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from gateway import run_ingot

# What every store of the checks holds.
OLD, NEW = "900-1", "900-2"
STATUTES = "2025"


@dataclass(frozen=True)
class SampleLaw:
    """Where it lies: the data folder of a stopped gateway, and the folders that stand for upstream."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def arguments(self) -> list[str]:
        """Of a gateway that finds upstream there."""
        return ["--origin", f"usc={self.folder / NEW}", "--origin", f"cga={self.folder / 'statutes'}"]

    @classmethod
    def make(cls, ingot: Path, folder: Path) -> SampleLaw:
        shutil.rmtree(folder, ignore_errors=True)
        law = cls(folder)
        for edition, label in ((1, OLD), (2, NEW)):
            release = str(folder / label)
            run_ingot(
                ingot, "sample", "usc", "--title", "1", "--title", "5", "--sections", "80", "--label", label,
                "--edition", str(edition), "--output", release,
            )
            run_ingot(ingot, "ingest", "usc", "--title", "1", "--title", "5", "--from", release, data=law.data)
        statutes = str(folder / "statutes")
        run_ingot(ingot, "sample", "cga", "--output", statutes)
        run_ingot(ingot, "ingest", "cga", "--from", statutes, data=law.data)
        return law

    def copy_data(self, to: Path) -> None:
        """Each gateway gets a store of its own, and with it ports of its own."""
        shutil.copytree(self.data, to, symlinks=True)
        (to / "stores/embedded.json").unlink()
