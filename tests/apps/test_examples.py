"""The examples, run as a user runs them: on a fresh embedded file, with and without a URL, and on a TiDB."""
import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("TIDBXX_BIN") or ROOT / "build/release/bin")
SERVER = os.environ.get("TIDB_TEST_URL", "")

PLAYERS = """\
Player(name=test, coins=1, goods=1)
number of players: 201
Player(name=test, coins=1, goods=1)
Player(name=player_0, coins=10000, goods=100)
Player(name=player_1, coins=10000, goods=100)
============== trade 1 start =================
buyer coins not enough
============== trade 1 end ===================
============== trade 2 start =================
trade success
============== trade 2 end ===================
Player(name=buyer, coins=0, goods=10)
Player(name=seller, coins=100, goods=90)
"""

DOCUMENTS = """\
Get 3-nearest neighbor documents:
  - distance: 0.00853986601633272
    document: fish
  - distance: 0.12712843905603044
    document: dog
  - distance: 0.7327387580875756
    document: tree
Get documents within a certain distance:
  - distance: 0.00853986601633272
    document: fish
  - distance: 0.12712843905603044
    document: dog
"""

CITIES = """\
The large cities nearest to Paris:
    264 km  Brussels (BE)
    344 km  London (GB)
    373 km  Rotterdam (NL)
    403 km  Köln (DE)
    412 km  Düsseldorf (DE)
Those nearest to Tokyo with over five million people:
   1153 km  Seoul (KR)
   1561 km  Shenyang (CN)
   1564 km  Harbin (CN)
   1738 km  Qingdao (CN)
   1755 km  Pudong (CN)
(1000 cities of GeoNames, geonames.org, CC BY 4.0)
"""

BLOG = """\
2 posts, 2 tags, 2 comments
Hello by ada
  Who are you?
  Ada. (answers: Who are you?)
Hello by ada: #news, 2 comments
Templates by ada: #news #c++, 0 comments
read in 3 statements
bob has 1 post, 0 comments are left
"""

ARTICLES = """\
2.706 Walking the dog: <b>Dogs</b> like water, too; most of them can swim.
1.133 Keeping fish: An aquarium wants <b>clean water</b>, light and patience.
0.0328 Keeping fish (words 1, vector 1)
0.0320 Walking the dog (words 3, vector 2)
"""

OUTPUT = {"player_quickstart": PLAYERS, "vector_quickstart": DOCUMENTS, "cities": CITIES, "player_session": PLAYERS,
          "blog": BLOG, "text_search": ARTICLES}
TABLE = {"player_quickstart": "players", "vector_quickstart": "documents", "cities": "cities",
         "player_session": "players", "blog": "blog_users", "text_search": "articles"}


def run(program, *arguments, cwd, path=None):
    """Runs a program without what this environment says of databases."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("TIDB_") and name != "CA_PATH"}
    return subprocess.run([path or BIN / program, *arguments], cwd=cwd, env=clean, capture_output=True, text=True,
                          timeout=120)


@pytest.fixture
def folder(tmp_path):
    """An empty folder in which the examples find their data, wherever the build is."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


@pytest.fixture(params=["no_url", "sqlite_url", "tidb"])
def arguments(request):
    """What the example is given."""
    if request.param != "tidb":
        return {"no_url": [], "sqlite_url": ["sqlite:examples.db"]}[request.param]
    if not SERVER:
        if os.environ.get("CI") == "true":
            pytest.fail("TIDB_TEST_URL is not set: CI tests with a TiDB (scripts/tidb-server run)")
        pytest.skip("TIDB_TEST_URL names no TiDB (scripts/tidb-server run starts one)")
    return [SERVER]


def sql(folder, arguments, *statements):
    """Runs SQL without tidbxx on the embedded file, and by its command on a TiDB; gives back the last one's output."""
    if arguments == [SERVER]:
        for statement in statements:
            done = run("tidbxx", "sql", SERVER, statement, "--format", "csv", cwd=folder)
            assert done.returncode == 0, done.stderr
        return done.stdout
    file = arguments[0].removeprefix("sqlite:") if arguments else "tidbxx.db"
    with contextlib.closing(sqlite3.connect(folder / file)) as connection, connection:
        return [str(connection.execute(statement).fetchall()) for statement in statements][-1]


@pytest.mark.parametrize("program", OUTPUT)
def test_an_example_prints_what_its_page_says_and_leaves_nothing_behind(program, folder, arguments):
    for _ in range(2):
        done = run(program, *arguments, cwd=folder)
        assert (done.stderr, done.returncode) == ("", 0)
        assert done.stdout == OUTPUT[program]


@pytest.mark.parametrize("program", OUTPUT)
def test_an_example_stops_at_a_table_that_exists_and_leaves_it_alone(program, folder, arguments):
    table = TABLE[program]
    sql(folder, arguments, f"CREATE TABLE {table} (note VARCHAR(20))")
    try:
        sql(folder, arguments, f"INSERT INTO {table} VALUES ('mine')")
        done = run(program, *arguments, cwd=folder)
        assert (done.stdout, done.returncode) == ("", 1)
        assert done.stderr.startswith(f"{program}: ") and table in done.stderr
        assert done.stderr.count("\n") == 1
        assert "mine" in sql(folder, arguments, f"SELECT note FROM {table}")
    finally:
        sql(folder, arguments, f"DROP TABLE {table}")


def test_connect_tells_of_every_way_what_it_is_connected_to(folder, arguments):
    done = run("connect", *arguments, cwd=folder)
    assert (done.stderr, done.returncode) == ("", 0)
    ways = [line.split("  ")[0] for line in done.stdout.splitlines()]
    on_tidb = arguments == [SERVER]
    handle = "MYSQL*" if on_tidb else "sqlite3*"
    assert ways == ([] if arguments else ["environment"]) + ["URL", "options", "pool", "same pool", handle]
    for line in done.stdout.splitlines():
        assert ("TiDB" if on_tidb else "embedded") in line


@pytest.mark.parametrize("program", ["connect", *OUTPUT])
def test_a_wrong_url_is_one_line_and_exit_code_1(program, folder):
    done = run(program, "mysql://root:s3cr3t-word@127.0.0.1:99999/test", cwd=folder)
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr.startswith(f"{program}: ") and done.stderr.count("\n") == 1
    assert "s3cr3t" not in done.stderr


def test_cities_says_where_it_looked_for_its_data(tmp_path):
    program = shutil.copy(BIN / "cities", tmp_path)
    done = run("cities", cwd=tmp_path, path=program)
    assert (done.stdout, done.returncode) == ("", 1)
    assert "examples/data/cities.csv" in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "tidbxx.db").exists()


def test_an_example_that_fails_after_making_its_table_drops_it(tmp_path):
    data = tmp_path / "examples/data"
    data.mkdir(parents=True)
    (data / "cities.csv").write_text(f"name,country,population,latitude,longitude\n{'x' * 101},FR,1,0,0\n")
    done = run("cities", "sqlite:examples.db", cwd=tmp_path)
    assert (done.stdout, done.returncode) == ("", 1)
    assert "too long" in done.stderr and done.stderr.count("\n") == 1
    assert sql(tmp_path, ["sqlite:examples.db"], "SELECT name FROM sqlite_schema WHERE name = 'cities'") == "[]"
