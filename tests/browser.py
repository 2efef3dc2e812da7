"""A real Chromium for tests: what people who cannot see, or see on a phone, would meet in a page.

Pages hold no script and forbid any. To judge one, a copy of it without that rule is opened, in
which Deque's axe-core runs. Where there is no browser the tests are skipped with the reason.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.node import install, missing

if TYPE_CHECKING:
    import pytest

HERE: Final = Path(__file__).parent / "integration" / "axe"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
_RULE: Final = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
# Every rule runs on everything. Of rules that are kept axe need not list each element, which takes
# most of its time on a long page; and there is nothing to fetch beforehand.
_RUN: Final = """
axe.run(document, {resultTypes: ["violations"], preload: false}).then(found => {
  const shown = found.violations.map(v => ({
    id: v.id, impact: v.impact, help: v.help,
    nodes: v.nodes.slice(0, 5).map(n => n.html.slice(0, 200) + " " + n.failureSummary)}));
  const pictures = [...document.images].map(i => [i.getAttribute("src").slice(0, 80),
    i.complete && i.naturalWidth]);
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const pre = document.createElement("pre");
  pre.id = "judged";
  const passes = found.passes.length;
  pre.textContent = JSON.stringify({violations: shown, passes, pictures, wide});
  document.documentElement.replaceChildren(pre);
});
"""


def judge(config: pytest.Config, page: Path, width: int = 1280) -> dict[str, Any]:
    """Open a page and return what axe finds, which pictures were shown, and how much is too wide.

    What is folded is unfolded first, since axe passes over what nobody sees.

    Returns:
        ``violations`` of every rule; ``passes``, the number of rules that were kept; ``pictures``
        as pairs of address and width as shown; ``wide``, pixels beyond the window's width.
    """
    folder = config.cache.mkdir("axe")
    install(HERE, folder)
    script = (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    text, count = _RULE.subn("", page.read_text(encoding="utf-8"))
    assert count == 1
    text = text.replace('loading="lazy"', "").replace("<details", "<details open")
    copy = page.with_name(f"judged-{page.name}")
    copy.write_text(
        text.replace("</body>", f"<script>{script}</script><script>{_RUN}</script></body>"),
        encoding="utf-8",
    )
    try:
        shown = _open(copy, width, "--virtual-time-budget=60000", "--dump-dom")
    finally:
        copy.unlink()
    found = re.search(r'<pre id="judged">(.*?)</pre>', shown.decode(), re.DOTALL)
    assert found, shown[-500:]
    value: dict[str, Any] = json.loads(unescape(found[1]))
    return value


def _open(page: Path, width: int, *options: str) -> bytes:
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        missing(f"no browser, of {', '.join(_NAMES)}")
    done = subprocess.run(
        [
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={page.parent / 'browser'}",
            f"--window-size={width},1800",
            *options,
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        # No rule of ours: it only ends what hangs. Eight busy processes make one page take minutes.
        timeout=1_800,
    )
    shutil.rmtree(page.parent / "browser", ignore_errors=True)
    return done.stdout
