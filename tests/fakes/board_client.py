"""A screen without a screen: keeps the rows of /ws/board or /ws/news as the browser's component does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.fakes.stack import Stack, wait_for

Row = dict[str, Any]


class BoardClient:
    """Rows by kind and id, the frames as they came, and why the connection ended."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.rows: dict[tuple[str, str], Row] = {}
        self.frames: list[Row] = []
        self.close_code: int | None = None
        self.backwards = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            for text in self.socket:
                self._take(json.loads(text))
        except ConnectionClosed:
            pass
        self.close_code = self.socket.close_code

    def _take(self, frame: Row) -> None:
        if frame["type"] == "snapshot":
            self.rows = {}
        for row in frame.get("rows", []):
            key = (row["kind"], row["id"])
            known = self.rows.get(key)
            if known is not None and known["revision"] > row["revision"]:
                self.backwards += 1
            elif known is None or known["revision"] < row["revision"]:
                self.rows[key] = row
        for gone in frame.get("gone", []):
            self.rows.pop((gone["kind"], gone["id"]), None)
        self.frames.append({key: value for key, value in frame.items() if key != "rows"})

    def row(self, kind: str, row_id: str) -> Row:
        """A row, empty while it is not on the screen."""
        return self.rows.get((kind, row_id), {})

    def of(self, kind: str) -> list[Row]:
        """All rows of a kind."""
        return [row for (its_kind, _), row in list(self.rows.items()) if its_kind == kind]

    def until(self, kind: str, row_id: str, seconds: float = 15, **fields: object) -> Row:
        """Wait until a row shows these fields."""

        def shows() -> Row | None:
            row = self.row(kind, row_id)
            return row if row and all(row.get(name) == value for name, value in fields.items()) else None

        return wait_for(shows, seconds) or {}

    def ask_snapshot(self) -> None:
        """As the browser does when it sees a gap."""
        self.socket.send('{"type":"snapshot"}')

    def ended(self, seconds: float = 20) -> int | None:
        """Wait for the end of the connection; its close code."""
        wait_for(lambda: not self._thread.is_alive(), seconds)
        return self.close_code

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()
        self._thread.join(10)


def cookie_of(stack: Stack, username: str, password: str) -> str:
    """The Cookie header of a browser that signed in by the form."""
    client = stack.client(None)
    answer = client.post(
        f"{stack.url}/login",
        data={"username": username, "password": password, "next": "/console"},
        headers={"Origin": stack.url},
    )
    assert answer.status_code in (302, 303), answer.text[:500]
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


def ws(stack: Stack, path: str) -> str:
    """The address of a socket."""
    return f"ws{stack.url.removeprefix('http')}{path}"


@contextmanager
def screen(stack: Stack, path: str, **headers: str) -> Iterator[BoardClient]:
    """A connected screen that has its snapshot."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with connect(ws(stack, path), additional_headers=named, max_size=2**24) as socket:
        client = BoardClient(socket)
        try:
            wait_for(lambda: client.frames or client.close_code, 15)
            yield client
        finally:
            client.close()
