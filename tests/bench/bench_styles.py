"""Prints each local style's cost on a 2400 x 1600 picture: `python -m tests.bench.bench_styles [PHOTO]`."""

import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from app.adapters.local.registry import STYLES
from app.imaging.decode import decode_upright
from app.imaging.develop import to_srgb
from tests.app.imaging.pictures import scene

ROUNDS = 3


def main() -> None:
    """Measure CPU seconds of one core, median of three."""
    cv2.setNumThreads(1)
    source = to_srgb(decode_upright(Path(sys.argv[1]))) if len(sys.argv) > 1 else scene(2400, 1600)
    picture = np.asarray(source.resize((2400, 1600), Image.Resampling.LANCZOS), dtype=np.uint8)
    print(f"{'style':<16}{'CPU s':>8}{'worst':>8}")
    for style in STYLES.values():
        taken = []
        for _ in range(ROUNDS):
            begun = time.process_time()
            style.apply(picture, np.random.default_rng(7), {})
            taken.append(time.process_time() - begun)
        print(f"{style.id:<16}{statistics.median(taken):>8.2f}{max(taken):>8.2f}", flush=True)


if __name__ == "__main__":
    main()
