"""Prints the crates linked into libsidewatch with the texts of their licences, as those licences ask."""

import json
import subprocess
from pathlib import Path

NAMES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def cargo(*words):
    return subprocess.run(["cargo", *words, "--locked"], check=True, capture_output=True, text=True).stdout


linked = set(cargo("tree", "-p", "sidewatch-ffi", "-e", "normal", "--prefix", "none", "--format", "{p}").splitlines())
linked = {tuple(line.removesuffix(" (*)").split()[:2]) for line in linked if line.strip()}
packages = json.loads(cargo("metadata", "--format-version", "1"))["packages"]
print("libsidewatch is linked with these crates. Their authors and licences:\n")
texts = {}
for package in sorted(packages, key=lambda p: (p["name"], p["version"])):
    if package["source"] is None or (package["name"], f"v{package['version']}") not in linked:
        continue
    authors = ", ".join(package["authors"]) or "the authors named in its repository"
    print(f"{package['name']} {package['version']}: {package['license']}\n  {authors}\n  {package['repository']}")
    for file in sorted(Path(package["manifest_path"]).parent.iterdir()):
        if file.is_file() and file.name.upper().startswith(NAMES):
            text = file.read_text(encoding="utf-8", errors="replace").strip()
            texts.setdefault(text, []).append(f"{package['name']} {package['version']} ({file.name})")
for text, names in texts.items():
    print("\n" + "=" * 78 + "\n" + ", ".join(names) + "\n" + "=" * 78 + "\n\n" + text)
