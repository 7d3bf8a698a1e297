"""An export is uploaded, looked at, corrected and imported; what is refused says why, and nothing is lost."""

import asyncio
import json
import threading
from datetime import timedelta

import httpx
import pytest

from winback.config.shop import get_uploads_path, load_shop
from winback.dashboard import jobs, uploads
from winback.data.store import open_store

STRANGE = "Wer,Wann,Beleg,Zahlung,Ware\n" + "".join(
    f"neu{at % 7},2026-05-{10 + at % 9} 10:00:00,R{at},{20 + at}.50,lamp\n" for at in range(40)
)


@pytest.fixture
def otto(dashboard):
    return dashboard.operator("otto", "operator")


def uploaded(user, *files, token=None):
    """A real multipart form, as a browser sends it."""
    form = {"form_token": user.token if token is None else token}

    async def one():
        transport = httpx.ASGITransport(user.dashboard.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", cookies=user.cookies
        ) as client:
            head = {"sec-fetch-site": "same-origin", "accept-language": "en"}
            parts = [("files", (name, content.encode(), "text/csv")) for name, content in files]
            return await client.post("/data/upload", data=form, files=parts, headers=head)

    return asyncio.run(one())


def test_an_upload_is_understood_corrected_previewed_and_imported(dashboard, otto):
    answer = uploaded(otto, ("verkauf.csv", STRANGE))
    where = answer.headers["location"]
    looked = otto.get(where)
    assert looked.status_code == 200
    assert 'role="alert"' in looked.text, "it does not know who bought"
    assert '<option value="Wer"' in looked.text
    result = otto.post(
        where,
        customer_id="Wer",
        ordered_at="Wann",
        order_id="Beleg",
        amount="Zahlung",
        product_name="Ware",
    )
    assert 'role="alert"' not in result.text
    assert "neu3" in result.text, "the first rows, as understood"
    assert "This is right: import it" in result.text
    before = open_store(dashboard.home.get_shop_folder("made")).manifest.counts["orders"]
    done = otto.wait_for(otto.post(f"{where}/import"))
    assert "Imported" in done.text
    store = open_store(dashboard.home.get_shop_folder("made"))
    assert store.manifest.counts["orders"] == before + 40
    assert len(load_shop(dashboard.file).orders) == 2
    assert dashboard.file.read_text() == dashboard.file.with_name("shop.toml").read_text(), (
        "nobody's program rewrites the shop file"
    )
    otto.post(f"{where}/drop")
    dashboard.run("import")
    assert open_store(dashboard.home.get_shop_folder("made")).manifest.counts["orders"] == before
    assert len(load_shop(dashboard.file).orders) == 1


@pytest.mark.full
def test_the_next_export_of_a_source_is_read_as_it_is_without_a_question(dashboard, otto):
    """The shop file has said already what its columns and its own statuses mean."""
    text = "buyer,order,paid_at,paid,qty,sku,category,off,status\n" + "".join(
        f"neu{at},N{at},2026-05-{10 + at} 10:00:00,{20 + at}.50,1,lamp,k,0,Done\n"
        for at in range(9)
    )
    where = uploaded(otto, ("next.csv", text)).headers["location"]
    looked = otto.get(where)
    assert 'role="alert"' not in looked.text
    assert "neu3" in looked.text
    assert "This is right: import it" in looked.text
    before = open_store(dashboard.home.get_shop_folder("made")).manifest.counts["orders"]
    otto.wait_for(otto.post(f"{where}/import"))
    store = open_store(dashboard.home.get_shop_folder("made"))
    assert store.manifest.counts["orders"] == before + 9
    assert store.manifest.counts["new_orders"] == 9
    otto.post(f"{where}/drop")


def test_the_preview_says_which_rows_would_be_refused_and_why(otto):
    broken = STRANGE + "neu1,not a day,R99,12.00,lamp\n"
    where = uploaded(otto, ("kaputt.csv", broken)).headers["location"]
    columns = {"customer_id": "Wer", "ordered_at": "Wann", "order_id": "Beleg", "amount": "Zahlung"}
    result = otto.post(where, **columns, product_name="Ware")
    assert result.status_code == 200
    assert "would be refused: 1 row, not a time" in result.text
    assert "line 42 of kaputt.csv" in result.text


def test_a_question_that_finds_no_room_or_takes_too_long_says_so(otto, monkeypatch):
    monkeypatch.setattr(jobs, "QUICK_SECONDS", 0.0)
    result = uploaded(otto, ("verkauf.csv", STRANGE))
    assert "It took too long" in otto.get(result.headers["location"]).text
    monkeypatch.setattr(jobs, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(jobs, "_ASKING", threading.Semaphore(0))
    result = uploaded(otto, ("nochmal.csv", STRANGE))
    assert "It took too long" in otto.get(result.headers["location"]).text


@pytest.mark.full
def test_rows_that_are_refused_stand_in_the_quarantine_with_their_reason(otto):
    broken = STRANGE + "neu1,not a day,R99,12.00,lamp\nneu2,2026-05-11 10:00:00,R98,twelve,lamp\n"
    where = uploaded(otto, ("verkauf.csv", broken)).headers["location"]
    otto.post(where, customer_id="Wer", ordered_at="Wann", order_id="Beleg", amount="Zahlung")
    otto.wait_for(otto.post(f"{where}/import"))
    page = otto.get("/data/quarantine").text
    for result in ("verkauf.csv", "not a day", "twelve", "Wann", "Zahlung"):
        assert result in page, result
    assert ">2</a>" in otto.get("/data").text


@pytest.mark.parametrize("name", ["x.exe", "", "...", "shop.toml"])
def test_a_file_that_is_no_export_is_refused_with_its_name(dashboard, otto, name):
    answer = uploaded(otto, (name, "x"))
    assert answer.status_code in (400, 409, 422), name
    assert not list((dashboard.home.get_shop_folder("made") / "uploads").glob("*/*.exe"))
    assert otto.get("/data").status_code == 200


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", "a:b|c.csv"]
)
def test_a_files_name_leads_nowhere_else(dashboard, otto, name):
    where = uploaded(otto, (name, STRANGE)).headers["location"]
    folder = dashboard.home.get_shop_folder("made") / "uploads" / where.rsplit("/", 1)[1] / "files"
    assert [path.parent for path in folder.rglob("*.csv")] == [folder]
    assert not list(dashboard.home.root.parent.glob("evil.csv"))
    for path in folder.glob("*.csv"):
        assert path.stat().st_mode & 0o077 == 0


def test_an_upload_that_grows_too_large_is_refused_and_leaves_nothing(dashboard, otto, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_UPLOAD_BYTES", 1000)
    answer = uploaded(otto, ("verkauf.csv", STRANGE))
    assert answer.status_code == 409
    assert not list((dashboard.home.get_shop_folder("made") / "uploads").glob("[!.]*"))


def test_an_upload_needs_its_token(dashboard, otto):
    assert uploaded(otto, ("verkauf.csv", STRANGE), token="x").status_code == 403
    assert not (dashboard.home.get_shop_folder("made") / "uploads").exists()


def test_sources_that_make_no_shop_are_not_written(dashboard, otto):
    where = uploaded(otto, ("verkauf.csv", STRANGE)).headers["location"]
    assert otto.post(f"{where}/import").status_code == 409, "nobody has said who bought"
    upload = where.rsplit("/", 1)[1]
    (dashboard.home.get_shop_folder("made") / "uploads" / upload / "draft.toml").write_text(
        '[orders]\nnonsense = "x"\n'
    )
    assert otto.post(f"{where}/import").status_code == 409
    assert not get_uploads_path(dashboard.file).exists()
    assert load_shop(dashboard.file).orders


def test_an_unreadable_file_of_uploads_is_named(dashboard):
    get_uploads_path(dashboard.file).write_text("{")
    with pytest.raises(Exception, match="shop_file_unreadable"):
        load_shop(dashboard.file)


def test_a_failed_import_says_why_and_what_was_there_stays(dashboard, otto):
    text = dashboard.file.read_text().replace("orders.csv", "gone.csv")
    dashboard.file.write_text(text)
    result = otto.wait_for(otto.post("/data/import"))
    assert 'role="alert"' in result.text
    assert "gone.csv" in result.text
    assert otto.get("/data").status_code == 200
    assert open_store(dashboard.home.get_shop_folder("made")).manifest.counts["orders"]


@pytest.mark.full
def test_taken_twice_it_is_one_source_and_a_name_of_ours_is_only_a_name(dashboard, otto):
    where = uploaded(otto, ("upload.json.csv", STRANGE)).headers["location"]
    otto.post(where, customer_id="Wer", ordered_at="Wann", order_id="Beleg", amount="Zahlung")
    for _ in range(2):
        otto.wait_for(otto.post(f"{where}/import"))
    assert len(load_shop(dashboard.file).orders) == 2
    assert "Wer" in otto.get(where).text, "the answers given before are shown again"


@pytest.mark.full
def test_one_job_at_a_time(otto):
    first = otto.post("/list/draw")
    second = otto.post("/data/import")
    assert second.status_code == 409
    assert "otto" in second.text
    otto.wait_for(first)
    assert otto.wait_for(otto.post("/data/import")).status_code == 200


@pytest.mark.full
def test_a_job_that_lost_its_service_is_told_as_cut_off_and_can_be_run_again(dashboard, otto):
    from winback.ledger.jobs import record_job_start

    job = record_job_start(
        dashboard.desk.ledger,
        "recall",
        {},
        "otto",
        f"{jobs.socket.gethostname()}:999999999:1",
        dashboard.now,
    )
    assert "cut off" not in otto.get(f"/jobs/{job}").text, "whoever started it may be about to tell"
    dashboard.now += timedelta(minutes=2)
    assert "cut off" in otto.get(f"/jobs/{job}").text
    assert "running it again is safe" in otto.get(f"/jobs/{job}").text.lower()
    otto.wait_for(otto.post("/list/draw"))


def test_the_command_line_looks_at_files_as_the_page_does(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from winback.cli.main import app

    monkeypatch.setenv("WINBACK_HOME", str(tmp_path))
    (tmp_path / "verkauf.csv").write_text(STRANGE)
    asked = ["import", str(tmp_path / "verkauf.csv"), "--preview", "--json", "--out", str(tmp_path / "x.toml"), "--set", "timezone=UTC",
             "--set", "currency=EUR"]  # fmt: skip
    result = json.loads(CliRunner().invoke(app, asked).stdout)
    assert result["refused"]
    assert not (tmp_path / "x.toml").exists()
    whole = [
        *asked,
        "--set",
        "customer_id=Wer",
        "--set",
        "ordered_at=Wann",
        "--set",
        "amount=Zahlung",
        "--set",
        "order_id=Beleg",
    ]
    result = json.loads(CliRunner().invoke(app, whole).stdout)
    assert result["refused"] is None
    assert result["preview"][0]["rows"]
    assert not (tmp_path / "var" / "verkauf" / "tables").exists(), "nothing is imported"
    refused = CliRunner().invoke(app, ["import", "--preview"])
    assert refused.exit_code == 2


@pytest.mark.full
def test_an_upload_lists_every_column_and_says_none_of_these_where_asked(otto):
    """The questions of the command line, on the page: candidates, none of them, and what is not used."""
    rows = "".join(
        f"{i},k{i % 3},2026-01-{1 + i:02d},2026-02-{1 + i:02d},9.50,x\n" for i in range(9)
    )
    text = f"order_id,customer_id,order_date,payment_date,total,warehouse\n{rows}"
    where = uploaded(otto, ("zwei.csv", text)).headers["location"]
    page = otto.get(where).text
    assert "payment_date (2026-02-01" in page
    assert "--set" not in page
    assert "warehouse</bdi>" in page
    assert 'value="!none"' in page
    answered = otto.post(where, ordered_at="order_date")
    assert "payment_date (2026-02-01" not in answered.text
