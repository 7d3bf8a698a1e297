"""The pages' paths: what each shows, and what its forms do. `base` has what all have in common,
`users` signing in."""

import asyncio
import mimetypes
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from winback.dashboard import customer as one_customer
from winback.dashboard import customers, data_page, jobs, model, recall_list, reports, today, waves
from winback.dashboard.auth import CurrentUser, Forbidden, load_current_user, redirect_to
from winback.dashboard.base import DashboardApp
from winback.dashboard.context import DashboardContext
from winback.dashboard.csrf import read_field, read_form
from winback.dashboard.rendering import STATIC, build_query, format_csv_line, render_page
from winback.dashboard.security_headers import POLICY_OF_FILES
from winback.dashboard.users import add_sign_in_pages, add_user_pages
from winback.i18n.translate import translate
from winback.ledger.list_edits import ListEdit, edit_list, load_list_edits, undo_edit
from winback.ledger.outbox import resolve_unconfirmed
from winback.ledger.waves import list_waves, load_wave
from winback.monitoring.alert_text import RULES, format_alert
from winback.workflows.jobs import (
    ApproveWave,
    DiagnoseShop,
    ImportSources,
    Job,
    MakeRecallList,
    MakeReview,
    PlanWave,
    PreviewMessages,
    PromoteModel,
    RollBackModel,
    RunDailyCheck,
    SendDueMessages,
    StopWave,
)

MOST_EXPORTED = 100_000  # customers of one file
_STATIC = {
    path.relative_to(str(STATIC)).as_posix(): path
    for path in Path(str(STATIC)).rglob("*")
    if path.is_file()
}


def build_dashboard(context: DashboardContext) -> FastAPI:
    """The pages of a shop as an app of their own."""
    app = DashboardApp(context)
    add_sign_in_pages(app)
    _add_today_page(app)
    _add_customer_list_pages(app)
    _add_customer_pages(app)
    _add_recall_list_pages(app)
    _add_wave_pages(app)
    _add_model_pages(app)
    _add_data_pages(app)
    _add_report_pages(app)
    add_user_pages(app)
    return app


def _add_today_page(app: DashboardApp) -> None:
    context = app.context

    @app.get("/static/{name:path}", include_in_schema=False)
    def get_static_file(name: str) -> Response:
        if name not in _STATIC:
            raise HTTPException(404)
        media = mimetypes.guess_type(name)[0] or "text/plain"
        return Response(
            _STATIC[name].read_bytes(),
            media_type=media,
            headers={"cache-control": "public, max-age=31536000, immutable"},
        )

    @app.page("/")
    def show_today(request: Request, user: CurrentUser) -> Response:
        return render_page(
            "today", request, context, user, **today.build_today_page(context, user.language)
        )


def _add_customer_list_pages(app: DashboardApp) -> None:
    context = app.context

    @app.page("/customers")
    def show_customers(request: Request, user: CurrentUser) -> Response:
        index = context.snapshot
        if index is None:
            return render_page(
                "empty",
                request,
                context,
                user,
                what="customers",
                why=context.live.list_not_ready_reasons(),
            )
        criteria = customers.CustomerFilter.from_query(request.query_params)
        places, total = customers.find_customers(index, criteria)
        bins = customers.count_bins(index, criteria)
        return render_page(
            "customers",
            request,
            context,
            user,
            criteria=criteria,
            choices=customers.CHOICES,
            sorts=list(customers.SORTS),
            rows=[customers.build_row(index, place) for place in places],
            total=total,
            page_rows=customers.PAGE_ROWS,
            map=customers.build_map(index, bins, criteria),
            cell=customers.describe_cell(index, criteria.cell),
            day=index.day,
            silence_days=round(index.metadata["silence_days"]),
        )

    @app.page("/customers/export.csv")
    def export_customers(request: Request, user: CurrentUser) -> Response:
        index, criteria = (
            app.get_snapshot(),
            customers.CustomerFilter.from_query(request.query_params),
        )
        language = user.language

        def generate_lines() -> Any:
            yield "\ufeff" + format_csv_line(
                [translate(key, language) for key in customers.EXPORTED.values()]
            )
            for customer_id in customers.iterate_ids(index, criteria, MOST_EXPORTED):
                place = index.find_place(customer_id)
                if place is not None:
                    yield format_csv_line(customers.export_row(index, place, language))

        return _csv_response(generate_lines(), "customers.csv")


def _add_customer_pages(app: DashboardApp) -> None:
    context = app.context

    @app.page("/customer")
    def show_customer(request: Request, user: CurrentUser) -> Response:
        index, place = app.find_customer(request.query_params.get("id", ""))
        playbook = context.playbook
        plays = (
            [
                (play.name, play.title.get_text(user.language))
                for play in playbook.plays
                if play.weekly
            ]
            if playbook
            else []
        )
        named = recall_list.get_titles(playbook, user.language)
        return render_page(
            "customer",
            request,
            context,
            user,
            **one_customer.build_customer_page(context, index, place),
            plays=plays,
            named=named,
            why_not=lambda row: recall_list.format_no_contact_reason(row, user.language),
            day=index.day,
        )

    @app.page("/customer/messages")
    def show_messages(request: Request, user: CurrentUser) -> Response:
        customer_id = request.query_params.get("id", "")
        app.find_customer(customer_id)
        job = PreviewMessages(customer_id)
        answer = jobs.run_and_wait(context, job, user.account.name, user.language)
        return render_page(
            "messages",
            request,
            context,
            user,
            previews=answer.json.get("previews", []),
            said=answer.message,
            refused=answer.code != 0,
        )

    def edit_list_by_hand(form: FormData, user: CurrentUser, what: Any) -> Response:
        customer_id, why = read_field(form, "id", 256), read_field(form, "why", 500)
        app.find_customer(customer_id)
        if not why:
            raise Forbidden(422, "dashboard.say_why")
        play = read_field(form, "play", 64) or None if what == "add" else None
        edit = ListEdit(customer_id, what, play, why, user.account.name, context.now())
        edit_list(context.ledger, edit, app.get_audit_subject(customer_id))
        return redirect_to(
            read_field(form, "back") or f"/customer{build_query({'id': customer_id, 'done': what})}"
        )

    @app.action("/customer/out")
    def remove_from_list(form: FormData, user: CurrentUser, request: Request) -> Response:
        del request
        return edit_list_by_hand(form, user, "out")

    @app.action("/customer/add")
    def add_to_list(form: FormData, user: CurrentUser, request: Request) -> Response:
        del request
        return edit_list_by_hand(form, user, "add")

    @app.action("/customer/undo")
    def undo_list_edit(form: FormData, user: CurrentUser, request: Request) -> Response:
        del request
        customer_id = read_field(form, "id", 256)
        undo_edit(
            context.ledger,
            customer_id,
            app.get_audit_subject(customer_id),
            user.account.name,
            context.now(),
        )
        return redirect_to(f"/customer{build_query({'id': customer_id, 'done': 'undo'})}")


def _add_recall_list_pages(app: DashboardApp) -> None:
    context = app.context

    @app.page("/list")
    def show_list(request: Request, user: CurrentUser) -> Response:
        days = context.list_days("recalls")
        if not days:
            return render_page(
                "empty",
                request,
                context,
                user,
                what="list",
                why=context.live.list_not_ready_reasons(),
            )
        criteria = recall_list.ListFilter.from_query(request.query_params, days)
        folder = (context.folder / "recalls" / criteria.day).resolve()
        rows, total = recall_list.find_rows(folder / "list.parquet", criteria)
        return render_page(
            "list",
            request,
            context,
            user,
            criteria=criteria,
            days=days,
            rows=rows,
            total=total,
            sorts=list(recall_list.SORTS),
            whats=recall_list.WHAT,
            segments=customers.CHOICES["recall_segment"],
            choices=recall_list.list_choices(folder / "list.parquet"),
            summary=context.read_summary("recalls", criteria.day),
            named=recall_list.get_titles(context.playbook, user.language),
            why_not=lambda row: recall_list.format_no_contact_reason(row, user.language),
            page_rows=customers.PAGE_ROWS,
            edits=load_list_edits(context.ledger),
        )

    @app.page("/list/export.csv")
    def export_list(request: Request, user: CurrentUser) -> Response:
        days = context.list_days("recalls")
        if not days:
            raise HTTPException(404)
        criteria = recall_list.ListFilter.from_query(request.query_params, days)
        path = (context.folder / "recalls" / criteria.day).resolve() / "list.parquet"
        return _csv_response(
            recall_list.export_csv(path, criteria, context.playbook, user.language),
            f"list-{criteria.day}.csv",
        )

    @app.page("/list/export.xlsx")
    def download_workbook(request: Request, user: CurrentUser) -> Response:
        del user
        days = context.list_days("recalls")
        criteria = recall_list.ListFilter.from_query(request.query_params, days)
        path = (context.folder / "recalls" / criteria.day).resolve() / "list.xlsx"
        if not days or not path.is_file():
            raise HTTPException(404)
        return FileResponse(
            path, filename=f"list-{criteria.day}.xlsx", media_type=reports.MEDIA[".xlsx"]
        )

    @app.action("/list/draw")
    def build_list(form: FormData, user: CurrentUser, request: Request) -> Response:
        del form, request
        return app.run_job(MakeRecallList(), user, "/list")


def _add_wave_pages(app: DashboardApp) -> None:
    context = app.context

    @app.page("/waves")
    def show_waves(request: Request, user: CurrentUser) -> Response:
        return render_page(
            "waves",
            request,
            context,
            user,
            waves=list_waves(context.ledger),
            ready=context.snapshot is not None,
            results=waves.build_results(context, user.language),
        )

    @app.page("/waves/{wave}")
    def show_wave(request: Request, user: CurrentUser) -> Response:
        page_values = waves.build_wave_page(context, request.path_params["wave"], user.language)
        return render_page(
            "wave",
            request,
            context,
            user,
            **page_values,
            named=recall_list.get_titles(context.playbook, user.language),
            worded=lambda key: recall_list.translate_if_key(key, user.language),
        )

    @app.action("/waves/plan")
    def plan_wave(form: FormData, user: CurrentUser, request: Request) -> Response:
        del form, request
        known = waves.find_current_wave(context)
        if known is not None:
            state = translate(f"wave.state.{known.state}", user.language)
            raise Forbidden(409, "dashboard.wave.there", wave=known.wave_id, state=state)
        return app.run_job(PlanWave(), user, "/waves")

    @app.action("/waves/run")
    def run_waves(form: FormData, user: CurrentUser, request: Request) -> Response:
        del request
        return app.run_job(SendDueMessages(), user, read_field(form, "back") or "/waves")

    @app.action("/waves/resolve")
    def resolve_message(form: FormData, user: CurrentUser, request: Request) -> Response:
        del request
        why = read_field(form, "why", 500)
        if not why:
            raise Forbidden(422, "dashboard.say_why")
        sent = read_field(form, "fate") == "sent"
        resolve_unconfirmed(
            context.ledger,
            read_field(form, "message", 32),
            sent,
            user.account.name,
            why,
            context.now(),
        )
        return redirect_to(
            f"/waves/{read_field(form, 'wave', 128)}{build_query({'done': 'resolve'})}#unknown"
        )

    @app.action("/waves/{wave}/approve")
    def approve_wave(form: FormData, user: CurrentUser, request: Request) -> Response:
        record, count = (
            load_wave(context.ledger, request.path_params["wave"]),
            read_field(form, "customers", 12).replace(",", ""),
        )
        if not count.isdecimal():
            raise Forbidden(422, "dashboard.say_count")
        wave, treated = record.wave_id, int(record.plan["treatment"])
        if int(count) != treated:
            raise Forbidden(
                422, "dashboard.wrong_count", named=f"{int(count):,}", treated=f"{treated:,}"
            )
        job = ApproveWave(wave, treated, read_field(form, "despite") == "yes")
        return app.run_job(job, user, f"/waves/{wave}", wave=wave)

    @app.action("/waves/{wave}/stop")
    def stop_wave(form: FormData, user: CurrentUser, request: Request) -> Response:
        del form
        wave = load_wave(context.ledger, request.path_params["wave"]).wave_id
        return app.run_job(StopWave(wave), user, f"/waves/{wave}", wave=wave)


def _add_model_pages(app: DashboardApp) -> None:
    context = app.context

    @app.page("/model")
    def show_model(request: Request, user: CurrentUser) -> Response:
        page_values = model.build_model_page(context)
        sentences = [(each, format_alert(each, user.language)) for each in page_values["alerts"]]
        return render_page(
            "model",
            request,
            context,
            user,
            **{**page_values, "alerts": sentences},
            rules=RULES,
            figures=model.FIGURES,
        )

    @app.action("/model/look")
    def run_checks(form: FormData, user: CurrentUser, request: Request) -> Response:
        del form, request
        return app.run_job(RunDailyCheck(), user, "/model")

    @app.action("/model/promote", "admin")
    def promote_model(form: FormData, user: CurrentUser, request: Request) -> Response:
        del request
        version = read_field(form, "version", 16)
        if not version.isalnum():
            raise HTTPException(404)
        return app.run_job(PromoteModel(version), user, "/model", version=version)

    @app.action("/model/rollback", "admin")
    def roll_back_model(form: FormData, user: CurrentUser, request: Request) -> Response:
        del form, request
        return app.run_job(RollBackModel(), user, "/model")


def _add_data_pages(app: DashboardApp) -> None:
    context = app.context

    @app.page("/data")
    def show_data(request: Request, user: CurrentUser) -> Response:
        return render_page(
            "data",
            request,
            context,
            user,
            **data_page.build_data_page(context),
            describe_reason=data_page.describe_reason,
        )

    @app.page("/data/quarantine")
    def show_quarantine(request: Request, user: CurrentUser) -> Response:
        number = customers.parse_page_number(request.query_params)
        page_values = data_page.build_quarantine_page(
            context, request.query_params.get("reason", ""), number
        )
        return render_page(
            "quarantine",
            request,
            context,
            user,
            **page_values,
            number=number,
            page_rows=customers.PAGE_ROWS,
            describe_reason=data_page.describe_reason,
        )

    @app.action("/data/import")
    def import_sources(form: FormData, user: CurrentUser, request: Request) -> Response:
        del form, request
        return app.run_job(ImportSources(), user, "/data")

    @app.post("/data/upload", include_in_schema=False)
    async def receive_upload(request: Request) -> Response:
        user = await asyncio.to_thread(load_current_user, request, context)
        user.require_role("operator")
        form = await read_form(request, user, data_page.MOST_FILES)
        try:
            upload = await data_page.store_upload(context, form.getlist("files"), user.account.name)
        finally:
            await form.close()
        return redirect_to(f"/data/upload/{upload}")

    @app.page("/data/upload/{upload}", "operator")
    def show_upload(request: Request, user: CurrentUser) -> Response:
        upload_values = data_page.preview_upload(
            context, request.path_params["upload"], None, user.language
        )
        return render_upload(request, user, upload_values)

    @app.action("/data/upload/{upload}")
    def answer_questions(form: FormData, user: CurrentUser, request: Request) -> Response:
        names = (*data_page.FIELDS, *data_page.HOW, "timezone", "currency", "paid")
        answers = {name: read_field(form, name, 256) for name in names}
        return render_upload(
            request,
            user,
            data_page.preview_upload(
                context, request.path_params["upload"], answers, user.language
            ),
        )

    def render_upload(
        request: Request, user: CurrentUser, upload_values: dict[str, Any]
    ) -> Response:
        return render_page(
            "upload",
            request,
            context,
            user,
            **upload_values,
            fields=data_page.FIELDS,
            how=data_page.HOW,
        )

    @app.action("/data/upload/{upload}/import")
    def add_source(form: FormData, user: CurrentUser, request: Request) -> Response:
        del form
        data_page.add_source(context, request.path_params["upload"], user.account.name)
        return app.run_job(ImportSources(), user, "/data")

    @app.action("/data/upload/{upload}/drop")
    def drop_source(form: FormData, user: CurrentUser, request: Request) -> Response:
        del form
        data_page.drop_source(context, request.path_params["upload"], user.account.name)
        return redirect_to(f"/data{build_query({'done': 'drop'})}")


def _add_report_pages(app: DashboardApp) -> None:
    context = app.context
    kinds: dict[str, Job] = {
        "weekly": MakeReview("weekly"),
        "monthly": MakeReview("monthly"),
        "diagnosis": DiagnoseShop(),
    }

    @app.page("/reports")
    def show_reports(request: Request, user: CurrentUser) -> Response:
        return render_page(
            "reports",
            request,
            context,
            user,
            reports=reports.list_reports(context, user.language),
            kinds=list(kinds),
        )

    @app.page("/reports/file/{name:path}")
    def show_report(request: Request, user: CurrentUser) -> Response:
        del user
        report = reports.find_report(context, request.path_params["name"])
        if report is None:
            raise HTTPException(404)
        kind = "inline" if report.path.suffix in (".html", ".svg") else "attachment"
        return FileResponse(
            report.path,
            filename=report.path.name,
            media_type=reports.MEDIA[report.path.suffix],
            content_disposition_type=kind,
            headers={"content-security-policy": POLICY_OF_FILES},
        )

    @app.action("/reports/make")
    def create_report(form: FormData, user: CurrentUser, request: Request) -> Response:
        del request
        kind = read_field(form, "kind", 16)
        if kind not in kinds:
            raise HTTPException(404)
        return app.run_job(kinds[kind], user, read_field(form, "back") or "/reports")


def _csv_response(lines: Any, name: str) -> Response:
    """A spreadsheet to take along."""
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
