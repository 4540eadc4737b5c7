"""Whatever comes in, what goes on is upright, sRGB, bounded and says nothing about where it was taken."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from app.domain.errors import Invalid
from app.imaging.develop import develop, srgb_profile, thumbnail
from tests.app.imaging.pictures import BLUE, GREEN, RED, YELLOW, corners, display_p3, jpeg_bytes, write

UNDO = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def near(
    picture: Image.Image, place: tuple[float, float], colour: tuple[int, int, int], within: int = 8
) -> bool:
    spot = (int(picture.width * place[0]), int(picture.height * place[1]))
    found = picture.convert("RGB").getpixel(spot)
    return all(abs(a - b) <= within for a, b in zip(found, colour, strict=True))


def assert_upright(picture: Image.Image) -> None:
    assert picture.width > picture.height
    for place, colour in (((0.2, 0.2), RED), ((0.8, 0.2), GREEN), ((0.2, 0.8), BLUE), ((0.8, 0.8), YELLOW)):
        assert near(picture, place, colour), (place, picture.getpixel((5, 5)))


def turned(orientation: int, size: tuple[int, int] = (320, 200)) -> bytes:
    undo = UNDO[orientation]
    stored = corners(*size) if undo is None else corners(*size).transpose(undo)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Secret"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {ExifTags.GPS.GPSLatitudeRef: "S", ExifTags.GPS.GPSLatitude: (6.0, 12.0, 30.0)}
    )
    return jpeg_bytes(stored, exif=exif.tobytes(), comment=b"a private remark")


def result(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        picture.load()
        return picture


@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_orientations_end_upright(tmp_path: Path, orientation: int) -> None:
    source = write(tmp_path / "in.jpg", turned(orientation))
    size = develop(source, tmp_path / "out.jpg", long_edge=2400)
    assert size == (320, 200)
    assert_upright(result(tmp_path / "out.jpg"))
    with Image.open(BytesIO(thumbnail(source, edge=96))) as small:
        assert small.size == (96, 60)
        assert_upright(small)


def test_nothing_private_travels_on(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jpg", turned(6))
    develop(source, tmp_path / "out.jpg", long_edge=2400)
    for data in ((tmp_path / "out.jpg").read_bytes(), thumbnail(source)):
        assert b"Exif" not in data
        assert b"Secret" not in data
        assert b"private" not in data
        with Image.open(BytesIO(data)) as picture:
            assert not picture.getexif()
            assert picture.info["icc_profile"] == srgb_profile()


def test_bounded_but_never_enlarged(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jpg", turned(8, (3000, 1800)))
    assert develop(source, tmp_path / "out.jpg", long_edge=700) == (700, 420)
    assert_upright(result(tmp_path / "out.jpg"))
    assert develop(source, tmp_path / "out.jpg", long_edge=9000) == (3000, 1800)


def test_display_p3_is_converted(tmp_path: Path) -> None:
    # P3 (180, 90, 60) lies at about (191, 86, 52) in sRGB.
    source = write(
        tmp_path / "in.jpg", jpeg_bytes(Image.new("RGB", (64, 64), (180, 90, 60)), icc_profile=display_p3())
    )
    develop(source, tmp_path / "out.jpg", long_edge=2400)
    assert near(result(tmp_path / "out.jpg"), (0.5, 0.5), (191, 86, 52), within=4)
    plain = write(tmp_path / "plain.jpg", jpeg_bytes(Image.new("RGB", (64, 64), (180, 90, 60))))
    develop(plain, tmp_path / "plain_out.jpg", long_edge=2400)
    assert near(result(tmp_path / "plain_out.jpg"), (0.5, 0.5), (180, 90, 60), within=3)


@pytest.mark.parametrize("profile", [b"garbage", b"\0" * 500, display_p3()[:200]])
def test_unusable_profile_counts_as_none(tmp_path: Path, profile: bytes) -> None:
    source = write(tmp_path / "in.jpg", jpeg_bytes(icc_profile=profile))
    develop(source, tmp_path / "out.jpg", long_edge=2400)
    assert_upright(result(tmp_path / "out.jpg"))


def test_profile_of_another_colour_space_counts_as_none(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    source = write(tmp_path / "in.jpg", jpeg_bytes(icc_profile=lab))
    develop(source, tmp_path / "out.jpg", long_edge=2400)
    assert_upright(result(tmp_path / "out.jpg"))


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("CMYK", "JPEG"),
        ("L", "JPEG"),
        ("RGBA", "PNG"),
        ("LA", "PNG"),
        ("P", "PNG"),
        ("1", "PNG"),
        ("RGBA", "WEBP"),
        ("RGB", "HEIF"),
    ],
)
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str, name: str) -> None:
    source = tmp_path / "in"
    corners().convert(mode).save(source, name)
    for long_edge in (2400, 100):
        develop(source, tmp_path / "out.jpg", long_edge=long_edge)
        assert result(tmp_path / "out.jpg").mode == "RGB"
    grey = mode in {"L", "LA", "1"}
    if not grey:
        assert near(result(tmp_path / "out.jpg"), (0.2, 0.2), RED, within=30)


def test_alpha_is_flattened_on_white(tmp_path: Path) -> None:
    picture = corners().convert("RGBA")
    picture.paste((0, 0, 0, 0), (160, 0, 320, 200))
    picture.save(tmp_path / "in.png", icc_profile=display_p3())
    develop(tmp_path / "in.png", tmp_path / "out.jpg", long_edge=2400)
    assert near(result(tmp_path / "out.jpg"), (0.8, 0.5), (255, 255, 255), within=3)


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 256, dtype=np.uint16), (64, 1))
    Image.fromarray(ramp).save(tmp_path / "in.png")
    develop(tmp_path / "in.png", tmp_path / "out.jpg", long_edge=2400)
    assert near(result(tmp_path / "out.jpg"), (0.5, 0.5), (128, 128, 128), within=4)


def test_same_input_same_bytes(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jpg", turned(3))
    develop(source, tmp_path / "a.jpg", long_edge=150)
    develop(source, tmp_path / "b.jpg", long_edge=150)
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


def test_broken_source_leaves_no_target(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jpg", jpeg_bytes()[:900])
    with pytest.raises(Invalid) as caught:
        develop(source, tmp_path / "out.jpg", long_edge=2400)
    assert caught.value.code == "IMAGE_BROKEN"
    assert [path.name for path in tmp_path.iterdir()] == ["in.jpg"]
    with pytest.raises(Invalid):
        thumbnail(b"\xff\xd8\xff" + b"nothing")


def test_thumbnail_takes_bytes_and_long_strips() -> None:
    with Image.open(BytesIO(thumbnail(jpeg_bytes(corners(4000, 8)), edge=256))) as small:
        assert small.size == (256, 1)
