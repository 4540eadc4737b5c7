"""Styles put together from pieces: stained glass, low polygons and cut paper."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.adapters.local.base import (
    Colour,
    Params,
    Picture,
    Plane,
    blur,
    enlarged,
    even_luma,
    f32,
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
)
from app.adapters.local.flow import contour, edge_flow, flat_tones, painted

Points = NDArray[np.float32]


def _skin(small: Picture) -> Plane:
    """1 where the colour may be somebody's skin, of any shade."""
    hue = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb)
    return f32((hue[:, :, 1] > 136) & (hue[:, :, 1] < 174) & (hue[:, :, 2] > 82) & (hue[:, :, 2] < 128))


def _detail(small: Picture, width: float) -> Plane:
    """Where a picture needs small pieces: edges, and skin-like colour a little more than the rest."""
    grey = blur(even_luma(small, 2), 1.0)
    gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3)
    edges = blur(f32(np.minimum(np.hypot(gx, gy), 1.2)), px(small, width))
    return f32(0.035 + edges + 0.08 * blur(_skin(small), px(small, 30)))


def _spread(rng: np.random.Generator, weight: Plane, count: int, rounds: int) -> Points:
    """Points as dense as the weight says, evened out by moving each to the middle of its own cell."""
    height, width = weight.shape
    chance = np.cumsum(weight, dtype=np.float64)
    spots = np.searchsorted(chance, rng.random(count) * chance[-1])
    points = np.stack([spots % width, spots // width], axis=1).astype(np.float32)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    flat = weight.ravel()
    for _ in range(rounds):
        owner, total = _cells(points, (height, width))
        owner = owner.ravel()
        mass = np.maximum(np.bincount(owner, flat, total), 1e-6)
        points = np.stack(
            [
                np.bincount(owner, flat * x.ravel(), total) / mass,
                np.bincount(owner, flat * y.ravel(), total) / mass,
            ],
            axis=1,
        ).astype(np.float32)[1:]
    return points


def _cells(points: Points, shape: tuple[int, int]) -> tuple[NDArray[np.int32], int]:
    """Which point is nearest, for every pixel: labels from 1, and how many labels there are with 0."""
    seeds = np.full(shape, 255, np.uint8)
    columns = np.clip(points[:, 0].round().astype(int), 0, shape[1] - 1)
    rows = np.clip(points[:, 1].round().astype(int), 0, shape[0] - 1)
    seeds[rows, columns] = 0
    _, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    return np.asarray(labels, dtype=np.int32), int(labels.max()) + 1


def stained_glass(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """A church window: rippled glass in lead, forms and faces painted on it in dark enamel."""
    small = reduced(rgb, 900)
    points = _spread(rng, f32(0.20 + blur(_detail(small, 30), px(small, 20))), 600, 5)
    labels, total = _cells(points, small.shape[:2])
    owner = labels.ravel()
    source = saturate(unit(small), 1.7)
    sizes = np.maximum(np.bincount(owner, minlength=total), 1)
    panes = np.stack([np.bincount(owner, source[:, :, c].ravel(), total) / sizes for c in range(3)], axis=1)
    panes = np.clip(panes**0.8 * rng.normal(1.08, 0.09, (total, 1)), 0, 1).astype(np.float32)
    seam = np.ones(labels.shape, np.uint8)
    seam[:, 1:][labels[:, 1:] != labels[:, :-1]] = 0
    seam[1:][labels[1:] != labels[:-1]] = 0
    reach = f32(np.minimum(cv2.distanceTransform(seam, cv2.DIST_L2, 5), 1e4) / px(small, 1))
    reach = blur(enlarged(reach, rgb), px(rgb, 2.2))
    # Finer lead across faces, so that it frames them and does not bar them.
    reach = f32(reach * (1 + 0.7 * enlarged(blur(_skin(small), px(small, 14)), rgb)))
    flat = enlarged(blur(f32(panes[labels]), px(small, 2)), rgb)
    fired = saturate(np.clip(enlarged(painted(small, px(small, 7)), rgb), 0, 1), 1.6) ** np.float32(0.82)
    grey = luma(small)
    lines = contour(grey, sigma=px(small, 2.2), flow=edge_flow(grey, px(small, 10)), steps=5, keep=0.98)
    enamel = 1 - step(enlarged(lines, rgb), -0.012, 0.002)
    ripple = noise(rng, rgb.shape, px(rgb, 9)) * 0.03 + noise(rng, rgb.shape, px(rgb, 45)) * 0.05
    light = 0.88 + 0.2 * step(reach, 3, 30) + ripple
    glass = mix(flat, f32(fired), 0.62) * (light * (1 - 0.8 * enamel))[:, :, None]
    glass = f32(glass + blur(f32(glass), px(rgb, 40)) * 0.17)
    lead = 1 - step(reach, 3.6, 5.2)
    bead = np.clip(1 - (reach / 4.6) ** 2, 0, 1)
    metal = ink((24, 24, 30)) + (bead * (0.11 + 0.04 * noise(rng, rgb.shape, px(rgb, 3))))[:, :, None]
    return u8(f32(mix(f32(glass), f32(metal), lead) * vignette(rgb.shape, 0.16)[:, :, None]))


def _outline_points(rng: np.random.Generator, small: Picture, spacing: int) -> Points:
    """Points on the picture's edges, about `spacing` apart, so that facets end where things end."""
    smooth = cv2.cvtColor(u8(painted(small, px(small, 9))), cv2.COLOR_RGB2GRAY)
    rows, columns = np.nonzero(cv2.Canny(smooth, 40, 100))
    order = rng.permutation(len(rows))
    boxes = (rows[order] // spacing) * 10_000 + columns[order] // spacing
    _, first = np.unique(boxes, return_index=True)
    kept = order[first]
    return f32(np.stack([columns[kept], rows[kept]], axis=1)).reshape(-1, 2)


def low_poly(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """Facets: triangles that get small where there is something to see, shaded like cut stone."""
    small = reduced(rgb, 700)
    points = _spread(rng, f32(0.05 + _detail(small, 12)), 1500, 3)
    points = np.concatenate([points, _outline_points(rng, small, 6)])
    height, width = small.shape[:2]
    around = np.linspace(0, 1, 14)
    rim = [(t * (width - 1), e) for t in around for e in (0, height - 1)]
    rim += [(e, t * (height - 1)) for t in around for e in (0, width - 1)]
    mesh = cv2.Subdiv2D((0, 0, width, height))
    mesh.insert(
        [(float(a), float(b)) for a, b in np.concatenate([np.clip(points, 0, (width - 1, height - 1)), rim])]
    )
    corners = f32(mesh.getTriangleList()).reshape(-1, 3, 2)
    inside = ((corners >= -0.5) & (corners <= (width, height))).all(axis=(1, 2))
    corners = corners[inside]
    middles = corners.mean(axis=1)
    source = saturate(unit(u8(painted(small, px(small, 7)))), 1.3)
    taken = (corners * 0.55 + middles[:, None, :] * 0.45).reshape(-1, 2).astype(int)
    colours = (
        source[np.clip(taken[:, 1], 0, height - 1), np.clip(taken[:, 0], 0, width - 1)]
        .reshape(-1, 3, 3)
        .mean(1)
    )
    slope = corners[:, 1] - corners[:, 0]
    lean = np.sin(np.arctan2(slope[:, 1], slope[:, 0]) * 2 + 0.7)
    colours = np.clip(colours * (1 + 0.075 * lean[:, None] + rng.normal(0, 0.035, (len(colours), 1))), 0, 1)
    factor = max(rgb.shape[:2]) / max(height, width)
    sheet = u8(enlarged(source, rgb))
    fixed = np.round(corners * factor * 16).astype(np.int32)
    for shape, colour in zip(fixed, np.round(colours * 255), strict=True):
        cv2.fillConvexPoly(sheet, shape, [float(c) for c in colour], cv2.LINE_AA, 4)
    return u8(f32(unit(sheet) * vignette(rgb.shape, 0.16)[:, :, None]))


_PAPERS: dict[str, tuple[Colour, ...]] = {
    "evening": (
        (20, 24, 62),
        (52, 40, 110),
        (118, 56, 138),
        (196, 74, 128),
        (240, 116, 108),
        (252, 176, 124),
        (255, 236, 200),
    ),
    "reef": (
        (8, 40, 66),
        (10, 78, 106),
        (20, 124, 138),
        (66, 172, 160),
        (146, 210, 176),
        (222, 234, 194),
        (255, 250, 226),
    ),
    "clay": (
        (46, 28, 40),
        (96, 44, 52),
        (158, 70, 58),
        (208, 110, 70),
        (232, 158, 102),
        (244, 206, 156),
        (253, 242, 218),
    ),
    "berry": (
        (34, 16, 58),
        (78, 26, 98),
        (138, 36, 120),
        (204, 60, 122),
        (238, 110, 132),
        (250, 174, 168),
        (255, 234, 222),
    ),
}


def paper_cut(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """Seven sheets of coloured paper, cut along the picture's tones and stacked with soft shadows."""
    papers = _PAPERS[pick(params, "palette", tuple(_PAPERS), rng)]
    small = reduced(rgb, 1200)
    tone = enlarged(blur(flat_tones(small, 8, clip=2.0), px(small, 4)), rgb)
    sheet = np.broadcast_to(ink(papers[0]), rgb.shape).astype(np.float32)
    fibre = paper(rng, rgb.shape, grain=px(rgb, 2.2), tooth=0.035)
    fall = (round(px(rgb, 7)), round(px(rgb, 11)))
    for level, colour in enumerate(papers[1:], start=1):
        cut = step(tone - np.float32(level / len(papers)), -0.006, 0.006)
        shade = blur(np.roll(cut, (fall[1], fall[0]), axis=(0, 1)), px(rgb, 8))
        sheet *= (1 - 0.5 * shade * (1 - cut))[:, :, None]
        lip = np.clip(cut - np.roll(cut, (2, 2), axis=(0, 1)), 0, 1) * np.float32(0.10)
        sheet = mix(sheet, f32(ink(colour) + lip[:, :, None]), cut)
    return u8(f32(sheet * fibre[:, :, None] * vignette(rgb.shape, 0.12)[:, :, None]))
