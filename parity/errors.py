"""The error tree. Drift is never an error: it is a value.

ParityError
├── UsageError                   something the user gave is wrong (exit 2; pytest.UsageError)
│   ├── ConfigurationError       parity.toml: unknown key, wrong type, missing file
│   ├── ReferenceLoadError       the reference cannot be loaded, or has no usable method
│   ├── ArtifactError            missing, empty, truncated, of another format, newer than the runtime
│   ├── DataError                sample data without a needed column, or with zero rows
│   ├── MatchingError            columns and inputs, or outputs, that do not fit
│   └── StoreError               .parity/ cannot be read or written
└── UnmeasurableError            the machine cannot measure (exit 3)
    ├── JvmError                 no JVM, too old, would not start
    ├── JarsError                jars missing or altered
    ├── LicenceError             an engine that scores with its maker's licence alone, and none was found
    └── WorkerError              the worker died or hung and could not be brought back

Every message says what was given, what was wanted, and what to do next.
"""

from __future__ import annotations


class ParityError(Exception):
    """Base of all errors that this package raises on purpose."""


class UsageError(ParityError):
    """Something that the user gave is wrong."""


class ConfigurationError(UsageError):
    """`parity.toml` or `[tool.parity]` is wrong."""


class ReferenceLoadError(UsageError):
    """The reference cannot be loaded, or has no method that scores."""


class ArtifactError(UsageError):
    """The artifact is missing, empty, damaged, of another format, or newer than the runtime."""


class DataError(UsageError):
    """The sample data cannot be used."""


class MatchingError(UsageError):
    """Columns and inputs, or outputs of the two sides, do not fit together."""


class StoreError(UsageError):
    """`.parity/` cannot be read or written."""


class UnmeasurableError(ParityError):
    """Nothing is wrong with the model: this machine cannot measure."""


class JvmError(UnmeasurableError):
    """No JVM, one that is too old, or one that would not start."""


class JarsError(UnmeasurableError):
    """A runtime's jars are missing or altered."""


class LicenceError(UnmeasurableError):
    """A licensed engine found no licence, or one that it does not accept."""


class WorkerError(UnmeasurableError):
    """The worker died or hung and could not be brought back."""
