"""`python -m winback.workflows.job_process`: one job in a process of its own. The request comes in
on stdin; what a page that waits for it shows goes out on stdout as JSON; progress, one line a
step, and a refusal go to stderr."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from winback.workflows import jobs
from winback.workflows.process import run_and_exit_code
from winback.workflows.workspace import Workspace, open_workspace


def main() -> int:
    """Run the job asked for on stdin; returns the process's exit code."""
    text = sys.stdin.buffer.read()
    if not text:  # whoever started it is gone before it said what to do
        return 1
    request = jobs.decode_request(text)

    def run() -> None:
        workspace = open_workspace(Path(request.shop_file), request.language, request.actor)
        print(json.dumps(run_job(workspace, request.job), ensure_ascii=False))

    return run_and_exit_code(run, request.language)


def run_job(workspace: Workspace, job: jobs.Job) -> Mapping[str, object]:
    """Run a job; returns what a page that waits for it shows, mostly nothing. Raises what its
    workflow refuses."""
    match job:
        case jobs.PreviewImport():
            return _preview_import(workspace, job)
        case jobs.PreviewMessages():
            return _preview_messages(workspace, job)
        case jobs.PlanWave() | jobs.ApproveWave() | jobs.StopWave() | jobs.SendDueMessages():
            _run_wave_job(workspace, job)
        case jobs.RunDailyCheck() | jobs.MakeReview() | jobs.DiagnoseShop():
            _run_report_job(workspace, job)
        case jobs.PromoteModel() | jobs.RollBackModel():
            _run_model_job(workspace, job)
        case jobs.ImportSources():
            from winback.workflows.import_exports import import_exports

            import_exports(workspace)
        case jobs.MakeRecallList():
            from winback.workflows.recall import make_recall_list

            make_recall_list(workspace, None, None)
    return {}


def _preview_import(workspace: Workspace, job: jobs.PreviewImport) -> Mapping[str, object]:
    from winback.workflows.add_exports import preview_added_exports
    from winback.workflows.new_shop import NewShop, preview_import

    files = [Path(file) for file in job.files]
    if job.is_first_look:
        of_a_source = preview_added_exports(workspace, files, Path(job.out))
        if of_a_source is not None:
            return of_a_source
    new_shop = NewShop(files, job.name, Path(job.out), job.answers)
    return preview_import(new_shop, workspace.home, workspace.now, workspace.language)


def _preview_messages(workspace: Workspace, job: jobs.PreviewMessages) -> dict[str, object]:
    from winback.workflows.playbook import preview_messages

    return {"previews": preview_messages(workspace, job.customer_id, play=job.play)}


def _run_wave_job(
    workspace: Workspace,
    job: jobs.PlanWave | jobs.ApproveWave | jobs.StopWave | jobs.SendDueMessages,
) -> None:
    from winback.workflows import wave

    match job:
        case jobs.PlanWave():
            wave.plan_wave(workspace, None)
        case jobs.ApproveWave():
            wave.approve_wave(workspace, job.wave_id, job.customers, job.despite_warnings)
        case jobs.StopWave():
            wave.stop_wave(workspace, job.wave_id)
        case jobs.SendDueMessages():
            wave.send_due_messages(workspace)


def _run_report_job(
    workspace: Workspace, job: jobs.RunDailyCheck | jobs.MakeReview | jobs.DiagnoseShop
) -> None:
    from winback.workflows import report

    match job:
        case jobs.RunDailyCheck():
            report.run_daily_check(workspace)
        case jobs.MakeReview():
            report.make_review(workspace, job.kind)
        case jobs.DiagnoseShop():
            report.diagnose_shop(workspace, None)


def _run_model_job(workspace: Workspace, job: jobs.PromoteModel | jobs.RollBackModel) -> None:
    from winback.workflows import models

    if isinstance(job, jobs.PromoteModel):
        models.promote_model(workspace, job.version)
    else:
        models.roll_back_model(workspace)


if __name__ == "__main__":
    sys.exit(main())
