"""A zip of 2,000 pictures from a real web process: `make bench-zip`, or `python -m tests.bench.bench_zip`.

What is measured. An event has 2,000 finished pictures of 2.2 MiB in the folder storage (each a file name of
its own for the same bytes, which do not compress): over 4 GiB, so that the zip needs its 64-bit fields. A
client signs in, asks for all of them and reads as fast as it gets. `memory_before_mib`, `memory_peak_mib`:
resident memory of the web process right before, and its highest while the zip is sent, looked at twenty times
a second; `memory_quarter_mib`, `memory_end_mib`: when a quarter and when all of it was there. `first_byte_ms`
and `mib_per_s` are the client's. It keeps the last 2 MiB only and opens the zip's directory from there with
Python's own `zipfile`: `entries` is what that found, `bad_names` how many names came twice. A second client
goes away in the middle: `reads_after_cancel_ms` is until the web opens no more pictures.
"""

import argparse
import io
import os
import secrets
import threading
import time
import zipfile

import httpx
import psutil

from app.db import migrate
from tests.bench.report import report
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.servers import TalkingPostgres
from tests.fakes.stack import Stack, first_event, post_job, register

PICTURES, MIB = 2000, 2.2
TAIL = 2 * 1024 * 1024
COLUMNS = (
    "event_id, booth_id, session_id, line, code, guest_name, guest_whatsapp, mode, style_id, provider, args, "
    "input_key, input_sha256, started_at"
)


def fill(stack: Stack, postgres: TalkingPostgres, event_id: str, pictures: int, size: int) -> None:
    """One job through the front door, its row copied; every row has its own object."""
    api = stack.client()
    job_id = post_job(api, register(api, event_id), event_id).json()["jobId"]
    postgres.query(
        "INSERT INTO jobs "
        f"(id, status, percent, created_at, finished_at, best_output_key, outputs, {COLUMNS}) "
        f"SELECT left(id, 20) || lpad(n::text, 6, '0'), 'succeeded', 100, created_at, "
        f"created_at + n * interval '7 seconds', 'events/bench/' || n || '.jpg', "
        f"jsonb_build_object('full', 'events/bench/' || n || '.jpg'), {COLUMNS} "
        f"FROM jobs, generate_series(1, {pictures}) n WHERE id = '{job_id}'",
        seconds=60,
    )
    folder = stack.folder / "data" / "objects" / "events" / "bench"
    folder.mkdir(parents=True)
    first = folder / "1.jpg"
    first.write_bytes(secrets.token_bytes(size))
    for number in range(2, pictures + 1):
        (folder / f"{number}.jpg").hardlink_to(first)


class Memory(threading.Thread):
    """Looks at a process' resident memory until it is told to stop."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self.before = self.peak = self.now()

    def now(self) -> float:
        """MiB."""
        return float(self._process.memory_info().rss) / 2**20

    def run(self) -> None:
        """Twenty times a second."""
        while not self._over.wait(0.05):
            self.peak = max(self.peak, self.now())

    def stop(self) -> float:
        """The highest it was."""
        self._over.set()
        self.join()
        return max(self.peak, self.now())


class Tail(io.RawIOBase):
    """A file of which only the end is there: enough for a zip's directory."""

    def __init__(self, size: int, end: bytes) -> None:
        self._size, self._end, self._at = size, end, 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        begin = self._at - (self._size - len(self._end))
        assert begin >= 0, "zipfile looked beyond the directory"
        data = self._end[begin:] if size < 0 else self._end[begin : begin + size]
        self._at += len(data)
        return data


def take(
    stack: Stack, event_id: str, headers: dict[str, str], memory: Memory, whole: int
) -> dict[str, float]:
    """Read the whole zip."""
    begun, first, quarter, size, end = time.perf_counter(), 0.0, 0.0, 0, b""
    with httpx.stream(
        "POST", f"{stack.url}/api/v1/gallery/zip", data={"eventId": event_id}, headers=headers, timeout=120
    ) as answer:
        assert answer.status_code == 200, answer.read()
        for piece in answer.iter_raw(1024 * 1024):
            first = first or time.perf_counter() - begun
            if not quarter and size > whole / 4:
                quarter = memory.now()
            size += len(piece)
            end = (end + piece)[-TAIL:]
    seconds = time.perf_counter() - begun
    names = zipfile.ZipFile(Tail(size, end)).namelist()  # type: ignore[arg-type]
    return {
        "gib": size / 2**30,
        "seconds": seconds,
        "mib_per_s": size / 2**20 / seconds,
        "first_byte_ms": first * 1000,
        "entries": len(names),
        "bad_names": len(names) - len(set(names)),
        "memory_quarter_mib": quarter,
        "memory_end_mib": memory.now(),
    }


def leave(stack: Stack, event_id: str, headers: dict[str, str], pid: int) -> float:
    """Go away in the middle; how long the web still reads pictures, in ms."""
    process = psutil.Process(pid)
    with httpx.stream(
        "POST", f"{stack.url}/api/v1/gallery/zip", data={"eventId": event_id}, headers=headers, timeout=120
    ) as answer:
        for number, _ in enumerate(answer.iter_raw(1024 * 1024)):
            if number > 50:
                break
    left = last = time.perf_counter()
    while time.perf_counter() - last < 1.0:  # until a whole second went by without an open picture
        if any("/bench/" in file.path for file in process.open_files()):
            last = time.perf_counter()
    return (last - left) * 1000


def main() -> None:
    """Measure, print, write .bench/zip.json."""
    parser = argparse.ArgumentParser(prog="make bench-zip", description="see the head of this file")
    parser.add_argument("--pictures", type=int, default=PICTURES, help=f"how many (else {PICTURES})")
    parser.add_argument("--mib", type=float, default=MIB, help=f"each (else {MIB})")
    asked, _ = parser.parse_known_args()
    load = os.getloadavg()[0]
    with servers.postgres() as postgres, servers.valkey() as valkey:
        migrate.upgrade(postgres.database_url)
        with stacks.stack(postgres.database_url, valkey.redis_url) as stack:
            web = stack.web()
            event_id = first_event(stack.client())
            fill(stack, postgres, event_id, asked.pictures, int(asked.mib * 2**20))
            headers = {"Authorization": str(stack.client().headers["Authorization"])}
            memory = Memory(web.pid)
            memory.start()
            figures = take(stack, event_id, headers, memory, int(asked.pictures * asked.mib * 2**20))
            peak = memory.stop()
            figures |= {
                "memory_before_mib": memory.before,
                "memory_peak_mib": peak,
                "memory_grew_mib": peak - memory.before,
                "reads_after_cancel_ms": leave(stack, event_id, headers, web.pid),
                "pictures": asked.pictures,
                "picture_mib": asked.mib,
                "load_before": load,
            }
    report("zip", figures)
    whole = figures["entries"] == asked.pictures and not figures["bad_names"]
    print(f"every picture once: {'yes' if whole else 'NO'}")


if __name__ == "__main__":
    main()
