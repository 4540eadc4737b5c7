"""The data folder and the network: refusals in words, secrets kept, stale notes not believed."""

import os
import socket
from pathlib import Path

import pytest

from app.cli import network
from app.cli.place import Place, runtime_environment
from app.domain.errors import Conflict, Unavailable


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path / "data")
    made.make()
    return made


def test_a_second_installation_on_the_same_folder_is_refused(place: Place) -> None:
    with place.held(), pytest.raises(Conflict, match=f"already runs.*process {os.getpid()}"), place.held():
        pass
    with place.held():
        assert place.is_held()
    assert not place.is_held()


def test_secrets_are_made_once_and_closed(place: Place) -> None:
    first = place.secrets()
    assert place.secrets() == first
    assert len(first["JWT_SECRET"]) >= 32
    assert place.secrets_file.stat().st_mode & 0o077 == 0


def test_a_damaged_secrets_file_is_never_overwritten(place: Place) -> None:
    place.secrets_file.write_text("{")
    with pytest.raises(Unavailable, match="damaged"):
        place.secrets()
    assert place.secrets_file.read_text() == "{"


def test_other_commands_find_the_running_installation_only_while_it_runs(place: Place) -> None:
    place.write_runtime({"DATABASE_URL": "postgresql://here"})
    assert place.runtime_file.stat().st_mode & 0o077 == 0
    with place.held():
        assert runtime_environment(place.data)["DATABASE_URL"] == "postgresql://here"
    assert "DATABASE_URL" not in runtime_environment(place.data), "left by a killed one"


def test_what_the_environment_says_wins(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://there")
    place.write_runtime({"DATABASE_URL": "postgresql://here", "REDIS_URL": "redis://here"})
    with place.held():
        found = runtime_environment(place.data)
    assert "DATABASE_URL" not in found
    assert found["REDIS_URL"] == "redis://here"


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match=r"cannot be written.*--data"):
        Place(tmp_path / "file").make()


def test_a_taken_port_is_named_with_another_that_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Conflict, match=rf"Port {port} is taken.*--port \d+"):
            network.require_port("127.0.0.1", port)


def test_the_lan_address_is_an_address() -> None:
    socket.inet_aton(network.lan_address())
