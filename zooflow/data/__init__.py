"""Data: folders, tables and hub data sets; examples of them; images and texts as arrays."""

from .augment import Augment
from .examples import Examples, Split
from .feed import Feed, feed
from .files import find_images
from .folders import ImageFolder
from .hub import HubDataset
from .images import decode
from .pixels import Pixels, decode_all
from .read import read_examples
from .tables import Table, read_inputs
from .texts import Tokenizer
from .verify import verify_images

__all__ = [
    "Augment",
    "Examples",
    "Feed",
    "HubDataset",
    "ImageFolder",
    "Pixels",
    "Split",
    "Table",
    "Tokenizer",
    "decode",
    "decode_all",
    "feed",
    "find_images",
    "read_examples",
    "read_inputs",
    "verify_images",
]
