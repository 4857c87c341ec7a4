"""tidbxx index: search indexes are made, listed, checked and dropped."""
import json
import sqlite3

import pytest
from conftest import assert_fails, rows, run, write_jsonl, write_npy


@pytest.fixture
def docs(url, tmp_path):
    data = write_jsonl(tmp_path / "docs.jsonl", [{"id": i, "title": f"Note {i}", "body": "Ünicode"} for i in range(4)])
    npy = write_npy(tmp_path / "docs.npy", [[1, 0], [0, 1], [1, 1], [2, 1]])
    done = run("import", data, "--table", "docs", "--vectors", f"place={npy}", "--url", url)
    assert done.returncode == 0, done.stderr
    return url


def index(url, action, *words):
    done = run("index", action, *words, "--url", url)
    assert done.returncode == 0, done.stderr
    return done.stdout


def drop_triggers(url):
    """As another tool may: the index hears of no write any more."""
    with sqlite3.connect(url.removeprefix("sqlite:")) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")


def listed(url, *words):
    return json.loads(index(url, "list", *words, "--format", "json"))


def test_indexes_are_made_listed_looked_after_and_dropped(docs):
    assert listed(docs) == []
    index(docs, "create", "docs", "--text", "title,body", "--language", "german", "--split-identifiers")
    index(docs, "create", "docs", "--vector", "PLACE", "--metric", "l2")
    text, vector = sorted(listed(docs, "docs"), key=lambda each: each["kind"])
    assert text == {"table": "docs", "columns": ["title", "body"], "kind": "full-text", "by": "tidbxx", "metric": None,
                    "language": "german", "ready": True}
    assert vector == {"table": "docs", "columns": ["place"], "kind": "vector", "by": "tidbxx", "metric": "l2",
                      "language": None, "ready": True}
    assert "| title, body |" in index(docs, "list") and "| yes" in index(docs, "list")

    done = run("index", "stats", "docs", "--url", docs)
    assert_fails(done, "--column", "(place)", "(title, body)", status=2)
    stats = json.loads(index(docs, "stats", "docs", "--column", "body", "--json"))
    assert stats["columns"] == ["title", "body"] and stats["rows"] == 4 and stats["bytes_in_memory"] > 0
    assert "columns            place\n" in index(docs, "stats", "docs", "--column", "place")
    assert index(docs, "check", "docs", "--column", "title") == (
        "the full-text index on docs (title, body): 4 rows, no problem\n")
    assert json.loads(index(docs, "check", "docs", "--column", "place", "--json"))["ok"] is True
    assert "is optimized, after" in index(docs, "optimize", "docs", "--column", "place")
    assert "is built anew, after" in index(docs, "rebuild", "docs", "--column", "title")

    assert "(place) is dropped, after" in index(docs, "drop", "docs", "--column", "place")
    assert [each["columns"] for each in listed(docs)] == [["title", "body"]]
    index(docs, "drop", "docs")
    assert listed(docs, "docs") == [] and len(rows(docs, "SELECT id FROM docs")) == 4


def test_how_texts_are_read_is_said_when_the_index_is_made(embedded_url):
    run("sql", embedded_url, "CREATE TABLE code (id BIGINT PRIMARY KEY, name VARCHAR(40))")
    run("sql", embedded_url, "INSERT INTO code VALUES (1, 'getUserName'), (2, 'the café'), (3, 'information'), (4, 'NYC')")

    def found(words):
        done = run("search", "code", words, "--format", "json", "--url", embedded_url)
        return [hit["id"] for hit in json.loads(done.stdout)]

    index(embedded_url, "create", "code", "--text", "name")
    assert [found(words) for words in ["user name", "cafe", "informat*", "the", '"new york"']] == [[], [2], [], [2], []]
    index(embedded_url, "create", "code", "--text", "name", "--if-exists", "overwrite", "--split-identifiers",
          "--keep-accents", "--unstemmed-words", "--stop-words", "drop", "--synonym", "new york=nyc")
    assert [found(words) for words in ["user name", "cafe", "informat*", "the", '"new york"']] == [[1], [], [3], [], [4]]


def test_an_index_that_is_there_already_is_an_error_unless_it_is_said(embedded_url):
    run("sql", embedded_url, "CREATE TABLE docs (id BIGINT PRIMARY KEY, body TEXT)")
    index(embedded_url, "create", "docs", "--text", "body")
    assert_fails(run("index", "create", "docs", "--text", "body", "--url", embedded_url), "already")
    index(embedded_url, "create", "docs", "--text", "body", "--if-exists", "skip")


def test_a_check_that_finds_problems_tells_them_and_fails(embedded_url, tmp_path):
    run("sql", embedded_url, "CREATE TABLE docs (id BIGINT PRIMARY KEY, body TEXT)")
    run("sql", embedded_url, "INSERT INTO docs VALUES (1, 'ant'), (2, 'bear')")
    index(embedded_url, "create", "docs", "--text", "body")
    drop_triggers(embedded_url)
    done = run("index", "check", "docs", "--url", embedded_url)
    assert done.returncode == 1 and done.stderr == ""
    assert "1 problem:" in done.stdout and "triggers" in done.stdout
    assert "tidbxx index rebuild docs --column body" in done.stdout
    assert json.loads(run("index", "check", "docs", "--json", "--url", embedded_url).stdout)["ok"] is False
    index(embedded_url, "rebuild", "docs")
    index(embedded_url, "check", "docs")


def test_the_command_that_mends_can_be_copied(embedded_url):
    run("sql", embedded_url, "CREATE TABLE `my docs` (id BIGINT PRIMARY KEY, `the body` TEXT)")
    index(embedded_url, "create", "my docs", "--text", "the body")
    drop_triggers(embedded_url)
    done = run("index", "check", "my docs", "--url", embedded_url)
    assert "tidbxx index rebuild 'my docs' --column 'the body' makes" in done.stdout


def test_what_is_not_there_is_named(embedded_url):
    run("sql", embedded_url, "CREATE TABLE docs (id BIGINT PRIMARY KEY, body TEXT)")
    for action in ["drop", "check", "rebuild", "optimize", "stats"]:
        status = 2 if action == "check" else 1  # whose 1 says that there is a problem
        done = run("index", action, "docs", "--url", embedded_url)
        assert_fails(done, "no search index", "tidbxx index create docs", status=status)
        assert_fails(run("index", action, "dogs", "--url", embedded_url), "dogs", "docs", status=status)
    assert_fails(run("index", "create", "docs", "--text", "title", "--url", embedded_url), "title", "id, body")
    assert_fails(run("index", "list", "dogs", "--url", embedded_url), "dogs", "docs")
    index(embedded_url, "create", "docs", "--text", "body")
    assert_fails(run("index", "drop", "docs", "--column", "id", "--url", embedded_url), "id", "(body)")


@pytest.mark.parametrize("words,part", [
    ([], "--text"), (["--text", "id"], "BIGINT"), (["--vector", "body"], "TEXT"),
    (["--text", "body", "--vector", "v"], "--vector"), (["--vector", "v", "--language", "german"], "--language"),
    (["--text", "body", "--metric", "l2"], "--metric"),
    (["--text", "body", "--language", "klingon"], "klingon"), (["--text", "body", "--boost", "2,1"], "boosts"),
    (["--text", "body", "--synonym", "one"], "--synonym"), (["--text", "body", "--parser", "ngram"], "--server"),
    (["--vector", "v", "--metric", "far"], "far")])
def test_what_cannot_be_indexed_is_wrong_use(embedded_url, words, part):
    run("sql", embedded_url, "CREATE TABLE docs (id BIGINT PRIMARY KEY, body TEXT, v VECTOR(2))")
    assert_fails(run("index", "create", "docs", *words, "--url", embedded_url), part, status=2)


def test_an_index_of_the_servers_own_is_refused_where_there_is_none(embedded_url):
    run("sql", embedded_url, "CREATE TABLE docs (id BIGINT PRIMARY KEY, body TEXT, v VECTOR(2))")
    for words in (["--text", "body", "--parser", "ngram"], ["--vector", "v"]):
        done = run("index", "create", "docs", *words, "--server", "--url", embedded_url)
        assert_fails(done, "TiDB's own")


@pytest.mark.parametrize("words", [["index"], ["index", "paint"], ["index", "check"]])
def test_what_to_do_must_be_said(words):
    assert_fails(run(*words), status=2)
