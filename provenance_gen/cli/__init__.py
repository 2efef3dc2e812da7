"""The command line: parse, call one verb of the studio, print. Exit codes live only here.

0 done, all checks that ran passed · 1 what was checked is not so, or a person who was asked said
no · 2 wrong use: an option, a name or a reference stands for nothing · 3 a file could not be read
or written: it is missing, damaged, or not what it should be · 130 interrupted. So 2 asks for
another command and 3 for another file.
Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Final

from provenance_gen import errors
from provenance_gen.cli import streams

FAILED: Final = 1
MISUSED: Final = 2
UNABLE: Final = 3
INTERRUPTED: Final = 130

_CODES: Final[tuple[tuple[type[errors.ProvenanceError], int], ...]] = (
    (errors.UsageError, MISUSED),
    (errors.MissingModelError, UNABLE),
    (errors.ModelError, MISUSED),
    (errors.PolicyKindError, MISUSED),
    (errors.UnknownPolicyError, MISUSED),
    (errors.LedgerBrokenError, FAILED),
    (errors.GateError, FAILED),
)
"""Every other error of ours means that something could not be read or written."""

_NO_TEXT: Final = (
    "the words that were given are not in this terminal's encoding; use UTF-8, for example with:"
    " export LC_ALL=C.UTF-8"
)
_HELP: Final = {"-h", "--help"}


def main() -> None:
    """Run ``provgen``."""
    try:
        streams.prepare()
        _run()
    except KeyboardInterrupt:
        # Before a command had begun: not even what prints is there for certain.
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)
    except Exception:  # noqa: BLE001 - a fault of ours, and shown as one
        import traceback

        traceback.print_exc()
        sys.exit(UNABLE)  # Python's own code would say that what was checked is not so


def _run() -> None:
    with contextlib.ExitStack() as stack:
        if _verifies(sys.argv[1:]):
            from provenance_gen.studio import sources

            # The process that reads untrusted files takes as long to load as we do.
            stack.enter_context(sources.ahead())
        try:
            _call()
        except SystemExit as end:
            _finish(end)
            raise


def _finish(end: SystemExit) -> None:
    """See that what was said got out; else that counts, whatever the command found."""
    try:
        streams.finish()
        if isinstance(end.__context__, BrokenPipeError):  # the library shows it to nobody else
            raise end.__context__
    except BrokenPipeError:
        sys.exit(UNABLE)  # whoever closed the pipe knows, as `head` does
    except errors.StorageError as error:
        if end.code != UNABLE:  # else it was said
            from provenance_gen.cli.output import complain

            complain(error)
        sys.exit(UNABLE)


def _verifies(arguments: list[str]) -> bool:
    """Tell whether files are to be checked; told again, and for certain, by the command itself."""
    return arguments[:1] == ["verify"] and len(arguments) > 1 and not _HELP & set(arguments)


def _call() -> None:
    from provenance_gen.cli.app import app
    from provenance_gen.cli.output import complain, note

    try:
        with streams.guarded():
            app(prog_name="provgen")
    except errors.CalledOffError as said:
        note(str(said), style="none")
        sys.exit(FAILED)
    except errors.ProvenanceError as error:
        complain(error)
        sys.exit(exit_code(error))
    except SystemExit as end:
        if end.code == INTERRUPTED:
            note(_interrupted(end))
        raise
    except ValueError:
        # Whatever else it is, is a fault of ours and shown as one.
        if not any(map(_is_no_text, sys.argv)):
            raise
        complain(errors.UsageError(_NO_TEXT))
        sys.exit(MISUSED)


def _is_no_text(argument: str) -> bool:
    """Tell whether an argument holds bytes that the locale's encoding does not know."""
    return any("\ud800" <= letter <= "\udfff" for letter in argument)


def _interrupted(end: BaseException | None) -> str:
    """Return what the command says of how far it had come."""
    while end is not None:
        if isinstance(end, KeyboardInterrupt) and end.args:
            return str(end)
        end = end.__cause__ or end.__context__
    return "interrupted; what had begun is on record, see: provgen show"


def exit_code(error: errors.ProvenanceError) -> int:
    """Return the exit code that an error stands for."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), UNABLE)
