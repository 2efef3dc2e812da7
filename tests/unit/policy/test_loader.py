"""Policy files: what is read, and how each fault is named with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import PolicyError
from provenance_gen.policy.loader import MAX_BYTES, MAX_FOREIGN, load, parse, shipped

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
id: mine
version: 1
as_of: 2026-11-22
jurisdiction: XX
kind: contribution
title: {en: Mine, ja: 私の}
status: {en: A test, ja: 試験}
sources:
  - {id: s, title: {en: S, ja: S}, date: 2026-01-01, confidence: K}
factors:
  - id: f
    term: f
    title: {en: F, ja: F}
    question: {en: Q, ja: Q}
    present:
      - {measure: attempts}
    evidence: [attempt.started]
    rule: {en: R, ja: R}
    our_reading: neutral
    qualitative: true
    source: s
    confidence: K
disclaimers:
  - {en: None, ja: なし}
"""


FORBIDDEN = "forbidden_statements: "


def fault(text: str | bytes) -> PolicyError:
    """Return the error that a file gives."""
    with pytest.raises(PolicyError) as caught:
        parse(text if isinstance(text, bytes) else text.encode(), "mine.yaml")
    return caught.value


def test_the_shipped_policies_load_and_are_named_by_their_files() -> None:
    """Each one, by its identifier."""
    assert "jp-bunka-2024" in shipped()
    for name in shipped():
        assert load(name).id == name


def test_a_file_of_the_users_own_is_read_by_path(tmp_path: Path) -> None:
    """As text or as a path; a date stays the text it is."""
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert load(str(file)) == load(file)
    assert load(file).as_of == "2026-11-22"


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    """So that the user sees what there is."""
    with pytest.raises(PolicyError, match="jp-bunka-2024"):
        load("no-such-policy")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("version: 1", "version: '1'", 2, "valid integer"),
        ("version: 1", "version: 1\nversion: 2", 3, "twice"),
        ("kind: contribution", "kind: score", 5, "contribution"),
        ("jurisdiction: XX", "jurisdiction: XX\nscore: 5", 5, "score: no key is named so here"),
        ("version: 1", "version: '1'\nscore: 5", 2, "valid integer (and 1 more)"),
        ("title: {en: Mine, ja: 私の}", "title: {en: Mine}", 6, "title.ja: this key is missing"),
        ("measure: attempts", "measure: effort", 16, "no measure is named 'effort'"),
        ("[attempt.started]", "[attempt.begun]", 17, "no event type"),
        ("    source: s", "    source: t", 21, "no source has the id"),
        ("our_reading: neutral", "our_reading: great", 19, "our_reading"),
        ("qualitative: true", "qualitative: 'yes'", 20, "boolean"),
        ("{measure: attempts}", "{measure: attempts, operator: '~'}", 16, "operator"),
        ("present:\n      - {measure: attempts}", "present: []", 15, "present"),
        ("as_of: 2026-11-22", "as_of: &a 2026-11-22", 3, "anchors"),
        ("as_of: 2026-11-22", "as_of: !!binary aGk=", 3, "tags"),
        ("as_of: 2026-11-22", "as_of: [2026", 4, "not YAML"),
        ("as_of: 2026-11-22", "as_of: '\x07'", 3, "U+0007"),
        ("as_of: 2026-11-22", "as_of: " + "[" * 30 + "]" * 30, 3, "nested deeper"),
        ("as_of: 2026-11-22", "? [a]\n: 1", 3, "a key must be a word"),
        (
            "disclaimers:",
            f"{FORBIDDEN}{{en: [{{pattern: '(', trips: a}}]}}\ndisclaimers:",
            23,
            "no regular expr",
        ),
        (
            "disclaimers:",
            f"{FORBIDDEN}{{en: [{{pattern: b, trips: a}}]}}\ndisclaimers:",
            23,
            "does not find",
        ),
        (
            "disclaimers:",
            f"{FORBIDDEN}{{fr: [{{pattern: a, trips: a}}]}}\ndisclaimers:",
            23,
            "not one of",
        ),
        ("disclaimers:\n  - {en: None, ja: なし}", "disclaimers: []", 23, "disclaimers"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, line: int, says: str) -> None:
    """Whoever writes a policy is told where it is wrong."""
    assert GOOD.count(old) >= 1
    error = fault(GOOD.replace(old, new, 1))
    assert (error.source, error.line) == ("mine.yaml", line)
    assert says in str(error)


def test_the_good_file_is_good() -> None:
    """Else the test above would show nothing."""
    assert parse(GOOD.encode(), "mine.yaml").factors[0].id == "f"


@pytest.mark.parametrize("empty", ["", "# nothing\n", "---\n", "[]", "text", "{}"])
def test_an_empty_file_is_an_error(empty: str) -> None:
    """Never a silent pass."""
    assert fault(empty).line == 1


def test_bombs_and_giants_are_refused(tmp_path: Path) -> None:
    """Before they are expanded or parsed."""
    bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
    assert "anchors" in str(fault(bomb))
    giant = tmp_path / "giant.yaml"
    giant.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(PolicyError, match="larger than"):
        load(giant)


def test_bytes_that_are_no_text_are_refused() -> None:
    """With the line of the first one."""
    assert fault(GOOD.encode() + b"x: \xff\n").line == GOOD.count("\n") + 1


def test_a_second_document_is_refused() -> None:
    """Only one policy stands in a file."""
    assert "not YAML" in str(fault(GOOD + "---\n" + GOOD))


def test_what_a_stranger_wrote_is_bounded_and_never_breaks_the_reader() -> None:
    """A number beyond any float is a fault of the file; a large file is not read at all."""
    with pytest.raises(PolicyError, match="not YAML"):
        parse(b"a: " + b"1:" * 1000 + b"1.5\n", "odd.yaml")
    large = b"# " + b"x" * MAX_FOREIGN + b"\n"
    with pytest.raises(PolicyError, match="larger than any policy"):
        parse(large, "large.yaml", foreign=True)
    with pytest.raises(PolicyError, match="the file is empty"):
        parse(large, "large.yaml")
