"""What a shop's waves earned: those won back, the rest that returned, and what cannot be told."""

from winback.core.wave_errors import PlaybookMismatch, WaveNotSent
from winback.measurement.readout import PlaybookReadout
from winback.measurement.results import measure_waves
from winback.workflows.workspace import Workspace


def measure(workspace: Workspace, wave: str | None, playbook_name: str | None) -> PlaybookReadout:
    """Measure one wave, or each and the campaign to date. playbook_name: must be the shop's, if
    given. Raises PlaybookMismatch and WaveNotSent."""
    playbook = workspace.load_playbook()
    if playbook_name is not None and playbook_name != playbook.name:
        raise PlaybookMismatch(value=playbook_name, known=playbook.name)
    readout = measure_waves(
        workspace.shop, playbook, workspace.open_store(), workspace.open_ledger(), wave
    )
    if wave is not None and not readout.waves:
        raise WaveNotSent(value=wave)
    return readout
