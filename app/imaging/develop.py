"""Turns any accepted picture into the plain upright sRGB JPEG that everything after it works on."""

from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from app.imaging.decode import draft, load, open_picture, orientation_of, turned

_FIXED_DATE = bytes([0x07, 0xD0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])  # 2000-01-01, the same bytes on every run
_MODES_OF_SPACE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


@cache
def srgb_profile() -> bytes:
    """The sRGB ICC profile put into every JPEG we write; byte-identical from run to run."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + _FIXED_DATE + made[36:]


def develop(source: Path, target: Path, *, long_edge: int, quality: int = 92) -> tuple[int, int]:
    """Write `source` upright, in sRGB, at most `long_edge` pixels, without any metadata; returns its size.

    Never enlarges. Blocking. Raises as `decode_upright` does for a source that is no sound picture.
    """
    finished = to_srgb(_decode_bounded(source, long_edge))
    save_jpeg(finished, target, quality=quality)
    return finished.size


def thumbnail(source: Path | bytes, *, edge: int = 512, quality: int = 82) -> bytes:
    """A small upright sRGB JPEG, at most `edge` pixels. Raises as `decode_upright` does."""
    return small_jpeg(_decode_bounded(source, edge), edge=edge, quality=quality)


def _decode_bounded(source: Path | bytes, edge: int) -> Image.Image:
    """Upright and at most `edge` pixels long. Made small before it is turned: no second large copy of it."""
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
        _, picture = open_picture(stream)
        draft(picture, edge)
        load(picture)
        return turned(bounded(picture, edge), orientation_of(picture))


def small_jpeg(picture: Image.Image, *, edge: int, quality: int = 82, gap: float = 3.0) -> bytes:
    """A decoded picture as a small sRGB JPEG without metadata, at most `edge` pixels; never enlarged."""
    buffer = BytesIO()
    made = to_srgb(bounded(picture, edge, gap=gap))
    made.save(buffer, "JPEG", quality=quality, optimize=True, icc_profile=srgb_profile())
    return buffer.getvalue()


def save_jpeg(picture: Image.Image, target: Path, *, quality: int) -> None:
    """Write an RGB picture as JPEG with the sRGB profile and full colour resolution; whole or not at all."""
    part = target.with_name(target.name + ".part")
    try:
        picture.save(part, "JPEG", quality=quality, subsampling=0, icc_profile=srgb_profile())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def bounded(picture: Image.Image, edge: int, *, gap: float = 3.0) -> Image.Image:
    """The picture at most `edge` pixels long, its profile kept; a smaller `gap` is faster and coarser."""
    long_edge = max(picture.size)
    if long_edge <= edge:
        return picture
    size = (max(1, round(picture.width * edge / long_edge)), max(1, round(picture.height * edge / long_edge)))
    return resized(picture, size, gap=gap)


def resized(picture: Image.Image, size: tuple[int, int], *, gap: float = 3.0) -> Image.Image:
    """The picture in this size, its profile kept."""
    picture = _resizable(picture)
    info = picture.info
    made = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=gap)
    made.info = info
    return made


def _resizable(picture: Image.Image) -> Image.Image:
    """Palettes, bits and 16-bit values made into something that can be averaged, profile kept."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I") or picture.mode == "F":
        # Pillow would clip 16 bits at 255 instead of scaling them.
        values = np.asarray(picture, dtype=np.float64)
        plain = Image.fromarray((np.clip(values, 0, 65535) / 257).round().astype(np.uint8))
    elif "transparency" in picture.info or picture.mode in {"LA", "La", "PA", "RGBa"}:
        plain = picture.convert("RGBA")
    elif picture.mode in {"RGB", "RGBA", "L", "CMYK"}:
        return picture
    else:
        plain = picture.convert("L" if picture.mode == "1" else "RGB")
    plain.info = {"icc_profile": profile} if profile else {}
    return plain


def to_srgb(picture: Image.Image, *, keep_alpha: bool = False) -> Image.Image:
    """The picture in sRGB by its embedded profile: RGB flattened on white, or RGBA with `keep_alpha`.

    A profile that cannot be used counts as none.
    """
    picture = _resizable(picture)
    profile = picture.info.get("icc_profile")
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    colour = _converted(picture.convert("RGB") if alpha else picture, profile)
    colour.info = {}
    if alpha is None:
        return colour if not keep_alpha else colour.convert("RGBA")
    if keep_alpha:
        colour.putalpha(alpha)
        return colour
    paper = Image.new("RGB", colour.size, "white")
    paper.paste(colour, mask=alpha)
    return paper


def _converted(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile or profile == srgb_profile():
        return picture.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = _MODES_OF_SPACE[source.profile.xcolor_space.strip()]
        done = ImageCms.profileToProfile(
            picture.convert(mode),
            source,
            ImageCms.ImageCmsProfile(BytesIO(srgb_profile())),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError, TypeError):
        return picture.convert("RGB")
    return done if done is not None else picture.convert("RGB")
