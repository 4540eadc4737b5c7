"""`make demo`: plays an evening on a running photobot from outside, over HTTP, a WebSocket and the hotfolder.

Guests register, the operator makes each the booth's active guest, a pretend camera writes a picture into the
hotfolder piece by piece, and the news say when it is done. It uses only what every other program could use.
"""

import asyncio
import os
import random
import secrets
import sys
import time
from pathlib import Path
from typing import Any

import click
import httpx

from app.cli.demo_camera import Camera
from app.cli.demo_news import News
from app.cli.network import web_address
from app.cli.place import Place, runtime_environment
from app.cli.programs import DATA
from app.cli.tls import trusting

NAMES = [
    "Ayu",
    "Bagus",
    "Citra",
    "Dewi",
    "Eko",
    "Fitri",
    "Gilang",
    "Hana",
    "Indra",
    "Joko",
    "Kartika",
    "Lestari",
    "Made",
    "Nadia",
    "Oka",
    "Putri",
]
FAMILY = [
    "Santoso",
    "Wijaya",
    "Pratama",
    "Lestari",
    "Saputra",
    "Maharani",
    "Nugroho",
    "Siregar",
    "Wulandari",
    "Halim",
]
PLACE_SECONDS, SHOT_SECONDS, JOB_SECONDS = 3.0, 60.0, 180.0
ORIGINAL_SHARE = 0.15


@click.command()
@click.option("--guests", type=click.IntRange(1, 500), default=24, show_default=True)
@click.option("--booth", default="booth-1", show_default=True)
@click.option("--server", help="Address of the server; by default the one that runs on the data folder.")
@click.option(
    "--hotfolder", type=click.Path(path_type=Path, file_okay=False), help="Where the booth's camera writes."
)
@click.option("--photos", type=click.Path(path_type=Path, exists=True, file_okay=False), envvar="PHOTOS")
@DATA
def demo(
    guests: int, booth: str, server: str | None, hotfolder: Path | None, photos: Path | None, data: Path
) -> None:
    """Play an evening on a running `photobot up`."""
    found = runtime_environment(data) | os.environ
    place = Place(data.expanduser().absolute())
    if server is None and not place.is_held():
        raise click.ClickException(
            "Nothing runs on this data folder. Start `make up` in another terminal first."
        )
    ca_file = found.get("TLS_CA_FILE") or None
    own = web_address("127.0.0.1", int(found.get("PORT", 8080)), int(found["TLS_PORT"]) if ca_file else None)
    base = (server or own).rstrip("/")
    file = place.password_file("operator")
    password = os.environ.get("OPERATOR_PASSWORD") or (file.read_text().strip() if file.exists() else "")
    if not password:
        raise click.ClickException(f"The operator's password is not in {file}: set OPERATOR_PASSWORD.")
    folder = (hotfolder or Path(found.get("HOTFOLDER_PATH", "hotfolder"))).expanduser().absolute()
    try:
        lost = asyncio.run(_evening(base, ca_file, password, booth, Camera(folder, photos), guests))
    except httpx.HTTPStatusError as error:
        raise click.ClickException(f"{error.request.url}: {error.response.text[:300]}") from error
    except (httpx.HTTPError, OSError) as error:
        raise click.ClickException(f"{base} does not answer ({error}). Is `make up` running?") from error
    sys.exit(1 if lost else 0)


async def _evening(
    base: str, ca_file: str | None, password: str, booth: str, camera: Camera, guests: int
) -> int:
    """Everybody in turn; how many did not get a picture."""
    began = time.monotonic()
    trusted = trusting(ca_file)
    async with httpx.AsyncClient(
        base_url=f"{base}/api/v1", timeout=20, trust_env=False, verify=trusted
    ) as client:
        token = (await _post(client, "/auth/login", {"username": "operator", "password": password}))["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        booths = (await client.get("/booths")).raise_for_status().json()["items"]
        event_id = next((row["eventId"] for row in booths if row["id"] == booth), None)
        if event_id is None:
            raise click.ClickException(f"There is no booth {booth}.")
        styles = (await client.get("/styles")).raise_for_status().json()["items"]
        await _free(client, booth)
        async with News(base, token, trusted) as news:
            waits: list[asyncio.Task[float | None]] = []
            for number in range(1, guests + 1):
                guest = _Guest(number, event_id, booth, random.choice(styles)["id"])
                if await guest.is_photographed(client, camera, news):
                    waits.append(asyncio.create_task(guest.waits_for_picture(news)))
            seconds = [taken for taken in await asyncio.gather(*waits) if taken is not None]
    return _summary(guests, sorted(seconds), time.monotonic() - began)


async def _free(client: httpx.AsyncClient, booth: str) -> None:
    """The evening needs the booth: whoever is active there from trying things out is ended, and named."""
    path = f"/booth/{booth}/active-session"
    answer = await client.get(path)
    if answer.status_code != 200:
        return
    holder = answer.json()
    print(f"{booth} was busy with {holder['name']} ({holder['code']}): their time is ended for the demo.\n")
    await client.delete(path, params={"sessionId": holder["sessionId"]})


class _Guest:
    """One guest's evening, told on one line."""

    def __init__(self, number: int, event_id: str, booth: str, style_id: str) -> None:
        self.number, self.event_id, self.booth = number, event_id, booth
        self.name = f"{random.choice(NAMES)} {random.choice(FAMILY)}"
        self.mode = "original" if random.random() < ORIGINAL_SHARE else "style"
        self.style_id = style_id
        self.session_id = ""
        self.file_name = ""
        self.clicked = 0.0

    async def is_photographed(self, client: httpx.AsyncClient, camera: Camera, news: News) -> bool:
        """Register, become the booth's guest, be shot; True when the shot is known to be this guest's."""
        number = f"0812{secrets.randbelow(10**8):08d}"
        body = {"eventId": self.event_id, "name": self.name, "whatsapp": number, "consent": True}
        made = await _post(client, "/sessions", body)
        self.session_id = made["sessionId"]
        path = f"/booth/{self.booth}/active-session"
        chosen = {"mode": self.mode, "styleId": self.style_id}
        await _post(client, path, {"sessionId": self.session_id, "eventId": self.event_id} | chosen)
        # Nobody stands in front of a camera at once; a picture so soon may be of the guest before.
        await asyncio.sleep(PLACE_SECONDS)
        self.clicked = time.monotonic()
        self.file_name = await camera.shoot()
        shot = await news.first(self._is_my_shot, SHOT_SECONDS)
        await client.delete(path, params={"sessionId": self.session_id})
        if shot is None or shot["state"] != "assigned":
            became = "was not seen" if shot is None else f"is {shot['state']} ({shot['reason']})"
            self._tell(made["code"], f"the shot {self.file_name} {became}")
            return False
        self._tell(
            made["code"], f"{self.file_name} -> {self.style_id if self.mode == 'style' else 'original'}"
        )
        return True

    async def waits_for_picture(self, news: News) -> float | None:
        """Seconds from the shutter to the finished picture; None when there is none."""
        job = await news.first(self._is_my_end, JOB_SECONDS)
        seconds = time.monotonic() - self.clicked
        if job is None or job["status"] != "succeeded":
            self._tell("", "no picture: " + ("nothing came" if job is None else str(job["errorMessage"])))
            return None
        self._tell("", f"picture ready after {seconds:.1f} s")
        return seconds

    def _is_my_shot(self, row: dict[str, Any]) -> bool:
        mine = row["kind"] == "shot" and row["fileName"] == self.file_name
        return mine and row["state"] not in ("receiving", "seen", "stored")

    def _is_my_end(self, row: dict[str, Any]) -> bool:
        mine = row["kind"] == "job" and row["sessionId"] == self.session_id
        return mine and row["finishedAt"] is not None

    def _tell(self, code: str, text: str) -> None:
        print(f"{self.number:>4}  {self.name:<20} {code:<6} {text}", flush=True)


async def _post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = (await client.post(path, json=body)).raise_for_status()
    content: dict[str, Any] = answer.json()
    return content


def _summary(guests: int, seconds: list[float], total: float) -> int:
    """Print what came of it; how many guests got no picture."""
    lost = guests - len(seconds)
    print(f"\n{len(seconds)} of {guests} guests have their picture; the evening took {total:.0f} s.")
    if seconds:
        middle, worst = seconds[len(seconds) // 2], seconds[-1]
        print(f"From the shutter to the picture: median {middle:.1f} s, longest {worst:.1f} s.")
    return lost


if __name__ == "__main__":
    demo()
