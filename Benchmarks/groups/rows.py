"""Rows of the corpus into the embedded database over HTTP, beside the sqlite3 shell with the same rows in a file."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from figure import Figure, Yardstick
from machine import Machine, run
from stores import embedded

TARGET = 0.6
# What the embedded database is set to: what has been answered is on the disk.
DURABILITY = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"


def measure(machine: Machine) -> list[Figure]:
    shell = machine.tool("sqlite3", "sqlite3")
    rows = CorpusRows.made(machine, machine.rounds(100_000, 40_000))
    own: list[float] = []
    theirs: list[float] = []
    for _ in range(machine.rounds(3, 3)):
        theirs.append(rows.count / imported(machine, shell, rows))
        own.append(written(machine, shell, rows))
    yardstick = Yardstick("the sqlite3 shell's import into a file", theirs)
    figure = Figure(
        "rows of the corpus into embedded D1 over HTTP", "rows/s", own, [yardstick], is_higher_better=True,
        target=f"at least {TARGET:.0%} of the shell's",
    )
    figure.is_met = figure.ratio(yardstick) >= TARGET
    return [figure]


@dataclass
class CorpusRows:
    """Rows of the table `nodes` as an ingest wrote them, many times over under other keys."""

    # SQL that makes the table with its indexes.
    schema: str
    columns: list[str]
    lines: Path
    comma_separated: Path
    count: int

    @classmethod
    def made(cls, machine: Machine, count: int) -> CorpusRows:
        folder = machine.new_folder("rows")
        run([machine.ingot, "sample", "usc", "--sections", "2000", "--output", folder / "release"])
        run([machine.ingot, "ingest", "usc", "--from", folder / "release", "--data", folder / "data", "--json"])
        with sqlite3.connect(f"file:{folder}/data/stores/d1/ingot.sqlite?mode=ro", uri=True) as database:
            # An index of rows that have ended is left out: CSV has no NULL, so only the shell would fill it.
            schema = database.execute(
                "SELECT sql FROM sqlite_schema WHERE tbl_name = 'nodes' AND sql NOT LIKE '%valid_to IS NOT NULL'"
                " AND sql IS NOT NULL ORDER BY type DESC"
            ).fetchall()
            found = database.execute("SELECT * FROM nodes ORDER BY id")
            columns = [column[0] for column in found.description]
            pattern = found.fetchall()
        rows = [
            tuple(
                # Other keys and units, so that the rows are those of a corpus of many titles.
                number + 1 if column == "id" else str(value).replace("/us/usc/t1", f"/us/usc/t{number // len(pattern)}")
                if column in ("key", "parent_key") and value is not None else value
                for column, value in zip(columns, pattern[number % len(pattern)], strict=True)
            )
            for number in range(count)
        ]
        with (folder / "rows.ndjson").open("w") as lines:
            lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        with (folder / "rows.csv").open("w", newline="") as comma_separated:
            csv.writer(comma_separated).writerows(rows)
        statements = "".join(f"{sql};\n" for (sql,) in schema)
        return cls(statements, columns, folder / "rows.ndjson", folder / "rows.csv", count)


def imported(machine: Machine, shell: str, rows: CorpusRows) -> float:
    """Seconds of the shell's import, without its start and without making the tables."""
    file = machine.new_folder("imported") / "rows.sqlite"

    def session(*commands: str) -> float:
        script = file.with_suffix(".sql")
        script.write_text("\n".join(commands) + "\n")
        return run(["sh", "-c", '"$0" -bail "$1" <"$2"', shell, file, script]).wall

    session(DURABILITY, rows.schema)
    start = session(DURABILITY)
    return session(DURABILITY, f".import --csv {rows.comma_separated} nodes") - start


def written(machine: Machine, shell: str, rows: CorpusRows) -> float:
    """Rows a second of Ingot's client and database."""
    with embedded(machine) as settings:
        # The shell makes the table beside the server: the program only writes rows.
        file = Path(settings["INGOT_DATA"]) / "stores" / "d1" / "ingot.sqlite"
        script = machine.new_folder("written") / "schema.sql"
        script.write_text(rows.schema)
        run(["sh", "-c", '"$0" -bail "$1" <"$2"', shell, file, script])
        command = [machine.benchmark, "rows", rows.lines, "--table", "nodes", "--columns", ",".join(rows.columns)]
        report = json.loads(run(command, environment=os.environ | settings).output)
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            found = database.execute("SELECT COUNT(*) FROM nodes").fetchone()[0]
    if found != rows.count or report["rows"] != rows.count:
        raise RuntimeError(f"{found} of {rows.count} rows were written")
    return rows.count / report["seconds"]
