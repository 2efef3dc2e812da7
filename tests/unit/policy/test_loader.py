"""Policy files: what is read, and how each fault is named with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from provenance_gen.errors import PolicyError
from provenance_gen.policy.document import read
from provenance_gen.policy.loader import MAX_BYTES, MAX_FOREIGN, content, load, parse, shipped

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


def replaced(old: str, new: str) -> str:
    """Return the good file with the first of some words replaced by others."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


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
        ("version: 1", "version: '1'", 2, "version: write a whole number"),
        ("version: 1", "version: 1\nversion: 2", 3, "twice"),
        ("kind: contribution", "kind: score", 5, "contribution"),
        ("jurisdiction: XX", "jurisdiction: XX\nscore: 5", 5, "score: no key is named so here"),
        ("version: 1", "version: '1'\nscore: 5", 2, "quotation marks or a point (and 1 more)"),
        ("title: {en: Mine, ja: 私の}", "title: {en: Mine}", 6, "title.ja: this key is missing"),
        ("measure: attempts", "measure: effort", 16, "no measure is named 'effort'"),
        ("[attempt.started]", "[attempt.begun]", 17, "no event type"),
        ("    source: s", "    source: t", 21, "no source has the id"),
        ("our_reading: neutral", "our_reading: great", 19, "our_reading"),
        ("qualitative: true", "qualitative: 'yes'", 20, "write true or false"),
        ("{measure: attempts}", "{measure: attempts, operator: '~'}", 16, "operator"),
        ("present:\n      - {measure: attempts}", "present: []", 15, "at least one condition"),
        ("present:", "present_any: [{measure: effort}]\n    present:", 15, "no measure is named"),
        ("as_of: 2026-11-22", "as_of: &a 2026-11-22", 3, "anchors"),
        ("as_of: 2026-11-22", "as_of: !!binary aGk=", 3, "tags"),
        ("as_of: 2026-11-22", "as_of: [2026", 4, "the bracket that opens in line 3 is not"),
        ("as_of: 2026-11-22", "as_of: '\x07'", 3, "U+0007"),
        ("as_of: 2026-11-22", "as_of: " + "[" * 30 + "]" * 30, 3, "nested deeper"),
        ("as_of: 2026-11-22", "? [a]\n: 1", 3, "a key must be a word"),
        (
            "disclaimers:",
            f"{FORBIDDEN}{{en: [{{pattern: '(', trips: a}}]}}\ndisclaimers:",
            23,
            "no regular expression of Python",
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
    error = fault(replaced(old, new))
    assert (error.source, error.line) == ("mine.yaml", line)
    assert says in str(error)


def test_the_good_file_is_good() -> None:
    """Else the test above would show nothing."""
    assert parse(GOOD.encode(), "mine.yaml").factors[0].id == "f"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("  - id: f", "\t- id: f", 11, "a tab stands here; indent with spaces"),
        ("    term: f", "\tterm: f", 12, "a tab stands here; indent with spaces"),
        ("term: f", "term: f: g", 12, "a colon too many"),
        ("en: Q", "en: Why: Q", 14, "a value that holds a colon must stand in quotation marks"),
        ("as_of: 2026-11-22", 'as_of: "2026', 3, "the quotation mark that opens here is never"),
        ("jurisdiction: XX", 'jurisdiction: "X\nkind: "X"', 5, "what it closes opens in line 4"),
        ("    rule: {en", "   rule: {en", 18, "indented differently"),
        ("    rule: {en", "      rule: {en", 18, "indented differently"),
        ("  - id: f", "  -id: f", 11, "a space is missing after the hyphen"),
        ("version: 1", "version:1", 2, "a key, a colon and a space"),
        ("version: 1", "version\uff1a1", 2, "a key, a colon and a space"),
        ("version: 1", "version:", 2, "version: this key has no value"),
        ("term: f", "term: @f", 12, "a value that begins with @ must stand in quotation marks"),
        ("term: f", "term: *f", 12, "put a value that begins with & or * in quotation marks"),
        ("term: f", "term: !f", 12, "put a value that begins with ! in quotation marks"),
        ("term: f", 'term: "\\d"', 12, "use single ones"),
        ("term: f", "term: 5", 12, "term: a number stands here for words; put it in quot"),
        ("term: f", "term: [f]", 12, "term: write one text here"),
        ("jurisdiction: XX", "jurisdiction: NO", 4, "YAML reads this word as false"),
        ("id: mine", "id: My Guild", 1, "small letters a to z, digits and hyphens only"),
        ("id: mine", "id: 私の組合", 1, "such as my-guild; here it is '私の組合'"),
        ("kind: contribution", "kind: Contribution", 5, "write contribution, marking or gate here"),
        ("jurisdiction", "juristiction", 4, "is named so here; do you mean jurisdiction?"),
        ("as_of: 2026-11-22", "as_of: 22 Nov 2026", 3, 'a day, written as "2026-11-22"; here'),
        ("as_of: 2026-11-22", "as_of: 2026-02-30", 3, "as_of: no calendar has 2026-02-30"),
        ("date: 2026-01-01", "date: 2026-13", 9, "sources.date: no calendar has 2026-13"),
        ("date: 2026-01-01", "date: spring", 9, "or undated; here it is 'spring'"),
        ("title: {en: Mine, ja: 私の}", "title: Mine", 6, "write it in both languages"),
        ("{measure: attempts}", "{measure: attemps}", 16, "do you mean attempts?"),
        ("[attempt.started]", "[attempt.start]", 17, "do you mean attempt.started?"),
        ("[attempt.started]", "attempt.started", 17, "write a list here"),
        ("confidence: K}", "confidence: D}", 9, "write A, B, C or K here, not 'D'"),
        ("measure: attempts", "measure: attempts, value: 0.5", 16, "write a whole number"),
        ("jurisdiction: XX\n", "", 1, "jurisdiction: this key is missing"),
        ("title: {en: Mine,", "title: {en: Mine", 6, "must stand in quotation marks"),
        ("{en: R, ja: R}", "{en: R ja: R}", 18, "must stand in quotation marks"),
        ("{en: Q, ja: Q}", "{en: Q, ja: Q\n    source: s", 15, "that opens in line 14"),
    ],
)
def test_a_usual_mistake_is_told_in_plain_words(old: str, new: str, line: int, says: str) -> None:
    """What stands there and what to write, at the line where it is."""
    error = fault(replaced(old, new))
    assert (error.line, says in str(error)) == (line, True), str(error)
    for jargon in ("Input should", "pattern", "token", "^[", "mapping", "Tuple", "not YAML"):
        assert jargon not in str(error)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_are_counted_however_they_end(ends: str) -> None:
    """A file of another system names the same line; a mark at its beginning is no fault."""
    wrong = GOOD.replace("kind: contribution", "kind: score").replace("\n", ends)
    assert fault(wrong).line == fault(b"\xef\xbb\xbf" + wrong.encode()).line == 5
    assert parse(GOOD.replace("\n", ends).encode("utf-8-sig"), "mine.yaml").id == "mine"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "shift-jis"])
def test_another_encoding_is_told_what_to_do(encoding: str) -> None:
    """The file is to be saved as UTF-8."""
    assert "save it as UTF-8" in str(fault(GOOD.encode(encoding)))


def test_every_fault_is_found_at_once() -> None:
    """In the order of the file; a list whose items failed is no fault of its own."""
    wrong = GOOD.replace("version: 1", "version: '1'").replace("confidence: K\n", "confidence: D\n")
    error = fault(wrong)
    assert [(error.line, *error.reason.split(":")[:1])] == [(2, "version")]
    assert [(line, words.split(":")[0]) for line, words in error.others] == [
        (22, "factors.confidence")
    ]


def test_files_are_read_as_the_parser_of_pyyaml_reads_them() -> None:
    """The quicker parser gives the same values; a date stays text."""
    for name in shipped():
        data, source = content(name)
        assert read(data, source).value == yaml.safe_load(data)


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
    error = fault(GOOD + "---\n" + GOOD)
    assert (error.line, "second document" in str(error)) == (GOOD.count("\n") + 1, True)


def test_what_a_stranger_wrote_is_bounded_and_never_breaks_the_reader() -> None:
    """A number beyond any float is a fault of the file; a large file is not read at all."""
    with pytest.raises(PolicyError, match="not YAML"):
        parse(b"a: " + b"1:" * 1000 + b"1.5\n", "odd.yaml")
    large = b"# " + b"x" * MAX_FOREIGN + b"\n"
    with pytest.raises(PolicyError, match="larger than any policy"):
        parse(large, "large.yaml", foreign=True)
    with pytest.raises(PolicyError, match="the file is empty"):
        parse(large, "large.yaml")
