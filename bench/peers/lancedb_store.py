"""LanceDB: IVF_HNSW_SQ, a bitmap index on the section; rows are added before the index is made."""
import lancedb
import pyarrow

COLUMNS = ["id", "name", "section", "size", "text"]


class Store:
    in_process = True
    wants = {"call": 10}
    # partitions, ef, and how many times as many rows are compared exactly: from fast to slow
    settings = [(None, None, None), (None, None, 2), (20, 64, 2), (20, 128, 4), (20, 256, 10), (20, 512, 20)]
    batch = 10_000

    def __init__(self, folder):
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
        self.packages.create_index(vector_column_name="embedding", index_type="IVF_HNSW_SQ", metric="cosine")

    def search(self, vector, setting, sections):
        partitions, ef, refine = setting
        query = self.packages.search(vector).distance_type("cosine").select([*COLUMNS, "_distance"]).limit(10)
        if partitions:
            query = query.nprobes(partitions)
        if ef:
            query = query.ef(ef)
        if refine:
            query = query.refine_factor(refine)
        if sections:
            among = ", ".join(f"'{section}'" for section in sections)
            query = query.where(f"section IN ({among})", prefilter=True)
        found = query.to_arrow()
        return list(zip(found["id"].to_pylist(), found["text"].to_pylist()))
