"""Make the small files in tests/data/checkpoints, with torch, and say what they hold.

    $ python scripts/make_checkpoint_fixtures.py

expected.json holds each tensor's dtype, shape and bytes (contiguous, little-endian, in hex).
"""

import json
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).parents[1] / "tests/data/checkpoints"


def tensors() -> OrderedDict:
    """Return a state_dict with every kind of tensor that the reader must get right."""
    numbers = torch.Generator().manual_seed(0)
    shared = torch.arange(24, dtype=torch.float32)
    square = torch.randn(3, 4, generator=numbers)
    state = OrderedDict(
        {
            "conv.weight": torch.nn.Parameter(torch.randn(4, 3, 2, 2, generator=numbers)),
            "shared.first": shared[:6].reshape(2, 3),
            "shared.rest": shared[6:].reshape(3, 6),
            "shared.turned": shared[:6].reshape(2, 3).t(),
            "shared.stepped": shared[1::3],
            "permuted": torch.randn(2, 3, 4, generator=numbers).permute(2, 0, 1),
            "channels_last": torch.randn(2, 3, 2, 2, generator=numbers).to(
                memory_format=torch.channels_last
            ),
            "scalar": torch.tensor(3.5),
            "count": torch.tensor(7),
            "empty": torch.zeros(0, 3),
            "one": torch.ones(1, 1, 1),
            "flags": torch.tensor([True, False, True]),
            "complex": torch.tensor([1 + 2j, -3j]),
        }
    )
    kinds = "bfloat16 float16 float64 int32 int16 int8 uint8 uint16 uint32 uint64"
    for kind in kinds.split():
        state[kind] = (square * 10).abs().to(getattr(torch, kind)).t()
    state._metadata = OrderedDict({"": {"version": 1}})  # type: ignore[attr-defined]
    return state


def described(tensor: torch.Tensor) -> dict:
    """Return a tensor's dtype, shape and bytes."""
    plain = tensor.detach().contiguous()
    raw = plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""
    return {
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "bytes": raw.hex(),
    }


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    state = tensors()
    training = {
        "epoch": 3,
        "arch": "resnet18",
        "best": 0.5,
        "lr": [0.1, (0.2, None), {"deep": True}],
        "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 0.1}]},
        "state_dict": state,
    }
    for form, zipped in {"zip": True, "legacy": False}.items():
        options = {"_use_new_zipfile_serialization": zipped}
        torch.save(state, FOLDER / f"{form}.pth", **options)
        torch.save(state, FOLDER / f"{form}_protocol4.pth", pickle_protocol=4, **options)
        torch.save(training, FOLDER / f"{form}_training.pth", **options)
    contiguous = {name: tensor.detach().clone().contiguous() for name, tensor in state.items()}
    save_file(contiguous, FOLDER / "torch.safetensors", {"format": "pt"})
    expected = {name: described(tensor) for name, tensor in state.items()}
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
