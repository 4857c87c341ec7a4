"""An import that is killed or interrupted goes on where it stopped: no row is lost, none is there twice."""
import os
import random
import signal
import subprocess
import time

import pytest
from conftest import COMMAND, assert_fails, clean_environment, rows, run, value, write_jsonl, write_npy

ROWS = 12000


def start(url, data, *words):
    return subprocess.Popen([str(COMMAND), "import", str(data), "--table", "t", "--url", url, *words], text=True,
                            env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def stop_after(process, seconds, how):
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture
def data(tmp_path):
    """No key, so that nothing but the ledger keeps rows from being there twice; every 1,500th row is none."""
    path = write_jsonl(tmp_path / "a.jsonl", [{"same": 1, "number": i, "text": "x" * 200} for i in range(ROWS)])
    lines = path.read_text().splitlines()
    for bad in range(700, ROWS, 1500):
        lines[bad] = f"nonsense {bad}"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def vectors(tmp_path):
    return write_npy(tmp_path / "a.npy", [[float(i)] * 64 for i in range(ROWS)])


def assert_complete(url, data):
    bad = len(range(700, ROWS, 1500))
    (counts,) = rows(url, "SELECT COUNT(*) AS a, COUNT(DISTINCT number) AS d, SUM(number = VEC_L1_DISTANCE(v, "
                          f"'[{','.join('0' * 64)}]') / 64) AS v FROM t")
    assert {name: int(count) for name, count in counts.items()} == {name: ROWS - bad for name in "adv"}
    with open(f"{data}.rejects.jsonl", encoding="utf-8") as lines:
        assert [line.split(",")[0] for line in lines] == [f'{{"line": {i + 1}' for i in range(700, ROWS, 1500)]
    (entry,) = rows(url, "SELECT imported, rejected, finished, rows_read FROM _tidbxx_import")
    assert entry == {"imported": ROWS - bad, "rejected": bad, "finished": 1, "rows_read": ROWS}


def test_killed_at_any_moment_no_row_is_lost_or_doubled(url, data, vectors):
    began = time.monotonic()
    run("import", data, "--table", "warm_up", "--vectors", f"v={vectors}", "--url", url)
    whole = time.monotonic() - began
    run("sql", url, "DROP TABLE warm_up")
    run("sql", url, "DROP TABLE _tidbxx_import")
    seed = int(os.environ.get("TIDBXX_SEED", "0")) or random.randrange(1, 2**32)
    print(f"TIDBXX_SEED={seed}")
    moments = random.Random(seed)
    killed = 0
    for attempt in range(60):
        longest = whole * min(0.1 + attempt * 0.05, 1)  # the first attempts are always too short, the last ones never
        process = start(url, data, "--vectors", f"v={vectors}")
        status, _, err = stop_after(process, moments.uniform(0, longest), signal.SIGKILL)
        if status != -signal.SIGKILL:
            assert status == 1 and "could not be imported" in err, err
            break
        killed += 1
    else:
        assert run("import", data, "--table", "t", "--vectors", f"v={vectors}", "--url", url).returncode == 1
    assert killed > 0
    assert_complete(url, data)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_import_says_how_far_it_came_and_goes_on(url, data, vectors, how):
    process = start(url, data, "--vectors", f"v={vectors}")
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        seen = run("sql", url, "SELECT rows_read FROM _tidbxx_import", "--format", "csv").stdout.split()
        if len(seen) == 2 and int(seen[1]) > 0:
            break
    status, out, err = stop_after(process, 0, how)
    if "could not be imported" in err:
        pytest.skip("it was done before it could be interrupted")
    assert status == 1 and err.startswith("tidbxx: interrupted; ") and "run the same command again" in err, out + err
    done = run("import", data, "--table", "t", "--vectors", f"v={vectors}", "--url", url)
    assert done.returncode == 1 and "going on" in done.stdout
    assert_complete(url, data)


def test_a_file_that_changed_meanwhile_does_not_go_on(url, tmp_path):
    items = [{"id": i, "code": i} for i in range(3000)]
    items[2000]["code"] = 1
    path = write_jsonl(tmp_path / "b.jsonl", items)
    words = ["import", path, "--table", "t", "--key", "code", "--strict", "--url", url]
    assert_fails(run(*words), "line 2001", "2000 of 3000", "run the same command again")
    items[2000]["code"] = 2000
    write_jsonl(path, items)
    assert_fails(run(*words), "changed", "drop the table")
    assert value(url, "SELECT COUNT(*) FROM t") == 2000
    assert run("sql", url, "DROP TABLE t").returncode == 0
    assert run(*words).returncode == 0
    assert value(url, "SELECT COUNT(*) FROM t") == 3000
