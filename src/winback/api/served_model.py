"""The model that answers: a verified bundle with its thresholds."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from winback.core.errors import BundleDamaged
from winback.model.bundle import Bundle, load_bundle
from winback.segmentation.thresholds import Thresholds

_THREADS = 1  # of the trees: a second one costs a single row more than it gains


@dataclass(frozen=True)
class ServedModel:
    """A model that serves."""

    bundle: Bundle
    thresholds: Thresholds
    learned_until: date  # the last day whose outcomes it has seen

    @classmethod
    def load(cls, folder: Path, spec: str) -> "ServedModel":
        """A bundle with everything the service needs of it. Raises what `load_bundle` does, and
        BundleDamaged."""
        bundle = load_bundle(folder, spec, _THREADS)
        try:
            until = date.fromisoformat(bundle.manifest["window"]["outcomes_until"])
            return cls(bundle, Thresholds.from_dict(bundle.thresholds), until)
        except (ValueError, KeyError, TypeError) as error:
            raise BundleDamaged(
                file=str(folder), detail=f"{type(error).__name__} {error}".splitlines()[0]
            ) from None
