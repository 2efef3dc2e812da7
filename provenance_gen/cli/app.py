"""The commands of ``provgen`` and their options; what they do lives in the modules beside this."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import typer

from provenance_gen.cli import (
    bundling,
    checking,
    comparing,
    demo,
    editing,
    exporting,
    generating,
    keeping,
    keys,
    ledgering,
    making,
    measuring,
    policies,
    redacting,
    trusting,
    verifying,
)


def _help(command: Callable[..., None]) -> str:
    """Return a command's docstring, with its mark for lines that are not to be wrapped."""
    return inspect.cleandoc(command.__doc__ or "").replace("\\b", "\b")


# Plain help: the drawn kind takes twice as long to come up.
app = typer.Typer(
    name="provgen",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Record how an image is made while it is made, sign it, and check any image later.\n\n"
        "\b\n"
        "A first round:\n"
        "  provgen init art && cd art\n"
        '  provgen new "Harbour at dusk" --intent "One small boat, warm sky"\n'
        '  provgen generate "a boat on the sea" --count 4\n'
        '  provgen pick 1.2 --reason "low horizon"\n'
        "  provgen export 1.2 harbour.png\n"
        "  provgen verify harbour.png\n\n"
        "It documents; it never decides that something is protected by copyright."
    ),
)
ledger = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Check the ledger of this studio."
)
_LEDGER: tuple[tuple[Callable[..., None], str], ...] = (
    (ledgering.status, "Show how far it is signed and anchored."),
    (checking.audit, "Check everything in it."),
    (ledgering.checkpoint, "Sign its head."),
    (ledgering.anchor, "Have its head time-stamped."),
    (redacting.redact, "Delete a text or a picture."),
    (bundling.proof, "Prove one event to a stranger."),
    (bundling.bundle, "Hand it over, checkable."),
    (keeping.backup, "Copy the studio, while in use."),
    (keeping.resume, "Go on in a moved or copied one."),
)
for _command, _summary in _LEDGER:
    ledger.command(help=_help(_command), short_help=_summary)(_command)
app.add_typer(ledger, name="ledger")
policy = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What sources of law and standards look at."
)
_POLICY: tuple[tuple[Callable[..., None], str, str], ...] = (
    (policies.list_policies, "list", "List those that come with the program."),
    (policies.show, "show", "Show what one looks at."),
    (policies.check, "check", "Check a file of your own."),
)
for _command, _name, _summary in _POLICY:
    policy.command(_name, help=_help(_command), short_help=_summary)(_command)
app.add_typer(policy, name="policy")
trust = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Keep lists of certificates that you trust."
)
_TRUST: tuple[tuple[Callable[..., None], str, str], ...] = (
    (trusting.update, "update", "Fetch the official C2PA lists."),
    (trusting.add, "add", "Install a list from a file."),
    (trusting.list_installed, "list", "List those that are installed."),
    (trusting.remove, "remove", "Take one out."),
)
for _command, _name, _summary in _TRUST:
    trust.command(_name, help=_help(_command), short_help=_summary)(_command)
app.add_typer(trust, name="trust")
signing = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keep your signing keys.")
_KEYS: tuple[tuple[Callable[..., None], str, str], ...] = (
    (keys.new, "new", "Make a key."),
    (keys.list_all, "list", "List your keys."),
    (keys.csr, "csr", "Ask an authority for a certificate."),
    (keys.bring_in, "import", "Bring in a certificate or key."),
    (keys.rotate, "rotate", "Sign with another key from now on."),
)
for _command, _name, _summary in _KEYS:
    signing.command(_name, help=_help(_command), short_help=_summary)(_command)
app.add_typer(signing, name="keys")
_COMMANDS: tuple[tuple[Callable[..., None], str], ...] = (
    (making.init, "Make a studio in a folder."),
    (making.new, "Begin a work, with what it is meant to be."),
    (generating.generate, "Make attempts: recorded calls of a model."),
    (making.show, "Show a work: attempts, images, choices, edits."),
    (making.pick, "Pick an image, over others, with a reason."),
    (making.reject, "Reject images, with a reason."),
    (editing.edit, "Edit an image; what changed is measured."),
    (editing.confirm, "Confirm an edit made in another program."),
    (measuring.measure, "Show which step wrote which part of an image."),
    (generating.replay, "Run an attempt again and compare."),
    (exporting.export, "Write a signed file."),
    (verifying.verify, "Check image files from anywhere."),
    (checking.report, "Write the contribution report."),
    (demo.demo, "Play the whole story in a new folder."),
)
for _command, _summary in _COMMANDS:
    app.command(help=_help(_command), short_help=_summary)(_command)


app.command(
    "compare", help=_help(comparing.compare), short_help="Put two pictures beside each other."
)(comparing.compare)
app.command("bundle", help=_help(bundling.evidence), short_help="Hand a work over, checkable.")(
    bundling.evidence
)
app.command("import", help=_help(generating.bring_in), short_help="Bring an image in from a file.")(
    generating.bring_in
)


@app.callback(invoke_without_command=True)
def _root(
    *,
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    if version:
        from provenance_gen.cli.output import say
        from provenance_gen.version import VERSION

        say(f"provgen {VERSION}")
        raise typer.Exit
