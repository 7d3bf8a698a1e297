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
from winback.dashboard.auth import Turned, Visitor, go_to, visitor_of
from winback.dashboard.base import Pages
from winback.dashboard.context import Desk
from winback.dashboard.csrf import form_of, text_of
from winback.dashboard.rendering import STATIC, csv_line, page, query
from winback.dashboard.security_headers import POLICY_OF_FILES
from winback.dashboard.users import add_people, add_signing_in
from winback.i18n.translate import say
from winback.ledger.list_edits import ListEdit, edit_list, list_edits, undo_edit
from winback.ledger.outbox import resolve
from winback.ledger.waves import list_waves, read_wave
from winback.monitoring.alarm_text import RULES, alarm_told

MOST_EXPORTED = 100_000  # customers of one file
_STATIC = {
    path.relative_to(str(STATIC)).as_posix(): path
    for path in Path(str(STATIC)).rglob("*")
    if path.is_file()
}


def dashboard(desk: Desk) -> FastAPI:
    """The pages of a shop as an app of their own."""
    app = Pages(desk)
    add_signing_in(app)
    _add_first_page(app)
    _add_customers(app)
    _add_customer(app)
    _add_list(app)
    _add_waves(app)
    _add_model(app)
    _add_data(app)
    _add_reports(app)
    add_people(app)
    return app


def _add_first_page(app: Pages) -> None:
    desk = app.desk

    @app.get("/static/{name:path}", include_in_schema=False)
    def static(name: str) -> Response:
        if name not in _STATIC:
            raise HTTPException(404)
        media = mimetypes.guess_type(name)[0] or "text/plain"
        return Response(
            _STATIC[name].read_bytes(),
            media_type=media,
            headers={"cache-control": "public, max-age=31536000, immutable"},
        )

    @app.shows("/")
    def first_page(request: Request, visitor: Visitor) -> Response:
        return page("today", request, desk, visitor, **today.today(desk, visitor.language))


def _add_customers(app: Pages) -> None:
    desk = app.desk

    @app.shows("/customers")
    def all_customers(request: Request, visitor: Visitor) -> Response:
        shelf = desk.shelf
        if shelf is None:
            return page(
                "empty", request, desk, visitor, what="customers", why=desk.live.why_not_ready()
            )
        wanted = customers.Wanted.of(request.query_params)
        places, total = customers.found(shelf, wanted)
        told = customers.bins(shelf, wanted)
        return page(
            "customers",
            request,
            desk,
            visitor,
            wanted=wanted,
            choices=customers.CHOICES,
            sorts=list(customers.SORTS),
            rows=[customers.row_of(shelf, place) for place in places],
            total=total,
            page_rows=customers.PAGE_ROWS,
            map=customers.drawn(shelf, told, wanted),
            cell=customers.cell_told(shelf, wanted.cell),
            day=shelf.day,
            silence_days=round(shelf.told["silence_days"]),
        )

    @app.shows("/customers/export.csv")
    def exported(request: Request, visitor: Visitor) -> Response:
        shelf, wanted = app.shelf(), customers.Wanted.of(request.query_params)
        language = visitor.language

        def lines() -> Any:
            yield "\ufeff" + csv_line([say(key, language) for key in customers.EXPORTED.values()])
            for customer_id in customers.all_ids(shelf, wanted, MOST_EXPORTED):
                place = shelf.place(customer_id)
                if place is not None:
                    yield csv_line(customers.exported(shelf, place, language))

        return _file(lines(), "customers.csv")


def _add_customer(app: Pages) -> None:
    desk = app.desk

    @app.shows("/customer")
    def a_customer(request: Request, visitor: Visitor) -> Response:
        shelf, place = app.customer(request.query_params.get("id", ""))
        book = desk.book
        plays = (
            [(play.name, play.title.of(visitor.language)) for play in book.plays if play.weekly]
            if book
            else []
        )
        named = recall_list.titles(book, visitor.language)
        return page(
            "customer",
            request,
            desk,
            visitor,
            **one_customer.customer(desk, shelf, place),
            plays=plays,
            named=named,
            why_not=lambda row: recall_list.why_not(row, visitor.language),
            day=shelf.day,
        )

    @app.shows("/customer/messages")
    def messages(request: Request, visitor: Visitor) -> Response:
        customer_id = request.query_params.get("id", "")
        app.customer(customer_id)
        command = [
            "playbook",
            "preview",
            "--shop",
            str(desk.shop_file),
            f"--customer={customer_id}",
            "--json",
        ]
        answer = jobs.ask(desk, command, visitor.language)
        return page(
            "messages",
            request,
            desk,
            visitor,
            previews=answer.told.get("previews", []),
            said=answer.said,
            refused=answer.code != 0,
        )

    def edited(form: FormData, visitor: Visitor, what: Any) -> Response:
        customer_id, why = text_of(form, "id", 256), text_of(form, "why", 500)
        app.customer(customer_id)
        if not why:
            raise Turned(422, "desk.say_why")
        play = text_of(form, "play", 64) or None if what == "add" else None
        edit = ListEdit(customer_id, what, play, why, visitor.operator.name, desk.now())
        edit_list(desk.ledger, edit, app.subject(customer_id))
        return go_to(
            text_of(form, "back") or f"/customer{query({'id': customer_id, 'done': what})}"
        )

    @app.does("/customer/out")
    def taken_out(form: FormData, visitor: Visitor, request: Request) -> Response:
        del request
        return edited(form, visitor, "out")

    @app.does("/customer/add")
    def added(form: FormData, visitor: Visitor, request: Request) -> Response:
        del request
        return edited(form, visitor, "add")

    @app.does("/customer/undo")
    def undone(form: FormData, visitor: Visitor, request: Request) -> Response:
        del request
        customer_id = text_of(form, "id", 256)
        undo_edit(
            desk.ledger, customer_id, app.subject(customer_id), visitor.operator.name, desk.now()
        )
        return go_to(f"/customer{query({'id': customer_id, 'done': 'undo'})}")


def _add_list(app: Pages) -> None:
    desk = app.desk

    @app.shows("/list")
    def the_list(request: Request, visitor: Visitor) -> Response:
        days = desk.days("recalls")
        if not days:
            return page("empty", request, desk, visitor, what="list", why=desk.live.why_not_ready())
        wanted = recall_list.Wanted.of(request.query_params, days)
        folder = (desk.folder / "recalls" / wanted.day).resolve()
        rows, total = recall_list.found(folder / "list.parquet", wanted)
        return page(
            "list",
            request,
            desk,
            visitor,
            wanted=wanted,
            days=days,
            rows=rows,
            total=total,
            sorts=list(recall_list.SORTS),
            whats=recall_list.WHAT,
            segments=customers.CHOICES["recall_segment"],
            choices=recall_list.choices(folder / "list.parquet"),
            summary=desk.summary("recalls", wanted.day),
            named=recall_list.titles(desk.book, visitor.language),
            why_not=lambda row: recall_list.why_not(row, visitor.language),
            page_rows=customers.PAGE_ROWS,
            edits=list_edits(desk.ledger),
        )

    @app.shows("/list/export.csv")
    def exported(request: Request, visitor: Visitor) -> Response:
        days = desk.days("recalls")
        if not days:
            raise HTTPException(404)
        wanted = recall_list.Wanted.of(request.query_params, days)
        path = (desk.folder / "recalls" / wanted.day).resolve() / "list.parquet"
        return _file(
            recall_list.as_csv(path, wanted, desk.book, visitor.language), f"list-{wanted.day}.csv"
        )

    @app.shows("/list/export.xlsx")
    def workbook(request: Request, visitor: Visitor) -> Response:
        del visitor
        days = desk.days("recalls")
        wanted = recall_list.Wanted.of(request.query_params, days)
        path = (desk.folder / "recalls" / wanted.day).resolve() / "list.xlsx"
        if not days or not path.is_file():
            raise HTTPException(404)
        return FileResponse(
            path, filename=f"list-{wanted.day}.xlsx", media_type=reports.MEDIA[".xlsx"]
        )

    @app.does("/list/draw")
    def drawn(form: FormData, visitor: Visitor, request: Request) -> Response:
        del form, request
        return app.runs("recall", ["recall"], visitor, "/list")


def _add_waves(app: Pages) -> None:
    desk = app.desk

    @app.shows("/waves")
    def every_wave(request: Request, visitor: Visitor) -> Response:
        return page(
            "waves",
            request,
            desk,
            visitor,
            waves=list_waves(desk.ledger),
            ready=desk.shelf is not None,
            results=waves.results(desk, visitor.language),
        )

    @app.shows("/waves/{wave}")
    def a_wave(request: Request, visitor: Visitor) -> Response:
        told = waves.one_wave(desk, request.path_params["wave"], visitor.language)
        return page(
            "wave",
            request,
            desk,
            visitor,
            **told,
            named=recall_list.titles(desk.book, visitor.language),
            worded=lambda key: recall_list.sentence_of(key, visitor.language),
        )

    @app.does("/waves/plan")
    def planned(form: FormData, visitor: Visitor, request: Request) -> Response:
        del form, request
        known = waves.this_weeks(desk)
        if known is not None:
            state = say(f"wave.state.{known.state}", visitor.language)
            raise Turned(409, "desk.wave.there", wave=known.wave_id, state=state)
        return app.runs("plan", ["wave", "plan", "--by", visitor.operator.name], visitor, "/waves")

    @app.does("/waves/run")
    def ran(form: FormData, visitor: Visitor, request: Request) -> Response:
        del request
        return app.runs("run", ["wave", "run"], visitor, text_of(form, "back") or "/waves")

    @app.does("/waves/resolve")
    def resolved(form: FormData, visitor: Visitor, request: Request) -> Response:
        del request
        why = text_of(form, "why", 500)
        if not why:
            raise Turned(422, "desk.say_why")
        sent = text_of(form, "fate") == "sent"
        resolve(
            desk.ledger, text_of(form, "message", 32), sent, visitor.operator.name, why, desk.now()
        )
        return go_to(f"/waves/{text_of(form, 'wave', 128)}{query({'done': 'resolve'})}#unknown")

    @app.does("/waves/{wave}/approve")
    def approved(form: FormData, visitor: Visitor, request: Request) -> Response:
        found, count = (
            read_wave(desk.ledger, request.path_params["wave"]),
            text_of(form, "customers", 12).replace(",", ""),
        )
        if not count.isdecimal():
            raise Turned(422, "desk.say_count")
        wave, treated = found.wave_id, int(found.plan["treatment"])
        if int(count) != treated:
            raise Turned(422, "desk.wrong_count", named=f"{int(count):,}", treated=f"{treated:,}")
        despite = ["--despite-warnings"] if text_of(form, "despite") == "yes" else []
        command = [
            "wave",
            "approve",
            wave,
            "--customers",
            count,
            "--by",
            visitor.operator.name,
            *despite,
        ]
        return app.runs("approve", command, visitor, f"/waves/{wave}", wave=wave)

    @app.does("/waves/{wave}/stop")
    def stopped(form: FormData, visitor: Visitor, request: Request) -> Response:
        del form
        wave = read_wave(desk.ledger, request.path_params["wave"]).wave_id
        return app.runs(
            "stop",
            ["wave", "stop", wave, "--by", visitor.operator.name],
            visitor,
            f"/waves/{wave}",
            wave=wave,
        )


def _add_model(app: Pages) -> None:
    desk = app.desk

    @app.shows("/model")
    def the_model(request: Request, visitor: Visitor) -> Response:
        told = model.model(desk)
        said = [(each, alarm_told(each, visitor.language)) for each in told["alarms"]]
        return page(
            "model",
            request,
            desk,
            visitor,
            **{**told, "alarms": said},
            rules=RULES,
            figures=model.FIGURES,
        )

    @app.does("/model/look")
    def looked(form: FormData, visitor: Visitor, request: Request) -> Response:
        del form, request
        return app.runs("look", ["report", "daily"], visitor, "/model")

    @app.does("/model/promote", "admin")
    def promoted(form: FormData, visitor: Visitor, request: Request) -> Response:
        del request
        version = text_of(form, "version", 16)
        if not version.isalnum():
            raise HTTPException(404)
        return app.runs(
            "promote", ["models", f"--promote={version}"], visitor, "/model", version=version
        )

    @app.does("/model/rollback", "admin")
    def rolled_back(form: FormData, visitor: Visitor, request: Request) -> Response:
        del form, request
        return app.runs("rollback", ["models", "--rollback"], visitor, "/model")


def _add_data(app: Pages) -> None:
    desk = app.desk

    @app.shows("/data")
    def the_data(request: Request, visitor: Visitor) -> Response:
        return page(
            "data",
            request,
            desk,
            visitor,
            **data_page.data(desk),
            reason_told=data_page.reason_told,
        )

    @app.shows("/data/quarantine")
    def quarantined(request: Request, visitor: Visitor) -> Response:
        number = customers.page_number(request.query_params)
        told = data_page.quarantine(desk, request.query_params.get("reason", ""), number)
        return page(
            "quarantine",
            request,
            desk,
            visitor,
            **told,
            number=number,
            page_rows=customers.PAGE_ROWS,
            reason_told=data_page.reason_told,
        )

    @app.does("/data/import")
    def imported(form: FormData, visitor: Visitor, request: Request) -> Response:
        del form, request
        return app.runs("import", ["import"], visitor, "/data")

    @app.post("/data/upload", include_in_schema=False)
    async def uploaded(request: Request) -> Response:
        visitor = await asyncio.to_thread(visitor_of, request, desk)
        visitor.check("operator")
        form = await form_of(request, visitor, data_page.MOST_FILES)
        try:
            upload = await data_page.take_in(desk, form.getlist("files"), visitor.operator.name)
        finally:
            await form.close()
        return go_to(f"/data/upload/{upload}")

    @app.shows("/data/upload/{upload}", "operator")
    def an_upload(request: Request, visitor: Visitor) -> Response:
        told = data_page.looked_at(desk, request.path_params["upload"], None, visitor.language)
        return shown(request, visitor, told)

    @app.does("/data/upload/{upload}")
    def answered(form: FormData, visitor: Visitor, request: Request) -> Response:
        names = (*data_page.FIELDS, *data_page.HOW, "timezone", "currency", "paid")
        answers = {name: text_of(form, name, 256) for name in names}
        return shown(
            request,
            visitor,
            data_page.looked_at(desk, request.path_params["upload"], answers, visitor.language),
        )

    def shown(request: Request, visitor: Visitor, told: dict[str, Any]) -> Response:
        return page(
            "upload", request, desk, visitor, **told, fields=data_page.FIELDS, how=data_page.HOW
        )

    @app.does("/data/upload/{upload}/import")
    def taken(form: FormData, visitor: Visitor, request: Request) -> Response:
        del form
        data_page.make_a_source(desk, request.path_params["upload"], visitor.operator.name)
        return app.runs("import", ["import"], visitor, "/data")

    @app.does("/data/upload/{upload}/drop")
    def dropped(form: FormData, visitor: Visitor, request: Request) -> Response:
        del form
        data_page.drop_source(desk, request.path_params["upload"], visitor.operator.name)
        return go_to(f"/data{query({'done': 'drop'})}")


def _add_reports(app: Pages) -> None:
    desk = app.desk
    commands = {
        "weekly": ["report", "weekly"],
        "monthly": ["report", "monthly"],
        "diagnosis": ["diagnose"],
    }

    @app.shows("/reports")
    def every_report(request: Request, visitor: Visitor) -> Response:
        return page(
            "reports",
            request,
            desk,
            visitor,
            reports=reports.reports(desk, visitor.language),
            kinds=list(commands),
        )

    @app.shows("/reports/file/{name:path}")
    def a_report(request: Request, visitor: Visitor) -> Response:
        del visitor
        found = reports.report_of(desk, request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        kind = "inline" if found.path.suffix in (".html", ".svg") else "attachment"
        return FileResponse(
            found.path,
            filename=found.path.name,
            media_type=reports.MEDIA[found.path.suffix],
            content_disposition_type=kind,
            headers={"content-security-policy": POLICY_OF_FILES},
        )

    @app.does("/reports/make")
    def made(form: FormData, visitor: Visitor, request: Request) -> Response:
        del request
        kind = text_of(form, "kind", 16)
        if kind not in commands:
            raise HTTPException(404)
        return app.runs(kind, commands[kind], visitor, text_of(form, "back") or "/reports")


def _file(lines: Any, name: str) -> Response:
    """A spreadsheet to take along."""
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
