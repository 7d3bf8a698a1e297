"""Where everything made at run time lies."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DataPaths:
    """Where everything made at run time lies."""

    root: Path
    state: Path | None = None  # outside of it, so that a restored backup does not turn it back

    @property
    def state_root(self) -> Path:
        """The machine's state folder: what was sent, whatever becomes of the data."""
        return self.state or self.root / "state"

    def get_shop_folder(self, name: str) -> Path:
        return self.root / "var" / name

    def get_ledger_path(self, name: str) -> Path:
        return self.get_shop_folder(name) / "ledger.db"

    def get_models_folder(self, name: str) -> Path:
        return self.root / "models" / name

    @property
    def runs_folder(self) -> Path:
        return self.root / "mlruns"
