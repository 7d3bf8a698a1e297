"""Jobs: which ran, how far one is, and how it ended."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from winback.dashboard import jobs
from winback.dashboard.auth import redirect_to
from winback.dashboard.page import Page, PageRouter
from winback.ledger.jobs import list_newest_jobs, load_job

MOST_JOBS = 50
pages = PageRouter()


@pages.page("/jobs")
def show_jobs(page: Page) -> Response:
    """The newest jobs."""
    jobs.recover_jobs(page.context)
    newest = list_newest_jobs(page.context.ledger, MOST_JOBS)
    return page.render("jobs", jobs=newest, state_of=jobs.get_job_state)


@pages.page("/jobs/{job}")
def show_job(page: Page) -> Response:
    """How far a job is; when it is done, the page it was asked for on."""
    jobs.recover_jobs(page.context)
    job = load_job(page.context.ledger, page.path["job"])
    if job is None:
        raise HTTPException(404)
    back = redirect_to(page.query.get("back", "/")).headers["location"]
    state = jobs.get_job_state(job)
    if state != "done" or "back" not in page.query:
        return page.render("job", job=job, state=state, back=back)
    where = f"{back}{'&' if '?' in back else '?'}done={job.kind}"
    if "hx-request" in page.request.headers:
        return Response(status_code=200, headers={"hx-redirect": where})
    return redirect_to(where)
