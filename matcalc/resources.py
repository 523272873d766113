"""Where the templates are.

They stand in `templates/` at the top of the project. A wheel carries them as `matcalc/_templates`; a checkout, an
unpacked source distribution and an editable install have them beside the package.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def templates() -> Path:
    """The folder of templates, however matcalc was installed.

    >>> templates().is_dir()
    True
    """
    package = Path(__file__).resolve().parent
    project = package.parent
    bundled = package / "_templates"
    if bundled.is_dir():
        return bundled
    if (project / "pyproject.toml").is_file() and (project / "templates").is_dir():
        return project / "templates"
    raise FileNotFoundError(f"matcalc's templates are missing: neither {bundled} nor {project / 'templates'} exists")
