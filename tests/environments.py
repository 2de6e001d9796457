"""Virtual environments that borrow this one's packages, so that installing into them needs no network."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BUILD = """
import sys
from hatchling.build import build_{kind}
print(build_{kind}(sys.argv[1]))
"""


def build(project: Path, into: Path, kind: str = "wheel") -> Path:
    """Build a ``wheel`` or an ``sdist`` of a project with hatchling and tell where it is."""
    into.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", _BUILD.format(kind=kind), str(into)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return into / done.stdout.strip().splitlines()[-1]


def make_environment(folder: Path, *wheels: Path) -> Path:
    """A virtual environment with these wheels, and with this environment's packages but for this project.

    Returns:
        Its Python.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    borrowed = folder / "borrowed"
    borrowed.mkdir()
    for package in sorted(_site().iterdir()):
        if not package.name.lower().startswith(("automl", "_automl", "__editable__")):
            (borrowed / package.name).symlink_to(package)
    (site / "borrowed.pth").write_text(f"{borrowed}\n")
    for wheel in wheels:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
        command += ["--target", str(site), "--no-warn-conflicts", str(wheel)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return python


def _site() -> Path:
    from pathlib import Path

    return Path(sysconfig.get_paths()["purelib"])
