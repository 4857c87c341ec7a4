"""tidbxx import: columns and keys, rejects, vectors, and what cannot be imported."""
import json
import os
import resource

import pytest
from conftest import assert_fails, rows, run, value, write_jsonl, write_npy


def load(url, path, *words, table="t", status=0, **options):
    done = run("import", path, "--table", table, "--url", url, *words, **options)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def types(url, table="t"):
    """The columns' types as both engines can say them, and the key's columns."""
    if url.startswith("sqlite"):
        found = rows(url, f"SELECT name, lower(type) AS type, pk FROM pragma_table_info('{table}') ORDER BY cid")
    else:
        found = rows(url, "SELECT column_name AS name, column_type AS type, column_key = 'PRI' AS pk FROM "
                          f"information_schema.columns WHERE table_schema = DATABASE() AND table_name = '{table}' "
                          "ORDER BY ordinal_position")
    same = {"integer": "bigint", "tinyint(1)": "boolean", "json_text": "json"}
    return {c["name"]: same.get(c["type"], c["type"]) for c in found}, [c["name"] for c in found if c["pk"]]


def rejects(path):
    with open(f"{path}.rejects.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def has_rejects(path):
    return os.path.exists(f"{path}.rejects.jsonl")


def test_types_are_found_in_all_rows(url, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", [
        {"id": 0, "small": 1, "mixed": 1, "ratio": 1, "yes": True, "day": "2024-02-29", "at": "2024-01-02T03:04:05Z",
         "name": "a", "tags": ["x"], "long": "x" * 300, "longer": "é" * 40000},
        {"id": 1, "small": -2**63, "mixed": "é", "ratio": 0.5, "yes": False, "day": "2023-01-01", "at": "2024-01-02 03:04:05.25",
         "name": "b" * 20, "tags": {"y": 1}, "long": "y", "longer": None}])
    load(url, data)
    found, key = types(url)
    assert key == ["id"]
    assert found == {"id": "bigint", "small": "bigint", "mixed": "varchar(32)", "ratio": "double", "yes": "boolean",
                     "day": "date", "at": "datetime(6)", "name": "varchar(32)", "tags": "json", "long": "text",
                     "longer": "mediumtext"}
    first, second = rows(url, "SELECT id, small, mixed, ratio, yes, day, at, name FROM t ORDER BY id")
    assert first == {"id": 0, "small": 1, "mixed": "1", "ratio": 1.0, "yes": 1, "day": "2024-02-29",
                     "at": "2024-01-02 03:04:05.000000", "name": "a"}
    assert second["small"] == -2**63 and second["at"] == "2024-01-02 03:04:05.250000"


def test_a_missing_field_is_null(url, tmp_path):
    load(url, write_jsonl(tmp_path / "a.jsonl", [{"id": 1}, {"id": 2, "late": 5}, {"late": None, "id": 3}]))
    assert rows(url, "SELECT id, late FROM t ORDER BY id") == [
        {"id": 1, "late": None}, {"id": 2, "late": 5}, {"id": 3, "late": None}]


def test_an_integer_that_no_double_holds_makes_text_beside_reals(url, tmp_path):
    load(url, write_jsonl(tmp_path / "a.jsonl", [{"n": 9007199254740993}, {"n": 0.5}]))
    assert {row["n"] for row in rows(url, "SELECT n FROM t")} == {"9007199254740993", "0.5"}


@pytest.mark.parametrize("items,key", [
    ([{"name": "a", "ID": 7}, {"name": "b", "ID": 8}], ["ID"]),
    ([{"size": 1, "t_id": 7}, {"size": 1, "t_id": 8}], ["t_id"]),
    ([{"name": "a", "size": 1}, {"name": "b", "size": 2}], ["name"]),
    ([{"id": 1, "uuid": "x"}, {"id": 1, "uuid": "y"}], ["uuid"]),
    ([{"name": "a "}, {"name": "a"}], []),
    ([{"id": 1}, {"id": None}], []),
    ([{"id": 1.5}, {"id": 2.5}], [])])
def test_the_key_is_a_field_whose_values_are_all_different(url, tmp_path, items, key):
    load(url, write_jsonl(tmp_path / "a.jsonl", items))
    assert types(url)[1] == key
    assert value(url, "SELECT COUNT(*) FROM t") == len(items)


def test_key_names_another_one_and_doubles_are_rejected(url, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", [{"id": i, "code": code} for i, code in enumerate("xyxz")])
    done = load(url, data, "--key", "code", status=1)
    assert "3 rows" in done.stdout and "1 rejected" in done.stdout and "rejects.jsonl" in done.stderr
    assert types(url)[1] == ["code"]
    (refused,) = rejects(data)
    assert refused["line"] == 3 and "duplicate" in refused["reason"].lower() and json.loads(refused["row"])["id"] == 2
    assert_fails(run("import", data, "--table", "u", "--key", "nothing", "--url", url), "nothing", "id, code")


def test_csv_follows_rfc_4180(url, tmp_path):
    data = tmp_path / "a.csv"
    data.write_bytes('\ufeffid,zip,note,price,"on, off"\r\n1,007,"two\r\nlines, ""quoted""",1.5,true\r\n'
                     '2,123,"",,false\r\n\r\n3,456,,2,TRUE'.encode())
    load(url, data)
    assert types(url)[0] == {"id": "bigint", "zip": "varchar(16)", "note": "varchar(32)", "price": "double",
                             "on, off": "boolean"}
    assert [list(row.values()) for row in rows(url, "SELECT * FROM t ORDER BY id")] == [
        [1, "007", 'two\r\nlines, "quoted"', 1.5, 1], [2, "123", "", None, 0], [3, "456", None, 2.0, 1]]


def test_csv_rows_that_do_not_parse_are_rejected_with_their_line(url, tmp_path):
    data = tmp_path / "a.csv"
    data.write_bytes(b'id,name\n1,"two\nlines"\n2,a,b\n3,a"b\n4,"a"b\n5,\xff\n6,fine\n7,"never closed\n8,x\n')
    load(url, data, status=1)
    assert [refused["line"] for refused in rejects(data)] == [4, 5, 6, 7, 9]
    assert "nothing to do" in load(url, data, status=1).stdout
    assert [row["id"] for row in rows(url, "SELECT id FROM t ORDER BY id")] == [1, 6]


def test_jsonl_rows_that_do_not_parse_are_rejected_and_the_rest_goes_on(url, tmp_path):
    data = tmp_path / "a.jsonl"
    data.write_bytes(b'{"id": 1}\n\n[2]\n{"id": 3, "id": 4}\n{"id": 123456789012345678901234567890}\n{"id": "\xff"}\n'
                     b'{"id": 5}\r\n{"id": 6')
    load(url, data, status=1)
    found = rejects(data)
    assert [refused["line"] for refused in found] == [3, 4, 5, 6, 8]
    assert all(refused["reason"] for refused in found) and "the file ends" in found[-1]["reason"]
    assert [row["id"] for row in rows(url, "SELECT id FROM t ORDER BY id")] == [1, 5]


def test_rows_that_an_existing_table_refuses_are_rejected_one_by_one(url, tmp_path):
    assert run("sql", url, "CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL, other TEXT)").returncode == 0
    items = [{"id": i, "n": i} for i in range(2500)]
    items[7]["n"] = "seven"
    items[1200]["id"] = 3
    items[2499]["n"] = None
    data = write_jsonl(tmp_path / "a.jsonl", items)
    done = load(url, data, status=1)
    assert "imported 2497 rows" in done.stdout and "3 rejected" in done.stdout
    assert [refused["line"] for refused in rejects(data)] == [8, 1201, 2500]
    assert value(url, "SELECT COUNT(*) FROM t") == 2497


def test_strict_stops_at_the_first_row(url, tmp_path):
    data = tmp_path / "a.jsonl"
    data.write_text('{"id": 1}\nnonsense\n{"id": 3}\nmore nonsense\n')
    assert_fails(run("import", data, "--table", "t", "--url", url, "--strict"), ":2:", "nothing was imported")
    assert not has_rejects(data)
    data = write_jsonl(tmp_path / "b.jsonl", [{"id": i, "code": i // 2} for i in range(4)])
    assert_fails(run("import", data, "--table", "u", "--key", "code", "--url", url, "--strict"), "line 2")
    assert value(url, "SELECT COUNT(*) FROM u") == 0


def test_a_field_without_a_column_is_named_before_anything_is_written(url, tmp_path):
    run("sql", url, "CREATE TABLE t (id BIGINT PRIMARY KEY, must BIGINT NOT NULL)")
    data = write_jsonl(tmp_path / "a.jsonl", [{"id": 1, "must": 1}, {"id": 2, "must": 1, "colour": "red"}])
    assert_fails(run("import", data, "--table", "t", "--url", url), "colour")
    data = write_jsonl(tmp_path / "b.jsonl", [{"id": 1}])
    assert_fails(run("import", data, "--table", "t", "--url", url), "must")
    assert value(url, "SELECT COUNT(*) FROM t") == 0


def test_a_finished_import_does_nothing_and_a_dropped_table_is_made_anew(url, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", [{"id": i} for i in range(10)])
    load(url, data)
    assert "nothing to do" in load(url, data).stdout
    assert value(url, "SELECT COUNT(*) FROM t") == 10
    run("sql", url, "DROP TABLE t")
    assert "imported 10 rows" in load(url, data).stdout
    assert value(url, "SELECT COUNT(*) FROM t") == 10
    write_jsonl(data, [{"id": i} for i in range(10, 15)])
    assert "imported 5 rows" in load(url, data).stdout
    assert value(url, "SELECT COUNT(*) FROM t") == 15


def test_vectors_belong_to_their_rows_also_behind_rejected_ones(url, tmp_path):
    data = tmp_path / "a.jsonl"
    data.write_text('{"id": 0}\nnonsense\n{"id": 2}\n{"id": 3}\n{"id": 4}\n')
    one = write_npy(tmp_path / "one.npy", [[i, 1] for i in range(4)] + [[float("nan"), 1]])
    two = write_npy(tmp_path / "two.npy", [[i, i, i] for i in range(5)], kind="<f8")
    load(url, data, "--vectors", f"a={one}", "--vectors", f"b={two}", status=1)
    assert [refused["line"] for refused in rejects(data)] == [2, 5] and "NaN" in rejects(data)[1]["reason"]
    assert rows(url, "SELECT id, VEC_AS_TEXT(a) AS a, VEC_AS_TEXT(b) AS b FROM t ORDER BY id") == [
        {"id": i, "a": f"[{i},1]", "b": f"[{i},{i},{i}]"} for i in (0, 2, 3)]


@pytest.mark.parametrize("spoil,told", [
    (dict(kind="<i4"), "<i4"), (dict(order="True"), "Fortran"), (dict(cut=1), "cut off")])
def test_a_wrong_vector_file_is_told_before_anything_is_written(embedded_url, tmp_path, spoil, told):
    data = write_jsonl(tmp_path / "a.jsonl", [{"id": 1}, {"id": 2}])
    npy = write_npy(tmp_path / "a.npy", [[1, 2], [3, 4]], **spoil)
    assert_fails(run("import", data, "--table", "t", "--vectors", f"v={npy}", "--url", embedded_url), "a.npy", told)
    assert not (tmp_path / "test.db").exists()


def test_another_number_of_vectors_is_told_before_anything_is_written(url, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", [{"id": 1}, {"id": 2}])
    npy = write_npy(tmp_path / "a.npy", [[1, 2]])
    assert_fails(run("import", data, "--table", "t", "--vectors", f"v={npy}", "--url", url), "1 rows", "has 2")
    assert_fails(run("sql", url, "SELECT * FROM t"))
    assert_fails(run("import", data, "--table", "t", "--vectors", "v", "--url", url), "COLUMN=FILE", status=2)


def test_input_that_is_no_data_file_is_one_clear_error(embedded_url, tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    assert_fails(run("import", tmp_path / "none.jsonl", "--table", "t", "--url", embedded_url), "none.jsonl", "No such file")
    assert_fails(run("import", tmp_path, "--table", "t", "--format", "csv", "--url", embedded_url), "no regular file")
    assert_fails(run("import", empty, "--table", "t", "--url", embedded_url), "has no rows")
    assert_fails(run("import", empty, "--table", "t", "--format", "csv", "--url", embedded_url), "is empty")
    assert_fails(run("import", tmp_path / "a.txt", "--table", "t", "--url", embedded_url), "--format", status=2)
    data = write_jsonl(tmp_path / "a.jsonl", [{"name": 1, "Name": 2}])
    assert_fails(run("import", data, "--table", "t", "--url", embedded_url), "differ only in case")
    assert_fails(run("import", data, "--table", "_tidbxx_x", "--url", embedded_url), status=2)


def test_integers_beyond_64_signed_bits_are_kept_or_refused_by_name(url, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", [{"id": 1, "n": 2**64 - 1}, {"id": 2, "n": 5}])
    if url.startswith("sqlite"):
        load(url, data, status=1)
        assert "18446744073709551615" in rejects(data)[0]["reason"]
    else:
        load(url, data)
        assert value(url, "SELECT n FROM t WHERE id = 1") == 2**64 - 1


def test_a_database_that_cannot_be_written_is_one_clear_error(embedded_url, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", [{"id": i, "text": "x" * 1000} for i in range(5000)])
    assert_fails(run("import", data, "--table", "t", "--url", f"sqlite:{tmp_path / 'no' / 'where.db'}"), "where.db")
    (tmp_path / "text.db").write_text("no database\n" * 100)
    assert_fails(run("import", data, "--table", "t", "--url", f"sqlite:{tmp_path / 'text.db'}"), "not a SQLite database")


def test_a_full_disk_is_one_clear_error_and_the_import_goes_on_afterwards(embedded_url, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", [{"id": i, "text": "x" * 1000} for i in range(5000)])

    def limited():
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))

    assert_fails(run("import", data, "--table", "t", "--url", embedded_url, preexec_fn=limited), "test.db", "run the same command")
    assert value(embedded_url, "SELECT COUNT(*) FROM t") == value(embedded_url, "SELECT rows_read FROM _tidbxx_import") < 5000
    load(embedded_url, data)
    assert value(embedded_url, "SELECT COUNT(*) FROM t") == 5000
