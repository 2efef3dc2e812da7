"""The user's ``config.yaml``: what is read, and how what is wrong with it is named."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from provenance_gen.config import anchor_minutes, config_file, gates, timestamp_authorities
from provenance_gen.credentials.authority import issue
from provenance_gen.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

ROOT = issue(dt.datetime.now(dt.UTC)).root


@pytest.fixture
def folder() -> Path:
    """Return the configuration folder, with a certificate in it."""
    place = config_file().parent
    (place / "root.pem").write_bytes(ROOT)
    return place


GOOD = "{name: Some TSA, url: 'https://tsa.example/tsr', certificates: root.pem}"


@pytest.mark.parametrize("text", ["", "# nothing\n", "other: 3\n", "timestamp_authorities:\n"])
def test_nothing_chosen(folder: Path, text: str) -> None:
    """No file, an empty one, and one that speaks of something else."""
    assert timestamp_authorities() == ()
    (folder / "config.yaml").write_text(text)
    assert timestamp_authorities() == ()


def test_authorities_are_read_in_order(folder: Path) -> None:
    """With their certificates; the name that enters files is a plain one."""
    other = f"{{name: Ärger/../2, url: 'http://10.0.0.1:318', certificates: {folder}/root.pem}}"
    (folder / "config.yaml").write_text(
        f"timestamp_authorities: [{GOOD}, {other}]", encoding="utf-8"
    )
    first, second = timestamp_authorities()
    assert (first.name, first.kind, first.certificates) == ("Some TSA", "some-tsa", ROOT)
    assert (second.kind, second.url) == ("rger-2", "http://10.0.0.1:318")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[", "not YAML"),
        ("\x00", "not YAML"),
        ("just text", "names and values"),
        ("timestamp_authorities: 3", "timestamp_authorities: must be a list"),
        ("timestamp_authorities: {a: 1}", "timestamp_authorities: must be a list"),
        ("timestamp_authorities: [x]", r"\[0\]: must hold name, url and certificates"),
        (f"timestamp_authorities: [{GOOD}, {{}}]", r"\[1\]\.name: must be text"),
        (GOOD.replace("Some TSA", "7"), r"\[0\]\.name: must be text"),
        (GOOD.replace("Some TSA", "台帳"), r"\[0\]\.name: must hold a Latin letter"),
        (GOOD.replace("https", "ftp"), r"\[0\]\.url: must be an http or https address"),
        (GOOD.replace("https://tsa.example/tsr", "file:///etc/passwd"), r"\[0\]\.url"),
        (GOOD.replace("tsa.example", "tsa .example"), r"\[0\]\.url"),
        (GOOD.replace("https://tsa.example/tsr", "https://[::1"), r"\[0\]\.url"),
        (GOOD.replace("root.pem", "gone.pem"), r"\[0\]\.certificates: no PEM certificates"),
        (GOOD.replace("root.pem", "config.yaml"), r"\[0\]\.certificates: no PEM certificates"),
        (GOOD.replace("root.pem", "[a]"), r"\[0\]\.certificates: must be text"),
        (GOOD.replace("name:", "key: x, name:"), r"\[0\]\.key: not known"),
        (f"timestamp_authorities: [{GOOD}, {GOOD}]", r"\[1\]\.name: given twice"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(folder: Path, text: str, field: str) -> None:
    """File and field, whatever stands there."""
    whole = f"timestamp_authorities: [{text}]" if text.startswith("{name") else text
    whole = f"timestamp_authorities: [{text}]" if text.startswith("{key") else whole
    (folder / "config.yaml").write_text(whole, encoding="utf-8")
    with pytest.raises(SettingsError, match=field) as raised:
        timestamp_authorities()
    assert "config.yaml" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "minutes"), [("", None), ("anchor_minutes:", None), ("anchor_minutes: 10", 10)]
)
def test_minutes_between_anchors(folder: Path, text: str, minutes: int | None) -> None:
    """None where the user did not say."""
    assert anchor_minutes() is None
    (folder / "config.yaml").write_text(text)
    assert anchor_minutes() == minutes


@pytest.mark.parametrize("value", ["0", "-3", "1.5", "ten", "true", "[1]", "1000000"])
def test_minutes_that_are_none_are_named(folder: Path, value: str) -> None:
    """File and field."""
    (folder / "config.yaml").write_text(f"anchor_minutes: {value}")
    with pytest.raises(
        SettingsError, match=r"config\.yaml: anchor_minutes: must be a whole number"
    ):
        anchor_minutes()


def test_gates_are_names_or_files_beside_the_configuration(folder: Path) -> None:
    """A name is taken as it stands; a file is looked for beside ``config.yaml`` and not here."""
    assert gates() == ()
    chosen = "gates: [ask-first, mine.yaml, guild/rules.yml, /guild/rules.yml]\n"
    (folder / "config.yaml").write_text(chosen)
    beside = [str(folder / name) for name in ("mine.yaml", "guild/rules.yml", "/guild/rules.yml")]
    assert gates() == ("ask-first", *beside)


@pytest.mark.parametrize(
    ("text", "reason"), [("gates: yes\n", "must be a list"), ("gates: [1]\n", r"gates\[0\]")]
)
def test_gates_that_cannot_be_understood(folder: Path, text: str, reason: str) -> None:
    """A gate that is not read would be a gate that never fires."""
    (folder / "config.yaml").write_text(text)
    with pytest.raises(SettingsError, match=reason):
        gates()
