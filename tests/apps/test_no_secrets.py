"""The check that the suite ends with: it finds a password, and does not print it."""
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MARKER, clean_environment

SCRIPT = Path(__file__).resolve().parent.parent / "no_secrets.py"


def check(*words):
    return subprocess.run([sys.executable, SCRIPT, *words], text=True, capture_output=True, env=clean_environment())


@pytest.mark.parametrize("place", ["Testing/Temporary/LastTest.log.tmp", "Testing/Temporary/LastTest.log", "other.log"])
def test_a_password_in_an_output_is_found_and_not_repeated(tmp_path, place):
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("first line\nsecond line\n")
    words = [tmp_path, file] if place == "other.log" else [tmp_path]
    assert check(*words).returncode == 0
    file.write_text(f"first line\nmysql://root:{MARKER}word@host\n")
    done = check(*words)
    assert done.returncode == 1 and f"{file}:2:" in done.stdout
    assert MARKER not in done.stdout + done.stderr
