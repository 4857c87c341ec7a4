"""Chroma: a persistent collection with HNSW."""
import chromadb
from chromadb.config import Settings


class Store:
    in_process = True
    wants = {"call": 3, "insert": 10}
    # it takes ef when the collection is made: a change works on what is loaded afterwards only
    settings = ["ef 64"]
    batch = 1000

    def __init__(self, folder):
        self.client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
        self.packages = self.client.get_or_create_collection(
            "packages", embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "max_neighbors": 16, "ef_construction": 200, "ef_search": 64}})

    def count(self):
        return self.packages.count()

    def insert(self, rows, vectors):
        self.packages.add(ids=[str(r["id"]) for r in rows], embeddings=vectors, documents=[r["text"] for r in rows],
                          metadatas=[{key: r[key] for key in ("name", "section", "size")} for r in rows])

    def finish(self):
        pass

    def search(self, vector, setting, sections):
        found = self.packages.query(query_embeddings=[vector], n_results=10,
                                    where={"section": {"$in": list(sections)}} if sections else None,
                                    include=["documents", "metadatas", "distances"])
        return [(int(row), text) for row, text in zip(found["ids"][0], found["documents"][0])]
