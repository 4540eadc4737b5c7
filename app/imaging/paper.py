"""Lays a picture on a sheet of paper: turned as fits best, edge to edge where little is lost, else whole."""

from pathlib import Path

from PIL import Image

from app.imaging.decode import decode_upright
from app.imaging.develop import save_jpeg, to_srgb

DOTS_PER_MM = 300 / 25.4
_EDGE_MAX = 5000
_LOSS_MAX = 0.12
"""What may be cut off for a sheet without white edges: a 3:2 picture on a postcard, not a square one."""


def lay_out(picture: Path, target: Path, width_mm: float, height_mm: float, *, quality: int = 95) -> None:
    """Write the picture as a JPEG in the sheet's proportions, at 300 dots an inch. Blocking.

    Raises as `decode_upright` does.
    """
    base = to_srgb(decode_upright(picture))
    width, height = (max(1.0, side) * DOTS_PER_MM for side in (width_mm, height_mm))
    turned = (base.width > base.height) != (width > height) and base.width != base.height
    if turned:
        width, height = height, width
    scale = min(1.0, _EDGE_MAX / max(width, height))
    sheet = (max(1, round(width * scale)), max(1, round(height * scale)))
    laid = _laid(base, sheet)
    if turned:
        laid = laid.transpose(Image.Transpose.ROTATE_90)
    save_jpeg(laid, target, quality=quality)


def _laid(base: Image.Image, sheet: tuple[int, int]) -> Image.Image:
    across, down = sheet[0] / base.width, sheet[1] / base.height
    fills = 1 - min(across, down) / max(across, down) <= _LOSS_MAX
    scale = max(across, down) if fills else min(across, down)
    size = (max(1, round(base.width * scale)), max(1, round(base.height * scale)))
    scaled = base.resize(size, Image.Resampling.LANCZOS)
    paper = Image.new("RGB", sheet, "white")
    # Heads are in the upper part of a portrait: less is cut there.
    above = round((sheet[1] - size[1]) * (0.3 if fills else 0.5))
    paper.paste(scaled, ((sheet[0] - size[0]) // 2, above))
    return paper
