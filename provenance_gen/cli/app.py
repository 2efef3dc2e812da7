"""The commands of ``provgen`` and their options; what they do lives in the modules beside this."""

from __future__ import annotations

import typer

from provenance_gen.cli import checking, demo, making

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
ledger.command("audit")(checking.audit)
app.add_typer(ledger, name="ledger")
for _command in (
    making.init,
    making.new,
    making.generate,
    making.show,
    making.pick,
    making.reject,
    making.edit,
    checking.export,
    checking.verify,
    checking.report,
    demo.demo,
):
    app.command()(_command)


@app.callback(invoke_without_command=True)
def _root(
    *,
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    if version:
        from provenance_gen import __version__
        from provenance_gen.cli.output import say

        say(f"provgen {__version__}")
        raise typer.Exit
