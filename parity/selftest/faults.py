"""The known faults: what is broken, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a fault is put: into the file, into what reaches the runtime, or into what comes back."""

    ARTIFACT = "artifact"
    INPUTS = "inputs"
    SCORES = "scores"


@dataclass(frozen=True)
class Fault:
    name: str
    place: Place
    text: str


LEAF_FACTORS = {"leaf-times-1e-6": 1 + 1e-6, "leaf-times-1e-4": 1 + 1e-4}
"""What leaves (of a linear model: its coefficients and intercepts) are multiplied by."""

FAULTS = (
    Fault("columns-swapped", Place.INPUTS, "the two columns that are used most change places"),
    Fault("zero-and-missing-swapped", Place.INPUTS, "0 is passed as missing, missing as 0"),
    Fault("last-tree-dropped", Place.ARTIFACT, "the last tree adds nothing"),
    Fault("thresholds-float32", Place.ARTIFACT, "float64 thresholds are rounded to float32"),
    Fault("thresholds-one-ulp", Place.ARTIFACT, "every threshold is the next number of its type"),
    Fault("strict-comparison", Place.ARTIFACT, "< stands where the artifact has <=, or the other way round"),
    Fault("one-missing-direction", Place.ARTIFACT, "at the first split missing values go the other way"),
    Fault("leaf-one-ulp", Place.ARTIFACT, "every leaf, or coefficient and intercept, is the next number of its type"),
    Fault("leaf-times-1e-6", Place.ARTIFACT, "every leaf, or coefficient and intercept, is multiplied by 1 + 1e-6"),
    Fault("leaf-times-1e-4", Place.ARTIFACT, "every leaf, or coefficient and intercept, is multiplied by 1 + 1e-4"),
    Fault("coefficient-float32", Place.ARTIFACT, "the first float64 coefficient that float32 cannot hold is rounded to it"),
    Fault("scaler-mean-float32", Place.ARTIFACT, "the means that a scaler subtracts are rounded to float32"),
    Fault("intercept-dropped", Place.ARTIFACT, "intercepts and base scores are 0"),
    Fault("categories-swapped", Place.ARTIFACT, "two categories of the first column encoded change places"),
    Fault(
        "text-pattern",
        Place.ARTIFACT,
        "text is cut otherwise: the shortest words are lost, or a hyphen parts words",
    ),
    Fault("text-case", Place.ARTIFACT, "upper and lower case are told apart where they were not, or the other way round"),
    Fault("class-order", Place.SCORES, "the columns of the classes are reversed"),
    Fault("label-shifted", Place.SCORES, "the label of the next class is returned"),
    Fault("stale-rows", Place.SCORES, "every tenth row of a batch gets the answer of the row before"),
)
