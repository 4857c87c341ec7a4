"""tidbxx ping, and that the list of processes shows no password."""
import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from broken_servers import free_port, serving, stay_silent
from conftest import COMMAND, MARKER, assert_fails, clean_environment, run


def start(*words):
    return subprocess.Popen([str(COMMAND), *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=clean_environment())


def test_each_round_trip_and_their_spread_are_printed(url):
    done = run("ping", url, "-n", "5", "-i", "0")
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^\d: \d+\.\d{3} ms$", done.stdout, re.M)) == 5
    assert re.search(r"5 answered, 0 failed\nmin .* p50 .* p99 .* max ", done.stdout)


def test_as_json_it_is_one_object(url):
    report = json.loads(run("ping", url, "-n", "4", "-i", "0", "--json").stdout)
    assert (report["answered"], report["failed"], report["errors"]) == (4, 0, [])
    assert 0 <= report["min_ms"] <= report["p50_ms"] <= report["p99_ms"] <= report["max_ms"]


def test_a_server_that_is_not_there_is_counted_and_ends_with_status_1():
    with free_port() as port:
        done = run("ping", f"mysql://root:{MARKER}ping@127.0.0.1:{port}", "-n", "2", "-i", "0", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1 and (report["answered"], report["failed"]) == (0, 2)
    assert str(port) in report["errors"][0]


@pytest.mark.parametrize("words", [["postgres://host/x"], ["sqlite::memory:", "-n", "-1"], ["sqlite::memory:", "-i", "-1"]])
def test_wrong_use_ends_with_status_2(words):
    assert_fails(run("ping", *words), status=2)


def test_ctrl_c_prints_the_summary(embedded_url):
    process = start("ping", embedded_url, "-n", "0", "-i", "60")
    assert process.stdout.readline().startswith("1: ")
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "1 answered, 0 failed" in output


def test_ctrl_c_ends_a_round_trip_that_is_stuck():
    with serving(stay_silent) as port:
        process = start("ping", f"mysql://root:{MARKER}ping@127.0.0.1:{port}/test?connect_timeout=300", "-n", "0")
        try:
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert "0 answered, 0 failed" in output


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc")
@pytest.mark.parametrize("words", [["ping"], ["search", "t", "--vector", "[1]", "--url"]])
def test_the_list_of_processes_shows_no_password(words):
    with serving(stay_silent) as port:
        url = f"mysql://root:{MARKER}p%40s@127.0.0.1:{port}/test?connect_timeout=20"
        process = start(*words, url)
        try:
            shown, until = "", time.monotonic() + 30
            while "*" not in shown and time.monotonic() < until:
                shown = Path(f"/proc/{process.pid}/cmdline").read_text()
            assert "root:*" in shown and MARKER not in shown and f"@127.0.0.1:{port}" in shown
        finally:
            process.kill()
            process.communicate()
