"""tidbxx connect, and what is the same for every command."""
import socket
import subprocess
import urllib.parse

import pytest
from conftest import COMMAND, MARKER, assert_fails, clean_environment, run


def test_connect_tells_what_is_at_the_other_end(url):
    done = run("connect", url)
    assert done.returncode == 0, done.stderr
    told = dict(line.split(None, 1) for line in done.stdout.replace("round trip", "round_trip").splitlines())
    assert set(told) == {"engine", "version", "deployment", "TLS", "endpoint", "round_trip"}
    assert told["engine"].strip() in ("TiDB", "embedded (SQLite)")
    assert told["round_trip"].endswith(" ms")


def test_without_a_url_it_is_the_embedded_file_of_the_working_directory(tmp_path):
    done = run("connect", cwd=tmp_path)
    assert done.returncode == 0 and "tidbxx.db" in done.stdout


def test_without_a_url_the_environment_is_asked(tmp_path):
    environment = clean_environment() | {"TIDB_DATABASE_URL": f"sqlite:{tmp_path / 'other.db'}"}
    done = run("connect", cwd=tmp_path, env=environment)
    assert done.returncode == 0 and "other.db" in done.stdout


@pytest.mark.parametrize("command", ["connect", "doctor", "ping", "sql", "import", "search"])
def test_help_of_each_command_has_an_example(command):
    done = run(command, "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert f"Example:\n  tidbxx {command} " in done.stdout


def test_version_is_printed():
    done = run("--version")
    assert done.returncode == 0 and done.stdout.startswith("tidbxx ")


@pytest.mark.parametrize(
    "words", [[], ["dance"], ["connect", "--nothing"], ["sql"], ["sql", "a", "b", "c"], ["import", "x.jsonl"],
              ["search", "t"], ["search", "t", "--vector", "[1]", "--like", "1"], ["search", "t", "--like", "1", "-k", "0"],
              ["connect", "postgres://host/x"], ["connect", "mysql://host:99999/x"]])
def test_wrong_use_ends_with_status_2_and_one_message(words, tmp_path):
    assert_fails(run(*words, cwd=tmp_path), status=2)


def test_a_port_without_a_server_is_one_clear_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        done = run("connect", f"mysql://root:{MARKER}word@127.0.0.1:{port}/test")
    assert_fails(done, "127.0.0.1", str(port))


def test_a_wrong_password_is_one_clear_error_without_it(url):
    if url.startswith("sqlite"):
        pytest.skip("a file has no password")
    parts = urllib.parse.urlsplit(url)
    wrong = parts._replace(netloc=f"root:{MARKER}word@{parts.hostname}:{parts.port}").geturl()
    done = run("connect", wrong)
    assert_fails(done)


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path):
    (tmp_path / "text.db").write_text("this is no database at all\n" * 100)
    assert_fails(run("connect", f"sqlite:{tmp_path / 'text.db'}"), "not a SQLite database")


def test_output_that_cannot_be_written_is_an_error(embedded_url):
    with open("/dev/full", "w") as full:
        done = subprocess.run([str(COMMAND), "sql", embedded_url, "SELECT 1"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "cannot write to standard output" in done.stderr
