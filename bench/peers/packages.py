"""The packages and queries as arrays, and how many of the true nearest rows a search found."""
import json
from pathlib import Path

import numpy

TOP = 10


class Packages:
    def __init__(self, folder, rows=None):
        folder = Path(folder)
        self.vectors = numpy.ascontiguousarray(numpy.load(folder / "packages.npy")[:rows], dtype="<f4")
        self.queries = numpy.ascontiguousarray(numpy.load(folder / "queries.npy"), dtype="<f4")
        with open(folder / "packages.jsonl", encoding="utf-8") as lines:
            self.rows = [json.loads(line) for line, _ in zip(lines, self.vectors)]
        self._reach = {}

    def __len__(self):
        return len(self.vectors)

    def recall(self, found, sections=()):
        """Of lists of ids, one a query. A row as near as the last true one counts as one."""
        reach, there = self._reaches(tuple(sections))
        hits = 0
        for query, (ids, least) in enumerate(zip(found, reach)):
            unique = list(dict.fromkeys(ids))[:TOP]
            near = sum(self.vectors[row] @ self.queries[query] >= least - 2e-6 for row in unique)
            hits += min(near, there)
        return hits / (there * len(found))

    def _reaches(self, sections):
        """The similarity of each query's last true row, and how many true rows there are."""
        if sections not in self._reach:
            chosen = [not sections or row["section"] in sections for row in self.rows]
            matching = self.vectors[numpy.array(chosen)]
            there = min(TOP, len(matching))
            similar = self.queries @ matching.T
            self._reach[sections] = numpy.partition(similar, -there, axis=1)[:, -there], there
        return self._reach[sections]
