"""tidbxx doctor: each broken set-up is named by its step, with the remedy."""
import json
import os
import re
import sqlite3
import subprocess
import time
import urllib.parse
import uuid
from pathlib import Path

import pytest
from broken_servers import (CAPABILITIES, CLIENT_SSL, black_hole, certificates, error_packet, free_port, greeting,
                            log_in_and_refuse, say, serving, stay_silent)
from conftest import MARKER, clean_environment, run, value

PASSWORD = MARKER + "doctor"
SCRIPT = Path(__file__).parents[2] / "scripts/tidb-server"
REFUSED = (1045, "28000", "Access denied for user 'root'@'127.0.0.1' (using password: YES)")


def diagnose(url, status, **options):
    """The report, and its steps by name."""
    done = run("doctor", url, "--json", **options)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stderr == ""
    report = json.loads(done.stdout)
    return report, {step["name"]: step for step in report["steps"]}


def assert_stops_at(name, url, detail="", remedy="", status=1, **options):
    """The step that fails is this one, the last; its cause and its remedy say these words."""
    report, _ = diagnose(url, status, **options)
    last = report["steps"][-1]
    assert (last["name"], last["status"]) == (name, "failed"), report["steps"]
    assert [step["status"] for step in report["steps"]].count("failed") == 1 and not report["healthy"]
    assert re.search(detail, last["detail"]), last
    assert re.search(remedy, last["remedy"]), last


def assert_warns_at(name, url, detail="", remedy=""):
    report, steps = diagnose(url, 0)
    assert report["healthy"] and steps[name]["status"] == "warning", report["steps"]
    assert re.search(detail, steps[name]["detail"]) and re.search(remedy, steps[name]["remedy"]), steps[name]


def url_for(port, query="", user="root", database="test", host="127.0.0.1"):
    return f"mysql://{user}:{PASSWORD}@{host}:{port}/{database}{query}"


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server():
    """The URL of a real TiDB, as its administrator."""
    url = os.environ.get("TIDB_TEST_URL")
    if not url:
        if os.environ.get("CI") == "true":
            pytest.fail("TIDB_TEST_URL is not set, and CI tests on a TiDB")
        pytest.skip("no TiDB: TIDB_TEST_URL is not set")
    return url


@pytest.fixture
def login(server):
    """Makes a user with these rights, and gives a URL with it; the user goes at the end."""
    name = f"doctor_{uuid.uuid4().hex[:12]}"
    parts = urllib.parse.urlsplit(server)

    def make(*rights):
        for sql in [f"CREATE USER {name} IDENTIFIED BY '{PASSWORD}'", *(f"{right} TO {name}" for right in rights)]:
            done = run("sql", server, sql)
            assert done.returncode == 0, done.stderr
        return parts._replace(netloc=f"{name}:{PASSWORD}@{parts.hostname}:{parts.port}").geturl()
    yield make
    run("sql", server, f"DROP USER IF EXISTS {name}")


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """The URL of a TiDB whose settings no other test sees."""
    def script(*words):
        done = subprocess.run([SCRIPT, *words], text=True, capture_output=True, env=clean_environment())
        return done.stdout.strip() if done.returncode == 0 else ""
    if not script("path"):
        if os.environ.get("CI") == "true":
            pytest.fail("there is no TiDB to start, and CI tests on one")
        pytest.skip("there is no TiDB to start: scripts/tidb-server build")
    state = ["--state", tmp_path_factory.mktemp("tidb")]
    script(*state, "start")
    yield script(*state, "url")
    script(*state, "stop")


@pytest.fixture
def set_global(own_server):
    """Sets global variables of that server; they get their old values back."""
    before = {}

    def change(name, new):
        before.setdefault(name, value(own_server, f"SELECT @@GLOBAL.{name}"))
        assert run("sql", own_server, f"SET GLOBAL {name} = '{new}'").returncode == 0
    yield change
    for name, old in before.items():
        run("sql", own_server, f"SET GLOBAL {name} = '{old}'")


# ---- a way that works

def test_a_healthy_server_has_no_failed_step_and_a_line_for_each(server):
    done = run("doctor", server)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if re.match(r"(ok|warning|skipped) ", line)]
    assert [line.split(maxsplit=1)[1][:12].strip() for line in lines] == [
        "settings", "dns", "tcp", "greeting", "tls", "login", "sql", "privileges", "version", "tiflash", "vectors",
        "vector index", "full text", "time zone", "clock", "sql mode", "packet", "plan cache", "idle limit", "writes",
        "latency"]
    assert all(re.search(r"\d+\.\d+ ms  \S", line) for line in lines)


def test_tls_tells_protocol_names_ca_and_the_days_left(server):
    ca = os.environ.get("TIDB_TEST_CA")
    if not ca:
        pytest.skip("no TLS: TIDB_TEST_CA is not set")
    _, steps = diagnose(f"{server}?ssl_ca={ca}", 0)
    assert steps["tls"]["status"] == "ok"
    assert re.search(r"TLSv1\.[23] .*localhost.*signed by .*valid until \d{4}-\d\d-\d\d \(\d+ days\)", steps["tls"]["detail"])


def test_settings_are_shown_with_their_sources_and_the_password_is_not(tmp_path):
    (tmp_path / ".env").write_text(f"TIDB_PASSWORD={PASSWORD}\nTIDB_USER=me\n")
    with free_port() as port:
        done = run("doctor", "--json", cwd=tmp_path, env=clean_environment() | {"TIDB_HOST": "127.0.0.1", "TIDB_PORT": str(port)})
    settings = {each["name"]: (each["value"], each["source"]) for each in json.loads(done.stdout)["settings"]}
    assert settings["host"] == ("127.0.0.1", "environment variable TIDB_HOST")
    assert settings["user"] == ("me", ".env TIDB_USER")
    assert settings["password"] == ("given", ".env TIDB_PASSWORD")
    assert settings["database"] == ("test", "default")


def test_of_several_hosts_each_is_tried_and_one_that_lets_in_is_looked_at_further(server):
    parts = urllib.parse.urlsplit(server)
    with free_port() as port:
        down, up = f"127.0.0.1:{port}", f"{parts.hostname}:{parts.port}"
        report, steps = diagnose(parts._replace(netloc=f"{parts.username}@{down},{up}").geturl(), 1)
    ends = [(step["server"], step["name"]) for step in report["steps"] if step["status"] == "failed"]
    assert ends == [(down, "tcp")] and not report["healthy"]
    assert steps["login"]["server"] == up and steps["latency"]["server"] == up
    assert {each["name"]: each["value"] for each in report["settings"]}["host"] == f"{down}, {up}"


# ---- broken set-ups, from the first step to the last

def test_a_setting_that_is_wrong():
    assert_stops_at("settings", "mysql://h:99999/x", remedy="port", status=2)


def test_a_user_without_its_prefix_on_the_cloud():
    assert_stops_at("settings", url_for(4000, host="gateway01.eu-central-1.prod.aws.tidbcloud.com"),
                    remedy="PREFIX.root", status=2)


def test_a_host_that_has_no_address():
    assert_stops_at("dns", url_for(4000, host="nobody.invalid"), "nobody.invalid has no address", "spelling|network")


def test_a_port_where_nothing_listens():
    with free_port() as port:
        assert_stops_at("tcp", url_for(port), f"127.0.0.1 port {port}: Connection refused", "check the port .* the server runs")


def test_a_firewall_that_drops_packets():
    with black_hole() as port:
        assert_stops_at("tcp", url_for(port, "?connect_timeout=0.5"), "did not answer within 0.5 s", "firewall")


def test_a_port_that_stays_silent():
    with serving(stay_silent) as port:
        assert_stops_at("greeting", url_for(port, "?connect_timeout=0.5"), "nothing came", "4000")


def test_a_port_of_another_protocol():
    with serving(say(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert_stops_at("greeting", url_for(port), "does not speak the MySQL protocol", "4000")


def test_a_proxy_without_a_server():
    with serving(lambda connection: None) as port:
        assert_stops_at("greeting", url_for(port), "hung up", "proxy")


def test_a_server_that_is_full():
    with serving(say(error_packet(0, 1040, "08004", "Too many connections"))) as port:
        assert_stops_at("greeting", url_for(port), r"Too many connections \(1040\)", "max_connections")


def test_a_machine_that_is_not_allowed():
    with serving(say(error_packet(0, 1130, "HY000", "Host '10.0.0.1' is not allowed to connect"))) as port:
        assert_stops_at("greeting", url_for(port), "not allowed", "CREATE USER")


def test_a_server_without_tls(signed):
    with serving(log_in_and_refuse(REFUSED)) as port:
        assert_stops_at("tls", url_for(port, f"?ssl_ca={signed.ca}"), "offers no TLS", "ssl-cert")


@pytest.mark.parametrize("kind, query, server, detail, remedy", [
    ("unknown", "?ssl_ca={signed.other_ca}", {}, "issuer certificate", "set ssl_ca to the CA"),
    ("expired", "?ssl_ca={signed.ca}", {"begins": -20, "ends": -2}, r"expired on \d{4}", "renew"),
    ("early", "?ssl_ca={signed.ca}", {"begins": 5}, "not valid before", "clock"),
    ("elsewhere", "?ssl_ca={signed.ca}", {"hosts": "DNS:db.example.com"}, "another host than 127.0.0.1.*db.example.com",
     "connect by a name"),
    ("mutual", "?ssl_ca={signed.ca}", {"wants_client": True}, "", "ssl_cert and ssl_key"),
])
def test_a_certificate_that_cannot_be_trusted(signed, kind, query, server, detail, remedy):
    with serving(log_in_and_refuse(REFUSED, signed.server(kind, **server))) as port:
        assert_stops_at("tls", url_for(port, query.format(signed=signed)), detail, remedy)


def test_a_name_that_the_mode_leaves_unchecked_is_no_failure(signed):
    with serving(log_in_and_refuse(REFUSED, signed.server("unnamed", hosts="DNS:db.example.com"))) as port:
        assert_stops_at("login", url_for(port, f"?ssl_ca={signed.ca}&ssl_mode=VERIFY_CA"))


def test_a_certificate_that_ends_soon_is_a_warning(signed):
    with serving(log_in_and_refuse(REFUSED, signed.server("soon", ends=3))) as port:
        _, steps = diagnose(url_for(port, f"?ssl_ca={signed.ca}"), 1)
    assert steps["tls"]["status"] == "warning" and "renew" in steps["tls"]["remedy"]


def test_a_server_whose_tls_is_none(signed):
    def talk(connection):
        connection.sendall(greeting(CAPABILITIES | CLIENT_SSL))
        connection.recv(4096)
        connection.sendall(b"this is no TLS, and long enough to be seen as none")
    with serving(talk) as port:
        assert_stops_at("tls", url_for(port, f"?ssl_ca={signed.ca}"), "", "TLS 1.2")


def test_a_ca_file_that_is_none(signed, tmp_path):
    (tmp_path / "text.pem").write_text("no certificate\n")
    with serving(log_in_and_refuse(REFUSED, signed.server("fine"))) as port:
        assert_stops_at("tls", url_for(port, f"?ssl_ca={tmp_path}/text.pem"), "", "ssl_ca .*without a certificate")
        assert_stops_at("tls", url_for(port, f"?ssl_ca={tmp_path}/absent.pem"), "", "ssl_ca")


@pytest.mark.parametrize("refusal, remedy", [
    (REFUSED, "password from: URL"),
    ((1105, "HY000", "Missing user name prefix"), "prefix"),
    ((1105, "HY000", "Connections using insecure transport are prohibited while --require_secure_transport=ON."), "ssl_mode"),
    ((1105, "HY000", "Due to the usage quota being exhausted, access to the cluster has been restricted."), "quota"),
    ((1049, "42000", "Unknown database 'test'"), "create it"),
    ((1044, "42000", "Access denied for user 'root'@'%' to database 'test'"), "GRANT"),
])
def test_a_login_that_the_server_refuses(refusal, remedy):
    with serving(log_in_and_refuse(refusal)) as port:
        assert_stops_at("login", url_for(port), re.escape(refusal[2]), remedy)


def test_a_wrong_password_on_a_real_server(server):
    parts = urllib.parse.urlsplit(server)
    wrong = parts._replace(netloc=f"root:{PASSWORD}@{parts.hostname}:{parts.port}").geturl()
    assert_stops_at("login", wrong, "Access denied", "password from: URL")


def test_a_database_that_is_not_there_is_not_made(server):
    name = f"absent_{uuid.uuid4().hex[:12]}"
    url = urllib.parse.urlsplit(server)._replace(path="/" + name).geturl()
    assert_stops_at("login", url, "Unknown database", "create it")
    assert_warns_at("login", url + "?ensure_database=true", "does not exist yet", "ensure_database makes it")
    assert_stops_at("login", url, "Unknown database", "create it")


def test_a_user_without_rights_on_the_database(login):
    assert_stops_at("login", login(), "Access denied", "GRANT")


def test_rights_that_are_missing_are_named(login):
    assert_warns_at("privileges", login("GRANT SELECT, INSERT ON test.*"), "UPDATE, DELETE, CREATE, ALTER, DROP, INDEX",
                    r"GRANT UPDATE, .* ON `test`")


def test_rights_on_one_table_are_not_rights_on_the_database(server, login):
    table = f"doctor_{uuid.uuid4().hex[:12]}"
    assert run("sql", server, f"CREATE TABLE test.{table} (a INT)").returncode == 0
    try:
        assert_warns_at("privileges", login(f"GRANT SELECT ON test.{table}"), f"{table}: SELECT", "GRANT")
    finally:
        run("sql", server, f"DROP TABLE test.{table}")


@pytest.mark.parametrize("name, setting, step, remedy", [
    ("time_zone", "Asia/Shanghai", "time zone", "SET GLOBAL time_zone"),
    ("sql_mode", "", "sql mode", "STRICT_TRANS_TABLES"),
    ("tidb_enable_prepared_plan_cache", "OFF", "plan cache", "ON"),
    ("max_allowed_packet", "1048576", "packet", "max_allowed_packet"),
    ("wait_timeout", "20", "idle limit", "wait_timeout"),
])
def test_a_setting_of_the_server_that_will_surprise(own_server, set_global, name, setting, step, remedy):
    set_global(name, setting)
    assert_warns_at(step, own_server, remedy=remedy)


# ---- embedded

def test_a_healthy_file_and_one_that_is_not_there_yet(tmp_path):
    url = f"sqlite:{tmp_path}/test.db"
    _, steps = diagnose(url, 0)
    assert steps["file"]["status"] == "skipped" and not (tmp_path / "test.db").exists()
    assert run("sql", url, "CREATE TABLE fish (id INT)").returncode == 0
    report, steps = diagnose(url, 0)
    assert {step["status"] for step in report["steps"]} == {"ok"}
    assert set(steps) >= {"folder", "space", "file", "open", "journal", "integrity", "lock", "latency"}


def test_a_file_of_another_program_is_left_as_it_is(tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE fish (id INT)")
    other.close()
    before = (tmp_path / "other.db").read_bytes()
    _, steps = diagnose(f"sqlite:{tmp_path}/other.db", 0)
    assert steps["journal"]["detail"].startswith("delete")
    assert (tmp_path / "other.db").read_bytes() == before


def test_a_folder_that_is_not_there(tmp_path):
    assert_stops_at("folder", f"sqlite:{tmp_path}/absent/test.db", "no folder", "path")


def test_a_folder_in_the_place_of_the_file(tmp_path):
    assert_stops_at("file", f"sqlite:{tmp_path}", "is a folder", "file")


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "text.db").write_text("this is no database at all\n" * 100)
    assert_stops_at("open", f"sqlite:{tmp_path}/text.db", "not a database", "not a SQLite database")


def test_a_file_that_is_damaged(tmp_path):
    with sqlite3.connect(tmp_path / "test.db") as db:
        db.execute("CREATE TABLE fish (id INTEGER PRIMARY KEY, name TEXT)")
        db.executemany("INSERT INTO fish (name) VALUES (?)", [(f"fish {i}" * 20,) for i in range(500)])
    db.close()
    data = bytearray((tmp_path / "test.db").read_bytes())
    data[8192:12288] = b"\xa5" * 4096
    (tmp_path / "test.db").write_bytes(data)
    assert_stops_at("integrity", f"sqlite:{tmp_path}/test.db", "damaged|malformed", "restore")


def test_a_write_lock_that_another_program_keeps(tmp_path):
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("CREATE TABLE fish (id INT)")
    other.execute("BEGIN IMMEDIATE")
    try:
        began = time.monotonic()
        assert_stops_at("lock", f"sqlite:{tmp_path}/test.db?lock_timeout=0.2", "kept the write lock for 200 ms", "lock_timeout")
        assert time.monotonic() - began < 5
    finally:
        other.close()
