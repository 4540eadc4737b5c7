"""The event's overlay lies over the picture, and nobody loses the head."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from app.domain.errors import Invalid
from app.imaging.frame import check_overlay, frame
from tests.app.imaging.pictures import corners, jpeg_bytes, write

MAGENTA = (250, 0, 250)
TRIED_AT_ONCE = """
import sys, psutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from app.imaging.frame import check_overlay, frame
from app.imaging.memory import tame_allocator
tame_allocator()
folder = Path(sys.argv[1])
def tried(n):
    check_overlay(folder / "o.png")
    frame(folder / "in.jpg", folder / "o.png", folder / f"{n}.jpg")
with ThreadPoolExecutor(3) as threads:
    list(threads.map(tried, range(3)))
status = Path("/proc/self/status").read_text("ascii")  # getrusage would count what the parent had
peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
print(int(peak.split()[1]) // 1024, psutil.Process().memory_info().rss >> 20)
"""


def overlay(path: Path, width: int, height: int, border: int = 60) -> Path:
    picture = Image.new("RGBA", (width, height), (*MAGENTA, 255))
    picture.paste((0, 0, 0, 0), (border, border, width - border, height - border))
    picture.save(path, "PNG")
    return path


def pixel(path: Path, x: float, y: float) -> tuple[int, ...]:
    with Image.open(path) as picture:
        return picture.getpixel((int(picture.width * x), int(picture.height * y)))


def close(found: tuple[int, ...], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 14 for a, b in zip(found, wanted, strict=True))


def test_same_shape_keeps_the_whole_picture(tmp_path: Path) -> None:
    picture = write(tmp_path / "in.jpg", jpeg_bytes(corners(1200, 800)))
    frame(picture, overlay(tmp_path / "o.png", 900, 600), tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as made:
        assert made.size == (1200, 800)
        assert not made.getexif()
    assert close(pixel(tmp_path / "out.jpg", 0.02, 0.5), MAGENTA)
    assert close(pixel(tmp_path / "out.jpg", 0.3, 0.3), (220, 30, 30))


def test_half_transparent_parts_blend(tmp_path: Path) -> None:
    picture = write(tmp_path / "in.jpg", jpeg_bytes(Image.new("RGB", (900, 600), (0, 0, 0))))
    Image.new("RGBA", (900, 600), (255, 255, 255, 128)).save(tmp_path / "o.png")
    frame(picture, tmp_path / "o.png", tmp_path / "out.jpg")
    assert close(pixel(tmp_path / "out.jpg", 0.5, 0.5), (128, 128, 128))


def test_wide_overlay_on_a_portrait_keeps_the_head(tmp_path: Path) -> None:
    portrait = Image.new("RGB", (800, 1200), (90, 90, 90))
    portrait.paste((255, 200, 0), (300, 150, 500, 450))  # the head, in the upper part
    picture = write(tmp_path / "in.jpg", jpeg_bytes(portrait))
    frame(picture, overlay(tmp_path / "o.png", 1200, 800, border=1), tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as made:
        assert made.size == (800, 533)
        heads = [y for y in range(made.height) if close(made.getpixel((400, y)), (255, 200, 0))]
    assert len(heads) >= 295
    assert heads[0] > 0


def test_tall_overlay_on_a_landscape_crops_both_sides_alike(tmp_path: Path) -> None:
    picture = write(tmp_path / "in.jpg", jpeg_bytes(corners(1200, 800)))
    frame(picture, overlay(tmp_path / "o.png", 600, 900, border=1), tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as made:
        assert made.size == (533, 800)
    assert close(pixel(tmp_path / "out.jpg", 0.4, 0.2), (220, 30, 30))
    assert close(pixel(tmp_path / "out.jpg", 0.6, 0.2), (30, 170, 60))


def test_good_overlays(tmp_path: Path) -> None:
    assert check_overlay(overlay(tmp_path / "o.png", 600, 900)) == (600, 900)
    palette = Image.new("P", (700, 700), 1)
    palette.paste(0, (100, 100, 600, 600))
    palette.save(tmp_path / "p.png", transparency=0)
    assert check_overlay(tmp_path / "p.png") == (700, 700)


def _save(path: Path, picture: Image.Image, name: str = "PNG") -> Path:
    picture.save(path, name)
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: overlay(p, 599, 900), "600"),
        (lambda p: overlay(p, 6001, 700), "6000"),
        (lambda p: _save(p, Image.new("RGB", (700, 700))), "see-through"),
        (lambda p: _save(p, Image.new("RGBA", (700, 700), (1, 2, 3, 255))), "see-through"),
        (lambda p: _save(p, Image.new("RGBA", (700, 700), (0, 0, 0, 0))), "nothing"),
        (lambda p: _save(p, corners(700, 700), "JPEG"), "PNG"),
        (lambda p: _save(p, corners(700, 700), "GIF"), "GIF"),
        (lambda p: write(p, b""), "empty"),
        (lambda p: write(p, overlay(p, 700, 700).read_bytes()[:800]), "damaged"),
        (lambda p: p, "read"),
    ],
)
def test_unsuitable_overlays_say_why(tmp_path: Path, make, says: str) -> None:
    path = make(tmp_path / "o.png")
    with pytest.raises(Invalid) as caught:
        check_overlay(path)
    assert caught.value.code == "OVERLAY_UNSUITABLE"
    assert says in caught.value.message


@pytest.mark.skipif(sys.platform != "linux", reason="what is told of memory is Linux'")
def test_a_huge_frame_is_no_bomb(tmp_path: Path) -> None:
    """150 KB of PNG are 36 megapixels: three at once took 1.5 GB, and a web kept 2.4 GB for the evening."""
    write(tmp_path / "in.jpg", jpeg_bytes(Image.new("RGB", (900, 1200))))
    overlay(tmp_path / "o.png", 6000, 6000)
    told = subprocess.run(
        [sys.executable, "-c", TRIED_AT_ONCE, str(tmp_path)], capture_output=True, check=True, text=True
    )
    peak, kept = map(int, told.stdout.split())
    assert peak < 600
    assert kept < 200
