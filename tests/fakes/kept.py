"""An event with a guest whose time is over, a young one, a photo that is nobody's, and their objects."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text
from ulid import ULID

from app.db.tables import CameraFile, JobPreview, JobStage
from app.db.unit import reading, unit
from app.domain import keys
from app.ports import Ports
from app.services import intake
from app.services.intake import Order, Picture
from app.services.sessions import Registered
from tests.fakes import ports as fakes

DAY = date(2026, 11, 1)
LONG_AGO = "clock_timestamp() - interval '31 days'"


@dataclass
class Scene:
    """An event with one guest whose time is over, one who is young, and a photo that is nobody's."""

    ports: Ports
    event_id: str
    old: Registered
    young: Registered
    job_id: str
    stray: str

    async def sql(self, statement: str, **values: object) -> Any:
        async with unit(self.ports) as work:
            return await work.db.execute(text(statement), values)

    async def stored(self) -> set[str]:
        """Every object there is of those that this scene made."""
        heads = {key: await self.ports.storage.head(key) for key in self.every}
        return {key for key, head in heads.items() if head is not None}

    @property
    def every(self) -> list[str]:
        folder = (self.event_id, DAY, self.job_id)
        return [
            keys.input_key(*folder, "jpg"),
            keys.work_key(*folder, "prepared", 1, "jpg"),
            keys.output_key(*folder, 0, 2, "jpg"),
            keys.thumb_key(*folder, "preview", 1, "jpg"),
            keys.guest_page_key(self.old.token),
            keys.guest_picture_key(self.old.token, self.job_id),
            keys.shot_key(self.event_id, DAY, self.stray, "jpg"),
            *self.kept,
        ]

    @property
    def kept(self) -> list[str]:
        return [keys.overlay_key(self.event_id, "0" * 64), keys.guest_page_key(self.young.token)]

    async def count(self, table: str) -> int:
        async with reading(self.ports) as db:
            return int(await db.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def _job(scene: Scene, who: Registered, job_id: str, status: str = "succeeded") -> None:
    order = Order(scene.event_id, who.session_id, None, "style", "pencil", 1)
    taken = Picture(keys.input_key(scene.event_id, DAY, job_id, "jpg"), "0" * 64, "image/jpeg")
    async with unit(scene.ports) as work:
        job = await intake.add_job(work, scene.ports, order, taken, job_id)
        job.status, job.fence, job.args = status, 2, {**job.args, "day": DAY.isoformat()}
        job.finished_at = datetime.now(UTC)
        job.best_output_key = keys.output_key(scene.event_id, DAY, job_id, 0, 2, "jpg")
        job.outputs = {"full": job.best_output_key}
        await work.db.flush()
        work.db.add(JobStage(job_id=job_id, stage="preprocessing"))
        work.db.add(JobPreview(job_id=job_id, image=b"small"))
        work.rings.clear()


async def _stray(scene: Scene) -> None:
    key = keys.shot_key(scene.event_id, DAY, scene.stray, "jpg")
    file = CameraFile(
        id=scene.stray,
        booth_id="booth-1",
        event_id=scene.event_id,
        file_name="DSC_1.JPG",
        state="orphan",
        storage_key=key,
        preview=b"small",
        appeared_at=datetime.now(UTC),
    )
    async with unit(scene.ports) as work:
        work.db.add(file)


async def _age(scene: Scene) -> None:
    """A month passes for the old guest and for the stray photo."""
    for table, where in (
        ("sessions", f"id = '{scene.old.session_id}'"),
        ("jobs", f"session_id = '{scene.old.session_id}'"),
        ("camera_files", "true"),
    ):
        more = f", expires_at = {LONG_AGO}" if table == "sessions" else ""
        await scene.sql(
            f"UPDATE {table} SET created_at = {LONG_AGO}, updated_at = {LONG_AGO}{more} WHERE {where}"
        )


async def over_and_young(ports: Ports) -> Scene:
    event_id = await fakes.event_of(ports)
    old, young = await fakes.guest(ports, event_id), await fakes.guest(ports, event_id, "Bima Sakti")
    scene = Scene(ports, event_id, old, young, str(ULID()), str(ULID()))
    await _job(scene, old, scene.job_id)
    await _job(scene, young, str(ULID()))
    await _stray(scene)
    await _age(scene)
    for key in scene.every:
        await ports.storage.put_bytes(key, b"bytes", keys.content_type_of(key))
    return scene
