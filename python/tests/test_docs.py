"""What the documentation shows, works."""

import doctest
import re

from conftest import ROOT

import sidewatch
from sidewatch.cli import scoreboard


def test_the_readme_runs(capture, monkeypatch, capsys):
    monkeypatch.chdir(capture.parent)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "python/README.md").read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "attack" in shown and "['sqli']" in shown


def test_the_front_page_runs():
    assert doctest.testmod(sidewatch).failed == 0


def test_the_tables_are_those_of_the_scoreboard():
    page = (ROOT / "docs/detection.md").read_text()
    rates = scoreboard.read(ROOT / "scoreboard/rates.json")
    assert scoreboard.fill(page, rates) == page, "run make scoreboard"
    text = (ROOT / "scoreboard/rates.json").read_text()
    assert scoreboard.text_of(rates) == text, "the file is as the command writes it"
