"""One call of Spark as Java text: a frame of one row."""

from __future__ import annotations

from parity.runtimes.repro import Call, Fed, Java, blocks, literal, refused, text
from parity.values.columns import ColumnType

IMPORTS = (
    "java.util.ArrayList",
    "java.util.List",
    "org.apache.spark.ml.Transformer",
    "org.apache.spark.ml.linalg.SQLDataTypes",
    "org.apache.spark.ml.linalg.Vector",
    "org.apache.spark.ml.linalg.Vectors",
    "org.apache.spark.ml.util.DefaultParamsReader",
    "org.apache.spark.sql.Row",
    "org.apache.spark.sql.RowFactory",
    "org.apache.spark.sql.SparkSession",
    "org.apache.spark.sql.types.DataTypes",
    "org.apache.spark.sql.types.StructType",
)
SCORE = """\
SparkSession session = SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate();
session.sparkContext().setLogLevel("ERROR");
Transformer model = (Transformer) DefaultParamsReader.loadParamsInstance(artifact, session);
StructType schema = new StructType();
SCHEMA
List<Object> cells = new ArrayList<>();
FILL
List<Row> rows = List.of(RowFactory.create(cells.toArray()));
Object found = model.transform(session.createDataFrame(rows, schema)).select(OUTPUT).collectAsList().get(0).get(0);
if (found instanceof Vector vector) {
  return java.util.Arrays.stream(vector.toArray()).boxed().toArray();
}
return new Object[] {found};"""
TYPES = {
    ColumnType.FLOAT32: "FloatType",
    ColumnType.FLOAT64: "DoubleType",
    ColumnType.INT32: "IntegerType",
    ColumnType.INT64: "LongType",
    ColumnType.BOOL: "BooleanType",
    ColumnType.STRING: "StringType",
}


def repro(call: Call) -> Java:
    """The row as the scorer makes it: cells of their own types, a missing one null, in a vector NaN."""
    for fed in call.inputs:
        wrong = next((cell for cell in fed.cells if _is_vector(fed) and isinstance(cell.value, str)), None)
        if wrong is not None:
            return refused(f"column {wrong.column} holds {wrong.value!r}, but {fed.spec.name} is a vector of numbers")
    there = [fed for fed in call.inputs if fed.cells]
    fields, methods = blocks("add", "List<Object> cells", [f"cells.add({_value(fed)});" for fed in there])
    schema = "\n".join(f"schema = schema.add({text(fed.spec.name)}, {_type(fed)});" for fed in there)
    body = SCORE.replace("SCHEMA", schema).replace("FILL", fields).replace("OUTPUT", text(call.output.name))
    return Java(IMPORTS, body, methods)


def _is_vector(fed: Fed) -> bool:
    return fed.spec.shape is not None


def _type(fed: Fed) -> str:
    return "SQLDataTypes.VectorType()" if _is_vector(fed) else f"DataTypes.{TYPES[fed.cells[0].type]}"


def _value(fed: Fed) -> str:
    if not _is_vector(fed):
        return literal(fed.cells[0])
    values = ", ".join("Double.NaN" if cell.value is None else f"(double) {literal(cell)}" for cell in fed.cells)
    return f"Vectors.dense(new double[] {{{values}}})"
