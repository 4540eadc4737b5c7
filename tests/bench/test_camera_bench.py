"""The camera bench's own parts: pictures that can be told apart, cameras that write all, a plan that errs."""

import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.imaging.develop import thumbnail
from app.imaging.inspect import inspect_image
from tests.bench.camera.figures import by_pattern, figures_of, table, verdicts
from tests.bench.camera.patterns import MIB, PATTERNS, Pattern, Written, write_series
from tests.bench.camera.pictures import EMBEDDED, VERIFIED, Colour, Kind, Pictures, is_colour, mark_of, sha
from tests.bench.camera.plan import PlanWatcher
from tests.bench.camera.screen import Paint, Seen
from tests.bench.camera.shooting import Shot
from tests.fakes.stack import wait_for

SMALL = Kind(1, 768, 512, 4.0, 90)
NOW = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    """Small ones, of this test's own folder."""
    return Pictures(SMALL, tmp_path_factory.mktemp("pictures"))


def marks(picture: Image.Image) -> tuple[Colour, Colour]:
    """The left and the right mark."""
    rgb = picture.convert("RGB")
    left, right = (rgb.getpixel((int(rgb.width * x), int(rgb.height * 0.06))) for x in (0.25, 0.75))
    return left, right  # type: ignore[return-value]


def test_each_picture_is_sound_of_its_own_content_and_marked(pictures: Pictures, tmp_path: Path) -> None:
    made = [pictures.jpeg(number, NOW) for number in (1, 2, 215, 217)]
    assert len({sha(data) for data in made}) == len(made)
    for number, data in zip((1, 2, 215, 217), made, strict=True):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(data)
        found = inspect_image(path, max_bytes=10 * MIB, max_pixels=10**7)
        assert (found.width, found.height, found.camera) == (768, 512, "Bench Camera")
        for picture in (Image.open(path), Image.open(BytesIO(thumbnail(path)))):
            left, right = marks(picture)
            assert is_colour(left, mark_of(number))
            assert not is_colour(left, mark_of(number + 1))
            assert is_colour(right, VERIFIED)


def test_the_embedded_thumbnail_is_marked_as_one(pictures: Pictures) -> None:
    data = pictures.jpeg(42, NOW)
    begin = data.index(b"\xff\xd8", 2)
    with Image.open(BytesIO(data[begin:])) as embedded:
        left, right = marks(embedded)
    assert is_colour(left, mark_of(42))
    assert is_colour(right, EMBEDDED)


@pytest.mark.parametrize(
    "pattern",
    [pattern for pattern in PATTERNS if pattern.name != "stall_5s"],  # as the one of 0.7 s, and long
    ids=lambda pattern: pattern.name,
)
def test_every_camera_writes_all_and_tells_when(pattern: Pattern, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096 * 2
    files = [(f"IMG_{number}.JPG", content, b"raw" if pattern.raw else None) for number in (1, 2)]
    begun = time.time()
    written = dict(write_series(pattern, tmp_path, files))
    for name, _, raw in files:
        assert (tmp_path / name).read_bytes() == content
        assert (tmp_path / name).with_suffix(".DNG").exists() == (raw is not None)
        assert begun < written[name].readable_at <= written[name].last_byte_at <= time.time()
    assert len(list(tmp_path.iterdir())) == len(files) * (2 if pattern.raw else 1)


def test_the_plan_takes_a_whole_file_late_and_a_stalled_one_early(tmp_path: Path) -> None:
    with PlanWatcher(tmp_path, every=0.1) as plan:
        (tmp_path / "WHOLE.JPG").write_bytes(b"whole")
        with (tmp_path / "STALLED.JPG").open("wb", buffering=0) as stream:
            stream.write(b"half")
            wait_for(lambda: len(plan.accepted) == 2)
            stream.write(b" and half")
        assert plan.accepted["STALLED.JPG"][1] == len(b"half")
        assert plan.accepted["WHOLE.JPG"][1] == len(b"whole")
        assert not plan.waiting


def shot(number: int, paint: Paint | None, told_at: float | None = None, files: int = 1) -> Shot:
    """A shot whose last byte was written at second 10."""
    pattern = next(one for one in PATTERNS if one.files >= files)
    told = [(told_at, {"previewVersion": 2})] if told_at else []
    seen = Seen(f"{number}.JPG", {}, told, [paint] if paint else [])
    return Shot(pattern, SMALL, number, f"{number}.JPG", f"sha-{number}", Written(9.0, 10.0), seen)


def painted(at: float, number: int, what: str = "verified") -> Paint:
    """A paint of a picture's mark."""
    return Paint("id", what, mark_of(number), at, True, [])  # type: ignore[arg-type]


def test_the_figures_tell_early_lost_wrong_and_unseen_pictures(tmp_path: Path) -> None:
    plan = PlanWatcher(tmp_path)
    plan.accepted = {"1.JPG": (14.0, 5), "2.JPG": (9.5, 2)}
    shots = [
        shot(1, painted(10.2, 1)),
        shot(2, painted(9.9, 2)),
        shot(3, painted(10.4, 77)),
        shot(4, painted(9.5, 4, "embedded")),
        shot(5, None),
        shot(6, painted(10.1, 6)),
    ]
    for one in shots[:2]:
        one.plan_written = Written(9.0, 10.0)
    stored = [("1.JPG", "sha-1", "orphan"), ("2.JPG", "sha-2", "orphan"), ("3.JPG", "sha-3", "orphan")]
    stored += [("4.JPG", "half", "orphan"), ("6.JPG", "sha-6", "orphan"), ("6.JPG", "sha-6", "orphan")]
    figures = figures_of(shots, plan, stored)
    assert figures["early_reads"] == 3, "painted early, another's picture, half a file stored"
    assert (figures["lost"], figures["doubled"], figures["not_shown"]) == (2, 1, 2)
    assert (figures["plan_p50_ms"], figures["plan_early_reads"]) == (4000.0, 1)
    assert (figures["embedded_n"], figures["embedded_p50_ms"]) == (1, 500.0)
    assert figures["p95_ms"] == pytest.approx(400, abs=1)


def test_a_picture_that_scrolled_away_stops_its_clock_when_the_page_has_it(tmp_path: Path) -> None:
    away, single = shot(1, None, told_at=10.7, files=20), shot(2, None, told_at=10.7)
    figures = figures_of([away], PlanWatcher(tmp_path), [])
    assert (figures["p50_ms"], figures["out_of_view"], figures["not_shown"]) == (pytest.approx(700), 1, 0)
    assert single.paint_ms is None


def test_the_table_names_every_pattern_and_the_goals_are_judged(tmp_path: Path) -> None:
    groups = by_pattern([shot(1, painted(10.2, 1)), shot(2, painted(11, 2), files=20)])
    patterns = {name: figures_of(shots, PlanWatcher(tmp_path), []) for name, shots in groups.items()}
    assert [line.split()[0] for line in table(patterns).splitlines()[1:]] == ["one_write_1mp", "burst_1mp"]
    words = verdicts(patterns, {"peak_mb": 120.0})
    assert "1 of 2 patterns; not: burst_1mp" in words[0]
    assert "peak 120 MB" in words[-1]
