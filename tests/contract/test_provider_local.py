"""The local styles keep the provider's promises, and each style its own."""

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.adapters import local_styles
from app.adapters.local.base import LocalStyle, Params, Picture
from app.adapters.local_styles import STYLES, LocalProvider
from app.cli.styles_sheet import write_contact_sheet
from app.domain.errors import Transient
from tests.app.imaging.pictures import scene
from tests.contract.provider_contract import ProviderContract, ended


class TestLocalProvider(ProviderContract):
    @pytest.fixture
    async def provider(self) -> AsyncIterator[LocalProvider]:
        provider = LocalProvider(slots=1)
        yield provider
        await provider.close()

    @pytest.fixture
    def style_id(self) -> str:
        return "duotone"


class Gate:
    """A style that waits until it is let go, to look at a provider in the middle of its work."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self, rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
        self.begun.set()
        assert self.go.wait(20)
        return rgb


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    style = Gate()
    monkeypatch.setitem(local_styles.STYLES, "gate", LocalStyle("gate", "Gate", "Gerbang", style))
    return style


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "in.jpg"
    scene().save(path, "JPEG")
    return path


def home(provider: LocalProvider) -> Path:
    return provider._home


async def test_running_has_a_percent_and_slots_bound_the_work(gate: Gate, image: Path) -> None:
    provider = LocalProvider(slots=1, waiting=1)
    request = ProviderContract.request(image, "gate")
    first = await provider.submit(request)
    second = await provider.submit(request)
    assert await asyncio.to_thread(gate.begun.wait, 20)
    state = await provider.poll(first)
    assert (state.status, state.percent) == ("running", 20)
    assert await provider.poll(second) == replace(state, percent=0)
    with pytest.raises(Transient) as caught:
        await provider.submit(request)
    assert caught.value.code == "LOCAL_BUSY"
    gate.go.set()
    assert (await ended(provider, first)).status == "done"
    assert (await ended(provider, second)).status == "done"
    await provider.close()


async def test_cancel_reaches_waiting_and_running(gate: Gate, image: Path, tmp_path: Path) -> None:
    provider = LocalProvider(slots=1)
    request = ProviderContract.request(image, "gate")
    running, waiting = await provider.submit(request), await provider.submit(request)
    assert await asyncio.to_thread(gate.begun.wait, 20)
    for task_id in (waiting, running):
        await provider.cancel(task_id)
        state = await provider.poll(task_id)
        assert (state.status, state.error_code, state.transient) == ("failed", "CANCELLED", False)
    gate.go.set()
    with pytest.raises(Transient):
        await provider.fetch(waiting, tmp_path / "out.jpg")
    await provider.close()


async def test_results_are_dropped_by_age_and_count(image: Path, tmp_path: Path) -> None:
    hour = [0.0]
    provider = LocalProvider(keep=3, keep_seconds=600, now=lambda: hour[0])
    request = ProviderContract.request(image, "duotone")
    kept, fetched = await provider.submit(request), await provider.submit(request)
    for task_id in (kept, fetched):
        await ended(provider, task_id)
    await provider.fetch(fetched, tmp_path / "out.jpg")
    hour[0] = 120.0
    late = await provider.submit(request)
    assert (await provider.poll(fetched)).status == "lost"
    assert (await provider.poll(kept)).status == "done"
    await ended(provider, late)
    for step in range(4):
        hour[0] += 1 + step
        await ended(provider, await provider.submit(request))
    assert (await provider.poll(kept)).status == "lost"
    assert len(list(home(provider).iterdir())) <= 4
    hour[0] += 700
    last = await provider.submit(request)
    await ended(provider, last)
    assert [folder.name for folder in home(provider).iterdir()] == [last]
    await provider.close()


async def test_close_leaves_nothing_behind(image: Path) -> None:
    provider = LocalProvider()
    ids = [await provider.submit(ProviderContract.request(image, "pencil")) for _ in range(3)]
    folder = home(provider)
    assert folder.exists()
    await provider.close()
    assert not folder.exists()
    assert (await provider.poll(ids[0])).status == "lost"
    with pytest.raises(Transient):
        await provider.submit(ProviderContract.request(image, "pencil"))
    await provider.close()


async def test_leftovers_of_a_killed_worker_go(
    monkeypatch: pytest.MonkeyPatch, image: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, busy = tmp_path / "photobot-local-dead", tmp_path / "photobot-local-busy"
    for folder in (dead, busy):
        (folder / "task").mkdir(parents=True)
    os.utime(dead, (1, 1))
    provider = LocalProvider()
    assert not dead.exists()
    assert busy.exists()
    home(provider).rmdir()  # the system tidied up under a worker that was idle for long
    task_id = await provider.submit(ProviderContract.request(image, "duotone"))
    assert (await ended(provider, task_id)).status == "done"
    await provider.close()


async def test_broken_picture_fails_with_its_reason(tmp_path: Path) -> None:
    provider = LocalProvider()
    bad = tmp_path / "in.jpg"
    bad.write_bytes(b"\xff\xd8\xff no picture at all")
    state = await ended(provider, await provider.submit(ProviderContract.request(bad, "ink")))
    assert (state.status, state.error_code, state.transient) == ("failed", "IMAGE_BROKEN", False)
    await provider.close()


async def test_a_style_that_raises_fails_its_job_only(monkeypatch: pytest.MonkeyPatch, image: Path) -> None:
    def bad(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
        raise ZeroDivisionError

    monkeypatch.setitem(local_styles.STYLES, "bad", LocalStyle("bad", "Bad", "Buruk", bad))
    provider = LocalProvider()
    state = await ended(provider, await provider.submit(ProviderContract.request(image, "bad")))
    assert (state.status, state.error_code) == ("failed", "STYLE_FAILED")
    good = await provider.submit(ProviderContract.request(image, "duotone"))
    assert (await ended(provider, good)).status == "done"
    await provider.close()


async def test_the_loop_stays_free(gate: Gate, image: Path) -> None:
    provider = LocalProvider()
    task_id = await provider.submit(ProviderContract.request(image, "gate"))
    ticks = 0
    polling = asyncio.create_task(provider.poll(task_id))
    while not polling.done():
        await asyncio.sleep(0)
        ticks += 1
    assert ticks > 10
    gate.go.set()
    await provider.close()


def pixels(width: int, height: int) -> Picture:
    return np.asarray(scene(width, height), dtype=np.uint8)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_style_is_pure_and_follows_its_seed(style: LocalStyle) -> None:
    rgb = pixels(300, 200)
    before = rgb.copy()
    first = style.apply(rgb, np.random.default_rng(3), {})
    assert np.array_equal(first, style.apply(rgb, np.random.default_rng(3), {}))
    assert np.array_equal(rgb, before)
    assert first.shape == rgb.shape
    assert first.dtype == np.uint8
    assert np.abs(first.astype(int) - rgb).mean() > 4


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (64, 48), (400, 12), (33, 301)])
def test_style_takes_any_shape(style: LocalStyle, size: tuple[int, int]) -> None:
    rgb = pixels(*size)
    assert style.apply(rgb, np.random.default_rng(3), {}).shape == rgb.shape


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
@pytest.mark.parametrize("value", [0, 128, 255])
def test_style_takes_a_flat_picture(style: LocalStyle, value: int) -> None:
    rgb = np.full((90, 120, 3), value, np.uint8)
    assert style.apply(rgb, np.random.default_rng(3), {"palette": 17}).shape == rgb.shape


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_burnt_out_lights_and_noise_do_no_harm(style: LocalStyle) -> None:
    grain = np.random.default_rng(5).integers(0, 256, (150, 200, 3), dtype=np.uint8)
    grain[30:110, 40:150] = np.where(grain[30:110, 40:150] > 200, 250, 255)
    lit = style.apply(grain, np.random.default_rng(3), {})
    assert lit[60:80, 80:110].max() > 100


def test_styles_differ_from_each_other() -> None:
    rgb = pixels(240, 160)
    made = [style.apply(rgb, np.random.default_rng(3), {}).astype(int) for style in STYLES.values()]
    assert len(made) >= 10
    assert all(np.abs(a - b).mean() > 5 for i, a in enumerate(made) for b in made[:i])


def test_ids_and_names_are_fit_for_people() -> None:
    for key, style in STYLES.items():
        assert key == style.id
        assert style.name_en
        assert style.name_id
    assert len({style.name_en for style in STYLES.values()}) == len(STYLES)


def test_contact_sheet(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    scene(90, 120).save(photo)
    write_contact_sheet(tmp_path / "made" / "sheet.jpg", [photo, photo])
    with Image.open(tmp_path / "made" / "sheet.jpg") as sheet:
        sheet.load()
        assert sheet.height > sheet.width
