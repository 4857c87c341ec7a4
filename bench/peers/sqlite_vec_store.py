"""sqlite-vec: every vector is compared; the rows come from an ordinary table of the same file."""
import apsw
import sqlite_vec


class Store:
    in_process = True
    wants = {"call": 50}
    settings = ["exact"]
    batch = 1000

    def __init__(self, folder):
        self.file = apsw.Connection(folder + ".db")
        self.file.enable_load_extension(True)
        self.file.load_extension(sqlite_vec.loadable_path())
        self.file.execute("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                          "PRAGMA mmap_size = 268435456; PRAGMA wal_autocheckpoint = 2000")
        self.file.execute("CREATE TABLE IF NOT EXISTS packages (id INTEGER PRIMARY KEY, name TEXT, section TEXT, "
                          "size INTEGER, text TEXT)")
        self.file.execute("CREATE VIRTUAL TABLE IF NOT EXISTS vectors USING vec0 (id INTEGER PRIMARY KEY, "
                          "embedding FLOAT[384] distance_metric=cosine, section TEXT)")

    def count(self):
        return self.file.execute("SELECT count(*) FROM packages").fetchone()[0]

    def insert(self, rows, vectors):
        with self.file:
            self.file.executemany("INSERT INTO packages VALUES (?, ?, ?, ?, ?)",
                                  [(r["id"], r["name"], r["section"], r["size"], r["text"]) for r in rows])
            self.file.executemany("INSERT INTO vectors (id, embedding, section) VALUES (?, ?, ?)",
                                  [(r["id"], v.tobytes(), r["section"]) for r, v in zip(rows, vectors)])

    def finish(self):
        self.file.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def search(self, vector, setting, sections):
        among = " AND section IN ({})".format(", ".join("?" * len(sections))) if sections else ""
        return self.file.execute(
            "SELECT p.id, p.text, p.name, p.section, p.size FROM (SELECT id, distance FROM vectors WHERE embedding "
            f"MATCH ? AND k = 10{among} ORDER BY distance) AS n JOIN packages AS p ON p.id = n.id ORDER BY n.distance",
            (vector.tobytes(), *sections)).fetchall()
