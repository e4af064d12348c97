"""One call of DJL's PyTorch engine as Java text: one NDArray per input, the settings of `parity.pytorch.PytorchScorer`."""

from __future__ import annotations

import math

from parity.runtimes.repro import Call, Cell, Fed, Java, as_float, blocks, indented, literal, text, unfit

IMPORTS = (
    "ai.djl.Device",
    "ai.djl.inference.Predictor",
    "ai.djl.ndarray.NDArray",
    "ai.djl.ndarray.NDList",
    "ai.djl.ndarray.NDManager",
    "ai.djl.ndarray.types.DataType",
    "ai.djl.ndarray.types.Shape",
    "ai.djl.repository.zoo.Criteria",
    "ai.djl.repository.zoo.ZooModel",
    "ai.djl.translate.NoopTranslator",
    "java.nio.file.Path",
)

RUN = """\
System.setProperty("ai.djl.offline", "true");
System.setProperty("OPT_OUT_TRACKING", "true");
if (System.getenv("DJL_CACHE_DIR") == null) {
  System.setProperty("DJL_CACHE_DIR", System.getProperty("user.home") + "/.cache/parity/djl");
}
System.setProperty("ai.djl.pytorch.num_threads", "THREADS");
System.setProperty("ai.djl.pytorch.num_interop_threads", "THREADS");
OPTIMIZER
Criteria<NDList, NDList> wanted = Criteria.builder().setTypes(NDList.class, NDList.class).optModelPath(Path.of(artifact))
    .optEngine("PyTorch").optDevice(Device.cpu()).optTranslator(new NoopTranslator()).build();
try (ZooModel<NDList, NDList> model = wanted.loadModel(); Predictor<NDList, NDList> predictor = model.newPredictor();
    NDManager manager = model.getNDManager().newSubManager()) {
  NDList row = new NDList();
FEED
  NDArray found = FOUND;
  Object[] values = new Object[Math.toIntExact(found.size())];
  boolean floating = found.getDataType().isFloating();
  Number[] read = floating ? found.toType(DataType.FLOAT64, false).toArray() : found.toType(DataType.INT64, false).toArray();
  System.arraycopy(read, 0, values, 0, values.length);
  return values;
}"""

NAMED = """\
static NDArray named(NDList result, String name, int place) {
  NDArray found = result.get(name);
  return found != null ? found : result.get(place);
}"""

ARRAYS = {"float32": "float", "float64": "double"}
"""By the signature's type of an input: what an array of its cells holds; all others are longs, narrowed by the engine."""


def repro(call: Call) -> Java | None:
    """See `parity.runtimes.repro.Reproducible`. What a tensor cannot hold is refused as the scorer refuses it."""
    refusal = unfit(call.inputs)
    if refusal is not None:
        return refusal
    types = dict(part.split(":")[:2] for part in call.options.get("inputs", "").split(";") if part)
    feeds = [_feed(place, one, types.get(one.spec.name, one.spec.type)) for place, one in enumerate(call.inputs)]
    said = call.options.get("optimizer")
    score = (
        RUN.replace("THREADS", call.options.get("threads", "1"))
        .replace("OPTIMIZER", f'System.setProperty("ai.djl.pytorch.graph_optimizer", "{said}");' if said else "")
        .replace("FOUND", _found(call.output.name))
        .replace("FEED", "\n".join(indented(put, 2) for put, _ in feeds))
    )
    named = [NAMED] if "named(" in score else []
    return Java(IMPORTS, score, "\n\n".join([*(methods for _, methods in feeds), *named]))


def _feed(place: int, fed: Fed, kind: str) -> tuple[str, str]:
    """The statement that adds an input's array, and the methods that make it."""
    element = ARRAYS.get(fed.spec.type, "long")
    statements = [f"cells[{i}] = {_element(cell, fed.spec.type)};" for i, cell in enumerate(fed.cells)]
    calls, methods = blocks(f"fill{place}_" if len(statements) > 1 else f"fill{place}", f"{element}[] cells", statements)
    shape = "1" if fed.spec.shape == () else _dimensions(fed)
    kinds = {"bool": "BOOLEAN"}
    cast = "" if kind in ("float32", "float64", "int64") else f".toType(DataType.{kinds.get(kind, kind.upper())}, false)"
    lines = [
        f"static NDArray input{place}(NDManager manager) {{",
        f"  {element}[] cells = new {element}[{len(fed.cells)}];",
        indented(calls, 2),
        f"  return manager.create(cells, new Shape({shape})){cast};",
        "}",
    ]
    return f"row.add(input{place}(manager));", "\n".join(lines) + f"\n\n{methods}"


def _dimensions(fed: Fed) -> str:
    """As `parity.harness.TensorInput` has it: the declared shape where the cells are as many, else a matrix of one row."""
    shape = fed.spec.shape or ()
    fits = len(shape) > 1 and None not in shape and math.prod(length or 0 for length in shape) == len(fed.cells)
    return ", ".join(map(str, (1, *shape))) if fits else f"1, {len(fed.cells)}"


def _element(cell: Cell, kind: str) -> str:
    if kind == "float32":
        return as_float(cell)
    number = str(int(cell.value)) if isinstance(cell.value, bool) else literal(cell)
    if kind == "float64":
        return "Double.NaN" if cell.value is None else number
    return f"(long) {number}"


def _found(output: str) -> str:
    """Outputs without a name are called by their place: "output", "output_0" …; a name of the module's own comes first."""
    place = output.removeprefix("output_") if output != "output" else "0"
    result = "predictor.predict(row)"
    return f"named({result}, {text(output)}, {place})" if place.isdigit() else f"{result}.get({text(output)})"
