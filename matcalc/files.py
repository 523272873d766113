"""Writing files so that nobody ever finds half of one."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: Path, text: str | bytes) -> None:
    """Write text, or bytes, to a file, all of it or nothing: into a new file beside it, which then takes its name.

    A link is followed, an existing file keeps its permissions, and what is no regular file (`/dev/stdout`, a pipe) is
    written to as it is. Raises OSError.
    """
    data = text.encode() if isinstance(text, str) else text
    target = path.resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with draft.open("xb") as file:
            file.write(data)
        if target.exists():
            draft.chmod(target.stat().st_mode)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
