"""A room imports only what stands left of it."""

import ast
import re
from pathlib import Path

import pytest

ROOMS = ["foundation", "accounts", "events", "pledges", "stocktaking", "hlom_portal"]
ROOT = Path(__file__).resolve().parent.parent.parent


def _imports(file: Path) -> set[str]:
    """The rooms that a file imports, wherever in it the import stands."""
    tree = ast.parse(file.read_text())
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in named} & set(ROOMS)


def _product_files(room: str) -> list[Path]:
    return [file for file in sorted((ROOT / room).rglob("*.py")) if "tests" not in file.parts]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_stands_left_of_it(room: str) -> None:
    allowed = set(ROOMS[: ROOMS.index(room) + 1])

    wrong = {str(file.relative_to(ROOT)): sorted(_imports(file) - allowed) for file in _product_files(room)}

    assert {file: rooms for file, rooms in wrong.items() if rooms} == {}


def test_the_check_would_see_a_wrong_import(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("def late():\n    from pledges.models import Pledge\n")

    assert _imports(file) == {"pledges"}


def test_no_product_file_imports_tests() -> None:
    importing_tests = re.compile(r"^\s*(?:from|import) \S*\.tests\b", re.MULTILINE)

    wrong = [
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in _product_files(room)
        if importing_tests.search(file.read_text())
    ]

    assert wrong == []
