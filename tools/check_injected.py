#!/usr/bin/env python3
"""Fails when code reads the clock, chance or the environment otherwise than through what is injected (docs/design/)."""
import pathlib
import re
import sys

# What may not be called, and the files that are allowed to: they are the implementations.
RULES = [
    (re.compile(r"\b(system_clock|steady_clock|high_resolution_clock)::now\b"), {"base/clock.cc"}, "base::Clock"),
    (re.compile(r"\b(clock_gettime|gettimeofday)\s*\(|(?<![\w:.>])time\s*\(\s*(nullptr|NULL|0)?\s*\)"), {"base/clock.cc"}, "base::Clock"),
    (re.compile(r"\bRAND_(priv_)?bytes\b|\bgetrandom\s*\(|std::random_device|std::mt19937|\bs?rand\s*\(\s*\)"),
     {"crypto/system_random.cc"}, "base::Random"),
    (re.compile(r"\b(std::)?getenv\s*\("), set(), "app/config.h"),
    (re.compile(r"\bsleep_for\b|\bsleep_until\b|\busleep\s*\("), {"http/server.cc"}, "an awaited timer"),
]


def main(root: str) -> int:
    wrong = []
    for path in sorted(pathlib.Path(root).rglob("*")):
        if path.suffix not in (".h", ".cc") or path.stem.endswith("_test"):
            continue
        name = str(path.relative_to(root))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            code = line.split("//")[0]
            for pattern, allowed, instead in RULES:
                if name not in allowed and pattern.search(code):
                    wrong.append(f"{path}:{number}: use {instead}: {line.strip()}")
    print("\n".join(wrong) or "injected: ok")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "src"))
