"""What a TorchScript archive holds of a traced module: the sizes of its example, and what was recorded in training mode."""

from __future__ import annotations

import io
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

_STORAGES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "LongStorage": "int64", "IntStorage": "int32",
    "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
}  # fmt: skip

Row = tuple[str, tuple[int, ...]]
"""Element type and shape of one row of an input."""

# As torch writes a call into the archive's code; `training` is the sixth argument of one, the last of the others. A scripted
# module has a variable there, which eval() changes: a trace has the mode that it was recorded in.
_TRAINING = re.compile(
    r"(torch\.(?:batch_norm\((?:[^,()]+, ){5}|(?:feature_|alpha_|feature_alpha_)?dropout\((?:[^,()]+, ){2}))True(?=[,)])"
)


def traced_rows(path: Path) -> tuple[Row, ...]:
    """One for each argument of `forward`, in order: the example's first dimension is the rows.

    Empty where the archive does not say: a scripted module, one of a torch that did not write the example down, an example that
    is not made of tensors, or no archive at all.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            name = next((n for n in archive.namelist() if n.partition("/")[2] == "traced_inputs.pkl"), None)
            given = _Example(io.BytesIO(archive.read(name))).load()["forward"] if name else ()
    except (OSError, zipfile.BadZipFile, pickle.UnpicklingError, KeyError, TypeError, EOFError, IndexError, AttributeError):
        return ()
    rows = [_row(item) for item in given] if isinstance(given, list) else []
    return tuple(row for row in rows if row) if all(rows) else ()


def _row(item: Any) -> Row | None:
    return (item.dtype, item.shape[1:]) if isinstance(item, _Tensor) and item.shape and all(item.shape) else None


class _Tensor:
    """What the pickle says of a tensor; its values are not in the archive."""

    def __init__(self, storage: tuple[Any, ...], _offset: int, shape: tuple[int, ...], *_: Any) -> None:
        self.dtype, self.shape = _STORAGES[storage[1]], tuple(shape)


class _Example(pickle.Unpickler):
    """Calls nothing but what stands here, whatever the pickle names."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _STORAGES:
            return name
        known = {"_rebuild_tensor_v2": _Tensor, "restore_type_tag": lambda value, _: value, "OrderedDict": dict}
        if name not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of an example of tensors")
        return known[name]

    def persistent_load(self, pid: Any) -> Any:
        return pid


def in_training(path: Path) -> tuple[str, ...]:
    """The functions that a trace recorded in training mode, each once, as torch calls them; none where it is no trace."""
    with zipfile.ZipFile(path) as archive:
        code = "".join(archive.read(name).decode() for name in archive.namelist() if _is_code(name))
    return tuple(sorted({found.partition("(")[0] for found in _TRAINING.findall(code)}))


def in_inference(path: Path, target: Path) -> None:
    """Write the archive again with these functions in inference mode, and everything else as it is."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w") as made:
        for name in archive.namelist():
            data = archive.read(name)
            made.writestr(name, _TRAINING.sub(r"\1False", data.decode()).encode() if _is_code(name) else data)


def _is_code(name: str) -> bool:
    return name.partition("/")[2].startswith("code/") and name.endswith(".py")
