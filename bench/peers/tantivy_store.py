"""tantivy: an index of the texts, with all fields stored; its default tokenizer, one writing thread."""
import os
import time

import tantivy

STORED = ("name", "section", "text")


class Store:
    in_process = True
    wants = {"words": 0.5, "index_words": 0.25}
    batch = 5000

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.index = tantivy.Index(self._schema(stored=True), path=folder)
        self._look_again()

    @staticmethod
    def _schema(stored):
        fields = tantivy.SchemaBuilder()
        fields.add_unsigned_field("id", stored=True, fast=True)
        fields.add_text_field("text", stored=stored, tokenizer_name="default")
        if stored:
            fields.add_text_field("name", stored=True, tokenizer_name="raw")
            fields.add_text_field("section", stored=True, tokenizer_name="raw")
            fields.add_unsigned_field("size", stored=True)
        return fields.build()

    def count(self):
        return self.searcher.num_docs

    def insert(self, rows, _):
        writer = self.index.writer(heap_size=256_000_000, num_threads=1)
        for row in rows:
            document = tantivy.Document(**{name: row[name] for name in STORED})
            document.add_unsigned("id", row["id"])
            document.add_unsigned("size", row["size"])
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._look_again()

    def finish(self):
        pass

    def _look_again(self):
        self.index.reload()
        self.searcher = self.index.searcher()

    def words(self, first, second):
        """With their rows."""
        found = []
        for address in self._addresses(first, second):
            row = self.searcher.doc(address)
            found.append((row["id"][0], row["text"][0], row["name"][0], row["section"][0], row["size"][0]))
        return found

    def word_ids(self, first, second):
        return [(self.searcher.doc(address)["id"][0], True) for address in self._addresses(first, second)]

    def _addresses(self, first, second):
        either = [(tantivy.Occur.Should, tantivy.Query.term_query(self.index.schema, "text", word))
                  for word in (first, second)]
        return [address for _, address in
                self.searcher.search(tantivy.Query.boolean_query(either), 10, count=False).hits]

    @classmethod
    def index_words(cls, folder, rows):
        """Seconds for an index without the rows themselves, until it is written; and its bytes."""
        os.makedirs(folder)
        start = time.perf_counter()
        index = tantivy.Index(cls._schema(stored=False), path=folder)
        writer = index.writer(heap_size=256_000_000, num_threads=1)
        for row in rows:
            document = tantivy.Document(text=row["text"])
            document.add_unsigned("id", row["id"])
            writer.add_document(document)
        writer.commit()
        seconds = time.perf_counter() - start
        writer.wait_merging_threads()
        return seconds, sum(entry.stat().st_size for entry in os.scandir(folder))
