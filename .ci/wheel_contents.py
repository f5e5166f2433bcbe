"""Compares a wheel with the source roots: every file git tracks there must be in it, and no other."""

from __future__ import annotations

import subprocess
import sys
import zipfile

ROOTS = ("converters/", "plugins/", "label_configs/")


def tracked() -> set[str]:
    """The tracked files of the source roots, by their paths inside a wheel."""
    listed = subprocess.run(["git", "ls-files", "-z", *ROOTS], capture_output=True, text=True, check=True)
    return {path.split("/", 1)[1] for path in listed.stdout.split("\0") if path}


def main(wheel: str) -> int:
    """Print what is missing or too much; 1 if anything is."""
    held = set(zipfile.ZipFile(wheel).namelist())
    own = {name for name in held if ".dist-info/" not in name}
    missing = sorted(tracked() - own)
    surplus = sorted(own - tracked())
    if not any(name.endswith("/licenses/LICENSE") for name in held):
        missing.append("LICENSE")
    for name in missing:
        print(f"the wheel lacks {name}")
    for name in surplus:
        print(f"the wheel has {name}, which git does not track")
    print(f"{wheel.rsplit('/', 1)[-1]}: {len(own)} files")
    return 1 if missing or surplus else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
