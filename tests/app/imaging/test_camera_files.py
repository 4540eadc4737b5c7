"""What is read out of camera files: facts, embedded pictures, held QR codes, the coded picture's hash."""

import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from PIL import Image

from app.domain.errors import PhotobotError
from app.imaging.embedded import Peek, peek, preview_of
from app.imaging.facts import camera_time, facts_in
from app.imaging.jpeg import CodedHash
from app.imaging.prove import PREVIEW_BYTES, prove
from app.imaging.qr import held_code
from app.imaging.tiff import window
from tests.app.imaging import pictures
from tests.fakes.tiff_writer import Below, Data, Short, exif, tiff

NOON = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - a camera's clock, which knows no zone


def _jpeg(picture: Image.Image, **facts: str | int | bytes) -> bytes:
    return pictures.jpeg_bytes(picture, exif=exif(**facts))  # type: ignore[arg-type] # told by name


def _open(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_facts_of_a_camera_that_says_everything() -> None:
    facts = facts_in(
        exif(serial="0123", taken="2026:07:01 12:00:00", sub_seconds="57", zone="+07:00", orientation=6)
    )
    assert facts.taken_at == datetime(2026, 7, 1, 5, 0, 0, 570_000, UTC)
    assert facts.camera == "Canon EOS R6 0123"
    assert facts.orientation == 6


@pytest.mark.parametrize(
    ("taken", "sub", "zone", "expected"),
    [
        ("2026:07:01 12:00:00", "", "", NOON),
        ("2026:07:01 12:00:00\0", "007", "", NOON.replace(microsecond=7000)),
        (
            "2026:07:01 12:00:00",
            "9 ",
            "-03:30",
            NOON.replace(microsecond=900_000, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
        ),
        ("2026:07:01 12:00:00", "x", "+99:00", NOON),
        ("0000:00:00 00:00:00", "", "", None),
        ("    :  :     :  :  ", "", "", None),
        ("", "12", "+07:00", None),
        ("0001:01:01 00:00:00", "", "", None),
        ("9999:12:31 23:59:59", "", "", None),
    ],
)
def test_camera_times(taken: str, sub: str, zone: str, expected: datetime | None) -> None:
    assert camera_time(taken, sub, zone) == expected


def test_no_cut_and_no_flip_of_an_exif_block_does_harm() -> None:
    block = exif(serial="1", taken="2026:07:01 12:00:00", thumbnail=b"\xff\xd8x\xff\xd9")
    for keep in range(len(block)):
        facts_in(block[:keep])
        peek(window(block[6:keep]))
    for at in range(6, len(block)):
        broken = bytearray(block)
        broken[at] ^= 0xFF
        facts_in(bytes(broken))
        peek(window(bytes(broken[6:])))


def test_the_embedded_thumbnail_is_shown_upright_and_without_bars() -> None:
    small = Image.new("RGB", (160, 120))
    small.paste(pictures.corners(160, 106), (0, 7))
    data = _jpeg(
        pictures.corners(1500, 1000), thumbnail=pictures.jpeg_bytes(small), orientation=6, serial="7"
    )
    found = peek(window(data[: len(data) // 3]))
    assert found.settled
    assert found.facts.camera == "Canon EOS R6 7"
    made = _open(preview_of(found))
    assert made.size == (107, 160)
    assert "exif" not in made.info
    red, _, blue = made.convert("RGB").getpixel((103, 5))  # type: ignore[misc] # three bands
    assert red > 150
    assert blue < 100


def test_a_peek_waits_for_the_whole_thumbnail() -> None:
    data = _jpeg(pictures.corners(), thumbnail=pictures.jpeg_bytes(pictures.corners(160, 100)))
    end = data.index(b"\xff\xdb", 1000)
    assert peek(window(data[:100])) == Peek(settled=False)
    assert not peek(window(data[: end // 2])).picture
    assert peek(window(data)).settled


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_preview_of_a_tiff_like_raw(order: str) -> None:
    preview = pictures.jpeg_bytes(pictures.corners(1200, 800))
    small = pictures.jpeg_bytes(pictures.corners(160, 107))
    below = {0x00FE: 1, 0x0201: Data((preview,)), 0x0202: len(preview)}
    main = {0x010F: "NIKON CORPORATION", 0x0110: "NIKON Z 6", 0x0112: Short((8,)), 0x014A: Below((below,))}
    data = tiff(main, {0x0201: Data((small,)), 0x0202: len(small)}, order=order)
    found = peek(window(data))
    assert found.facts.camera == "NIKON Z 6"
    assert _open(preview_of(found)).size == (341, 512)


def test_the_preview_of_a_raf_and_a_cr3() -> None:
    preview = _jpeg(pictures.corners(900, 600), make="FUJIFILM", model="X-T4", serial="9")
    head = b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0") + (148).to_bytes(4, "big")
    raf = peek(window((head + len(preview).to_bytes(4, "big")).ljust(148, b"\0") + preview))
    assert raf.facts.camera == "FUJIFILM X-T4 9"
    assert _open(preview_of(raf)).size == (512, 341)

    def box(kind: bytes, content: bytes) -> bytes:
        return (len(content) + 8).to_bytes(4, "big") + kind + content

    first = tiff({0x010F: "Canon", 0x0110: "Canon EOS R5"})
    second = tiff({0x9003: "2026:07:01 12:00:00", 0xA431: "55"})
    inside = box(b"CMT1", first) + box(b"CMT2", second) + box(b"THMB", bytes(16) + preview)
    cr3 = box(b"ftyp", b"crx \0\0\0\1crx isom") + box(b"moov", box(b"uuid", bytes(16) + inside))
    found = peek(window(cr3 + box(b"mdat", bytes(100))))
    assert found.facts.camera == "Canon EOS R5 55"
    assert found.facts.taken_at == NOON
    assert preview_of(found)
    assert not peek(window(cr3[:200])).settled


def test_an_exif_rewrite_does_not_change_the_coded_picture() -> None:
    picture = pictures.scene()
    hashes = set()
    for data in (
        pictures.jpeg_bytes(picture),
        _jpeg(picture, serial="1"),
        _jpeg(picture, serial="2") + b"appended",
        pictures.jpeg_bytes(picture, comment=b"x" * 3000),
    ):
        for step in (1, 7, 1000, len(data)):
            coded = CodedHash()
            for at in range(0, len(data), step):
                coded.update(data[at : at + step])
            hashes.add(coded.hexdigest())
    assert len(hashes) == 1
    assert "" not in hashes
    for other in (b"", b"\x89PNG" + bytes(100), pictures.jpeg_bytes(picture)[:-2]):
        coded = CodedHash()
        coded.update(other)
        assert coded.hexdigest() == ""
    coded = CodedHash()
    coded.update(pictures.jpeg_bytes(picture, quality=94))
    assert coded.hexdigest() not in hashes


def test_only_a_held_code_is_a_command(tmp_path: Path) -> None:
    assert held_code(pictures.with_code(0.21).reduce(2)) == pictures.LINK
    assert held_code(pictures.with_code(0.12).reduce(2)) is None
    assert held_code(pictures.scene()) is None
    path = pictures.write(tmp_path / "a.jpg", _jpeg(pictures.with_code(0.3), orientation=3))
    assert prove(path, max_bytes=10**8, max_pixels=10**8).qr == pictures.LINK


def test_one_decode_gives_proof_facts_and_thumbnail(tmp_path: Path) -> None:
    data = _jpeg(pictures.corners(3000, 2000), taken="2026:07:01 12:00:00", orientation=6)
    path = pictures.write(tmp_path / "a.jpg", data)
    proof = prove(path, max_bytes=10**8, max_pixels=10**8)
    made = _open(proof.thumbnail)
    assert made.size == (341, 512)
    assert len(proof.thumbnail) <= PREVIEW_BYTES
    assert proof.facts.taken_at == NOON
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(PhotobotError) as caught:
        prove(path, max_bytes=10**8, max_pixels=10**8)
    assert caught.value.code == "IMAGE_BROKEN"


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "CMYK"])
def test_large_pictures_of_every_mode_are_proved(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    Image.new("L", (2500, 300), 77).convert(mode.split(";")[0]).convert(mode).save(
        path, "JPEG" if mode == "CMYK" else "PNG"
    )
    assert _open(prove(path, max_bytes=10**8, max_pixels=10**8).thumbnail).size == (512, 61)
