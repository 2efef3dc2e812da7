"""The commands of ``provgen``: their names and what each does in a line.

What they do, and their options, are in the modules beside this, which are loaded when a command is
asked for (``cli.on_demand``).
"""

from __future__ import annotations

from typing import Final

import typer

from provenance_gen.cli.on_demand import Entry, group

COMMANDS: Final = (
    Entry("init", "making.init", "Make a studio in a folder."),
    Entry("new", "making.new", "Begin a work, with what it is meant to be."),
    Entry("import", "generating.bring_in", "Bring an image in from a file."),
    Entry("generate", "generating.generate", "Make attempts: recorded calls of a model."),
    Entry("show", "making.show", "Show a work: attempts, images, choices, edits."),
    Entry("pick", "making.pick", "Pick an image, over others, with a reason."),
    Entry("reject", "making.reject", "Reject images, with a reason."),
    Entry("edit", "editing.edit", "Edit an image; what changed is measured."),
    Entry("confirm", "editing.confirm", "Confirm edits made in another program."),
    Entry("measure", "measuring.measure", "Show which step wrote which part of an image."),
    Entry("compare", "comparing.compare", "Put two pictures beside each other."),
    Entry("replay", "generating.replay", "Run an attempt again and compare."),
    Entry("export", "exporting.export", "Write a signed file."),
    Entry("verify", "verifying.verify", "Check image files and bundles from anywhere."),
    Entry("report", "checking.report", "Write the contribution report."),
    Entry("bundle", "bundling.evidence", "Hand a work over as evidence that others can check."),
    Entry("demo", "demo.demo", "Play the whole story in a new folder."),
)
LEDGER: Final = (
    Entry("status", "ledgering.status", "Show how far it is signed and anchored."),
    Entry("audit", "checking.audit", "Check everything in it."),
    Entry("checkpoint", "ledgering.checkpoint", "Sign its head."),
    Entry("anchor", "ledgering.anchor", "Have its head time-stamped."),
    Entry("redact", "redacting.redact", "Delete a text or a picture."),
    Entry("proof", "bundling.proof", "Prove one event to a stranger."),
    Entry("bundle", "bundling.bundle", "Hand it over as files that others can check."),
    Entry("backup", "keeping.backup", "Copy the studio, while in use."),
    Entry("resume", "keeping.resume", "Go on in a moved or copied one."),
)
POLICY: Final = (
    Entry("list", "policies.list_policies", "List those that come with the program."),
    Entry("show", "policies.show", "Show what one looks at."),
    Entry("check", "policies.check", "Check a file of your own."),
)
TRUST: Final = (
    Entry("update", "trusting.update", "Fetch the official C2PA lists."),
    Entry("add", "trusting.add", "Install a list from a file."),
    Entry("list", "trusting.list_installed", "List those that are installed."),
    Entry("remove", "trusting.remove", "Take one out."),
)
KEYS: Final = (
    Entry("new", "keys.new", "Make a key."),
    Entry("list", "keys.list_all", "List your keys."),
    Entry("csr", "keys.csr", "Ask an authority for a certificate."),
    Entry("import", "keys.bring_in", "Bring in a certificate or key."),
    Entry("rotate", "keys.rotate", "Sign with another key from now on."),
)
GROUPS: Final = (
    ("ledger", "Check, time-stamp, prove and back up the ledger.", LEDGER),
    ("policy", "Read what sources of law and standards look at.", POLICY),
    ("trust", "Keep lists of certificates that you trust.", TRUST),
    ("keys", "Keep your signing keys.", KEYS),
)

# Plain help: the drawn kind takes twice as long to come up.
app = typer.Typer(
    name="provgen",
    cls=group(*COMMANDS),
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
    epilog=(
        "\b\n"
        "Exit codes:\n"
        "  0    done; every check that ran passed\n"
        "  1    what was checked is not so, a gate stopped it, or you said no\n"
        "  2    wrong use: an option, a name or a reference stands for nothing\n"
        "  3    a file is missing, or could not be read or written\n"
        "  130  interrupted"
    ),
)
for _name, _summary, _entries in GROUPS:
    _commands = typer.Typer(
        cls=group(*_entries), no_args_is_help=True, rich_markup_mode=None, help=_summary
    )
    app.add_typer(_commands, name=_name)


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
