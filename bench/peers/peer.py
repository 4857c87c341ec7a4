"""One peer: its process, and its measurements in turn with ours."""
import json
import os
import select
import shutil
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from ours import SHARES, alternate, cold_starts_ms, ratio
from words_peer import measure_words

HERE = Path(__file__).resolve().parent


class Trouble(Exception):
    """The peer is missing, failed or took too long."""


class Peer:
    def __init__(self, name, store, data, rows, seconds):
        self.name, self.folder, self.data, self.rows = name, store.parent, data, rows
        self.deadline = time.monotonic() + seconds
        self.command = [sys.executable, str(HERE / "worker.py"), name, str(store), str(data)]
        self.log = open(f"{store}.log", "w", encoding="utf-8")
        self.process = subprocess.Popen([*self.command, str(rows or 0)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log)
        self.unread = b""

    def left(self):
        return self.deadline - time.monotonic()

    def ask(self, do, **given):
        try:
            self.process.stdin.write(json.dumps({"do": do, **given}).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Trouble(self.last_words()) from None
        answer = json.loads(self._line())
        if "error" in answer:
            raise Trouble(answer["error"])
        return answer

    def measure(self, sections, found, seconds):
        """At the setting found before, with the recall found there: that was of more queries, if the time was short."""
        return {**self.ask("measure", sections=sections, setting=found["setting"], seconds=seconds),
                "recall": found["recall"]}

    def _line(self):
        while b"\n" not in self.unread:
            if not select.select([self.process.stdout], [], [], max(0, self.left()))[0]:
                raise Trouble("it took too long")
            more = os.read(self.process.stdout.fileno(), 1 << 16)
            if not more:
                raise Trouble(self.last_words())
            self.unread += more
        line, self.unread = self.unread.split(b"\n", 1)
        return line

    def last_words(self):
        lines = Path(self.log.name).read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it ended")

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def ask_apart(self, do, **given):
        """With a new store, in a process of its own, for some peers open one store in a process."""
        place = self.folder / f"{self.name}-apart"
        remove(place)
        other = Peer(self.name, place, self.data, self.rows, self.left())
        try:
            return other.ask(do, **given)
        finally:
            other.end()
            remove(place)

    def first(self, setting):
        with open(self.log.name, "a", encoding="utf-8") as log:
            return statistics.median(cold_starts_ms([*self.command, "first", json.dumps(setting)], 3, log))


def remove(store):
    for place in store.parent.glob(f"{store.name}*"):
        shutil.rmtree(place) if place.is_dir() else place.unlink()


def report(name, ratios, want, ours, theirs):
    print(f"{name}: ours {ours['rate']:.0f} a second at a recall of {ours['recall']:.4f}, theirs {theirs['rate']:.0f} "
          f"at {theirs['recall']:.4f}; ratios {min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} alternations"
          + (f"; of CPU time {ours['cpu_ratio']:.2f}" if ours["cpu_ratio"] else ""))
    if ours["recall"] < 0.99 or theirs["recall"] < 0.99:
        print(f"{name}: NOTE: not both reach a recall of 0.99")
    if want:
        ratio(name, statistics.median(ratios), ">=", want)


def measure_inserts(peer, ours, figures, turns, seconds):
    """Into new stores that have their index from the start, as many rows as the peer takes in some seconds."""
    ratios, of_cpu = [], ""
    for _ in range(turns):
        theirs = peer.ask_apart("insert", seconds=seconds)
        mine = ours.insert(theirs["rows"])
        ratios.append(mine["rows_s"] / theirs["rows_s"])
    if theirs["cpu_s"]:
        of_cpu = f"; of CPU time {theirs['cpu_s'] / mine['cpu_s']:.1f}"
    figures["insert"] = theirs["rows_s"]
    print(f"vector.insert.{peer.name}: {theirs['rows']} rows, ours {mine['rows_s']:.0f} a second, theirs "
          f"{theirs['rows_s']:.0f} ({theirs['added_rows_s']:.0f} before its index is complete); ratios "
          f"{min(ratios):.1f} to {max(ratios):.1f}, {turns} alternations{of_cpu}")
    ratio(f"vector.insert.{peer.name}", statistics.median(ratios), ">=", figures["wants"]["insert"], 1)


def measure(peer, figures, ours, our_filters, our_words, turns, seconds):
    """Prints the ratios to one peer."""
    figures.update(peer.ask("about"), filters={})
    built = peer.ask("build", seconds=peer.left() * 0.6)
    if not built["complete"]:
        raise Trouble(f"its store has {built['rows']} rows so far; the next run goes on")
    found = {}
    if "search" in figures["can"]:
        found = measure_vectors(peer, figures, ours, our_filters, turns, seconds)
    measure_words(peer, figures, found, our_words, 3, seconds)
    if "insert" in figures["wants"]:
        measure_inserts(peer, ours, figures, 3, min(15, max(3, peer.left() / 8)))


def measure_vectors(peer, figures, ours, our_filters, turns, seconds):
    """Gives the setting, and the recall that it reaches."""
    found = peer.ask("calibrate", sections=[], recall=0.99, seconds=seconds)
    ratios, mine, theirs = alternate(turns, ours.query, lambda: peer.measure([], found, seconds))
    figures.update(theirs, setting=found["setting"])
    report(f"vector.call.{peer.name}", ratios, figures["wants"]["call"], mine, theirs)
    for share in SHARES:
        sections = our_filters[share]["sections"]
        chosen = peer.ask("calibrate", sections=sections, recall=0.99, seconds=seconds / 2)
        once = partial(peer.measure, sections, chosen, seconds / 2)
        if share != "10":
            figures["filters"][share] = once()
            continue
        ratios, mine, figures["filters"][share] = alternate(turns, lambda: ours.filter("10"), once)
        report(f"vector.filter10.{peer.name}", ratios, figures["wants"].get("filter10"), mine,
               figures["filters"][share])
    return found


def run_peer(name, folder, data, rows, ours, our_filters, our_words, turns, limit, seconds):
    """The peer's figures for the table, as far as it came."""
    peer = Peer(name, folder / name, data, rows, limit)
    figures = {}
    try:
        measure(peer, figures, ours, our_filters, our_words, turns, seconds)
    except Trouble as why:
        print(f"{name}: not measured: {why}", flush=True)
    finally:
        peer.end()
    try:
        if "setting" in figures:  # once its process is gone, for some stores are opened by one process only
            figures["cold_start_ms"] = peer.first(figures["setting"])
    except RuntimeError as why:
        print(f"{name}: no cold start: {why}: {peer.last_words()}", flush=True)
    return figures
