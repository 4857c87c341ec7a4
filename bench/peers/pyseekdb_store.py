"""seekdb, embedded: a collection with HNSW and a full-text index."""
import pyseekdb


class Store:
    in_process = False  # it starts a server, whose CPU time is not seen
    wants = {"call": 3, "insert": 10, "hybrid": 5}
    # it takes ef when the collection is made
    settings = ["ef 64"]
    batch = 500

    def __init__(self, folder, words=False):
        self.client = pyseekdb.Client(path=folder, database="test")
        if self.client.has_collection("packages"):
            self.packages = self.client.get_collection("packages", embedding_function=None)
            return
        graph = pyseekdb.HNSWConfiguration(dimension=384, distance="cosine", M=16, ef_construction=200, ef_search=64)
        schema = pyseekdb.Schema(
            vector_index=pyseekdb.VectorIndexConfig(hnsw=graph, embedding_function=None),
            fulltext_index=pyseekdb.FulltextIndexConfig(analyzer="space") if words else None)
        self.packages = self.client.create_collection("packages", schema=schema, embedding_function=None)

    def count(self):
        return self.packages.count()

    def insert(self, rows, vectors):
        self.packages.add(ids=[str(r["id"]) for r in rows], embeddings=vectors.tolist(),
                          documents=[r["text"] for r in rows],
                          metadatas=[{key: r[key] for key in ("name", "section", "size")} for r in rows])

    def finish(self):
        self.packages.refresh_index()

    def search(self, vector, setting, sections):
        found = self.packages.query(query_embeddings=vector.tolist(), n_results=10,
                                    where={"section": {"$in": list(sections)}} if sections else None,
                                    include=["documents", "metadatas"])
        return [(int(row), text) for row, text in zip(found["ids"][0], found["documents"][0])]

    def words(self, first, second):
        return self._found_by(query=self._with_words(first, second))

    def hybrid(self, vector, setting, first, second):
        return self._found_by(query=self._with_words(first, second),
                              knn={"query_embeddings": vector.tolist(), "n_results": 10}, rank={"rrf": {}})

    @staticmethod
    def _with_words(first, second):
        return {"where_document": {"$contains": f"{first} {second}"}, "n_results": 10}

    def _found_by(self, **asked):
        found = self.packages.hybrid_search(n_results=10, include=["documents", "metadatas"], **asked)
        return [(int(row), text) for row, text in zip(found["ids"][0], found["documents"][0])]
