"""PyTorch modules and TorchScript files as the reference, in Python's torch with one thread.

A module is called as it is: `eval()` is its owner's to call.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.errors import ReferenceLoadError
from parity.references.context import Context
from parity.references.describe import attribute, is_of, version
from parity.references.foreign import Failure, attempt
from parity.references.reference import Call, ModelReference
from parity.references.tensors import CROSSING, Tensor, assigned, feeds, layout
from parity.references.torch_inputs import inputs_of
from parity.values.outcome import Refusal
from parity.values.signature import OutputKind, OutputSpec

NAME = "PyTorch"
PACKAGE = "torch"
SUFFIXES = (".pt", ".torchscript", ".pth")
OPEN = "import torch; from parity.references.torch_ import open_native; open_native(sys.argv[1])"

# Rows of ones that show what comes out where there is no sample.
_ROWS = 2
_LAST = {"Softmax": OutputKind.PROBABILITY, "Sigmoid": OutputKind.PROBABILITY}


def recognises(_head: bytes) -> bool:
    """Never by content: TorchScript and pickled weights are ZIP archives as others are."""
    return False


def open_native(path: str) -> Any:
    """TorchScript, or a whole module that `torch.save` pickled. Raises TypeError for weights alone."""
    import torch

    try:
        return torch.jit.load(path, map_location="cpu")
    except RuntimeError as refusal:
        if "constants.pkl" not in str(refusal):  # what torch misses in an archive that it wrote and that is no TorchScript
            raise
    model = torch.load(path, map_location="cpu", weights_only=False)
    if not isinstance(model, torch.nn.Module):
        told = 'give "package.module:function()", which builds the module and loads them'
        raise TypeError(f"it holds weights ({type(model).__name__}), and no module: {told}")
    return model


def accepts(model: Any) -> bool:
    return is_of(model, PACKAGE, "Module")


def refer(model: Any, context: Context) -> ModelReference:
    """Raises ReferenceLoadError: arguments that rows cannot fill, or a module that does not take the sample's rows."""
    import torch

    torch.set_num_threads(1)
    tensors = assigned(inputs_of(model, context), context, NAME)
    columns, width = layout(tensors)
    shown = _shown(model, tensors, context)
    specs = tuple(_spec(name, values, _kind(model), alone=len(shown) == 1) for name, values in shown.items())
    facts = {"model": type(model).__name__, PACKAGE: version(PACKAGE)}
    training = {"training": "True: eval() was not called"} if attribute(model, "training") else {}
    return ModelReference(
        model=model,
        convert=partial(feeds, tensors=tensors),
        calls=(Call("forward", specs, partial(_called, model)),),
        columns=columns,
        width=width,
        inputs=tuple(t.spec for t in tensors),
        facts={**facts, **training, **context.facts},
    )


def _shown(model: Any, tensors: Sequence[Tensor], context: Context) -> dict[str, npt.NDArray[Any]]:
    """The outputs for the first rows of the sample, or for rows of ones: nothing else says how many, and of what type."""
    given = _ones(tensors) if context.sample is None else feeds(context.sample.slice(0, _ROWS), tensors)
    if isinstance(given, Refusal):
        raise ReferenceLoadError(f"the {NAME} reference cannot be given the sample: {given.message}; {_say(tensors)}")
    shown = attempt(partial(_called, model, given))
    if isinstance(shown, Failure):
        raise ReferenceLoadError(f"the {NAME} reference refuses its first rows: {shown.error}: {shown.message}; {_say(tensors)}")
    return shown


def _ones(tensors: Sequence[Tensor]) -> dict[str, npt.NDArray[Any]] | Refusal:
    made: dict[str, npt.NDArray[Any]] = {}
    for item in tensors:
        if item.shape is None:
            return Refusal("shape", f"the shape of its input {item.name!r} is not known without a sample")
        # Whole numbers may be places in a table, which has a first one.
        made[item.name] = np.full((_ROWS, *(length or 1 for length in item.shape)), np.dtype(item.dtype).kind == "f", item.dtype)
    return made


def _say(tensors: Sequence[Tensor]) -> str:
    example = ", ".join(f'{t.name} = "float32[8]"' for t in tensors)
    return f"give data, or say what a row is beside the artifact: options = {{ inputs = {{ {example} }} }}"


def _called(model: Any, fed: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Outputs by name: of a mapping its keys, of several "output_0", "output_1" …, of a single one "output"."""
    import torch

    # In training mode a normalised layer notes what it was shown: each call is to be the first one.
    noted = [(buffer, buffer.clone()) for buffer in model.buffers()] if attribute(model, "training") else []
    try:
        with torch.inference_mode():
            answer = model(*(torch.from_numpy(np.ascontiguousarray(values)) for values in fed.values()))
    except (RuntimeError, torch.jit.Error) as refusal:
        # TorchScript's traceback comes first and would be all that is kept; what was refused is the last line.
        raise RuntimeError(str(refusal).strip().rpartition("\n")[2].removeprefix("RuntimeError: ")) from None
    finally:
        with torch.no_grad():
            for buffer, before in noted:
                buffer.copy_(before)
    found = list(_tensors(answer))
    numbered = [name or ("output" if len(found) == 1 else f"output_{place}") for place, (name, _) in enumerate(found)]
    return {name: _plain(value) for name, (_, value) in zip(numbered, found, strict=True)}


def _tensors(answer: Any) -> Any:
    """Pairs of name ("" for none) and tensor, nested tuples and lists in order."""
    if isinstance(answer, Mapping):
        yield from ((str(name), value) for name, value in answer.items())
    elif isinstance(answer, list | tuple):
        for part in answer:
            yield from _tensors(part)
    else:
        yield "", answer


def _plain(value: Any) -> npt.NDArray[Any]:
    """NumPy has no bfloat16; float32 holds every value of it."""
    import torch

    return np.asarray((value.float() if value.dtype == torch.bfloat16 else value).numpy())


def _kind(model: Any) -> OutputKind:
    """Of modules in sequence the last says what its numbers mean."""
    last = model
    while is_of(last, PACKAGE, "Sequential") and len(last):
        last = last[-1]
    return _LAST.get(type(last).__name__, OutputKind.VALUE)


def _spec(name: str, values: npt.NDArray[Any], kind: OutputKind, *, alone: bool) -> OutputSpec:
    dtype = CROSSING.get(values.dtype.name, values.dtype.name)
    whole = OutputKind.VALUE if alone else OutputKind.LABEL
    return OutputSpec(name, dtype, kind if dtype.startswith("float") else whole, math.prod(values.shape[1:]))
