"""What a zip is written into while it is sent: goes back within the entry at hand, what was taken is gone."""

from collections.abc import Iterator

PIECE = 256 * 1024


class Window:
    """A file as `zipfile` needs it, of which only the newest part is kept, without copying what is written.

    It can go back to the beginning of what was written in one piece and put as much there: so an entry's size
    and checksum come in front of its bytes.
    """

    def __init__(self) -> None:
        self._base = 0
        self._at = self._end = 0
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        """Put it behind what is there, or in the place of what was written there. Raises OSError."""
        if self._at == self._end:  # nearly always: a directory of thousands is written like this
            self._parts.append(data)
            self._end += len(data)
        else:
            self._replace(data)
        self._at += len(data)
        return len(data)

    def _replace(self, data: bytes) -> None:
        begin = self._base
        for number, part in enumerate(self._parts):
            if begin == self._at and len(part) == len(data):
                self._parts[number] = data
                return
            begin += len(part)
        raise OSError("only what was written in one piece can be written again")

    def tell(self) -> int:
        """The place in the whole zip."""
        return self._at

    def seek(self, place: int, whence: int = 0, /) -> int:
        """Go to a place of the whole zip. Raises OSError for one that was taken."""
        if whence != 0 or place < self._base:
            raise OSError("this part of the zip is sent already")
        self._at = place
        return place

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """There is nothing to close."""

    def taken(self) -> Iterator[bytes]:
        """All that was written since the last time, in pieces; taken at once, given one by one."""
        parts, self._parts, self._base = self._parts, [], self._end
        return _pieces(parts)


def _pieces(parts: list[bytes]) -> Iterator[bytes]:
    for part in parts:
        if len(part) <= PIECE:
            yield part
            continue
        view = memoryview(part)
        for at in range(0, len(part), PIECE):
            yield bytes(view[at : at + PIECE])
