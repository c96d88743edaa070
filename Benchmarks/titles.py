"""Titles of the U.S. Code to measure with: real ones where they are at hand, made-up ones of like size elsewhere."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from machine import Machine, run

# Sections that make a made-up title about as large as the real one: 107, 52 and 11 MB of XML.
SAMPLE_SECTIONS = {"42": 24_000, "26": 12_000, "18": 2_500}


@dataclass
class Title:
    """A title as upstream publishes it, and its document by itself."""

    unit: str
    # In words, for the names of figures: a made-up title is told from a real one.
    name: str
    # The name of the file says of which release it is.
    zip: Path
    document: Path

    @property
    def bytes(self) -> int:
        """Of the XML."""
        return self.document.stat().st_size

    @property
    def megabytes(self) -> float:
        return self.bytes / 1e6

    def release(self, machine: Machine) -> Path:
        """A folder with this title alone, as `--from` takes one."""
        folder = machine.new_folder("release")
        (folder / self.zip.name).symlink_to(self.zip)
        return folder

    def stored(self, machine: Machine) -> Path:
        """The same zip with the document as it is: reading that costs no unpacking."""
        path = machine.new_folder("stored") / self.zip.name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            archive.write(self.document, self.document.name)
        return path


def title(machine: Machine, unit: str) -> Title:
    """A large title. The groups of one run share it."""
    folder = machine.folder / f"title-{unit}"
    if not folder.exists():
        (folder / "zip").mkdir(parents=True)
        source = real(machine, unit)
        if source is not None:
            shutil.copy(source, folder / "zip")
        else:
            run([machine.ingot, "sample", "usc", "--title", unit, "--sections", SAMPLE_SECTIONS[unit], "--output",
                 folder / "zip"])
        with zipfile.ZipFile(next((folder / "zip").glob("*.zip"))) as archive:
            document = next(name for name in archive.namelist() if name.endswith(".xml"))
            archive.extract(document, folder / "document")
    # The real large titles were put together again out of their sections, as no copy of them is whole.
    words = "of real sections" if real(machine, unit) is not None else "made up"
    return Title(
        unit, f"Title {unit} ({words})", next((folder / "zip").glob("*.zip")), next((folder / "document").glob("*.xml"))
    )


def real(machine: Machine, unit: str) -> Path | None:
    if machine.shared is None:
        return None
    return next((machine.shared / "data" / "usc-assembled").glob(f"xml_usc{unit}@*.zip"), None)
