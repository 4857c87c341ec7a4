"""Searches by words, and by words and a vector: ours in whole calls, and peers in turn with ours."""
import statistics
from functools import partial

from ours import alternate, ratio

# the ratios of rates that are called for; of a peer's call that is not here only the figures are printed
NAMES = {"words": "words.call", "word_ids": "words.call_ids", "hybrid": "hybrid.call"}


class OurWords:
    """A store of ours with an index of the texts beside that of the vectors."""

    def __init__(self, ours):
        self.ours, self.store = ours, ours.folder / "ours-words.db"

    def call(self, command, *more):
        return self.ours.call(command, *more, file=self.store)

    def make(self):
        self.call("load")
        return self.call("index_words")

    def words(self):
        return self.call("words")

    def hybrid(self):
        return self.call("hybrid", "--recall", str(self.ours.recall["query"]))


def measure_our_words(ours):
    """Makes the store, prints the figures that need no peer, and gives what the peers' need."""
    mine = OurWords(ours)
    indexed = mine.make()
    print(f"words.load: an index of {indexed['rows_s']:.0f} rows a second, of CPU time "
          f"{indexed['rows'] / indexed['cpu_s']:.0f}; {indexed['bytes'] / indexed['text_bytes']:.3f} of the text's bytes")
    found = mine.words()
    print(f"words.call: {found['p50_ms']:.4f} ms, 99 % within {found['p99_ms']:.4f}; {found['rate']:.0f} a second")
    both = mine.hybrid()
    print(f"hybrid.call: {both['p50_ms']:.3f} ms, 99 % within {both['p99_ms']:.3f}; {both['rate']:.0f} a second; "
          f"the words alone {both['words_p50_ms']:.3f} ms, the vector alone {both['vector_p50_ms']:.3f}")
    ratio("hybrid.cost", both["p50_ms"] / (both["words_p50_ms"] + both["vector_p50_ms"]), "<=", 1.2)
    return mine


def in_common(ours, theirs):
    """Of what a peer found, the share that ours found for the same query."""
    pairs = [(set(mine), set(other)) for mine, other in zip(ours["found"], theirs["found"]) if other]
    return sum(len(mine & other) / len(other) for mine, other in pairs) / max(1, len(pairs))


def compare(name, want, turns, ours, theirs):
    ratios, mine, their = alternate(turns, ours, theirs)
    print(f"{name}: ours {mine['rate']:.0f} a second (p50 {mine['p50_ms']:.3f} ms), theirs {their['rate']:.0f} "
          f"({their['p50_ms']:.3f}); {100 * in_common(mine, their):.0f} % of theirs are among ours; ratios "
          f"{min(ratios):.2f} to {max(ratios):.2f}, {turns} alternations"
          + (f"; of CPU time {mine['cpu_ratio']:.2f}" if mine["cpu_ratio"] else ""), flush=True)
    if want:
        ratio(name, statistics.median(ratios), ">=", want)


def compare_indexing(name, want, turns, mine, peer):
    ratios, theirs = [], peer.ask_apart("index_words")
    for _ in range(turns):
        ours = mine.call("index_words")
        before, theirs = theirs, peer.ask_apart("index_words")
        ratios.append(2 * ours["rows_s"] / (before["rows_s"] + theirs["rows_s"]))
    print(f"{name}: ours {ours['rows_s']:.0f} rows a second, theirs {theirs['rows_s']:.0f}; bytes of the text's "
          f"{ours['bytes'] / ours['text_bytes']:.3f} and {theirs['bytes'] / ours['text_bytes']:.3f}; ratios "
          f"{min(ratios):.2f} to {max(ratios):.2f}, {turns} alternations", flush=True)
    ratio(name, statistics.median(ratios), ">=", want)


def measure_words(peer, about, found, mine, turns, seconds):
    """`found`: the setting of its searches by a vector, if it has them."""
    pairs = mine.call("pairs")["pairs"]
    for call, name in NAMES.items():
        if call not in about["can"]:
            continue
        theirs = partial(peer.ask, "ask_words", call=call, pairs=pairs, setting=found.get("setting"), seconds=seconds)
        compare(f"{name}.{peer.name}", about["wants"].get(call), turns,
                mine.hybrid if call == "hybrid" else mine.words, theirs)
    if "index_words" in about["can"]:
        compare_indexing(f"words.indexing.{peer.name}", about["wants"]["index_words"], 3, mine, peer)
