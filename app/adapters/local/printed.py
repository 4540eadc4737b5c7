"""Styles that come off a press: halftone, risograph, pop art, comic and duotone."""

import cv2
import numpy as np

from app.adapters.local.base import (
    Colour,
    Params,
    Picture,
    Plane,
    blur,
    enlarged,
    even_luma,
    f32,
    gradient_map,
    ink,
    luma,
    mix,
    noise,
    paper,
    pick,
    px,
    reduced,
    saturate,
    step,
    u8,
    unit,
    vignette,
    wave,
)
from app.adapters.local.flow import contour, edge_flow, flat_tones, painted


def _screen(shape: tuple[int, ...], period: float, degrees: float) -> Plane:
    """A halftone screen: thresholds 0..1, round dots."""
    return f32((wave(shape, period, degrees) + wave(shape, period, degrees + 90)) * 0.25 + 0.5)


def _shifted(plane: Plane, dx: float, dy: float) -> Plane:
    move = np.array([[1, 0, dx], [0, 1, dy]], dtype=np.float32)
    size = (plane.shape[1], plane.shape[0])
    return f32(cv2.warpAffine(plane, move, size, borderMode=cv2.BORDER_REPLICATE))


def _black_lines(rgb: Picture, sigma: float, keep: float, low: float, high: float) -> Plane:
    small = luma(reduced(rgb, 1400))
    flow = edge_flow(small, px(small, 10))
    return f32(
        1
        - step(
            enlarged(contour(small, sigma=px(small, sigma), flow=flow, steps=5, keep=keep), rgb), low, high
        )
    )


def halftone(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """An old magazine under the glass: four inks in rosettes of dots on yellowed paper."""
    tone = blur(unit(rgb), px(rgb, 2.5))
    tone = saturate(mix(tone, step(tone, -0.05, 1.02), 0.5), 1.25)
    cmy = 1 - tone
    black = np.clip(cmy.min(axis=2) * 1.15 - 0.22, 0, 1)
    sheet = f32(ink((246, 239, 220)) * paper(rng, rgb.shape, grain=px(rgb, 1.6), tooth=0.016)[:, :, None])
    inks: tuple[tuple[Plane, Colour, float], ...] = (
        (cmy[:, :, 2] - black * 0.6, (255, 222, 20), 0),
        (cmy[:, :, 1] - black * 0.6, (226, 32, 116), 75),
        (cmy[:, :, 0] - black * 0.6, (18, 150, 214), 15),
        (black, (34, 30, 36), 45),
    )
    period = px(rgb, 11.5)
    for amount, colour, degrees in inks:
        off = rng.uniform(-1, 1, 2) * px(rgb, 2)
        dots = step(_shifted(f32(amount), off[0], off[1]) - _screen(rgb.shape, period, degrees), -0.06, 0.06)
        sheet = f32(sheet * (1 - dots[:, :, None] * (1 - ink(colour)) * 0.94))
    return u8(sheet)


_RISO = {
    "sunset": ((0, 92, 184), (255, 72, 148), (255, 226, 20)),
    "garden": ((0, 108, 104), (255, 98, 82), (255, 212, 40)),
    "arcade": ((58, 52, 170), (255, 84, 150), (255, 200, 60)),
}


def risograph(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """Three bright spot inks, grainy and slightly out of register, on natural paper."""
    inks = _RISO[pick(params, "palette", tuple(_RISO), rng)]
    tone = blur(unit(rgb), px(rgb, 1.5))
    bright = even_luma(rgb, 1.5)
    dark = 1 - bright
    cmy = 1 - saturate(tone, 1.5)
    grey = cmy.min(axis=2)
    layers = (
        np.clip((cmy[:, :, 0] - grey) * 0.55 + dark**1.9 * 0.92, 0, 1),
        np.clip((cmy[:, :, 1] - grey) * 1.25 + dark * 0.34, 0, 1),
        np.clip((cmy[:, :, 2] - grey) * 1.1 + dark * 0.12, 0, 1),
    )
    sheet = f32(ink((248, 244, 232)) * paper(rng, rgb.shape, grain=px(rgb, 1.4), tooth=0.014)[:, :, None])
    for layer, colour in zip(reversed(layers), reversed(inks), strict=True):
        off = rng.uniform(-1, 1, 2) * px(rgb, 5)
        grains = noise(rng, rgb.shape, px(rgb, 1.1)) * 0.13 + 0.5
        uneven = 0.93 + 0.05 * noise(rng, rgb.shape, px(rgb, 90))
        dots = step(_shifted(f32(layer), off[0], off[1]) - grains, -0.24, 0.24) * np.clip(uneven, 0.75, 1)
        sheet = f32(sheet * (1 - dots[:, :, None] * (1 - ink(colour))))
    return u8(sheet)


_POP: dict[str, tuple[Colour, Colour, Colour, Colour]] = {
    "pink": ((24, 16, 60), (232, 28, 120), (255, 168, 60), (255, 240, 190)),
    "lime": ((20, 24, 88), (0, 140, 200), (120, 220, 90), (250, 250, 150)),
    "orange": ((60, 10, 80), (214, 30, 60), (255, 140, 30), (130, 226, 236)),
    "violet": ((16, 20, 50), (110, 50, 190), (250, 100, 170), (255, 226, 90)),
    "teal": ((40, 8, 60), (0, 130, 130), (240, 96, 90), (255, 226, 200)),
    "red": ((12, 16, 40), (20, 80, 190), (230, 40, 50), (252, 236, 214)),
}


def pop_art(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """Four screen prints of the same face in clashing colours."""
    height, width = rgb.shape[:2]
    half = (width - width // 2, height - height // 2)
    panel = np.asarray(cv2.resize(rgb, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    evened = flat_tones(panel, 8, clip=2.4)
    flats = evened * 3.1 - 0.05
    crisp = [step(flats - cut, -0.045, 0.045) for cut in (0.72, 1.5, 2.25)]
    lines = _black_lines(panel, 2.4, 0.985, -0.016, 0.0)
    chosen = rng.permutation(len(_POP))[:4]
    sheet = np.zeros((half[1] * 2, half[0] * 2, 3), np.float32)
    for place, palette in enumerate(chosen):
        colours = tuple(_POP.values())[int(palette)]
        print_ = np.broadcast_to(ink(colours[0]), (*evened.shape, 3)).astype(np.float32)
        for cut, colour in zip(crisp, colours[1:], strict=True):
            off = rng.uniform(-1, 1, 2) * px(panel, 7)
            print_ = mix(print_, ink(colour), _shifted(cut, off[0], off[1]))
        print_ = mix(print_, ink(colours[0]), f32(lines * 0.92))
        row, column = divmod(place, 2)
        sheet[row * half[1] : (row + 1) * half[1], column * half[0] : (column + 1) * half[0]] = print_
    sheet = sheet[:height, :width] * (1 + 0.025 * noise(rng, rgb.shape, px(rgb, 1.2)))[:, :, None]
    seam = int(px(rgb, 7))
    middle_x, middle_y = width // 2, height // 2
    sheet[middle_y - seam : middle_y + seam] = ink((250, 246, 236))
    sheet[:, middle_x - seam : middle_x + seam] = ink((250, 246, 236))
    return u8(f32(sheet))


def comic(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """A comic page: brush-inked outlines, flat bright colour, a dot screen in the half-shade."""
    small = reduced(rgb, 1100)
    flat = np.clip(enlarged(painted(u8(painted(small, px(small, 10))), px(small, 8)), rgb), 0.001, 1)
    flat = saturate(flat, 1.5)
    bright = f32(flat @ f32((0.3, 0.59, 0.11)))
    levels = bright * 5
    whole = np.floor(levels)
    stepped = (whole + step(f32(levels - whole), 0.46, 0.54)) / 5
    colour = f32(np.clip(flat * (0.12 + 0.94 * stepped / np.maximum(bright, 0.02))[:, :, None], 0, 1))
    tone = blur(bright, px(rgb, 3))
    dots = step(0.44 - tone * 0.9 - _screen(rgb.shape, px(rgb, 15), 45) + 0.16, -0.05, 0.05)
    colour = mix(colour, f32(colour * ink((150, 120, 168))), f32(dots * step(tone, 0.05, 0.12) * 0.8))
    lines = _black_lines(rgb, 2.3, 0.972, -0.008, 0.004)
    solid = 1 - step(tone, 0.07, 0.12)
    sheet = mix(colour, ink((255, 250, 232)), step(bright, 0.86, 0.97) * np.float32(0.7))
    return u8(mix(sheet, ink((16, 14, 24)), f32(np.maximum(lines, solid))))


_DUO: dict[str, tuple[Colour, ...]] = {
    "dusk": ((22, 12, 68), (116, 36, 140), (246, 92, 116), (255, 232, 196)),
    "ocean": ((6, 22, 58), (12, 92, 142), (64, 196, 190), (244, 252, 220)),
    "ember": ((34, 8, 30), (150, 20, 48), (250, 122, 42), (255, 240, 178)),
    "forest": ((8, 34, 40), (16, 104, 88), (152, 206, 96), (252, 250, 206)),
    "candy": ((40, 18, 110), (90, 70, 230), (255, 128, 194), (255, 246, 232)),
}


def duotone(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """Concert poster: the whole picture in one glowing sweep of colour."""
    stops = _DUO[pick(params, "palette", tuple(_DUO), rng)]
    tone = even_luma(rgb, 2.2)
    tone = f32(tone * 0.55 + step(tone, 0.0, 1.0) * 0.45)
    glow = blur(tone, px(rgb, 30))
    tone = f32(1 - (1 - tone) * (1 - np.clip(glow - 0.45, 0, 1) * 0.35))
    local = tone - blur(tone, px(rgb, 4))
    tone = np.clip(tone + local * 0.6 + 0.016 * noise(rng, tone.shape, px(rgb, 1.1)), 0, 1)
    return u8(f32(gradient_map(f32(tone), stops) * vignette(tone.shape, 0.25)[:, :, None]))
