"""tidbxx search: nearest rows, filters, and what it refuses."""
import json

import pytest
from conftest import assert_fails, run, value, write_jsonl, write_npy

ITEMS = [{"id": i, "name": f"n{i}", "size": i * 10, "tags": {"even": i % 2 == 0}} for i in range(6)]
VECTORS = [[1, 0, 0], [1, 0.1, 0], [1, 0.5, 0], [0, 1, 0], [-1, 0, 0], [1, 0.1, 0]]


@pytest.fixture
def docs(url, tmp_path):
    data = write_jsonl(tmp_path / "docs.jsonl", ITEMS)
    npy = write_npy(tmp_path / "docs.npy", VECTORS)
    done = run("import", data, "--table", "docs", "--vectors", f"embedding={npy}", "--url", url)
    assert done.returncode == 0, done.stderr
    return url


def search(url, *words):
    done = run("search", "docs", *words, "--format", "json", "--url", url)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_nearest_rows_come_first_and_ties_by_key(docs):
    found = search(docs, "--vector", "[1,0,0]", "-k", "4")
    assert [hit["id"] for hit in found] == [0, 1, 5, 2]
    assert list(found[0]) == ["distance", "score", "id", "name", "size", "tags"]
    assert found[0]["distance"] == 0 and found[0]["score"] == 1
    assert found[1]["tags"] == {"even": False}


def test_like_leaves_the_row_itself_out(docs):
    assert [hit["id"] for hit in search(docs, "--like", "0", "-k", "2")] == [1, 5]


def test_where_filters_even_with_a_comment_at_its_end(docs):
    assert [hit["id"] for hit in search(docs, "--like", "0", "--where", "size > 10 AND name <> 'n5' -- no")] == [2, 3, 4]


@pytest.mark.parametrize("metric,distance,score", [
    ("cosine", 2, -1), ("l2", 2, 1 / 3), ("l1", 2, 1 / 3), ("negative_inner_product", 1, -1)])
def test_each_metric_has_its_distance_and_score(docs, metric, distance, score):
    (hit,) = search(docs, "--vector", "[1,0,0]", "--metric", metric, "--where", "id = 4")
    assert hit["distance"] == pytest.approx(distance) and hit["score"] == pytest.approx(score)


def test_table_and_csv_have_no_vectors(docs):
    table = run("search", "docs", "--like", "0", "-k", "1", "--url", docs).stdout
    assert table.splitlines()[0].split(" | ")[0].strip() == "distance" and "embedding" not in table
    assert run("search", "docs", "--like", "0", "-k", "1", "--format", "csv", "--url", docs).stdout.startswith(
        "distance,score,id,name,size,tags\n")


def test_a_vector_without_direction_is_no_neighbour(docs):
    assert search(docs, "--vector", "[0,0,0]") == []


def test_what_is_not_there_is_named(docs):
    assert_fails(run("search", "dogs", "--like", "0", "--url", docs), "dogs", "docs")
    assert_fails(run("search", "docs", "--like", "0", "--column", "vec", "--url", docs), "vec", "embedding")
    assert_fails(run("search", "docs", "--like", "0", "--column", "name", "--url", docs), "name", "no vector")
    assert_fails(run("search", "docs", "--like", "77", "--url", docs), "77")
    assert_fails(run("search", "docs", "--like", "0", "--where", "colour = 1", "--url", docs), "colour")


def test_what_cannot_be_searched_for_is_wrong_use(docs):
    assert_fails(run("search", "docs", "--vector", "[1,2]", "--url", docs), "2 dimensions", "3", status=2)
    assert_fails(run("search", "docs", "--vector", "[1,", "--url", docs), status=2)
    assert_fails(run("search", "docs", "--like", "red", "--url", docs), "red", status=2)


def test_a_table_without_vectors_and_one_with_two_say_so(url):
    run("sql", url, "CREATE TABLE plain (id BIGINT PRIMARY KEY)")
    run("sql", url, "CREATE TABLE twice (id BIGINT PRIMARY KEY, a VECTOR(2), b VECTOR(2))")
    assert_fails(run("search", "plain", "--vector", "[1,2]", "--url", url), "no column of vectors")
    assert_fails(run("search", "twice", "--vector", "[1,2]", "--url", url), "--column", "a, b", status=2)
    assert run("search", "twice", "--vector", "[1,2]", "--column", "b", "--url", url).returncode == 0


def test_negative_keys_and_text_keys_are_found(url, tmp_path):
    data = write_jsonl(tmp_path / "keys.jsonl", [{"id": i} for i in (-5, 7)])
    npy = write_npy(tmp_path / "keys.npy", [[1, 0], [0, 1]])
    assert run("import", data, "--table", "numbers", "--vectors", f"v={npy}", "--url", url).returncode == 0
    assert run("search", "numbers", "--like", "-5", "--url", url).returncode == 0
    data = write_jsonl(tmp_path / "names.jsonl", [{"name": name} for name in ("a b", "é")])
    assert run("import", data, "--table", "names", "--vectors", f"v={npy}", "--url", url).returncode == 0
    done = run("search", "names", "--like", "é", "--format", "json", "--url", url)
    assert [hit["name"] for hit in json.loads(done.stdout)] == ["a b"]
    assert value(url, "SELECT COUNT(*) FROM names") == 2


@pytest.mark.parametrize("limit", ["-1", "0", "1.5", "many"])
def test_a_limit_that_is_no_whole_number_is_one_short_message(docs, limit):
    done = run("search", "docs", "--vector", "[1,0,0]", "-k", limit, "--url", docs)
    assert_fails(done, f"'{limit}' is no whole number from 1 on", status=2)
    assert len(done.stderr) < 120
