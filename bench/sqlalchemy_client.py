"""The same jobs through SQLAlchemy 2's ORM with mysqlclient, timed in turn with ours.

Runs beside `bench_client_jobs`, a program that does one job and prints its seconds; both use the same TiDB and table.
Environment: TIDB_TEST_URL, TIDBXX_BIN (the folder of the binaries).
"""
import os
import statistics
import subprocess
import sys
import time
from urllib.parse import urlsplit

from sqlalchemy import BigInteger, Integer, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Entry(Base):
    __tablename__ = "bench_entries"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(32))
    coins: Mapped[int] = mapped_column(Integer)
    goods: Mapped[int] = mapped_column(Integer)


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    lookups = 2_000
    changed = min(20_000, rows)
    url = urlsplit(os.environ["TIDB_TEST_URL"])
    engine = create_engine(f"mysql+mysqldb://{url.username}:{url.password or ''}@{url.hostname}:{url.port}{url.path}")
    program = os.path.join(os.environ["TIDBXX_BIN"], "bench_client_jobs")

    def ours(job, count):
        out = subprocess.run([program, job, str(count), str(rows)], check=True, capture_output=True, text=True)
        return float(out.stdout)

    def insert():
        with Session(engine) as session:
            session.add_all([Entry(id=i, name=f"player number {i}", coins=i % 10_000, goods=100) for i in range(rows)])
            session.commit()

    def read():
        with Session(engine) as session:
            if len(session.scalars(select(Entry)).all()) != rows:
                raise SystemExit("rows are missing")

    def lookup():
        with Session(engine) as session:
            for turn in range(lookups):
                session.expunge_all()
                if session.get(Entry, turn * 7919 % rows).goods != 100:
                    raise SystemExit("wrong row")

    def flush():
        """Changed objects only: they are loaded before."""
        with Session(engine) as session:
            entries = session.scalars(select(Entry).where(Entry.id < changed)).all()

            def change():
                for entry in entries:
                    entry.coins += 1
                session.commit()

            return timed(change)

    def clear():
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)

    def compare(name, want, theirs, job, count, reset=None):
        """`theirs` may give its own seconds."""
        ratios = []
        for _ in range(3):
            if reset:
                reset()
            start = time.perf_counter()
            own = theirs()
            first = own if own is not None else time.perf_counter() - start
            if reset:
                reset()
            ratios.append(first / ours(job, count))
        print(f"ratio client.{name}.sqlalchemy {statistics.median(ratios):.1f} want >= {want}", flush=True)

    compare("insert_rows", 3, insert, "insert", rows, clear)
    compare("read_rows", 15, read, "read", rows)
    compare("point_lookup", 3, lookup, "lookup", lookups)
    compare("flush", 3, flush, "flush", changed)
    Base.metadata.drop_all(engine)


main()
