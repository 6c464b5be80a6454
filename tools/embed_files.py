#!/usr/bin/env python3
"""Writes a C++ source that holds every file below a folder: embed_files.py FOLDER PREFIX OUTPUT.

The source defines base::embedded_files() of base/embedded_files.h. Hidden files and *.cmake are left out."""
import hashlib
import pathlib
import sys


def literal(content: bytes) -> str:
    lines = []
    for start in range(0, len(content), 120):
        text = ""
        for byte in content[start : start + 120]:
            char = chr(byte)
            if char in '"\\?':
                text += "\\" + char
            elif 32 <= byte < 127:
                text += char
            else:
                text += f"\\{byte:03o}"  # three octal digits end by themselves, so that a digit may follow
        lines.append(f'    "{text}"')
    return "\n".join(lines) or '    ""'


def main(folder: str, prefix: str, output: str) -> int:
    root = pathlib.Path(folder)
    files = [p for p in root.rglob("*") if p.is_file() and p.suffix != ".cmake" and not p.name.startswith(".")]
    named = sorted((f"{prefix}/{p.relative_to(root).as_posix()}", p.read_bytes()) for p in files)
    rows = [
        f'    EmbeddedFile{{"{path}", std::string_view(\n{literal(content)}, {len(content)}), "{hashlib.sha256(content).hexdigest()[:12]}"}},'
        for path, content in named
    ]
    source = "\n".join(
        [
            "// Made by tools/embed_files.py.",
            '#include "base/embedded_files.h"',
            "",
            "namespace cardea::base {",
            "namespace {",
            "constexpr EmbeddedFile kFiles[] = {",
            *rows,
            "};",
            "}  // namespace",
            "std::span<const EmbeddedFile> embedded_files() { return kFiles; }",
            "}  // namespace cardea::base",
            "",
        ]
    )
    target = pathlib.Path(output)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(source, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
