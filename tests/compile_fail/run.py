#!/usr/bin/env python3
"""Misuse must not compile, and the compiler's first `error:` line must say what is wrong.

cases.cpp holds the cases: `// case: name`, then `// expect: text`, then the code. Environment: CXX, TIDBXX_INCLUDE.
"""
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMPILER = [os.environ.get("CXX", "g++"), "-std=c++20", "-fsyntax-only",
            "-I" + os.environ.get("TIDBXX_INCLUDE", str(HERE.parent.parent / "include"))]


def compile_text(text):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
        file.write(text)
        file.flush()
        return subprocess.run([*COMPILER, file.name], capture_output=True, text=True, check=False)


def check(case, prelude):
    name, expected, code = case
    result = compile_text(prelude + code)
    if name.startswith("valid_"):
        return None if result.returncode == 0 else f"{name} must compile, but:\n{result.stderr[:2000]}"
    if result.returncode == 0:
        return f"{name} compiled, but must not"
    first = next((line for line in result.stderr.splitlines() if "error:" in line), "")
    return None if expected in first else f"{name}: the first error is\n  {first}\nand lacks: {expected}"


def main():
    text = (HERE / "cases.cpp").read_text()
    prelude, *parts = re.split(r"^// case: ", text, flags=re.M)
    cases = []
    for part in parts:
        name, rest = part.split("\n", 1)
        expected = re.match(r"// expect: (.*)\n", rest)
        cases.append((name.strip(), expected.group(1).strip() if expected else "", rest))
    with ThreadPoolExecutor(2) as pool:
        failures = [failure for failure in pool.map(lambda case: check(case, prelude), cases) if failure]
    for failure in failures:
        print(failure)
    print(f"{len(cases) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures or not cases else 0


sys.exit(main())
