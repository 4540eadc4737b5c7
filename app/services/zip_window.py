"""What a zip is written into while it is sent: goes back within the entry at hand, what was taken is gone."""

import io

PIECE = 256 * 1024


class Window:
    """A file as `zipfile` needs it, of which only the newest part is kept.

    It can go back within that part, so an entry's size and checksum are put in front of its bytes.
    """

    def __init__(self) -> None:
        self._base = 0
        self._buffer = io.BytesIO()

    def write(self, data: bytes, /) -> int:
        """Put it behind, or over, what is there."""
        return self._buffer.write(data)

    def tell(self) -> int:
        """The place in the whole zip."""
        return self._base + self._buffer.tell()

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place of the whole zip. Raises OSError for one that was taken."""
        if whence != 0 or place < self._base:
            raise OSError("this part of the zip is sent already")
        return self._base + self._buffer.seek(place - self._base)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """There is nothing to close."""

    def taken(self) -> list[bytes]:
        """All that was written since the last time, in pieces."""
        data = self._buffer.getvalue()
        self._base += len(data)
        self._buffer = io.BytesIO()
        return [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
