"""Runs bench_calls, and prints the figures that need no peer."""
import json
import resource
import statistics
import subprocess
import time
from pathlib import Path

SHARES = ("1", "10", "50")


def alternate(turns, ours, theirs):
    """Ours right before and after each of theirs: the ratios of the rates, and the last figures of each."""
    ratios, of_cpu, before = [], [], ours()
    for _ in range(turns):
        their = theirs()
        after = ours()
        ratios.append((before["rate"] + after["rate"]) / 2 / their["rate"])
        if their["cpu_ms"]:
            of_cpu.append(2 * their["cpu_ms"] / (before["cpu_ms"] + after["cpu_ms"]))
        before = after
    before["cpu_ratio"] = statistics.median(of_cpu) if of_cpu else None
    return ratios, before, their


def ratio(name, value, sign, want, digits=2):
    print(f"ratio {name} {value:.{digits}f} want {sign} {want}", flush=True)


def seconds_to_first_line(command, errors):
    """From the start of a process until it has answered."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
        answer = process.stdout.readline()
        seconds = time.perf_counter() - start
        process.stdout.read()
    if process.returncode != 0 or not answer:
        raise RuntimeError(f"{Path(command[0]).name} ended with status {process.returncode}")
    return seconds


def cold_starts_ms(command, turns, errors=None):
    """Of some processes, after one that warmed the page cache."""
    return [1e3 * seconds_to_first_line(command, errors) for _ in range(turns + 1)][1:]


def children_cpu_ms():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (used.ru_utime + used.ru_stime)


class Ours:
    def __init__(self, program, folder, data, rows=None, quick=False):
        self.program, self.folder = program, folder
        self.store = folder / "ours.db"
        self.options = [*(["--data", data] if data else []), *(["--quick"] if quick else []),
                        *(["--rows", str(rows)] if rows else [])]
        self.recall = {}  # what to ask for, so that so much is found: of plain searches and filtered ones

    def call(self, command, *more, file=None):
        arguments = [self.program, command, *self.options, "--file", file or self.store, *more]
        done = subprocess.run([str(word) for word in arguments], stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout)

    def calibrated(self, command, *more, share=None):
        """The figures at the least recall to ask for with which as much as wanted is found; the default first."""
        kind = share or command
        for asked in [self.recall[kind]] if kind in self.recall else (0.99, 0.995, 0.999):
            figures = self.call(command, "--recall", str(asked), *more)
            figures = figures[share] if share else figures
            self.recall[kind] = asked
            if figures["recall"] >= 0.99:
                break
        return figures

    def query(self):
        return self.calibrated("query")

    def filter(self, share):
        return self.calibrated("filter", "--percent", share, share=share)

    def insert(self, rows):
        return self.call("insert", "--rows", str(rows), file=self.folder / "ours-insert.db")

    def cold_starts_ms(self):
        return cold_starts_ms([str(word) for word in (self.program, "open", *self.options, "--file", self.store)], 15)


def measure_ours(ours):
    """Makes the store, prints every figure of ours, and gives them for the table."""
    loaded = ours.call("load")
    inserted = ours.call("insert", file=ours.folder / "ours-insert.db")
    print(f"vector.load: {loaded['insert_rows_s']:.0f} rows a second without an index, then an index of "
          f"{loaded['index_rows_s']:.0f} rows a second; with the index from the start {inserted['rows_s']:.0f}")
    asked = ours.query()
    print(f"vector.call: {asked['p50_ms']:.3f} ms, 99 % within {asked['p99_ms']:.3f}; {asked['rate']:.0f} a second "
          f"at a recall of {asked['recall']:.4f} (asked {asked['asked']})")
    filters = ours.call("filter")
    for share in SHARES:
        print_filter(share, filters[share])
    print_churn(ours.call("churn"))
    cpu = children_cpu_ms()
    starts = ours.cold_starts_ms()
    cpu = (children_cpu_ms() - cpu) / (len(starts) + 1)
    print(f"vector.cold_start: {min(starts):.1f} to {max(starts):.1f} ms, {len(starts)} processes; CPU time {cpu:.1f}")
    cold = statistics.median(starts)
    ratio("vector.cold_start_ms", cold, "<=", 30, 1)
    return {**asked, "setting": f"recall {asked['asked']}", "insert": inserted["rows_s"], "filters": filters,
            "cold_start_ms": cold}


def print_filter(share, found):
    print(f"vector.filter.{share}: {found['p50_ms']:.3f} ms ({found['way']}), without the filter "
          f"{found['plain_p50_ms']:.3f}, the filter's own SQL {found['sql_p50_ms']:.3f}; {found['rows']} rows meet it")
    ratio(f"vector.filter_cost.{share}", found["p50_ms"] / (found["sql_p50_ms"] + found["plain_p50_ms"]), "<=", 1.2)
    ratio(f"vector.filter_recall.{share}", found["recall"], ">=", 0.99, 4)


def print_churn(found):
    print(f"vector.churn: {found['before_p50_ms']:.3f} ms before, {found['after_p50_ms']:.3f} after {found['changes']} "
          f"changes at {found['changes_s']:.0f} a second; recall {found['recall']:.4f}")
    ratio("vector.churn", found["after_p50_ms"] / found["before_p50_ms"], "<=", 1.5)
