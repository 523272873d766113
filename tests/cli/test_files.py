"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcalc.files import write_atomically


def test_a_new_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new.txt", "½\n")
    assert (tmp_path / "new.txt").read_bytes() == "½\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["new.txt"]


def test_an_existing_file_keeps_its_permissions_and_a_link_stays_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "file.txt", tmp_path / "link.txt"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_failure_leaves_the_old_text_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(file, "new \ud800")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_device_is_written_to_not_replaced() -> None:
    write_atomically(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()
