#!/usr/bin/env python3
"""Every header of src/ compiles alone, with the flags of a build folder. Results are remembered by content.

A header that the source beside it includes first needs no look: it was compiled alone there.

usage: check_headers.py BUILD_FOLDER
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys


def flags_of(build: pathlib.Path) -> list[str]:
    """The flags of some source of api/, which sees most libraries, without its input and output."""
    commands = json.loads((build / "compile_commands.json").read_text())
    entry = next(c for c in commands if "/src/app/" in c["file"])
    words = shlex.split(entry["command"])
    words = words[words.index(next(w for w in words if "clang++" in w)):]
    flags, skip = [], False
    for word in words[1:]:
        if skip:
            skip = False
        elif word in ("-o", "-MT", "-MF"):
            skip = True
        elif word in ("-c", "-MD") or word == entry["file"] or word.startswith("-fsanitize") or word.startswith("-fno-sanitize"):
            continue
        else:
            flags.append(word)
    return [words[0], *flags, "-fsyntax-only", "-Wno-pragma-once-outside-header", "-Wno-unused-const-variable", "-x", "c++"]


def is_first_of_its_source(header: pathlib.Path) -> bool:
    source = header.with_suffix(".cc")
    if not source.exists():
        return False
    first = re.search(r'^#include (\S+)', source.read_text(), re.MULTILINE)
    return first is not None and first[1] == f'"{header.relative_to("src")}"'


def main() -> int:
    build = pathlib.Path(sys.argv[1])
    command = flags_of(build)
    headers = sorted(h for h in pathlib.Path("src").rglob("*.h") if not is_first_of_its_source(h))
    # A header depends on others: the whole set is the key.
    state = hashlib.sha256("\0".join(command).encode())
    for header in headers:
        state.update(header.read_bytes())
    stamp = build / "headers.checked"
    if stamp.exists() and stamp.read_text() == state.hexdigest():
        print(f"{len(headers)} headers: unchanged")
        return 0

    def check(header: pathlib.Path) -> str:
        done = subprocess.run([*command, str(header)], capture_output=True, text=True)
        return "" if done.returncode == 0 else f"{header}:\n{done.stderr}"

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [text for text in pool.map(check, headers) if text]
    if wrong:
        print("\n".join(wrong))
        return 1
    stamp.write_text(state.hexdigest())
    print(f"{len(headers)} headers compile alone, the others do in their sources")
    return 0


if __name__ == "__main__":
    sys.exit(main())
