"""sqlite-vec, where every vector is compared, and FTS5; the rows come from an ordinary table of the same file."""
import apsw
import sqlite_vec

FUSED = """
WITH nearest AS (SELECT id, row_number() OVER (ORDER BY distance) AS place FROM vectors
                 WHERE embedding MATCH ? AND k = 10),
matches AS (SELECT id, row_number() OVER (ORDER BY rank) AS place FROM
            (SELECT rowid AS id, rank FROM words WHERE words MATCH ? ORDER BY rank LIMIT 10)),
best AS (SELECT id, sum(1.0 / (60 + place)) AS score FROM (SELECT * FROM nearest UNION ALL SELECT * FROM matches)
         GROUP BY id ORDER BY score DESC LIMIT 10)
SELECT p.id, p.text, p.name, p.section, p.size FROM best JOIN packages AS p ON p.id = best.id
ORDER BY best.score DESC"""


class Store:
    in_process = True
    wants = {"call": 50, "hybrid": 30}
    settings = ["exact"]
    batch = 1000

    def __init__(self, folder, words=False):
        self.has_index_of_words = words
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
        if self.has_index_of_words:
            self.file.execute("CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text, content = 'packages', "
                              "content_rowid = 'id')")
            self.file.execute("INSERT INTO words (words) VALUES ('rebuild')")
        self.file.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def search(self, vector, setting, sections):
        among = " AND section IN ({})".format(", ".join("?" * len(sections))) if sections else ""
        return self.file.execute(
            "SELECT p.id, p.text, p.name, p.section, p.size FROM (SELECT id, distance FROM vectors WHERE embedding "
            f"MATCH ? AND k = 10{among} ORDER BY distance) AS n JOIN packages AS p ON p.id = n.id ORDER BY n.distance",
            (vector.tobytes(), *sections)).fetchall()

    def words(self, first, second):
        return self.file.execute(
            "SELECT p.id, p.text, p.name, p.section, p.size FROM (SELECT rowid, rank FROM words WHERE words MATCH ? "
            "ORDER BY rank LIMIT 10) AS f JOIN packages AS p ON p.id = f.rowid ORDER BY f.rank",
            (either(first, second),)).fetchall()

    def hybrid(self, vector, setting, first, second):
        return self.file.execute(FUSED, (vector.tobytes(), either(first, second))).fetchall()


def either(first, second):
    return f'"{first}" OR "{second}"'
