"""tidbxx sql: rows as a table, JSON or CSV, and counts."""
import csv
import io
import json

import pytest
from conftest import MARKER, assert_fails, rows, run


def make_table(url):
    for sql in ["CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(32), price DOUBLE)",
                "INSERT INTO t VALUES (1, 'plain', 1.5), (2, 'a,\"b\"', NULL), (9007199254740993, '東京', -2), (4, '', 0)"]:
        assert run("sql", url, sql).returncode == 0


def test_a_table_is_aligned_and_numbers_stand_right(url):
    make_table(url)
    done = run("sql", url, "SELECT id, name FROM t ORDER BY id")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        " id               | name", "------------------+-------", "                1 | plain", "                2 | a,\"b\"",
        "                4 |", " 9007199254740993 | 東京", "(4 rows)"]


def test_json_keeps_64_bit_integers_and_null(url):
    make_table(url)
    assert rows(url, "SELECT * FROM t ORDER BY id") == [
        {"id": 1, "name": "plain", "price": 1.5}, {"id": 2, "name": 'a,"b"', "price": None},
        {"id": 4, "name": "", "price": 0.0}, {"id": 9007199254740993, "name": "東京", "price": -2.0}]


def test_csv_tells_null_from_the_empty_text(url):
    make_table(url)
    done = run("sql", url, "SELECT id, name, price FROM t WHERE id IN (2, 4) ORDER BY id", "--format", "csv")
    assert done.stdout == 'id,name,price\n2,"a,""b""",\n4,"",0\n'
    assert list(csv.reader(io.StringIO(done.stdout)))[1] == ["2", 'a,"b"', ""]


def test_a_result_without_rows_still_names_its_columns(url):
    make_table(url)
    assert run("sql", url, "SELECT id, name FROM t WHERE id < 0").stdout == " id | name\n----+------\n(0 rows)\n"
    assert run("sql", url, "SELECT id, name FROM t WHERE id < 0", "--format", "csv").stdout == "id,name\n"
    assert json.loads(run("sql", url, "SELECT id FROM t WHERE id < 0", "--format", "json").stdout) == []


def test_a_statement_without_rows_prints_how_many_it_affected(url):
    make_table(url)
    assert run("sql", url, "UPDATE t SET price = 3 WHERE id < 5").stdout == "3 rows affected\n"
    assert run("sql", url, "DELETE FROM t WHERE id = 1").stdout == "1 row affected\n"
    done = run("sql", url, "DELETE FROM t WHERE id = 1", "--format", "json")
    assert json.loads(done.stdout) == {"affected_rows": 0}


def test_line_ends_and_escape_sequences_in_a_cell_do_not_reach_the_table(embedded_url):
    done = run("sql", embedded_url, "SELECT 'a' || char(10) || 'b' || char(27) || '[31m' AS x")
    assert "a\\nb\\x1b[31m" in done.stdout and "\x1b" not in done.stdout


def test_vectors_can_be_read(url):
    (row,) = rows(url, "SELECT VEC_COSINE_DISTANCE('[1,2]', '[2,1]') AS d")
    assert row == {"d": pytest.approx(0.2)}


def test_an_error_of_the_engine_is_one_message(url):
    assert_fails(run("sql", url, "SELEC 1"))
    assert_fails(run("sql", url, "SELECT * FROM nowhere"), "nowhere")


def test_transaction_control_is_wrong_use(url):
    assert_fails(run("sql", url, "BEGIN"), status=2)


@pytest.mark.parametrize("sql", ["CREATE USER ann IDENTIFIED BI '{}'", "ALTER USER 'nobody-here' IDENTIFIED BY '{}'"])
def test_a_statement_that_sets_a_password_fails_without_printing_it(url, sql):
    assert_fails(run("sql", url, sql.format(MARKER + "word")))  # run() looks for the password
