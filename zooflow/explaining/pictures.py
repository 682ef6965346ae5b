"""Relevance as pictures: of an image, and of the words of a text."""

from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from ..data import Tokenizer

COVER = 0.65  # most of a pixel that its colour hides
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/2 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }}
p {{ overflow-wrap: anywhere; }}
.soft {{ opacity: .7; font-size: .9rem; line-height: 1.4; }}
</style>
<h1>{title}</h1>
<p class="soft">Orange speaks for the label, blue against it; the stronger, the more.</p>
{body}
"""


def shade(image: Image.Image, parts: np.ndarray) -> Image.Image:
    """Show an image, and beside it what speaks for the label.

    Args:
        image: as the network sees it.
        parts: relevance of its places, (rows, columns); what speaks against the label is not shown.
    """
    from matplotlib import colormaps

    heat = np.maximum(parts, 0)
    cells = Image.fromarray((heat / max(heat.max(), 1e-30)).astype("float32"))
    smooth = np.clip(np.asarray(cells.resize(image.size, Image.Resampling.BICUBIC)), 0, 1)
    pixels = np.asarray(image.convert("RGB"), "float32")
    colour = colormaps["inferno"](smooth)[..., :3] * 255
    mixed = Image.fromarray(
        (pixels + COVER * smooth[..., None] * (colour - pixels)).astype("uint8")
    )
    both = Image.new("RGB", (2 * image.width, image.height))
    both.paste(image.convert("RGB"), (0, 0))
    both.paste(mixed, (image.width, 0))
    return both


def words(text: str, parts: np.ndarray, tokenizer: Tokenizer) -> list[tuple[str, float]]:
    """Split a text into words, each with the relevance of its tokens.

    Args:
        text: as it was given.
        parts: relevance of its tokens, special ones and padding among them, (tokens,).
        tokenizer: that cut it.

    Returns:
        Pieces that make the text up when put together; between words, and where it was cut off,
        with a relevance of 0.
    """
    cut = tokenizer.tokens.encode(text)
    spans: dict[int, list[float]] = {}  # of each word: where it begins and ends, and its relevance
    for (start, stop), word, part in zip(cut.offsets, cut.word_ids, parts, strict=False):
        if word is not None:
            first, _, before = spans.get(word, (start, stop, 0.0))
            spans[word] = [first, stop, before + float(part)]
    pieces: list[tuple[str, float]] = []
    end = 0
    for start, stop, part in spans.values():
        begin = max(int(start), end)
        pieces += [(text[end:begin], 0.0), (text[begin : int(stop)], part)]
        end = max(int(stop), end)
    return [piece for piece in [*pieces, (text[end:], 0.0)] if piece[0]]


def page(title: str, rows: Sequence[tuple[str, list[tuple[str, float]]]]) -> str:
    """Make a page of texts.

    Args:
        title: of the page.
        rows: what was said of each text, and its pieces.
    """
    return PAGE.format(title=escape(title), body="\n".join(_row(*row) for row in rows))


def _row(said: str, pieces: list[tuple[str, float]]) -> str:
    most = max((abs(part) for _, part in pieces), default=0.0) or 1.0
    spans = "".join(_span(piece, part / most) for piece, part in pieces)
    return f'<p>{spans}<br><span class="soft">{escape(said)}</span></p>'


def _span(piece: str, part: float) -> str:
    colour = "213, 94, 0" if part > 0 else "0, 114, 178"
    style = f"background: rgba({colour}, {abs(part) * COVER:.2f})"
    return f'<span style="{style}" title="{part:+.2f}">{escape(piece)}</span>'
