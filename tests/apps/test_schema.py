"""tidbxx schema show: the SQL that makes the tables again, on either engine."""
import pytest
from conftest import assert_fails, rows, run

TABLES = ["CREATE TABLE teams (id BIGINT PRIMARY KEY, name VARCHAR(32) UNIQUE)",
          "CREATE TABLE a_player (id BIGINT PRIMARY KEY, team BIGINT, coins INT DEFAULT 5, "
          "FOREIGN KEY (team) REFERENCES teams (id) ON DELETE CASCADE)"]


def make_tables(url):
    for sql in TABLES:
        assert run("sql", url, sql).returncode == 0


def test_what_is_shown_makes_the_tables_again_parents_first(url):
    make_tables(url)
    flags = ["--embedded"] if url.startswith("sqlite") else []
    shown = run("schema", "show", "--url", url, *flags)
    assert shown.returncode == 0
    statements = [each for each in shown.stdout.split(";\n") if each.strip()]
    assert [each.split("`")[1] for each in statements] == ["teams", "a_player"]
    for table in ["a_player", "teams"]:
        assert run("sql", url, f"DROP TABLE {table}").returncode == 0
    for sql in statements:
        assert run("sql", url, sql).returncode == 0
    assert run("sql", url, "INSERT INTO teams VALUES (1, 'red')").returncode == 0
    assert run("sql", url, "INSERT INTO a_player (id, team) VALUES (1, 1)").returncode == 0
    assert rows(url, "SELECT coins FROM a_player") == [{"coins": 5}]
    assert run("schema", "show", "--url", url, *flags).stdout == shown.stdout


def test_one_table_is_shown_for_tidb_whatever_the_engine(url):
    make_tables(url)
    shown = run("schema", "show", "teams", "--url", url)
    assert shown.stdout.startswith("CREATE TABLE `teams` (\n  `id` BIGINT NOT NULL")
    assert "a_player" not in shown.stdout and "VARCHAR(32)" in shown.stdout


def test_a_table_that_is_not_there_is_named(url):
    make_tables(url)
    assert_fails(run("schema", "show", "nothing", "--url", url), "nothing", "teams")


@pytest.mark.parametrize("words", [["schema"], ["schema", "paint"]])
def test_what_to_do_must_be_said(words):
    assert_fails(run(*words), status=2)
