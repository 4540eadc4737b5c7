"""Styles made of lines on paper: pencil, ink and engraving."""

import cv2
import numpy as np

from app.adapters.local.base import (
    Params,
    Picture,
    Plane,
    blur,
    enlarged,
    even_luma,
    f32,
    grids,
    ink,
    luma,
    mix,
    noise,
    paper,
    px,
    reduced,
    sample,
    step,
    u8,
    vignette,
    wave,
)
from app.adapters.local.flow import contour, edge_flow


def _lines(rgb: Picture, *, sigma: float, steps: int, keep: float, edge: int = 1500) -> Plane:
    small = luma(reduced(rgb, edge))
    flow = edge_flow(small, px(small, 9))
    return enlarged(contour(small, sigma=px(small, sigma), flow=flow, steps=steps, keep=keep), rgb)


def _strokes(rng: np.random.Generator, rgb: Picture, degrees: float, length: float, width: float) -> Plane:
    """Noise drawn out in one direction: 0..1, evenly spread, like the gaps of a pencil's hatching."""
    height, wide = rgb.shape[:2]
    raw = noise(rng, (max(1, height // 2), max(1, wide // 2)), px(rgb, width) / 2)
    reach = max(3, int(px(rgb, length) / 2)) | 1
    kernel = np.zeros((reach, reach), np.float32)
    turn = np.deg2rad(degrees)
    half = reach / 2 * np.array([np.cos(turn), -np.sin(turn)])
    middle = np.array([reach // 2, reach // 2])
    start, end = (middle - half).astype(int), (middle + half).astype(int)
    cv2.line(kernel, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), 1.0, 1, cv2.LINE_AA)
    drawn = f32(cv2.filter2D(raw, -1, kernel / kernel.sum()))
    drawn = enlarged(f32(drawn / (drawn.std() + 1e-6)), rgb)
    return f32(1 / (1 + np.exp(-1.7 * drawn)))


def pencil(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """Graphite: searching outlines, two directions of hatching by tone, the paper's tooth showing through."""
    tone = blur(even_luma(rgb, 2.0), px(rgb, 2))
    dark = f32(1 - tone) ** np.float32(0.92)
    graphite = np.zeros_like(tone)
    for degrees, begin, weight, width in (
        (52.0, 0.10, 0.62, 1.6),
        (38.0, 0.42, 0.55, 1.8),
        (-40.0, 0.66, 0.5, 2.0),
    ):
        gaps = _strokes(rng, rgb, degrees, 70, width)
        amount = np.clip((dark - np.float32(begin)) / np.float32(1 - begin), 0, 1)
        graphite += np.float32(weight) * step(amount * 1.25 - gaps, -0.28, 0.42) * step(amount, 0.0, 0.12)
    grain = noise(rng, tone.shape, px(rgb, 1.1))
    graphite *= np.clip(1 + 0.22 * grain, 0.4, 1.4)
    outline = 1 - step(_lines(rgb, sigma=1.7, steps=5, keep=0.99), -0.022, 0.002)
    covered = np.clip(graphite * 0.8 + outline * np.clip(0.82 + 0.2 * grain, 0.3, 1), 0, 0.93)
    sheet = ink((250, 247, 240)) * paper(rng, tone.shape, grain=px(rgb, 1.5), tooth=0.018)[:, :, None]
    return u8(mix(f32(sheet), ink((38, 38, 44)), f32(covered)))


def pen(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """Pen and brush: black brush lines, cross-hatching that thickens into the shade, a soft wash under it."""
    tone = blur(even_luma(rgb, 1.8), px(rgb, 4))
    x, y = grids(tone.shape)
    sway = px(rgb, 2.2)
    wobble = noise(rng, tone.shape, px(rgb, 26)) * np.float32(sway)
    period = px(rgb, 11)
    drawn = np.zeros_like(tone)
    for degrees, begins in ((45.0, 0.62), (-45.0, 0.40), (8.0, 0.22)):
        lines = sample(wave(tone.shape, period, degrees), x + wobble, y - wobble)
        width = np.clip((np.float32(begins) - tone) * 2.1, -0.3, 1)
        drawn = np.maximum(drawn, step(lines * 0.5 + 0.5 - (1 - width * 0.62), -0.11, 0.11) * (width > 0))
    brush = 1 - step(_lines(rgb, sigma=2.1, steps=6, keep=0.975), -0.012, 0.004)
    solid = 1 - step(tone, 0.05, 0.10)
    drawn = np.maximum(np.maximum(drawn, brush), solid)
    sheet = ink((247, 241, 226)) * paper(rng, tone.shape, grain=px(rgb, 2), tooth=0.014)[:, :, None]
    wash = step(f32(0.62 - blur(tone, px(rgb, 9)) + 0.03 * wobble / sway), 0.0, 0.42)
    washed = mix(f32(sheet), f32(sheet * ink((150, 166, 186))), f32(wash * 0.75))
    return u8(mix(washed, ink((22, 22, 30)), f32(drawn)))


def engraving(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """A banknote's portrait: swelling lines that bend over the forms, crossed by a second set in the dark."""
    tone = even_luma(rgb, 2.2)
    fine = blur(tone, px(rgb, 1.6))
    relief = blur(tone, px(rgb, 16)) * np.float32(px(rgb, 64))
    x, y = grids(tone.shape)
    period = px(rgb, 10.5)
    bend = f32(np.sin(x * np.float32(2 * np.pi / px(rgb, 640)))) * np.float32(px(rgb, 12))
    first = f32(np.cos((y + relief + bend) * np.float32(2 * np.pi / period)))
    second = f32(
        np.cos((x * np.float32(0.8) + y * np.float32(0.6) - relief) * np.float32(2 * np.pi / period))
    )
    dark = np.clip(0.97 - fine, 0, 1)
    dark = f32(dark * 0.4 + step(f32(dark), 0.0, 0.95) * 0.6)
    cut = step(first * 0.5 + 0.5 - (1 - dark * 0.88), -0.14, 0.14) * step(dark, 0.05, 0.12)
    deep = np.clip(dark - 0.52, 0, 1) * 1.5
    cut = np.maximum(cut, step(second * 0.5 + 0.5 - (1 - deep), -0.14, 0.14) * (deep > 0))
    outline = 1 - step(_lines(rgb, sigma=1.5, steps=5, keep=0.985), -0.02, 0.0)
    cut = np.maximum(cut, outline * 0.95)
    rosette = f32(np.sin(x / np.float32(px(rgb, 34)) + 2.2 * np.sin(y / np.float32(px(rgb, 60)))))
    rosette = np.maximum(
        rosette, f32(np.sin(y / np.float32(px(rgb, 34)) + 2.2 * np.sin(x / np.float32(px(rgb, 60)))))
    )
    tint = step(f32(np.abs(rosette)), 0.0, 0.5)
    sheet = mix(ink((214, 228, 206))[None, None, :], ink((244, 240, 222))[None, None, :], tint)
    sheet *= (
        paper(rng, tone.shape, grain=px(rgb, 1.5), tooth=0.012)[:, :, None]
        * vignette(tone.shape, 0.1)[:, :, None]
    )
    return u8(mix(f32(sheet), ink((18, 58, 52)), f32(cut)))
