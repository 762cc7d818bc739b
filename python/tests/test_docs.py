"""What the documentation shows, works."""

import doctest
import re

from conftest import ROOT

import sidewatch


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
