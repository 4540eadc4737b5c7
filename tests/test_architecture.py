"""House rules that a machine can hold: the tree, the sizes, who commits, what the repository may hold."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ("app", "console", "tasks", "watcher")
DOCUMENT = ROOT / "ARCHITECTURE.md"


def sources(*folders: str) -> list[Path]:
    """Python files of these folders, in order; packages' empty __init__ and migrations left out."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if path.read_text("utf-8").strip() and "versions" not in path.parts]


def first_sentence(path: Path) -> str:
    """What a file says of itself in the first line of its docstring."""
    doc = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return doc.split("\n")[0]


def tree() -> str:
    """The tree as it stands on disk."""
    lines = []
    for path in sources(*PROGRAMS):
        lines.append(f"- `{path.relative_to(ROOT)}`: {first_sentence(path)}")
    return "\n".join(lines)


def _parts() -> tuple[str, str, str]:
    before, _, rest = DOCUMENT.read_text("utf-8").partition("<!-- tree -->\n")
    inside, _, after = rest.partition("<!-- /tree -->")
    return before, inside.strip(), after


def test_the_document_shows_the_tree_on_disk() -> None:
    """A newcomer who reads a stale map asks the wrong people: the map is checked like code."""
    assert _parts()[1] == tree(), "run: python -m tests.test_architecture"


@pytest.mark.parametrize("path", sources(*PROGRAMS, "tests"), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_introduce_themselves_and_stay_readable(path: Path) -> None:
    """A file over 300 lines or a function over 45 has more than one reason to change."""
    text = path.read_text("utf-8")
    assert first_sentence(path) or path.name == "__init__.py", "the file does not say what it is for"
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 45, f"{node.name} is too long"


def test_only_the_unit_of_work_commits() -> None:
    """A second place that commits would change rows without telling the screens."""
    commits = [path for path in sources(*PROGRAMS) if re.search(r"\.commit\(\)", path.read_text("utf-8"))]
    allowed = {"app/db/unit.py", "app/db/migrations/env.py"}
    found = {str(path.relative_to(ROOT)) for path in commits}
    assert {name for name in found if not name.startswith("watcher/")} <= allowed


def test_no_test_patches_code() -> None:
    """A patched name tests the patch; outside systems get fake servers instead."""
    patched = [
        path for path in sources("tests") if re.search(r"mock\.patch|import mock|MagicMock", path.read_text())
    ]
    assert [path for path in patched if path != Path(__file__)] == []


def test_pages_load_nothing_from_another_host() -> None:
    """At a venue without internet a font from elsewhere is a blank screen."""
    folders = (ROOT / "static", ROOT / "console")
    files = [
        path for folder in folders for path in folder.rglob("*") if path.suffix in {".js", ".css", ".html"}
    ]
    foreign = re.compile(
        r"""(?:src|href|url|import|from|fetch)\s*[=(]?\s*["'(]\s*(?:https?:)?//(?!\$)""", re.I
    )
    assert [str(path) for path in files if foreign.search(path.read_text("utf-8"))] == []


def test_locked_requirements_have_hashes_and_no_address() -> None:
    """A lock that names an index works on one network only."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--index-url|--extra-index|--find-links", text)


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("watcher/planted.py", "import app.db.unit", "A booth laptop holds no keys"),
        ("console/planted.py", "import tasks.engine", "Programs stand on the core"),
        ("app/domain/planted.py", "import asyncio", "Rules are pure"),
        ("app/api/planted.py", "import app.db.unit", "Pages and endpoints reach the database"),
        ("app/planted.py", "import json", "every module has its layer"),
    ],
)
def test_a_planted_wrong_import_breaks_its_contract(
    tmp_path: Path, file: str, line: str, contract: str
) -> None:
    """A contract that cannot fail is a picture of a contract."""
    for folder in PROGRAMS:
        for path in (ROOT / folder).rglob("*.py"):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text("utf-8"))
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"))
    (tmp_path / file).write_text(f'"""Planted."""\n\n{line}\n')
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    broken = [text for text in done.stdout.splitlines() if text.endswith("BROKEN")]
    assert any(contract in text for text in broken), done.stdout[-3000:]


if __name__ == "__main__":
    before, _, after = _parts()
    DOCUMENT.write_text(f"{before}<!-- tree -->\n{tree()}\n<!-- /tree -->{after}", "utf-8")
