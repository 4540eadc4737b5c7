"""What every picture provider must do, whoever it is: subclass, give the fixtures, and run."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from PIL import Image

from app.domain.errors import Fatal, StageError
from app.ports import Provider, ProviderRequest, ProviderState
from tests.app.imaging.pictures import scene


async def ended(provider: Provider, task_id: str, *, within: float = 60) -> ProviderState:
    """Poll as the pipeline does until the task no longer runs."""
    async with asyncio.timeout(within):
        while True:
            state = await provider.poll(task_id)
            if state.status != "running":
                return state
            await asyncio.sleep(0.01)


class ProviderContract:
    """Tests by the port's promises. A subclass gives `provider` and `style_id`."""

    @pytest.fixture
    def provider(self) -> Provider:
        raise NotImplementedError

    @pytest.fixture
    def style_id(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def image(self, tmp_path: Path) -> Path:
        path = tmp_path / "work.jpg"
        scene().save(path, "JPEG", quality=95)
        return path

    @staticmethod
    def request(image: Path, style_id: str, *, seed: int = 7, job_id: str = "job-1") -> ProviderRequest:
        return ProviderRequest(job_id=job_id, image=image, style_id=style_id, params={}, seed=seed)

    async def made(self, provider: Provider, request: ProviderRequest, target: Path) -> str:
        task_id = await provider.submit(request)
        state = await ended(provider, task_id)
        assert state.status == "done", state
        assert state.percent == 100
        await provider.fetch(task_id, target)
        return hashlib.sha256(target.read_bytes()).hexdigest()

    async def test_makes_a_picture(
        self, provider: Provider, style_id: str, image: Path, tmp_path: Path
    ) -> None:
        await self.made(provider, self.request(image, style_id), tmp_path / "out")
        with Image.open(tmp_path / "out") as picture:
            picture.load()
            assert picture.format in {"JPEG", "PNG"}
            assert picture.width > picture.height

    async def test_same_seed_same_bytes(
        self, provider: Provider, style_id: str, image: Path, tmp_path: Path
    ) -> None:
        first = await self.made(provider, self.request(image, style_id), tmp_path / "a")
        again = await self.made(provider, self.request(image, style_id), tmp_path / "b")
        assert first == again

    async def test_task_ids_are_unique(self, provider: Provider, style_id: str, image: Path) -> None:
        ids = [await provider.submit(self.request(image, style_id)) for _ in range(3)]
        assert len(set(ids)) == 3
        for task_id in ids:
            assert (await ended(provider, task_id)).status == "done"

    async def test_input_may_go_after_submit(
        self, provider: Provider, style_id: str, image: Path, tmp_path: Path
    ) -> None:
        task_id = await provider.submit(self.request(image, style_id))
        image.unlink()
        assert (await ended(provider, task_id)).status == "done"

    async def test_poll_and_fetch_may_be_repeated(
        self, provider: Provider, style_id: str, image: Path, tmp_path: Path
    ) -> None:
        task_id = await provider.submit(self.request(image, style_id))
        first = await ended(provider, task_id)
        await provider.fetch(task_id, tmp_path / "a")
        await provider.fetch(task_id, tmp_path / "b")
        assert await provider.poll(task_id) == first
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()

    async def test_fetch_replaces_what_stood_there(
        self, provider: Provider, style_id: str, image: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "out").write_bytes(b"half of an earlier try")
        await self.made(provider, self.request(image, style_id), tmp_path / "out")
        with Image.open(tmp_path / "out") as picture:
            picture.load()

    async def test_unknown_task_is_lost(self, provider: Provider, tmp_path: Path) -> None:
        assert (await provider.poll("never-heard-of")).status == "lost"
        with pytest.raises(StageError):
            await provider.fetch("never-heard-of", tmp_path / "out")
        assert not (tmp_path / "out").exists()
        await provider.cancel("never-heard-of")

    async def test_unknown_style_is_fatal(self, provider: Provider, image: Path) -> None:
        with pytest.raises(Fatal) as caught:
            await provider.submit(self.request(image, "no-such-style"))
        assert caught.value.code == "STYLE_UNKNOWN"

    async def test_missing_input_is_fatal(self, provider: Provider, style_id: str, tmp_path: Path) -> None:
        with pytest.raises(Fatal):
            await provider.submit(self.request(tmp_path / "gone.jpg", style_id))

    async def test_cancel_ends_the_task(self, provider: Provider, style_id: str, image: Path) -> None:
        ids = [await provider.submit(self.request(image, style_id)) for _ in range(4)]
        await provider.cancel(ids[-1])
        await provider.cancel(ids[-1])
        assert (await ended(provider, ids[-1])).status in {"failed", "lost", "done"}
        for task_id in ids[:-1]:
            assert (await ended(provider, task_id)).status == "done"

    async def test_cancel_after_the_end_changes_nothing(
        self, provider: Provider, style_id: str, image: Path, tmp_path: Path
    ) -> None:
        task_id = await provider.submit(self.request(image, style_id))
        assert (await ended(provider, task_id)).status == "done"
        await provider.cancel(task_id)
        assert (await provider.poll(task_id)).status == "done"
        await provider.fetch(task_id, tmp_path / "out")
