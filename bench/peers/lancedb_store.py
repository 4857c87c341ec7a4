"""LanceDB: IVF_HNSW_SQ, a bitmap index on the section, its full-text index; rows are added before they are made."""
import lancedb
import pyarrow
from lancedb.query import MatchQuery
from lancedb.rerankers import RRFReranker

COLUMNS = ["id", "name", "section", "size", "text"]


class Store:
    in_process = True
    wants = {"call": 10, "hybrid": 5}
    # partitions, ef, and how many times as many rows are compared exactly: from fast to slow
    settings = [(None, None, None), (None, None, 2), (20, 64, 2), (20, 128, 4), (20, 256, 10), (20, 512, 20)]
    batch = 10_000

    def __init__(self, folder, words=False):
        self.has_index_of_words = words
        self.store = lancedb.connect(folder)
        try:
            self.packages = self.store.open_table("packages")
        except Exception:  # it has no class of its own in every version
            schema = pyarrow.schema([("id", pyarrow.int64()), ("name", pyarrow.string()), ("section", pyarrow.string()),
                                     ("size", pyarrow.int64()), ("text", pyarrow.string()),
                                     ("embedding", pyarrow.list_(pyarrow.float32(), 384))])
            self.packages = self.store.create_table("packages", schema=schema)

    def count(self):
        return self.packages.count_rows()

    def insert(self, rows, vectors):
        columns = {name: pyarrow.array([row[name] for row in rows]) for name in COLUMNS}
        columns["embedding"] = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(vectors.reshape(-1)), 384)
        self.packages.add(pyarrow.table(columns))

    def finish(self):
        self.packages.create_scalar_index("section", index_type="BITMAP")
        if self.has_index_of_words:
            self.packages.create_fts_index("text", stem=False, remove_stop_words=False, with_position=False,
                                           replace=True)
        self.packages.create_index(vector_column_name="embedding", index_type="IVF_HNSW_SQ", metric="cosine")

    def search(self, vector, setting, sections):
        query = tuned(self.packages.search(vector), setting).select([*COLUMNS, "_distance"]).limit(10)
        if sections:
            among = ", ".join(f"'{section}'" for section in sections)
            query = query.where(f"section IN ({among})", prefilter=True)
        return rows_of(query)

    def words(self, first, second):
        return rows_of(self.packages.search(MatchQuery(f"{first} {second}", "text")).select(COLUMNS).limit(10))

    def hybrid(self, vector, setting, first, second):
        query = self.packages.search(query_type="hybrid").vector(vector).text(f"{first} {second}")
        return rows_of(tuned(query, setting).rerank(RRFReranker()).select(COLUMNS).limit(10))


def tuned(query, setting):
    partitions, ef, refine = setting
    query = query.distance_type("cosine")
    if partitions:
        query = query.nprobes(partitions)
    if ef:
        query = query.ef(ef)
    if refine:
        query = query.refine_factor(refine)
    return query


def rows_of(query):
    found = query.to_arrow()
    return list(zip(found["id"].to_pylist(), found["text"].to_pylist()))
