"""A child's output: all of it into a bounded log file, what a person must see onto the terminal."""

import contextlib
import json
import logging
import os
import re
import sys
import threading
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

LINE_MAX = 64 * 1024
FILE_BYTES = 5 * 1024 * 1024
FILES_KEPT = 3
SHOWN_PER_WINDOW, WINDOW_SECONDS = 6, 10.0
LOUD = {"warning", "error", "critical", "exception"}
PLAIN_LOUD = re.compile(r"\b(CRITICAL|PANIC|\w+Error:)")
OWN_FIELDS = {"message", "event", "level", "timestamp", "logger", "exception", "stack", "program"}


def say(text: str) -> None:
    """Print for a person; a closed terminal is no reason to fail."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


class LogPump:
    """Reads what children write to `write_end` until `close`, in a thread of its own.

    One pump serves every restart of its program.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.path = folder / f"{name}.log"
        self._read_end, self.write_end = os.pipe()
        self._file = RotatingFileHandler(
            self.path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )
        self._shown: list[float] = []
        self._hushed = 0
        self._thread = threading.Thread(target=self._run, name=f"log-{name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what is still in the pipe and close the file; the children are gone by now."""
        os.close(self.write_end)
        self._thread.join(5)
        self._file.close()

    def _run(self) -> None:
        rest = b""
        while chunk := os.read(self._read_end, 65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._take(line)
            if len(rest) > LINE_MAX:
                self._take(rest)
                rest = b""
        if rest:
            self._take(rest)
        os.close(self._read_end)

    def _take(self, raw: bytes) -> None:
        line = raw[:LINE_MAX].decode("utf-8", "replace").rstrip()
        if not line:
            return
        self._file.emit(logging.makeLogRecord({"msg": line}))
        text = terminal_text(line)
        if text is not None:
            self._show(text)

    def _show(self, text: str) -> None:
        now = time.monotonic()
        self._shown = [moment for moment in self._shown if now - moment < WINDOW_SECONDS]
        if len(self._shown) >= SHOWN_PER_WINDOW:
            self._hushed += 1
            return
        if self._hushed:
            say(f"{self.name}: ({self._hushed} more messages are in {self.path})")
            self._hushed = 0
        self._shown.append(now)
        say(f"{self.name}: {text}")


def terminal_text(line: str) -> str | None:
    """What of a log line belongs on the terminal: warnings and worse, in one line; None for the rest."""
    try:
        record = json.loads(line)
    except ValueError:
        return line[:300] if PLAIN_LOUD.search(line) else None
    if not isinstance(record, dict) or str(record.get("level", "")).lower() not in LOUD:
        return None
    facts = " ".join(f"{key}={value}" for key, value in record.items() if key not in OWN_FIELDS)
    cause = str(record.get("exception", "")).strip().splitlines()[-1:]
    return " ".join(
        part for part in (str(record.get("message", record.get("event", ""))), facts, *cause) if part
    )[:300]


def complain(text: str) -> None:
    """One sentence to stderr, for a command that gives up."""
    with contextlib.suppress(OSError, ValueError):
        print(f"photobot: {text}", file=sys.stderr, flush=True)
