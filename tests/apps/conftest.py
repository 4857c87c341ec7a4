"""The built command, driven as a user drives it, on a database of each test's own."""
import contextlib
import json
import os
import struct
import subprocess
import urllib.parse
import uuid
from pathlib import Path

import pytest

# Every password in a test begins with this: whatever prints it prints a secret. tests/no_secrets.py looks for it.
MARKER = "s3cr3t-"
COMMAND = Path(os.environ.get("TIDBXX_BIN", "build/release/bin")).resolve() / "tidbxx"


def clean_environment():
    """Without the settings that would name another database."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TIDB_")}


def run(*words, **options):
    """Runs the command in the folder `cwd`; gives its status, output and errors, in which no password may be."""
    options.setdefault("env", clean_environment())
    options.setdefault("timeout", 300)
    done = subprocess.run([str(COMMAND), *map(str, words)], text=True, capture_output=True, **options)
    assert MARKER not in done.stdout + done.stderr, f"{words[0]} printed a password"
    return done


def rows(url, sql):
    done = run("sql", url, sql, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def value(url, sql):
    (row,) = rows(url, sql)
    (cell,) = row.values()
    return int(cell) if isinstance(cell, str) and cell.isdigit() else cell


def write_jsonl(path, items):
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
    return path


def write_npy(path, vectors, kind="<f4", order="False", cut=0):
    shape = (len(vectors), len(vectors[0]))
    header = f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    code = {"<f4": "f", "<f8": "d"}.get(kind, "f")
    data = b"".join(struct.pack(f"<{len(vector)}{code}", *vector) for vector in vectors)
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data[: len(data) - cut])
    return path


def assert_fails(done, *parts, status=1):
    """One message on standard error, with these parts."""
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stderr.startswith("tidbxx: ") and done.stderr.count("\n") == 1, done.stderr
    for part in parts:
        assert part in done.stderr, done.stderr


@contextlib.contextmanager
def own_database(engine, folder):
    """The URL of a new database, which goes afterwards."""
    if engine == "embedded":
        yield f"sqlite:{folder / 'test.db'}"
        return
    server = os.environ.get("TIDB_TEST_URL")
    if not server:
        if os.environ.get("CI") == "true":
            pytest.fail("TIDB_TEST_URL is not set, and CI tests on a TiDB")
        pytest.skip("no TiDB: TIDB_TEST_URL is not set")
    name = f"tidbxx_apps_{uuid.uuid4().hex[:12]}"
    assert run("sql", server, f"CREATE DATABASE {name}").returncode == 0
    yield urllib.parse.urlsplit(server)._replace(path="/" + name).geturl()
    run("sql", server, f"DROP DATABASE {name}")


@pytest.fixture(params=["embedded", "tidb"])
def url(request, tmp_path):
    """A database of the test's own on each engine."""
    with own_database(request.param, tmp_path) as made:
        yield made


@pytest.fixture(scope="module", params=["embedded", "tidb"])
def shared_url(request, tmp_path_factory):
    """One on each engine for all tests of a file, which only read what its fixtures have made."""
    with own_database(request.param, tmp_path_factory.mktemp("shared")) as made:
        yield made


@pytest.fixture
def embedded_url(tmp_path):
    return f"sqlite:{tmp_path / 'test.db'}"
