"""Draws the contact sheet of the local styles: `python -m app.cli.styles_sheet [--out FILE] [PHOTOS...]`."""

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.adapters.local.registry import STYLES
from app.imaging.decode import decode_upright
from app.imaging.develop import save_jpeg, to_srgb

_WORK_EDGE = 2400
_CELL = 560
_CAPTION = 44
_SEED = 7


def write_contact_sheet(out: Path, photos: list[Path]) -> None:
    """Write one JPEG: a column per photo, a row per style (the untouched photo first).

    Without photos a drawn test card is used. Raises as `decode_upright` does for a photo that is none.
    """
    sources = [to_srgb(decode_upright(photo, at_least=_WORK_EDGE)) for photo in photos] or [_test_card()]
    sheet = Image.new("RGB", (_CELL * len(sources), (_CELL + _CAPTION) * (len(STYLES) + 1)), "#16161c")
    font = ImageFont.load_default(22)
    draw = ImageDraw.Draw(sheet)
    for column, source in enumerate(sources):
        source.thumbnail((_WORK_EDGE, _WORK_EDGE), Image.Resampling.LANCZOS)
        _place(sheet, source, column, 0)
        rgb = np.asarray(source, dtype=np.uint8)
        for row, style in enumerate(STYLES.values(), start=1):
            styled = style.apply(rgb, np.random.default_rng(_SEED), {})
            _place(sheet, Image.fromarray(styled), column, row)
    captions = ["Original", *(f"{style.name_en} · {style.name_id} ({style.id})" for style in STYLES.values())]
    for row, caption in enumerate(captions):
        draw.text((14, row * (_CELL + _CAPTION) + 9), caption, font=font, fill="#f2f0ea")
    out.parent.mkdir(parents=True, exist_ok=True)
    save_jpeg(sheet, out, quality=88)


def _place(sheet: Image.Image, picture: Image.Image, column: int, row: int) -> None:
    small = picture.copy()
    small.thumbnail((_CELL - 12, _CELL - 6), Image.Resampling.LANCZOS)
    left = column * _CELL + (_CELL - small.width) // 2
    sheet.paste(small, (left, row * (_CELL + _CAPTION) + _CAPTION))


def _test_card() -> Image.Image:
    """A bright still life with gradients, edges and skin-like tones, for machines without photos."""
    height, width = 1600, 2400
    y, x = np.indices((height, width), dtype=np.float32)
    card = np.stack([90 + x / width * 120, 120 + y / height * 60, 190 - x / width * 90], axis=2)
    card = np.ascontiguousarray(card.astype(np.uint8))
    for place, (colour, radius) in enumerate(
        [((232, 184, 150), 330), ((150, 104, 78), 300), ((220, 60, 70), 220), ((250, 210, 70), 180)]
    ):
        centre = (420 + place * 520, 800 + (place % 2) * 160)
        for ring in range(radius, 0, -3):
            light = 0.62 + 0.5 * (1 - ring / radius)
            spot = (centre[0] - (radius - ring) // 4, centre[1] - (radius - ring) // 4)
            cv2.circle(card, spot, ring, tuple(min(255.0, c * light) for c in colour), -1, cv2.LINE_AA)
        for eye in (-radius // 3, radius // 3):
            cv2.circle(
                card, (centre[0] + eye, centre[1] - radius // 5), radius // 12, (30, 22, 20), -1, cv2.LINE_AA
            )
    return Image.fromarray(card)


def main() -> None:
    """Read the command line and write the sheet."""
    parser = argparse.ArgumentParser(description="Contact sheet of the local styles.")
    parser.add_argument("--out", type=Path, default=Path(".screens/styles.jpg"))
    parser.add_argument("photos", nargs="*", type=Path)
    wanted = parser.parse_args()
    write_contact_sheet(wanted.out, wanted.photos)
    print(f"{len(STYLES)} styles: {wanted.out}")


if __name__ == "__main__":
    main()
