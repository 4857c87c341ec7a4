"""tidbxx search by words, and by words and a vector: what is found, marked and explained, and what is refused."""
import json
import os
import pty
import subprocess

import pytest
from conftest import COMMAND, assert_fails, clean_environment, run, write_jsonl, write_npy

LONG = " ".join(["Nothing of interest is said here."] * 20)
ARTICLES = [
    {"id": 1, "title": "Dogs", "body": "Dogs like clean water, and most dogs swim", "section": "pets"},
    {"id": 2, "title": "Trees", "body": "A young tree wants water", "section": "plants"},
    {"id": 3, "title": "Fish", "body": f"{LONG} An aquarium wants clean water. {LONG}", "section": "pets"},
    {"id": 4, "title": "Moss", "body": None, "section": "plants"},
]
VECTORS = [[1, 2, 1], [1, 0, 0], [1, 2, 4], [0, 0, 1]]


@pytest.fixture(scope="module")
def articles(shared_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    data = write_jsonl(folder / "articles.jsonl", ARTICLES)
    npy = write_npy(folder / "articles.npy", VECTORS)
    done = run("import", data, "--table", "articles", "--vectors", f"meaning={npy}", "--url", shared_url)
    assert done.returncode == 0, done.stderr
    done = run("index", "create", "articles", "--text", "title,body", "--boost", "2,1", "--url", shared_url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("the full-text index on articles (title, body) is ready, after ")
    assert run("sql", shared_url, "CREATE TABLE plain (id BIGINT PRIMARY KEY, name VARCHAR(20))").returncode == 0
    return shared_url


def search(url, *words):
    done = run("search", "articles", *words, "--format", "json", "--url", url)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ids(found):
    return [hit["id"] for hit in found]


def test_the_rows_that_match_words_best_come_first(articles):
    found = search(articles, "dog clean water")
    assert sorted(ids(found)) == [1, 2, 3] and ids(found)[0] == 1
    assert list(found[0]) == ["score", "id", "title", "body", "section"]
    scores = [hit["score"] for hit in found]
    assert scores == sorted(scores, reverse=True) and scores[-1] > 0
    assert sorted(ids(search(articles, "clean water", "--match-all"))) == [1, 3]
    assert ids(search(articles, "title:dogs")) == [1]
    assert search(articles, "") == []


def test_words_may_begin_with_a_minus(articles):
    done = run("search", "articles", "--format", "json", "--url", articles, "--", "-dogs water")
    assert sorted(ids(json.loads(done.stdout))) == [2, 3]


def test_texts_tell_the_terminal_nothing(embedded_url, tmp_path):
    run("sql", embedded_url, "CREATE TABLE notes (id BIGINT PRIMARY KEY, body TEXT)")
    text = "water \x1b[31m \x9b31m \u202e end"
    data = write_jsonl(tmp_path / "notes.jsonl", [{"id": 1, "body": text}])
    assert run("import", data, "--table", "notes", "--url", embedded_url).returncode == 0
    run("index", "create", "notes", "--text", "body", "--url", embedded_url)
    done = run("search", "notes", "water", "--url", embedded_url)
    assert "water \\x1b[31m \\x9b31m \\u202e end" in done.stdout


def test_words_that_are_not_understood_are_words_unless_they_are_strict(articles):
    assert ids(search(articles, "(dogs")) == [1]
    assert_fails(run("search", "articles", "(dogs", "--strict", "--url", articles), "byte", status=2)


def test_conditions_are_json_or_sql(articles):
    assert ids(search(articles, "water", "--where", '{"section": "plants"}')) == [2]
    assert ids(search(articles, "water", "--where", "section = 'plants' -- no")) == [2]
    assert_fails(run("search", "articles", "water", "--where", '{"colour": 1}', "--url", articles), "colour", status=2)


def test_limit_offset_and_columns_are_those_asked_for(articles):
    every = ids(search(articles, "water"))
    assert ids(search(articles, "water", "-k", "1", "--offset", "1")) == every[1:2]
    (hit,) = search(articles, "dogs", "--columns", "title,meaning")
    assert list(hit) == ["score", "title", "meaning"] and hit["meaning"] == [1, 2, 1]
    assert_fails(run("search", "articles", "dogs", "--columns", "colour", "--url", articles), "colour", "section")


def test_words_and_a_vector_are_fused(articles):
    found = search(articles, "tree", "--vector", "[1,2,4]", "--hybrid")
    assert list(found[0])[:5] == ["score", "text_rank", "vector_rank", "distance", "id"]
    assert found == search(articles, "tree", "--vector", "[1,2,4]")
    assert sorted(ids(found)) == [1, 2, 3, 4]
    assert {hit["id"]: hit["text_rank"] for hit in found} == {1: None, 2: 1, 3: None, 4: None}
    assert [hit["vector_rank"] for hit in found if hit["id"] == 3] == [1]
    done = run("search", "articles", "tree", "--hybrid", "--url", articles)
    assert_fails(done, "--hybrid", "--vector", "no model", status=2)


def test_found_words_are_marked_and_of_long_texts_only_their_places_are_printed(articles):
    found = {hit["id"]: hit for hit in search(articles, "clean dogs", "--highlight")}
    assert found[1]["body"] == "**Dogs** like **clean** water, and most **dogs** swim"
    assert found[1]["title"] == "**Dogs**" and found[1]["section"] == "pets"
    assert "**clean**" in found[3]["body"] and len(found[3]["body"]) < 400 < len(LONG)
    table = run("search", "articles", "dogs", "--highlight", "--url", articles).stdout
    assert "**Dogs** like clean" in table


def on_terminal(*words):
    """What a terminal gets."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([str(COMMAND), *words], stdout=theirs, env=clean_environment())
    os.close(theirs)
    text = b""
    while True:
        try:
            some = os.read(ours, 4096)
        except OSError:  # how a terminal ends
            some = b""
        if not some:
            break
        text += some
    os.close(ours)
    assert process.wait() == 0
    return text.decode().splitlines()


def test_a_terminal_prints_found_words_bold_in_columns_as_wide_as_without(articles):
    plain = on_terminal("search", "articles", "clean", "--columns", "title,body", "--url", articles)
    marked = on_terminal("search", "articles", "clean", "--columns", "title,body", "--highlight", "--url", articles)
    assert not any("\x1b" in line for line in plain)
    found = [line for line in marked if "\x1b[1mclean\x1b[0m" in line]
    assert len(found) == 2
    for line in found:
        shown = line.replace("\x1b[1m", "").replace("\x1b[0m", "")
        assert shown.index("|", shown.index("|") + 1) == marked[0].index("|", marked[0].index("|") + 1)


def test_explain_tells_the_way_and_what_each_word_adds(articles):
    told = run("search", "articles", "dogs", "--explain", "--url", articles).stdout
    for part in ["way           index", "reason ", "statements ", "rows_us ", "documents", "| dog "]:
        assert part in told
    done = run("search", "articles", "dogs water", "--explain", "--format", "json", "--url", articles)
    found = json.loads(done.stdout)
    assert ids(found["hits"])[0] == 1 and found["plan"]["way"] == "index"
    assert len(found["plan"]["terms"]) == len(found["hits"]) == found["plan"]["rows"]
    first = found["plan"]["terms"][0]
    assert {(each["term"], each["column"]) for each in first} == {("dog", "title"), ("dog", "body"), ("water", "body")}
    assert sum(each["score"] for each in first) == pytest.approx(found["hits"][0]["score"])
    assert [each["documents"] for each in first if each["term"] == "water"] == [3]


def test_a_search_by_a_vector_alone_is_explained_too(articles):
    done = run("search", "articles", "--vector", "[1,2,4]", "--explain", "--format", "json", "--url", articles)
    plan = json.loads(done.stdout)["plan"]
    assert plan["way"] == "exact" and plan["reason"] and plan["terms"] == [] and plan["rows"] == 4


@pytest.mark.parametrize("words,part", [
    ([], "needs words"), (["dogs", "--like", "1"], "--like"), (["--vector", "[1,2,3]", "--highlight"], "--highlight"),
    (["--vector", "[1,2,3]", "--hybrid"], "the words"), (["dogs", "--explain", "--format", "csv"], "--explain"),
    (["dogs", "--metric", "l2"], "--metric"), (["dogs", "--column", "meaning"], "--column")])
def test_what_does_not_go_together_is_wrong_use(articles, words, part):
    assert_fails(run("search", "articles", *words, "--url", articles), part, status=2)


def test_a_table_without_an_index_says_how_to_make_one(articles):
    done = run("search", "plain", "dogs", "--url", articles)
    assert_fails(done, "no full-text index", "tidbxx index create plain --text", "name")
    done = run("search", "articles", "dogs", "--text-column", "section", "--url", articles)
    assert_fails(done, "section", "(title, body)")


def test_of_two_full_text_indexes_one_is_chosen_by_a_column(embedded_url):
    run("sql", embedded_url, "CREATE TABLE two (id BIGINT PRIMARY KEY, a VARCHAR(20), b VARCHAR(20))")
    run("sql", embedded_url, "INSERT INTO two VALUES (1, 'ant', 'bear')")
    for column in "ab":
        assert run("index", "create", "two", "--text", column, "--url", embedded_url).returncode == 0
    assert_fails(run("search", "two", "bear", "--url", embedded_url), "--text-column", "(a), (b)", status=2)
    done = run("search", "two", "bear", "--text-column", "B", "--format", "csv", "--url", embedded_url)
    assert done.stdout.splitlines()[0] == "score,id,a,b" and done.stdout.count("\n") == 2
