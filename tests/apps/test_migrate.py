"""tidbxx schema diff and schema migrate: tables become what a file or another database says."""
import pytest
from conftest import assert_fails, rows, run, value

BEFORE = """CREATE TABLE teams (id BIGINT PRIMARY KEY, name VARCHAR(32));
CREATE TABLE players (id BIGINT PRIMARY KEY, team BIGINT, coins INT, motto VARCHAR(10));
CREATE INDEX by_coins ON players (coins);
"""
AFTER = """-- what the tables shall be
CREATE TABLE teams (
  id BIGINT PRIMARY KEY, name VARCHAR(64) NOT NULL DEFAULT 'none; yet'
);
CREATE TABLE players (
  id BIGINT PRIMARY KEY, team BIGINT, gold BIGINT, motto VARCHAR(10),
  CONSTRAINT of_team FOREIGN KEY (team) REFERENCES teams (id)
);
CREATE UNIQUE INDEX by_gold ON players (gold);
"""


@pytest.fixture
def before(url, tmp_path):
    file = tmp_path / "before.sql"
    file.write_text(BEFORE)
    assert run("schema", "migrate", "--to", file, "--url", url, "--yes").returncode == 0
    for sql in ["INSERT INTO teams VALUES (1, 'red'), (2, NULL)", "INSERT INTO players VALUES (7, 1, 5, 'go')"]:
        assert run("sql", url, sql).returncode == 0
    return file


@pytest.fixture
def after(tmp_path):
    file = tmp_path / "after.sql"
    file.write_text(AFTER)
    return file


def test_a_plan_is_shown_and_run_and_then_there_is_none(url, before, after):
    words = ["--to", after, "--rename", "players.coins=gold", "--url", url]
    shown = run("schema", "diff", *words)
    assert shown.returncode == 1, shown.stderr
    assert "rename the column `coins` of `players` to `gold`" in shown.stdout and "ALTER TABLE" in shown.stdout
    done = run("schema", "migrate", *words, "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(shown.stdout) and "done: " in done.stdout
    assert rows(url, "SELECT id, team, gold, motto FROM players") == [{"id": 7, "team": 1, "gold": 5, "motto": "go"}]
    assert value(url, "SELECT name FROM teams WHERE id = 2") == "none; yet"
    again = run("schema", "diff", *words)
    assert again.returncode == 0 and again.stdout == ""
    assert run("schema", "migrate", *words).stdout == "nothing to do\n"


def test_what_is_shown_of_a_database_is_what_it_is(url, before, tmp_path):
    file = tmp_path / "shown.sql"
    file.write_text(run("schema", "show", "--url", url).stdout)
    assert run("schema", "diff", "--to", file, "--url", url).returncode == 0
    assert run("schema", "diff", "--to", url, "--url", url).returncode == 0


def test_another_database_says_what_the_tables_shall_be(url, before, tmp_path):
    copy = f"sqlite:{tmp_path}/copy.db"
    done = run("schema", "migrate", "--to", url, "--url", copy, "--yes")
    assert done.returncode == 0, done.stderr
    assert run("schema", "diff", "--to", before, "--url", copy).returncode == 0


def test_data_are_lost_only_when_that_is_said(url, before, after):
    words = ["schema", "migrate", "--to", after, "--url", url, "--yes"]
    refused = run(*words)
    assert "LOSES the column `coins` of `players` and its values" in refused.stdout
    assert refused.returncode == 2 and "--lose-data" in refused.stderr
    assert value(url, "SELECT coins FROM players") == 5
    done = run(*words, "--lose-data")
    assert done.returncode == 0, done.stderr
    assert rows(url, "SELECT gold FROM players") == [{"gold": None}]


def test_tables_that_are_not_named_stay_unless_they_are_to_go(url, before, tmp_path):
    file = tmp_path / "one.sql"
    file.write_text(BEFORE.split(";")[0])
    assert run("schema", "diff", "--to", file, "--url", url).returncode == 0
    shown = run("schema", "diff", "--to", file, "--url", url, "--drop-others")
    assert shown.returncode == 1 and "LOSES the table `players` and its rows" in shown.stdout


def test_nobody_is_asked_where_there_is_no_terminal(url, before, after):
    refused = run("schema", "migrate", "--to", after, "--rename", "players.coins=gold", "--url", url, input="y\n")
    assert refused.returncode == 2 and "--yes" in refused.stderr
    assert value(url, "SELECT coins FROM players") == 5


def test_trouble_is_told(url, before, after, tmp_path):
    assert_fails(run("schema", "diff", "--to", tmp_path / "none.sql", "--url", url), "none.sql", status=2)
    wrong = tmp_path / "wrong.sql"
    wrong.write_text("DROP TABLE players;")
    assert_fails(run("schema", "diff", "--to", wrong, "--url", url), "CREATE TABLE", "DROP TABLE players", status=2)
    for rename in ["coins", "=x", "players.coins=", "players.silver=lead"]:
        assert_fails(run("schema", "diff", "--to", after, "--rename", rename, "--url", url), status=2)
    assert run("sql", url, "INSERT INTO players VALUES (8, 3, 6, NULL)").returncode == 0
    refused = run("schema", "migrate", "--to", after, "--rename", "players.coins=gold", "--url", url, "--yes")
    assert refused.returncode == 1 and 'refers to no row of "teams" (rows: 1)' in refused.stderr
    assert value(url, "SELECT COUNT(*) FROM players") == 2
