"""zvec: HNSW over float32, an inverted index on the section, and its full-text index."""
import os

import zvec


class Store:
    in_process = True
    wants = {"call": 1.5, "insert": 10, "filter10": 1, "hybrid": 1.2}
    # ef: from fast to slow
    settings = [16, 24, 32, 48, 64, 96, 128, 192, 256, 400, 800]
    batch = 1000

    def __init__(self, folder, words=False):
        cores = len(os.sched_getaffinity(0))
        zvec.init(query_threads=cores, optimize_threads=cores, log_level=zvec.LogLevel.ERROR)
        if os.path.exists(folder):
            self.packages = zvec.open(folder)
        else:
            self.packages = zvec.create_and_open(folder, self._schema(words))

    @staticmethod
    def _schema(words):
        graph = zvec.HnswIndexParam(metric_type=zvec.MetricType.COSINE, m=16, ef_construction=200)
        return zvec.CollectionSchema(
            name="packages",
            fields=[zvec.FieldSchema("name", zvec.DataType.STRING),
                    zvec.FieldSchema("section", zvec.DataType.STRING, index_param=zvec.InvertIndexParam()),
                    zvec.FieldSchema("size", zvec.DataType.INT64),
                    zvec.FieldSchema("text", zvec.DataType.STRING,
                                     index_param=zvec.FtsIndexParam() if words else None)],
            vectors=[zvec.VectorSchema("embedding", zvec.DataType.VECTOR_FP32, 384, index_param=graph)])

    def count(self):
        return self.packages.stats.doc_count

    def insert(self, rows, vectors):
        kept = ("name", "section", "size", "text")
        states = self.packages.insert([
            zvec.Doc(id=str(row["id"]), vectors={"embedding": vector}, fields={field: row[field] for field in kept})
            for row, vector in zip(rows, vectors)])
        for state in states:
            if not state.ok():
                raise RuntimeError(str(state))

    def finish(self):
        """Until then the rows are there, but the graph is not."""
        self.packages.flush()
        self.packages.optimize()
        self.packages.flush()

    def search(self, vector, setting, sections):
        return self._query(self._near(vector, setting), filter=condition(sections))

    def words(self, first, second):
        return self._query(self._with_words(first, second))

    def hybrid(self, vector, setting, first, second):
        return self._query([self._near(vector, setting), self._with_words(first, second)], reranker=zvec.RrfReRanker())

    @staticmethod
    def _near(vector, setting):
        return zvec.Query(field_name="embedding", vector=vector, param=zvec.HnswQueryParam(ef=setting))

    @staticmethod
    def _with_words(first, second):
        return zvec.Query(field_name="text", fts=zvec.Fts(match_string=f"{first} {second}"))

    def _query(self, query, **more):
        found = self.packages.query(query, topk=10, output_fields=["name", "section", "size", "text"], **more)
        return [(int(hit.id), hit.fields["text"]) for hit in found]


def condition(sections):
    if not sections:
        return None
    return "section in ({})".format(", ".join(f"'{section}'" for section in sections))
