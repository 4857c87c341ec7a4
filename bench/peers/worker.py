"""One peer in a process of its own: reads commands as lines of JSON and answers each with one.

worker.py NAME FOLDER DATA ROWS             serves bench/peers/run; ROWS 0: all
worker.py NAME FOLDER DATA first SETTING    a cold start: opens the store, searches once, answers, and ends

A store has some of: search, by a vector; words, by two words, and word_ids, the same without rows; hybrid, by both;
index_words, for the time that an index of the texts takes.
"""
import importlib
import json
import os
import sys
import time
from array import array


class Worker:
    def __init__(self, name, folder, data, rows):
        from packages import Packages
        self.data = Packages(data, rows)
        self.kind = importlib.import_module(f"{name}_store").Store
        self.folder = folder
        self.store = None
        self.cpu = 0.0  # seconds of the first round of searches, of all threads

    def about(self, _):
        calls = ("search", "words", "word_ids", "hybrid", "index_words")
        return {"wants": self.kind.wants, "can": [call for call in calls if hasattr(self.kind, call)]}

    def build(self, given):
        """Adds the rows that the store does not have yet, for at most so many seconds."""
        self.store = whole_store(self.kind, self.folder)
        there = self.store.count()
        done = os.path.join(self.folder + ".done")
        if there == len(self.data) and os.path.exists(done):
            return {"rows": there, "complete": True}
        start = time.perf_counter()
        there = self._fill(self.store, there, len(self.data), given["seconds"])
        self.store.finish()
        if there == len(self.data):
            open(done, "w", encoding="utf-8").close()
        return {"rows": there, "complete": there == len(self.data), "seconds": time.perf_counter() - start}

    def insert(self, given):
        """Into a new store, with its index, for at most so many seconds; until the index is complete."""
        store = self.kind(self.folder)
        start, cpu = time.perf_counter(), time.process_time()
        rows = self._fill(store, 0, len(self.data), given["seconds"])
        added = time.perf_counter() - start
        store.finish()
        whole = time.perf_counter() - start
        cpu = time.process_time() - cpu
        return {"rows": rows, "added_rows_s": rows / added, "rows_s": rows / whole,
                "cpu_s": cpu if self.kind.in_process else None}

    def calibrate(self, given):
        """The fastest setting that finds enough, or the last."""
        for setting in self.kind.settings:
            found, _ = self._search(setting, given["sections"], 3 * given["seconds"])
            recall = self.data.recall(found, given["sections"])
            if recall >= given["recall"]:
                break
        return {"setting": setting, "recall": recall}

    def measure(self, given):
        _, times = self._search(given["setting"], given["sections"], given["seconds"], rounds=3)
        return self._figures(times, self.cpu)

    def _figures(self, times, cpu):
        ranked = sorted(times)
        return {"queries": len(times), "rate": len(times) / sum(times),
                "p50_ms": 1e3 * ranked[len(ranked) // 2], "p99_ms": 1e3 * ranked[int(0.99 * (len(ranked) - 1) + 0.5)],
                "cpu_ms": 1e3 * cpu / len(times) if self.kind.in_process else None}

    def ask_words(self, given):
        """Searches by pairs of words, each as far as the time goes with the vector of the same number: the best of
        three rounds, and what was found."""
        call = getattr(self.store, given["call"])
        with_vector = given["call"] == "hybrid"
        asked = [((self.data.queries[number], given["setting"]) if with_vector else ()) + tuple(pair)
                 for number, pair in enumerate(given["pairs"][:len(self.data.queries)])]
        for arguments in asked[:5]:
            call(*arguments)
        deadline = time.perf_counter() + given["seconds"]
        found, times = [], []
        cpu = time.process_time()
        for arguments in asked:
            if times and time.perf_counter() > deadline:
                break
            hits, taken = timed(call, arguments)
            if any(not hit[1] for hit in hits):
                raise RuntimeError("a row came back without its text")
            found.append([hit[0] for hit in hits])
            times.append(taken)
        cpu = time.process_time() - cpu
        for _ in range(2):
            times = [min(best, timed(call, arguments)[1]) for best, arguments in zip(times, asked)]
        return {"found": found, **self._figures(times, cpu)}

    def index_words(self, _):
        seconds, size = self.kind.index_words(self.folder, self.data.rows)
        return {"rows_s": len(self.data) / seconds, "bytes": size}

    def _fill(self, store, start, stop, seconds):
        deadline = time.perf_counter() + seconds
        while start < stop and time.perf_counter() < deadline:
            end = min(stop, start + self.kind.batch)
            store.insert(self.data.rows[start:end], self.data.vectors[start:end])
            start = end
        return start

    def _search(self, setting, sections, seconds, rounds=1):
        """Each query, as far as the time goes, in so many rounds: the ids found, and the best of each call's seconds."""
        for vector in self.data.queries[:5]:
            self.store.search(vector, setting, sections)
        deadline = time.perf_counter() + seconds
        found, times = [], []
        cpu = time.process_time()
        for vector in self.data.queries[:200] if sections else self.data.queries:
            if times and time.perf_counter() > deadline:
                break
            hits, taken = timed(self.store.search, (vector, setting, sections))
            if any(not hit[1] for hit in hits):
                raise RuntimeError("a row came back without its text")
            found.append([hit[0] for hit in hits])
            times.append(taken)
        self.cpu = time.process_time() - cpu
        for _ in range(1, rounds):
            for query, best in enumerate(times):
                times[query] = min(best, timed(self.store.search, (self.data.queries[query], setting, sections))[1])
        return found, times


def timed(call, arguments):
    start = time.perf_counter()
    hits = call(*arguments)
    return hits, time.perf_counter() - start


def whole_store(kind, folder):
    """With an index of the texts, where it can have one beside that of the vectors."""
    return kind(folder, words=True) if hasattr(kind, "hybrid") else kind(folder)


def first(name, folder, data, setting):
    kind = importlib.import_module(f"{name}_store").Store
    with open(os.path.join(data, "queries.npy"), "rb") as file:
        file.seek(-384 * 4, os.SEEK_END)
        query = array("f", file.read())
    if "numpy" in sys.modules:  # most peers import it themselves, and a cold start pays for it then
        query = sys.modules["numpy"].frombuffer(query, dtype="<f4")
    if len(whole_store(kind, folder).search(query, setting, ())) != 10:
        raise SystemExit("the first search found too few rows")


def serve(worker, answers):
    for line in sys.stdin:
        given = json.loads(line)
        try:
            answer = getattr(worker, given["do"])(given)
        except Exception as error:  # a peer's trouble is told, and is the end of its part only
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def main():
    name, folder, data, rows, *setting = sys.argv[1:]
    # what a peer prints must not get between the answers
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if rows == "first":
        first(name, folder, data, json.loads(setting[0]))
        print("{}", file=answers, flush=True)
        os._exit(0)  # some take seconds to end, which is no part of an answer
    serve(Worker(name, folder, data, int(rows) or None), answers)


main()
