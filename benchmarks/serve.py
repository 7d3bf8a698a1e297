"""The prediction service, with keys, limits and log, against `mlflow models serve` and a bare
FastAPI echo.

One made shop of 100,000 customers; each round asks every server in turn, one process each, from 16
connections. Every answer is checked: its status, and that it is the same each time; the first one's
value against the batch job's. MLflow serves the core booster alone, with a signature (it checks its
input, as we do) and, named so, without one.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from made import LAST_DAY, made_shop
from runs import HERE, ratio, report

sys.path.insert(0, str(HERE.parent / "training"))
from train import learn

from winback.config.shop import Shop
from winback.config.sources import OrderSource
from winback.core.cutoff import Cutoff
from winback.core.paths import DataPaths
from winback.features.registry import NAMES
from winback.features.rule_features import ALL_FEATURES
from winback.ledger.api_keys import create_api_key
from winback.ledger.engine import open_ledger
from winback.model.versions import promote_version
from winback.scoring.batch import score_shop

CUSTOMERS = 100_000
ROUNDS = int(os.environ.get("WINBACK_ROUNDS", "5"))
SECONDS = 3
CONNECTIONS = 16
PORTS = {"ours": 18765, "echo": 18766, "mlflow": 18767, "mlflow without signature": 18768}
STARTS = 5
ENVIRONMENT = {
    **os.environ,
    "OMP_WAIT_POLICY": "PASSIVE",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


def main() -> None:
    """Make the shop, start the servers, ask them."""
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as scratch:
        folder = Path(scratch)
        shop, home, version = _home(folder)
        bodies, right = _bodies(folder, home.get_shop_folder(shop.name), shop)
        key = _key(home, shop)
        _mlflow_models(folder, home.get_models_folder(shop.name) / version)
        facts: dict[str, Any] = {
            "customers": CUSTOMERS,
            "connections": CONNECTIONS,
            "starts": _starts(folder, home),
        }
        with contextlib.ExitStack() as servers:
            ours = servers.enter_context(_serving(folder, home))
            servers.enter_context(
                _server(
                    "echo",
                    [
                        sys.executable,
                        "-m",
                        "uvicorn",
                        "echo:app",
                        "--no-access-log",
                        "--log-level",
                        "warning",
                    ],
                )
            )
            for name in ("mlflow", "mlflow without signature"):
                model = str(folder / name.replace(" ", "-"))
                servers.enter_context(_server(name, [str(Path(sys.executable).with_name("mlflow")), "models", "serve", "-m", model,
                                                     "--env-manager", "local", "--host", "127.0.0.1"]))  # fmt: skip
            questions = _questions(bodies, key)
            facts["rounds"] = [_round(questions, right) for _ in range(ROUNDS)]
            facts["mixed"] = [_mixed(questions, each) for each in facts["rounds"][:3]]
            facts["batch"] = [
                _during(questions, facts["rounds"], lambda: _scoring(folder, home))
                for _ in range(2)
            ]
            facts["swap"] = [
                _during(
                    questions,
                    facts["rounds"],
                    lambda: _swapping(home.get_models_folder(shop.name), version),
                )
                for _ in range(2)
            ]
            facts["abuse"] = [_abused(questions, facts["rounds"], ours) for _ in range(2)]
            facts["overload"] = [_overload(questions, each) for each in facts["rounds"][:3]]
            facts["memory"] = _memory(questions, ours, home.get_models_folder(shop.name), version)
        _report(facts)


def _home(folder: Path) -> tuple[Shop, DataPaths, str]:
    """A scored shop with a model learned on a tenth of it."""
    shop, home = (
        Shop(name="made", timezone="UTC", outcome_days=30, orders=(OrderSource(profile="cdnow"),)),
        DataPaths(folder / "home"),
    )
    models = home.get_models_folder("made")
    bundle = learn(
        shop, made_shop(folder / "small", CUSTOMERS // 10, folder / "spill"), models, 7
    ).bundle
    promote_version(models, bundle.version, datetime(2026, 7, 1), "first")
    store = made_shop(home.get_shop_folder("made"), CUSTOMERS, folder / "spill")
    score_shop(shop, store, bundle, home.get_shop_folder("made") / "snapshots", LAST_DAY)
    text = (
        'name = "made"\ntimezone = "UTC"\noutcome_days = 30\n[orders]\nprofile = '
        '"cdnow"\npaths '
        '= ["none.txt"]\n'
    )
    (folder / "made.toml").write_text(text)
    return shop, home, bundle.version


def _bodies(folder: Path, var: Path, shop: Shop) -> tuple[dict[str, Path], dict[str, float]]:
    """What is asked, as files, and the probability the batch job gave the first customer of
    each."""
    day = LAST_DAY.isoformat()
    table = pq.read_table(var / "snapshots" / day / "features.parquet")
    features = table.take(list(range(0, len(table), len(table) // 100))[:100]).to_pylist()
    ids = [row["customer_id"] for row in features]
    scored = {row["customer_id"]: row["churn_probability"]
              for row in pq.read_table(var / "snapshots" / day / "snapshot.parquet",
                                       filters=[("customer_id", "in", ids)]).to_pylist()}  # fmt: skip
    names = [feature.name for feature in ALL_FEATURES]
    rows = [
        {"customer_id": row["customer_id"], "features": {name: row[name] for name in names}}
        for row in features
    ]
    histories = _histories(var, ids, shop)
    made = {
        "id": {"customer_ids": ids[:1]}, "1 row": {"cutoff": day, "rows": rows[:1]}, "100 rows": {"cutoff": day, "rows": rows},
        "history": {"cutoff": day, "customers": histories},
        **{f"mlflow {count}": {"dataframe_split": {"columns": list(NAMES), "data": [[row[name] for name in NAMES] for row in features[:count]]}}
           for count in (1, 100)},
    }  # fmt: skip
    # MLflow without a signature takes columns of nulls for text and fails: there they are zeros.
    for count in (1, 100):
        plain = json.loads(json.dumps(made[f"mlflow {count}"]))
        plain["dataframe_split"]["data"] = [
            [0.0 if value is None else value for value in row]
            for row in plain["dataframe_split"]["data"]
        ]
        made[f"mlflow plain {count}"] = plain
    files = {}
    for name, body in made.items():
        files[name] = folder / f"{name.replace(' ', '-')}.json"
        files[name].write_text(json.dumps(body))
    return files, {
        "id": scored[ids[0]],
        "1 row": scored[ids[0]],
        "100 rows": scored[ids[0]],
        "history": scored[ids[0]],
    }


def _histories(var: Path, ids: list[str], shop: Shop) -> list[dict[str, Any]]:
    from winback.data.store import open_store, quote_literal

    con = open_store(var).connect()
    listed = ", ".join(map(quote_literal, ids))
    at = Cutoff(LAST_DAY, shop.timezone, 30).at + timedelta(days=1)
    told: dict[str, dict[str, Any]] = {
        each: {"customer_id": each, "orders": [], "refunds": [], "events": []} for each in ids
    }

    def rows(table: str) -> list[dict[str, Any]]:
        query = (
            f"select * from {table} where customer_id in ({listed}) and occurred_at < "
            f"timestamp '{at}' order by occurred_at"
        )
        return list(con.sql(query).to_arrow_table().to_pylist())

    def times(row: Mapping[str, Any]) -> dict[str, str]:
        return {name: row[name].isoformat() + "Z" for name in ("occurred_at", "known_at")}

    for row in rows("orders"):
        plain = {
            name: row[name] for name in ("order_id", "amount_minor", "discount_minor", "units")
        }
        told[row["customer_id"]]["orders"].append(
            {**plain, **times(row), "line_count": row["lines"]}
        )
    for row in rows("refunds"):
        told[row["customer_id"]]["refunds"].append(
            {**times(row), "order_id": row["order_id"], "amount_minor": row["amount_minor"]}
        )
    for row in rows("events"):
        told[row["customer_id"]]["events"].append(
            {**times(row), "kind": row["kind"], "value": row["value"]}
        )
    return [told[each] for each in ids]


def _key(home: DataPaths, shop: Shop) -> str:
    ledger = open_ledger(home.get_ledger_path(shop.name))
    ledger.migrate()
    made = create_api_key(
        ledger, "bench", ("predict", "read"), datetime(2026, 7, 1), 730, "100000000/second"
    )
    return made.token


def _mlflow_models(folder: Path, bundle: Path) -> None:
    """The core booster as MLflow saves it, in a process of its own: MLflow is loaded nowhere
    else."""
    code = """
import sys, mlflow, xgboost
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from winback.features.registry import NAMES
folder, bundle = sys.argv[1:]
booster = xgboost.Booster(model_file=bundle + "/model.ubj")
signature = ModelSignature(Schema([ColSpec("double", name, required=False) for name in NAMES]))
mlflow.xgboost.save_model(booster, folder + "/mlflow", pip_requirements=[], signature=signature)
mlflow.xgboost.save_model(booster, folder + "/mlflow-without-signature", pip_requirements=[])
"""
    subprocess.run(
        [sys.executable, "-c", code, str(folder), str(bundle)],
        check=True,
        env=ENVIRONMENT,
        stderr=subprocess.DEVNULL,
    )


def _starts(folder: Path, home: DataPaths) -> list[dict[str, dict[str, float]]]:
    """Seconds from start to ready, beside the bare imports: as Python does them, and without
    what they pull in beside."""
    imports = "import fastapi, numpy, xgboost"
    lean = f"from winback.core.import_guard import block_heavy_imports; block_heavy_imports(); {imports}"
    done = []
    for _ in range(STARTS):
        seconds = {}
        for name, code in (("imports", imports), ("lean imports", lean)):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)
            seconds[name] = {"seconds": time.perf_counter() - began}
        began = time.perf_counter()
        with _serving(folder, home, wait=0.002):
            seconds["ready"] = {"seconds": time.perf_counter() - began}
        done.append(seconds)
    return done


@contextlib.contextmanager
def _serving(folder: Path, home: DataPaths, wait: float = 0.05) -> Iterator[int]:
    command = [
        sys.executable,
        "-m",
        "winback.cli",
        "serve",
        "--shop",
        str(folder / "made.toml"),
        "--notice",
        "0",
    ]
    with _server("ours", command, {"WINBACK_HOME": str(home.root)}, "/readyz", wait) as pid:
        yield pid


@contextlib.contextmanager
def _server(
    name: str, command: list[str], more: Mapping[str, str] = {}, path: str = "/", wait: float = 0.05
) -> Iterator[int]:
    port = PORTS[name]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=HERE,
            env={**ENVIRONMENT, **more},
            stdout=log,
            stderr=log,
        )
        try:
            for _ in range(int(90 / wait)):
                assert process.poll() is None, f"{name} ended: {_last(log)}"
                if _answers(f"http://127.0.0.1:{port}{path}"):
                    break
                time.sleep(wait)
            else:
                raise TimeoutError(name)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _answers(url: str) -> bool:
    """Whether a server answers, whatever it says."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _last(log: Any) -> str:
    log.seek(0)
    return str(log.read()[-2000:])


def _questions(bodies: Mapping[str, Path], key: str) -> dict[str, dict[str, Any]]:
    def ours(path: str, body: str) -> dict[str, Any]:
        return {
            "server": "ours",
            "method": "POST",
            "path": path,
            "body": str(bodies[body]),
            "headers": {"authorization": f"Bearer {key}"},
        }

    def other(server: str, path: str, body: str) -> dict[str, Any]:
        return {"server": server, "method": "POST", "path": path, "body": str(bodies[body])}

    return {
        "ours id": ours("/v1/scores", "id"), "ours 1 row": ours("/v1/scores/from-features", "1 row"),
        "ours 100 rows": ours("/v1/scores/from-features", "100 rows"), "ours history": ours("/v1/scores/from-history", "history"),
        "echo id": other("echo", "/ids", "id"), "echo 1 row": other("echo", "/rows", "1 row"), "echo 100 rows": other("echo", "/rows", "100 rows"),
        "mlflow 1 row": other("mlflow", "/invocations", "mlflow 1"), "mlflow 100 rows": other("mlflow", "/invocations", "mlflow 100"),
        "plain mlflow 1 row": other("mlflow without signature", "/invocations", "mlflow plain 1"),
        "plain mlflow 100 rows": other("mlflow without signature", "/invocations", "mlflow plain 100"),
    }  # fmt: skip


def _load(server: str, questions: list[dict[str, Any]], rate: float = 0, seconds: float = SECONDS, connections: int = CONNECTIONS,
          most: int = 256, refusals: bool = False, changing: bool = False) -> dict[str, Any]:  # fmt: skip
    told = {
        "port": PORTS[server],
        "questions": questions,
        "rate": rate,
        "seconds": seconds,
        "connections": connections,
        "most": most,
        "changing": changing,
    }
    out = subprocess.run(
        [sys.executable, str(HERE / "load.py"), json.dumps(told)],
        check=True,
        capture_output=True,
        text=True,
    )
    found = dict(json.loads(out.stdout))
    assert not found["wrong"], f"{server}: an answer differed"
    allowed = {"200", "503", "429"} if refusals else {"200"}
    assert set(found["statuses"]) <= allowed, (server, found)
    assert refusals or not (found["broken"] or found["unanswered"]), (server, found)
    return found


def _round(questions: Mapping[str, dict[str, Any]], right: Mapping[str, float]) -> dict[str, Any]:
    done = {}
    for name, question in questions.items():
        connections = 1 if name == "ours history" else CONNECTIONS
        found = done[name] = _load(question["server"], [question], connections=connections)
        if question["server"] == "ours":
            [chance] = re.findall(r'"churn_probability":([0-9.]+)', found["answer"])[:1]
            assert float(chance) == right[name.removeprefix("ours ")], (name, chance)
        print(f"{name:24s} {found['rate']:9.1f}/s  p99 {found['p99_ms']} ms", file=sys.stderr)
    return done


def _mixed(questions: Mapping[str, dict[str, Any]], peak: Mapping[str, Any]) -> dict[str, Any]:
    """90 % one row or id, 10 % of a hundred rows, at 70 % of what MLflow can: faster than that
    it would only queue."""
    share = {"mlflow": ("mlflow 1 row", "mlflow 100 rows"), "ours": ("ours id", "ours 100 rows")}
    cost = 0.9 / peak["mlflow 1 row"]["rate"] + 0.1 / peak["mlflow 100 rows"]["rate"]
    rate = 0.7 / cost
    found = {}
    for server, (most, some) in share.items():
        asked = [{**questions[most], "weight": 90}, {**questions[some], "weight": 10}]
        found[server] = _load(server, asked, rate=rate, seconds=8)
    return {**found, "rate": {"a second": rate}}


def _during(
    questions: Mapping[str, dict[str, Any]], rounds: list[Any], other: Any
) -> dict[str, Any]:
    """p99 by id at a tenth of the peak, quiet and while something else goes on."""
    # At a third the generator, which is Python too, needs a core of its own, and what is measured
    # is how the two share.
    rate = statistics.median(each["ours id"]["rate"] for each in rounds) / 10
    quiet = _load("ours", [questions["ours id"]], rate=rate, seconds=6)
    with other():
        busy = _load("ours", [questions["ours id"]], rate=rate, seconds=12, changing=True)
    return {"quiet": quiet, "busy": busy}


@contextlib.contextmanager
def _scoring(folder: Path, home: DataPaths) -> Iterator[None]:
    """The batch job, again and again, as a timer of the system would start it: with little right
    to the processor."""
    loop = (
        f"while true; do nice -n 19 {sys.executable} -m winback.cli score --shop "
        f"{folder / 'made.toml'} --json > /dev/null; done"
    )
    process = subprocess.Popen(
        ["bash", "-c", loop],
        env={**ENVIRONMENT, "WINBACK_HOME": str(home.root)},
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def _swapping(models: Path, version: str) -> Iterator[None]:
    """Another model every few seconds: one that says the same under another name."""
    other = _twin(models, version)
    code = (
        "import pathlib, sys, time\nmodels, names = pathlib.Path(sys.argv[1]), sys.argv[2:]\n"
        "for number in range(10_000):\n  fresh = models / '.champion-swap'\n  "
        "fresh.write_text(names[number % 2])\n"
        "  fresh.replace(models / 'champion')\n  time.sleep(3)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(models), other, version])
    try:
        yield
    finally:
        process.kill()
        process.wait()
        (models / "champion").write_text(version)
        time.sleep(4)  # until it serves again


def _abused(questions: Mapping[str, dict[str, Any]], rounds: list[Any], pid: int) -> dict[str, Any]:
    """p99 by id at a tenth of the peak, quiet and among hostile clients, and the MiB they cost."""
    rate = statistics.median(each["ours id"]["rate"] for each in rounds) / 10
    quiet, before = _load("ours", [questions["ours id"]], rate=rate, seconds=6), _mib(pid)
    process = subprocess.Popen(
        ["nice", "-n", "10", sys.executable, str(HERE / "abuse.py"), str(PORTS["ours"])],
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(2)
        abused = _load("ours", [questions["ours id"]], rate=rate, seconds=12)
    finally:
        process.kill()
        process.wait()
    return {"quiet": quiet, "abused": abused, "grown": {"mib": _mib(pid) - before}}


def _mib(pid: int) -> float:
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) / 1024


def _twin(models: Path, version: str) -> str:
    manifest = json.loads((models / version / "manifest.json").read_text())
    text = json.dumps({**manifest, "twin": True})
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    if not (models / name).exists():
        shutil.copytree(models / version, models / name)
        (models / name / "manifest.json").write_text(text)
    return name


def _overload(questions: Mapping[str, dict[str, Any]], peak: Mapping[str, Any]) -> dict[str, Any]:
    """Five times as many questions of one row as it can answer."""
    best = peak["ours 1 row"]["rate"]
    found = _load(
        "ours",
        [questions["ours 1 row"]],
        rate=5 * best,
        seconds=5,
        connections=5 * CONNECTIONS,
        most=640,
        refusals=True,
    )
    return {"peak": {"rate": best}, "overload": found}


def _memory(
    questions: Mapping[str, dict[str, Any]], pid: int, models: Path, version: str
) -> dict[str, Any]:
    """MiB of the service while it is asked, and its model is changed."""
    seen = []
    with _swapping(models, version):
        for _ in range(10):
            _load(
                "ours",
                [{**questions["ours id"], "weight": 90}, {**questions["ours 1 row"], "weight": 10}],
                seconds=SECONDS,
                changing=True,
            )
            seen.append(_mib(pid))
    return {"mib": [round(each, 1) for each in seen], "grown_mib": round(seen[-1] - seen[1], 1)}


def _report(facts: dict[str, Any]) -> None:
    rounds, starts = facts["rounds"], facts["starts"]
    refusals = [
        {"ours": {"ms": each["overload"]["refused_p99_ms"] or 0.0}, "one": {"ms": 1.0}}
        for each in facts["overload"]
    ]
    memory = [{"ours": {"mib": facts["memory"]["grown_mib"]}, "one": {"mib": 1.0}}]
    customers = [
        {"history": {"rate": each["ours history"]["rate"] * 100}, "one": {"rate": 1.0}}
        for each in rounds
    ]
    goals = {
        "1 row, requests a second against mlflow": (ratio(rounds, "ours 1 row", "mlflow 1 row", "rate"), "≥", 3.0),
        "1 row, against mlflow without a signature": (ratio(rounds, "ours 1 row", "plain mlflow 1 row", "rate"), "≥", 3.0),
        "100 rows, against mlflow": (ratio(rounds, "ours 100 rows", "mlflow 100 rows", "rate"), "≥", 4.0),
        "100 rows, against mlflow without a signature": (ratio(rounds, "ours 100 rows", "plain mlflow 100 rows", "rate"), "≥", 4.0),
        "1 row, against echo": (ratio(rounds, "ours 1 row", "echo 1 row", "rate"), "≥", 0.75),
        "100 rows, against echo": (ratio(rounds, "ours 100 rows", "echo 100 rows", "rate"), "≥", 0.75),
        "by id, against echo": (ratio(rounds, "ours id", "echo id", "rate"), "≥", 0.75),
        "from history, customers a second": (ratio(customers, "history", "one", "rate"), "≥", 100.0),
        "mixed load, p99 against mlflow": (ratio(facts["mixed"], "ours", "mlflow", "p99_ms"), "≤", 0.25),
        "p99 while the batch job runs, against quiet": (ratio(facts["batch"], "busy", "quiet", "p99_ms"), "≤", 3.0),
        "p99 while models are swapped, against quiet": (ratio(facts["swap"], "busy", "quiet", "p99_ms"), "≤", 1.5),
        "p99 among hostile clients, against quiet": (ratio(facts["abuse"], "abused", "quiet", "p99_ms"), "≤", 3.0),
        "goodput at five times the peak": (ratio(facts["overload"], "overload", "peak", "rate"), "≥", 0.85),
        "refusals at five times the peak, p99 in ms": (ratio(refusals, "ours", "one", "ms"), "≤", 50.0),
        "memory grown over the run, MiB": (ratio(memory, "ours", "one", "mib"), "≤", 8.0),
        "start to ready, against the bare imports": (ratio(starts, "ready", "imports", "seconds"), "≤", 1.3),
        "start to ready, against the imports without pandas and scikit-learn": (ratio(starts, "ready", "lean imports", "seconds"), "≤", 1.3),
    }  # fmt: skip
    print(f"memory over the run: {facts['memory']['mib']} MiB")
    report("serve", goals, facts)


if __name__ == "__main__":
    main()
