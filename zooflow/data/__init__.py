"""Data: folders, tables and hub data sets; examples of them; images and texts as arrays."""

from .examples import Examples, Split
from .feed import Feed, feed
from .files import find_images
from .folders import ImageFolder
from .hub import HubDataset
from .images import decode, decode_all, image_batches
from .read import read_examples
from .tables import Table, read_inputs
from .texts import Tokenizer
from .verify import verify_images

__all__ = [
    "Examples",
    "Feed",
    "HubDataset",
    "ImageFolder",
    "Split",
    "Table",
    "Tokenizer",
    "decode",
    "decode_all",
    "feed",
    "find_images",
    "image_batches",
    "read_examples",
    "read_inputs",
    "verify_images",
]
