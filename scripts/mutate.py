#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reads the mutants of tests/mutants/ and applies them to a kernel tree.

A mutant is a small fault in one function of the kernel. Its file is a
Coccinelle rule (NAME.cocci), or a sed script (NAME.sed) where the fault is in
a macro or a table, under a head of comments:

    claim: PROBE EXPERIMENT     which must fail; more than one, by commas, where
                                each of them must
    file: mm/page_alloc.c       or several, of which the first is taken that
                                has the function: code moves between versions
    in: FUNCTION                a function, macro or table, likewise
    places: 1                   how many the rule changes
    kernels: 6.1-6.17           where it can be applied, if not from 6.1 on
    why: TEXT                   what makes the fault plausible
    equivalent: TEXT            why no test can tell it from the right code

The rule is given that function alone. So it is quick, holds in trees where
other code would match it too, and cannot change anything beside it.

    scripts/mutate.py list              every mutant with its claim
    scripts/mutate.py show NAME TREE... what it changes in these trees
    scripts/mutate.py check TREE...     each can be applied to each
"""

from __future__ import annotations

import argparse
import concurrent.futures
import difflib
import fnmatch
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import claims
import kernels
from common import ROOT, LabError, call, main_wrapper, temp_folder

MUTANTS = ROOT / "tests" / "mutants"
_FIELDS = ("claim", "file", "in", "places", "kernels", "why", "equivalent")
_HEAD = re.compile(r"(?://|#) ?(.*)")


@dataclass(frozen=True)
class Mutant:
    """A mutant, as its file describes it."""

    name: str
    path: Path
    claims: tuple[tuple[str, str], ...]     # probe and experiment
    files: tuple[str, ...]
    functions: tuple[str, ...]
    places: int
    since: tuple[int, int]
    until: tuple[int, int]
    why: str
    equivalent: str

    def holds_in(self, version: tuple[int, int]) -> bool:
        """Whether a kernel of that version has what it breaks."""
        return self.since <= version <= self.until

    @property
    def in_header(self) -> bool:
        """Whether it is seen by whoever includes it: the module alone."""
        return self.files[0].startswith("include/")


@dataclass(frozen=True)
class Change:
    """A file of a tree with a mutant in it."""

    file: str
    function: str
    before: str
    after: str

    def diff(self) -> str:
        """What was changed, as a patch."""
        return "".join(difflib.unified_diff(
            self.before.splitlines(True), self.after.splitlines(True),
            f"a/{self.file}", f"b/{self.file}", n=2))


# --- the files --------------------------------------------------------------

def names(patterns: Sequence[str] = ()) -> list[str]:
    """The mutants whose names match one of the patterns; all without any."""
    there = sorted(path.stem for path in MUTANTS.iterdir()
                   if path.suffix in (".cocci", ".sed"))
    chosen = [name for name in there if not patterns or any(
        fnmatch.fnmatch(name, pattern) for pattern in patterns)]
    if not chosen:
        raise LabError(f"no mutant is called {' or '.join(patterns)}; "
                       "scripts/mutate.py list shows them")
    return chosen


def load(name: str) -> Mutant:
    """Read the file of a mutant."""
    path = next((path for suffix in (".cocci", ".sed")
                 if (path := MUTANTS / (name + suffix)).is_file()), None)
    if path is None:
        raise LabError(f"no mutant '{name}'; scripts/mutate.py list shows "
                       "them")
    head = _head(path)
    where = path.relative_to(ROOT)
    missing = [field for field in ("claim", "file", "in", "places", "why")
               if not head.get(field)]
    if missing:
        raise LabError(f"{where}: no '{missing[0]}:' in its head")
    since, until = _range(head.get("kernels", ""), where)
    if not head["places"].isdecimal():
        raise LabError(f"{where}: places: {head['places']} is no number")
    return Mutant(name=name, path=path, claims=_claims(head["claim"], where),
                  files=tuple(head["file"].split()),
                  functions=tuple(head["in"].split()),
                  places=int(head["places"]), since=since, until=until,
                  why=head["why"], equivalent=head.get("equivalent", ""))


def _head(path: Path) -> dict[str, str]:
    """The fields in the comments that a file begins with."""
    head: dict[str, str] = {}
    field = ""
    for line in path.read_text().splitlines():
        found = _HEAD.fullmatch(line)
        if not found:
            break
        key, colon, text = found[1].partition(":")
        if colon and key in _FIELDS:
            field, head[key] = key, text.strip()
        elif field:
            head[field] = f"{head[field]} {found[1].strip()}".strip()
    return head


def _claims(text: str, where: Path) -> tuple[tuple[str, str], ...]:
    there = claims.experiments()
    found = []
    for words in map(str.split, text.split(",")):
        if len(words) != 2 or words[1] not in there.get(words[0], []):
            raise LabError(f"{where}: claim: '{' '.join(words)}' is no probe "
                           "and experiment")
        found.append((words[0], words[1]))
    return tuple(found)


def _range(text: str, where: Path) -> tuple[tuple[int, int], tuple[int, int]]:
    found = re.fullmatch(r"(?:(\d+)\.(\d+))?-(?:(\d+)\.(\d+))?", text or "-")
    if not found:
        raise LabError(f"{where}: kernels: '{text}' is not like 6.1-6.17")
    since = (int(found[1]), int(found[2])) if found[1] else kernels.OLDEST
    until = (int(found[3]), int(found[4])) if found[3] else (999, 0)
    return since, until


# --- a function in a file -----------------------------------------------------

def definitions(text: str, name: str) -> list[tuple[int, int]]:
    """Where @name is defined: a function, a macro or a table.

    One that depends on the config may be there more than once.
    """
    found = []
    for match in re.finditer(rf"^(?![\s*/}}]).*\b{re.escape(name)}\b.*$", text,
                             re.M):
        if match[0].startswith("#"):
            end = _end_of_macro(text, match, name)
        else:
            end = _end_of_body(text, match.end() - len(match[0]))
        if end is not None:
            found.append((_start_of(text, match.start()), end))
    return found


def _end_of_macro(text: str, match: re.Match[str], name: str) -> int | None:
    if not re.match(rf"#\s*define\s+{re.escape(name)}\b", match[0]):
        return None
    whole = re.compile(r"(?:.*\\\n)*.*\n?").match(text, match.start())
    return whole.end() if whole else None


def _end_of_body(text: str, start: int) -> int | None:
    """The end of a body in braces that begins before the next semicolon."""
    depth = 0
    for position in range(start, len(text)):
        char = text[position]
        depth += (char in "([") - (char in ")]")
        if depth:
            continue
        if char == ";":
            return None
        if char == "{":
            # On the same line, or else in the first column.
            close = re.compile(r"(?-m:[^\n]*\}[ \t;]*\n)|.*?^\}.*?\n",
                               re.M | re.S).match(text, position + 1)
            return close.end() if close else None
    return None


def _start_of(text: str, start: int) -> int:
    """Where a declaration begins whose name stands on a line of its own."""
    while start:
        line = text.rfind("\n", 0, start - 1) + 1
        before = text[line:start].strip()
        if not before or before[-1] in ";}/" or before[0] in "#*":
            break
        start = line
    return start


def locate(mutant: Mutant, tree: Path) -> tuple[str, str, str]:
    """The file that has the function, the function's name, the text."""
    for file in mutant.files:
        path = tree / file
        text = path.read_text() if path.is_file() else ""
        for function in mutant.functions:
            if definitions(text, function):
                return file, function, text
    raise LabError(f"{mutant.name}: {tree.name} has no "
                   f"{' or '.join(mutant.functions)} in "
                   f"{' or '.join(mutant.files)}")


# --- applying it --------------------------------------------------------------

def apply(mutant: Mutant, tree: Path) -> Change:
    """Apply a mutant to a tree, which is only read.

    Raises LabError where it does not change what it says, and only that.
    """
    file, function, text = locate(mutant, tree)
    after = text
    for start, end in reversed(definitions(text, function)):
        after = after[:start] + rewritten(mutant, text[start:end]) + after[end:]
    change = Change(file, function, text, after)
    seen = len(places(change))
    if seen != mutant.places:
        raise LabError(f"{mutant.name}: changes {seen} places of {function} "
                       f"in {tree.name} and not {mutant.places}\n"
                       + change.diff().rstrip())
    return change


def places(change: Change) -> list[tuple[str, str]]:
    """What stood, and what stands now, in each place, without white space."""
    before, after = change.before.splitlines(), change.after.splitlines()
    lines = difflib.SequenceMatcher(None, before, after, autojunk=False)
    pairs = [("".join("".join(before[a:b]).split()),
              "".join("".join(after[c:d]).split()))
             for tag, a, b, c, d in lines.get_opcodes() if tag != "equal"]
    return [pair for pair in pairs if pair[0] != pair[1]]


def rewritten(mutant: Mutant, text: str) -> str:
    """The function with the rule applied; as it was where none matches."""
    with temp_folder() as folder:
        before, after = folder / "function.c", folder / "mutant.c"
        before.write_text(text)
        if mutant.path.suffix == ".sed":
            line: list[str | Path] = ["sed", "-E", "-f", mutant.path, before]
        else:
            line = ["spatch", "--very-quiet", "--no-includes", "--no-loops",
                    "--sp-file", mutant.path, before, "-o", after]
        status, said = call(line, timeout=60)
        # Of another definition of the function the rule may be true.
        if status != 0 and "no modified files" not in said:
            last = [row for row in said.splitlines() if row.strip()][-3:]
            raise LabError(f"{mutant.path.relative_to(ROOT)}: "
                           + " / ".join(last))
        if mutant.path.suffix == ".sed":
            return said
        return after.read_text() if after.is_file() else text


# --- the command ----------------------------------------------------------------

def complaints(trees: Sequence[Path]) -> Iterator[str]:
    """What is wrong with the mutants in these trees."""
    mutants = [load(name) for name in names()]

    def attempt(pair: tuple[Mutant, Path]) -> str:
        try:
            apply(*pair)
        except LabError as error:
            return str(error)
        return ""

    pairs = [(mutant, tree) for mutant in mutants for tree in trees
             if mutant.holds_in(kernels.tree_version(tree))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(attempt, pairs))


def _show(name: str, trees: Sequence[Path]) -> int:
    mutant = load(name)
    for tree in trees:
        version = kernels.tree_version(tree)
        if not mutant.holds_in(version):
            print(f"{tree.name}: not for {version[0]}.{version[1]}")
            continue
        print(f"{tree.name}:\n{apply(mutant, tree).diff()}")
    return 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="breaks kernels on purpose")
    commands = parser.add_subparsers(dest="what", required=True)
    commands.add_parser("list", help="every mutant with its claim")
    show = commands.add_parser("show", help="what a mutant changes")
    show.add_argument("name")
    check = commands.add_parser("check", help="each applies to each tree")
    for command in (show, check):
        command.add_argument("tree", nargs="+", type=Path)
    args = parser.parse_args()
    if args.what == "list":
        for mutant in map(load, names()):
            print(f"{mutant.name:28} "
                  + ", ".join(" ".join(claim) for claim in mutant.claims))
        return 0
    if args.what == "show":
        return _show(args.name, args.tree)
    wrong = list(complaints(args.tree))
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    main_wrapper(main)
