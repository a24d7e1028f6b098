"""A PDF as a scanner gives it: pictures of its pages, a little askew, with noise."""

import io
from pathlib import Path
from random import Random

import numpy as np
import pypdfium2
from PIL import Image

MOST_DEGREES = 3.0
# Of the 256 shades of grey, as the deviation of each point.
NOISE = 10.0
JPEG_QUALITY = 80


def scan(path: Path, random: Random, dpi: int) -> bytes:
    document = pypdfium2.PdfDocument(path)
    noise = np.random.default_rng(random.randrange(2**32))
    pages = []
    for page in document:
        picture = page.render(scale=dpi / 72, grayscale=True).to_pil()
        turned = picture.rotate(
            random.uniform(-MOST_DEGREES, MOST_DEGREES), resample=Image.Resampling.BICUBIC, fillcolor=255
        )
        points = np.asarray(turned, dtype=np.float32)
        noisy = np.clip(points + noise.normal(0, NOISE, points.shape), 0, 255)
        pages.append(Image.fromarray(noisy.astype(np.uint8)))
    written = io.BytesIO()
    pages[0].save(
        written, "PDF", save_all=True, append_images=pages[1:], resolution=dpi, quality=JPEG_QUALITY
    )
    return written.getvalue()
