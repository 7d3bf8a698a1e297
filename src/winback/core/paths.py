"""Where everything made at run time lies."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """Where everything made at run time lies (CONTRACTS 1)."""

    root: Path

    def shop(self, name: str) -> Path:
        return self.root / "var" / name

    def ledger(self, name: str) -> Path:
        return self.shop(name) / "ledger.db"

    def models(self, name: str) -> Path:
        return self.root / "models" / name

    @property
    def runs(self) -> Path:
        return self.root / "mlruns"
