"""What the styles share: the vocabulary of planes, smoothing, flow along edges, textures and blending.

Pictures are RGB uint8; planes are float32, mostly 0 to 1. Sizes in pixels are meant for a long edge of 2400
and go through `px`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]
Params = Mapping[str, object]
Apply = Callable[[Picture, np.random.Generator, Params], Picture]
Colour = tuple[int, int, int]

REFERENCE_EDGE = 2400


@dataclass(frozen=True)
class LocalStyle:
    """One look: stable id, names for people, and the pure function that makes it."""

    id: str
    name_en: str
    name_id: str
    apply: Apply


def px(rgb: Picture | Plane, pixels: float) -> float:
    """A length given for a 2400 px picture, in this picture's pixels."""
    return pixels * float(max(rgb.shape[:2])) / REFERENCE_EDGE


def f32(values: object) -> Plane:
    """Anything array-like as float32."""
    return np.asarray(values, dtype=np.float32)


def u8(values: Plane) -> Picture:
    """0..1 planes as 8-bit picture values."""
    return np.asarray(cv2.convertScaleAbs(np.clip(values, 0.0, 1.0), alpha=255.0), dtype=np.uint8)


def unit(rgb: Picture) -> Plane:
    """8-bit values as 0..1."""
    return f32(rgb) * np.float32(1 / 255)


def luma(rgb: Picture) -> Plane:
    """Brightness as the eye sees it, 0..1."""
    return f32(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)) * np.float32(1 / 255)


def even_luma(rgb: Picture, clip: float = 1.6) -> Plane:
    """Brightness with local contrast evened out, so that a dim face still has tones to draw with."""
    lightness = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    evened = cv2.createCLAHE(clipLimit=clip, tileGridSize=(6, 6)).apply(lightness)
    low, high = np.percentile(evened[::8, ::8], (1, 99))
    return f32(np.clip((f32(evened) - low) / max(40.0, float(high - low)), 0, 1))


def blur(plane: Plane, sigma: float) -> Plane:
    """Gaussian; wide ones are done on a smaller copy, where they look the same."""
    if sigma < 0.3:
        return plane
    if sigma > 6:
        factor = 2 ** int(np.log2(sigma / 3))
        height, width = plane.shape[:2]
        small = resize(plane, (max(1, width // factor), max(1, height // factor)))
        return resize(f32(cv2.GaussianBlur(small, (0, 0), sigma / factor)), (width, height))
    return f32(cv2.GaussianBlur(plane, (0, 0), sigma))


def resize(plane: Plane, size: tuple[int, int]) -> Plane:
    """To (width, height): averaging when it shrinks, smooth when it grows."""
    how = cv2.INTER_AREA if size[0] < plane.shape[1] else cv2.INTER_LINEAR
    return f32(cv2.resize(plane, size, interpolation=how))


def reduced(rgb: Picture, edge: int) -> Picture:
    """A copy of at most `edge` pixels."""
    height, width = rgb.shape[:2]
    factor = edge / max(height, width)
    if factor >= 1:
        return rgb
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def enlarged(plane: Plane, like: Picture | Plane) -> Plane:
    """A plane made on a reduced copy, at the size of `like`."""
    size = (like.shape[1], like.shape[0])
    return f32(cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC))


def step(values: Plane, low: float, high: float) -> Plane:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((values - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return f32(t * t * (3 - 2 * t))


def mix(under: Plane, over: Plane, share: Plane | float) -> Plane:
    """`under` where share is 0, `over` where it is 1; a plane's share goes for all channels."""
    if isinstance(share, np.ndarray) and share.ndim == 2 and max(under.ndim, over.ndim) == 3:
        share = share[:, :, None]
    return f32(under + (over - under) * share)


def ink(colour: Colour) -> Plane:
    """A colour as 0..1."""
    return f32(colour) * np.float32(1 / 255)


def saturate(rgb: Plane, amount: float) -> Plane:
    """More (over 1) or less colour, brightness kept; 0..1 planes."""
    grey = f32(rgb @ f32((0.299, 0.587, 0.114)))[:, :, None]
    return f32(np.clip(grey + (rgb - grey) * np.float32(amount), 0, 1))


def gradient_map(plane: Plane, stops: Sequence[Colour]) -> Plane:
    """Brightness to colours: the first stop for 0, the last for 1."""
    places = np.linspace(0, 1, len(stops))
    table = np.stack(
        [np.interp(np.linspace(0, 1, 1024), places, [stop[c] / 255 for stop in stops]) for c in range(3)],
        axis=1,
    )
    return f32(table.astype(np.float32)[np.clip(plane * 1023, 0, 1023).astype(np.int32)])


def noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float = 0.0) -> Plane:
    """Normal noise (mean 0, deviation 1) of that grain size in pixels."""
    factor = max(1, int(sigma / 1.5))
    height, width = shape[:2]
    raw = rng.standard_normal((height // factor + 2, width // factor + 2), dtype=np.float32)
    if sigma > 0:
        raw = f32(cv2.GaussianBlur(raw, (0, 0), sigma / factor))
        raw /= np.float32(raw.std() + 1e-6)
    return raw[:height, :width] if factor == 1 else resize(raw, (width, height))


def paper(rng: np.random.Generator, shape: tuple[int, ...], *, grain: float, tooth: float) -> Plane:
    """Lit paper: a plane around 1 to multiply with; `grain` in pixels, `tooth`: how rough (0.05 is much)."""
    relief = noise(rng, shape, grain) + 0.6 * noise(rng, shape, grain * 3)
    lit = f32(cv2.Sobel(relief, cv2.CV_32F, 1, 1, ksize=3))
    return f32(1 + tooth * np.clip(lit / (lit.std() + 1e-6), -2.5, 2.5) * 0.6)


def vignette(shape: tuple[int, ...], strength: float) -> Plane:
    """Darker corners: a plane of factors."""
    y = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :]
    return f32(1 - strength * np.clip((x * x + y * y) * 0.5, 0, 1) ** 1.5)


def wave(shape: tuple[int, ...], period: float, degrees: float) -> Plane:
    """cos of a plane wave; as a product of rows and columns, which is far cheaper than cos per pixel."""
    turn = np.deg2rad(degrees)
    k = 2 * np.pi / period
    ax = (np.arange(shape[1]) * k * np.cos(turn)).astype(np.float32)
    ay = (np.arange(shape[0]) * k * np.sin(turn)).astype(np.float32)
    return f32(np.outer(np.cos(ay), np.cos(ax)) - np.outer(np.sin(ay), np.sin(ax)))


def grids(shape: tuple[int, ...]) -> tuple[Plane, Plane]:
    """x and y of every pixel."""
    y, x = np.indices(shape[:2], dtype=np.float32)
    return x, y


def sample(plane: Plane, x: Plane, y: Plane) -> Plane:
    """The plane read at other places."""
    return f32(cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))


def pick(params: Params, key: str, names: Sequence[str], rng: np.random.Generator) -> str:
    """The style's own parameter when it names one of `names`, else one by the seed."""
    drawn = names[int(rng.integers(len(names)))]
    wanted = params.get(key)
    return wanted if isinstance(wanted, str) and wanted in names else drawn
