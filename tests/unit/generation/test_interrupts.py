"""Ctrl-C while native libraries are imported."""

from __future__ import annotations

import os
import signal

import pytest

from provenance_gen.generation.interrupts import held


def press() -> None:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def pressed(times: int, done: list[str]) -> None:
    """Press Ctrl-C while it is held back, then go on with the block."""
    with held():
        for _ in range(times):
            press()
        done.append("block")


def test_the_first_waits_until_the_block_is_done() -> None:
    """The block ends as if nothing had happened, and then it is an interrupt as ever."""
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        pressed(1, done)
    assert done == ["block"]
    with pytest.raises(KeyboardInterrupt):
        press()


def test_the_second_acts_at_once() -> None:
    """Who presses again does not want to wait."""
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        pressed(2, done)
    assert not done


def test_an_error_in_the_block_comes_first() -> None:
    """What went wrong is told, and the handler is as it was."""
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="broken"), held():
        raise ValueError("broken")
    assert signal.getsignal(signal.SIGINT) is before
