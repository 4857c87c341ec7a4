#!/usr/bin/env python3
"""Fails if a password that the tests use stands in anything they left behind.

Usage: tests/no_secrets.py BUILD_DIR [FILE…]. Every password in a test holds the marker below. Looked at are the output of the
test run under way (CTest's log), benchmark reports, rejected rows, the logs of the server that TIDB_TEST_CA belongs to, and
the FILEs. What is found is told by its place, and not repeated.
"""
import getpass
import os
import sys
import tempfile
from pathlib import Path

MARKER = b"s3cr3t"


def run_logs(build):
    """CTest writes to the first while it runs, and keeps the others of a run before."""
    logs = build / "Testing" / "Temporary"
    under_way = logs / "LastTest.log.tmp"
    return [under_way] if under_way.is_file() else [logs / "LastTest.log"]


def server_logs():
    """Those of a server that scripts/tidb-server started: its certificates lie beside its configuration."""
    state = Path(os.environ.get("TIDB_TEST_CA", "")).parent
    if not (state / "config.toml").is_file():
        return []
    return [file for file in state.iterdir() if file.suffix == ".log" or file.name in ("log", "output")]


def rejected_rows():
    return Path(tempfile.gettempdir(), f"pytest-of-{getpass.getuser()}").glob("pytest-*/*/*.rejects.jsonl")


def places(file):
    """Where the marker stands in a file, as `file:line`."""
    with open(file, "rb") as lines:
        return [f"{file}:{number}" for number, line in enumerate(lines, 1) if MARKER in line]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = Path(sys.argv[1])
    files = [*run_logs(build), build.parent / "bench" / "report.md", *server_logs(), *rejected_rows(), *map(Path, sys.argv[2:])]
    present = [file for file in files if file.is_file()]
    found = [place for file in present for place in places(file)]
    for place in found:
        print(f"{place}: a password of a test")
    print(f"no_secrets: {len(present)} files, {len(found)} passwords")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
