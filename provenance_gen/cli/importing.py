"""The work behind ``provgen import``, and what is said of a file's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.cli import output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance_gen.records.image import FileStatement
    from provenance_gen.records.work import Edit, Import
    from provenance_gen.studio import Work
    from provenance_gen.studio.lookup import KnownImage


_ORIGINS: Final = {"generated": "made by AI", "partly": "made in part by AI"}
_ELSEWHERE: Final = "of another origin than AI, which never means that no AI was used"
_NO_SPACE: Final = {"XMP_IPTC": "XMP/IPTC"}


def bring_in(work: Work, file: Path, *, own: bool, note: str | None, json: bool) -> None:
    """Import a file, and print what it is and says of itself."""
    from provenance_gen.studio.statements import known_as

    brought = work.bring_in(file, own=own, note=note)
    known = known_as(work.studio, brought)
    # Without a word of where it comes from it is compared with what the work has.
    guess = None if own or note or known else _matched(work, brought)
    if json:
        also = [{"work": item.work, "image": item.image, "file": item.file_name} for item in known]
        made = guess.model_dump(mode="json") if guess else None
        output.put_json({**brought.model_dump(mode="json"), "known_as": also, "made_from": made})
        return
    stored = brought.image.stored
    whose = "your own work, as you say" if own else "whose it is was not said (--own says: yours)"
    output.say(
        f"Brought in {file.name} as {brought.image.name}: {stored.width}x{stored.height}",
        f"  {whose}",
        *(f"  {line}" for line in (*statement_lines(brought.statement), *known_lines(known))),
        *guess_lines(guess),
    )


def guess_lines(guess: Edit | None) -> list[str]:
    """Return what is said of an import that looks as if it was made from an image."""
    if guess is None:
        return []
    name = guess.image.name
    return [
        f"  it looks as if it was made from {guess.parent}: recorded as {name}, a guess",
        f"  if so, and the work is yours: provgen confirm {name}",
        f"  if so, and a program did it:  provgen confirm {name} --link-only",
    ]


def _matched(work: Work, brought: Import) -> Edit | None:
    from provenance_gen.errors import MissingExtraError

    try:
        return work.match(brought)
    except MissingExtraError as error:
        output.note(f"not compared with the images of the work: {error}")
        return None


def statement_lines(said: FileStatement | None) -> list[str]:
    """Return what is printed of a file's own words."""
    if said is None:
        return []
    found = []
    if said.credentials != "none":
        signer = f', by a certificate in the name "{said.signer}"' if said.signer else ""
        by = f', made with "{said.generator}"' if said.generator else ""
        found.append(f"its Content Credentials are {said.verdict}{signer}{by}")
    if said.ai != "unknown":
        how = "signed" if said.ai_signed else "not signed"
        found.append(f"it says: {_ORIGINS.get(said.ai, _ELSEWHERE)} ({how})")
    if said.claims:
        tools = ", ".join(map(_tool, said.claims))
        found.append(f"unsigned claims in the form of {tools}; anybody could have written them")
    return found


def _tool(token: str) -> str:
    """Return a tool's name, of which a record holds letters, digits and a few signs alone."""
    return _NO_SPACE.get(token, token.replace("_", " "))


def known_lines(known: Sequence[KnownImage]) -> list[str]:
    """Return that pixels are an image that the studio knows already."""
    if not known:
        return []
    first = known[0]
    exported = f", exported as {first.file_name}" if first.file_name else ""
    return [f"these pixels are {first.image} of {first.work or 'a work'}{exported}"]


def said_lines(work: Work, brought: Import) -> list[str]:
    """Return what ``show`` says of an import beside its image."""
    from provenance_gen.studio.statements import known_as

    said = [*known_lines(known_as(work.studio, brought)), *statement_lines(brought.statement)]
    return [f"  {'file' if place == 0 else '':6} {line}" for place, line in enumerate(said)]
