"""A small ledger and its bundle, for the tests of bundles."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from provenance_gen.ledger import bundle_check, bundle_form, bundle_write, bundle_zip
from provenance_gen.ledger.bundle import gather
from provenance_gen.records.base import Text
from provenance_gen.records.bundle import BundleVerdictKind
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.records.payloads import IntentStated, WorkCreated
from tests.unit.ledger.conftest import making

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.records.bundle import BundleVerdict
    from tests.unit.ledger.conftest import Made

Files = dict[str, bytes]
PERSON = Actor(kind=ActorKind.PERSON)
WRONG = BundleVerdictKind.WRONG
CONSISTENT = BundleVerdictKind.CONSISTENT
CONFIRMED = BundleVerdictKind.CONFIRMED


def stated(number: int) -> Draft:
    """Draft an event of one of two works, with a text."""
    said = IntentStated(work=f"w{number % 2}", intent=Text(f"words {number}"))
    return Draft(payload=said, actor=PERSON)


def fill(made: Made) -> Made:
    """Append nine events, with checkpoints over five and nine."""
    begun = WorkCreated(work="w0", title=Text("Harbour"), author=Text("Ann"))
    made.ledger.append_many([Draft(payload=begun, actor=PERSON), *map(stated, range(4))])
    made.ledger.checkpoint()
    made.ledger.append_many([stated(n) for n in range(4, 8)])
    made.ledger.checkpoint()
    return made


def gathered(made: Made, *disclose: str, work: str | None = None) -> Files:
    """Return the files of a bundle over all events."""
    size = made.ledger.head().size
    return gather(
        made.ledger, size=size, verifier_key=made.verifier_key, work=work, disclose=disclose
    ).files


def full_bundle(folder: Path) -> Files:
    """Return the files of a bundle of such a ledger, with all texts; not to be changed."""
    with making(folder) as made:
        return gathered(fill(made), "all")


def checked(files: Files, key: str | None = None, roots: bytes | None = None) -> BundleVerdict:
    """Check the files of a bundle."""
    return bundle_check.check(files, name="b", key=key, certificates=roots)


def summed(files: Files) -> Files:
    """Return the files with fitting digests, as somebody who changes them would leave them."""
    changed = dict(files)
    changed[bundle_form.SUMS] = bundle_form.sums(changed)
    return changed


def zipped(files: Files, *, compress: bool = True) -> bytes:
    """Return the bytes of a zip of the files."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "b.zip")
        bundle_write.write(files, path, compress=compress)
        return path.read_bytes()


def unzipped(data: bytes) -> Files:
    """Read the files of a zip, as those of a bundle are read."""
    with bundle_zip.opened(io.BytesIO(data)) as parts:
        return dict(parts)


def without(files: Files, name: str) -> Files:
    """Return the files but one."""
    return {key: data for key, data in files.items() if key != name}


def lines(data: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """Change the lines of a file."""
    return b"".join(line + b"\n" for line in change(data.split(b"\n")[:-1]))
