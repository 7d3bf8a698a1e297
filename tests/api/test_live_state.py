"""Another model, snapshot or key takes its place while questions come in; what is damaged does not."""

import asyncio
import hashlib
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import NOW
from tests.fixtures.in_process import running
from winback.api.bundle_check import LATE, check_bundle
from winback.api.score_service import ScoreService
from winback.client import Client
from winback.core.errors import BundleDamaged, SnapshotDamaged
from winback.ledger.api_keys import revoke_api_key
from winback.ledger.engine import open_ledger
from winback.model.bundle import load_bundle
from winback.model.versions import promote_version
from winback.scoring.batch import score_shop
from winback.scoring.snapshot_index import open_index

KINDS = ("bit", "bytes", "cut", "digit", "empty")
SOAK = bool(os.environ.get("WINBACK_SOAK"))
FILES = (
    "model.ubj",
    "recent.ubj",
    "spend.ubj",
    "members.json",
    "base_rate.json",
    "thresholds.json",
    "manifest.json",
)


def mutated(content: bytes, kind: str, draw: random.Random) -> bytes:
    """Damage as disks, copies and hands do it."""
    place, made = draw.randrange(len(content)), bytearray(content)
    if kind == "bit":
        made[place] ^= 1 << draw.randrange(8)
    elif kind == "bytes":
        made[place : place + 8] = draw.randbytes(len(made[place : place + 8]))
    elif kind == "cut":
        del made[place:]
    elif kind == "digit":
        digits = [at for at, byte in enumerate(content) if 48 <= byte <= 57] or [place]
        made[draw.choice(digits)] = draw.choice(b"0123456789")
    else:
        made.clear()
    return bytes(made)


def another(models: Path, version: str, seed: int) -> str:
    """A second model, whole, that says something else: its spread is another, its golden rows and hashes are right."""
    staging = models / f"new-{seed}"
    shutil.copytree(models / version, staging)
    members = json.loads((staging / "members.json").read_text())
    members["slope"] *= 1 + seed
    (staging / "members.json").write_text(json.dumps(members))
    return signed(staging, golden=True)


def signed(staging: Path, golden: bool = False) -> str:
    """Name a bundle by its content, as the one who may write models would; golden: with the rows' new answers."""
    from winback.model import bundle

    manifest = json.loads((staging / "manifest.json").read_text())
    content = {name: (staging / name).read_bytes() for name in manifest["files"]}
    manifest["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    if golden:
        names = tuple(feature["name"] for feature in manifest["features"])
        rows = np.array(manifest["golden"]["rows"], dtype=np.float64)
        manifest["golden"] |= bundle._compute_golden_answers(
            bundle._load_ensemble(content, names), bundle._load_spend(content, names), rows
        )
    text = json.dumps(manifest)
    (staging / "manifest.json").write_text(text)
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    final = staging.parent / version
    shutil.rmtree(final, ignore_errors=True)
    staging.rename(final)
    return version


def name(models: Path, version: str) -> None:
    """Make a version the one that is to score, as a hand would: without looking at it."""
    fresh = models / ".champion"
    fresh.write_text(version)
    fresh.replace(models / "champion")


def serves(client: Client, version: str) -> bool:
    return client.get_model()["model"]["version"] == version


@pytest.mark.parametrize(
    "count", [200, pytest.param(10_000 if SOAK else 1_000, marks=pytest.mark.full)]
)
def test_damaged_models_are_refused_and_kill_nobody(served, count):
    """One flipped bit kills XGBoost one time in four, and changes what it says one time in ten, without a word."""
    draw, folder = random.Random(5), served.models / served.version
    whole = load_bundle(folder)
    rows = np.array(whole.manifest["golden"]["rows"], dtype=np.float64)
    right = whole.compute_margin(rows)
    for number in range(count):
        file = folder / draw.choice(FILES)
        content = file.read_bytes()
        damaged = mutated(content, KINDS[number % len(KINDS)], draw)
        if damaged == content:
            continue
        file.write_bytes(damaged)
        with pytest.raises(BundleDamaged):
            load_bundle(folder)
        file.write_bytes(content)
    assert (load_bundle(folder).compute_margin(rows) == right).all()


@pytest.mark.parametrize("count", [5, pytest.param(500 if SOAK else 40, marks=pytest.mark.full)])
def test_models_damaged_before_they_were_signed_kill_the_child_alone(served, count):
    """Here the hashes are right, so that XGBoost gets to read it: the golden rows and the child are what is left."""
    draw, models = random.Random(6), served.models
    refused = 0
    for number in range(count):
        staging = models / "staging"
        shutil.copytree(models / served.version, staging)
        file = staging / draw.choice(("model.ubj", "recent.ubj"))
        file.write_bytes(mutated(file.read_bytes(), KINDS[number % 3], draw))
        version = signed(staging)
        fault = asyncio.run(check_bundle(models / version))
        if fault is None:  # what the bit meant, no row reaches
            load_bundle(models / version)
        else:
            refused += 1
        shutil.rmtree(models / version)
    assert refused > 0


@pytest.mark.parametrize("kind", ["pickle", "empty", "no folder"])
def test_a_bad_candidate_is_named_and_the_old_model_serves_on(served, tmp_path, kind):
    marker, staging, old = tmp_path / "was-run", served.models / "staging", served.version
    shutil.copytree(served.models / old, staging)
    if kind == "pickle":

        class Evil:
            def __reduce__(self):
                return os.system, (f"touch {marker}",)

        (staging / "model.ubj").write_bytes(pickle.dumps(Evil()))
    elif kind == "empty":
        (staging / "model.ubj").write_bytes(b"")
    version = "0123456789abcdef" if kind == "no folder" else signed(staging)
    live = served.live()
    name(served.models, version)
    asyncio.run(live.refresh())
    assert live.served.bundle.version == old
    assert list(live.refused) == [version]
    assert live.said[-1][0] == "model_refused"
    assert not marker.exists()
    asyncio.run(live.refresh())
    assert len([key for key, _ in live.said if key == "model_refused"]) == 1, (
        "it is tried once, not every second"
    )


def test_a_model_that_hangs_whoever_loads_it_is_given_up(served):
    """A pipe where a file should be, a disk that does not answer."""
    folder = served.models / served.version
    (folder / "card.md").unlink()
    os.mkfifo(folder / "card.md")
    assert asyncio.run(check_bundle(folder, seconds=2)) == LATE


def test_a_service_that_starts_with_a_damaged_model_takes_the_one_before(served):
    second = another(served.models, served.version, 1)
    first = served.version
    promote_version(served.models, second, NOW, "better")
    (served.models / second / "model.ubj").write_bytes(b"x")
    live = served.live()
    assert live.served.bundle.version == first
    assert list(live.refused) == [second]


@pytest.mark.parametrize("swaps", [pytest.param(500 if SOAK else 20, marks=pytest.mark.full)])
def test_models_change_places_under_traffic_and_no_answer_mixes_them(served, tmp_path, swaps):
    """Every answer is one model's, and says which."""
    first = served.version
    versions = [first, another(served.models, first, 1)]
    index = open_index((served.snapshots / "2026-05-20").resolve())
    row = features_of(served, index.get_id(0))
    golden, stop, bad, seen = {}, threading.Event(), [], []
    with running(served, tmp_path) as service, Client(service.url, tries=1) as client:
        for version in versions:
            name(served.models, version)
            wait_for(partial(serves, client, version))
            [result] = client.score_features("2026-05-20", [row])
            golden[version] = result["churn_probability"]
        assert len(set(golden.values())) == 2

        def ask():
            with Client(service.url, tries=1) as mine:
                while not stop.is_set():
                    try:
                        whole = mine._request(
                            "POST",
                            "/v1/scores/from-features",
                            json={"cutoff": "2026-05-20", "rows": [row]},
                        )
                        [result] = whole["scores"]
                        if (
                            golden[result["model_version"]] != result["churn_probability"]
                            or whole["model"]["version"] != result["model_version"]
                        ):
                            bad.append(whole)
                        seen.append(result["model_version"])
                        time.sleep(0.02)  # two cores are also the child's that tries the model
                    except Exception as error:
                        bad.append(repr(error))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for swap in range(swaps):
            version = versions[swap % 2]
            if swap % 5 == 3:  # a damaged one in between is nobody's
                name(served.models, "0" * 16)
                time.sleep(1.2)
            name(served.models, version)
            wait_for(partial(serves, client, version))
        stop.set()
        for thread in threads:
            thread.join()
    assert bad == []
    assert set(seen) == set(versions)


def test_questions_that_wait_together_keep_their_own_models(served):
    """A history takes its model, is read for a second, and is scored beside a question of the model that came meanwhile."""
    first = served.live()
    name(served.models, another(served.models, served.version, 1))
    second = served.live()
    scoring, row = ScoreService(first.shop), features_of(served, "k0001")["features"]
    rows = np.array([[np.nan if value is None else value for value in row.values()]])

    async def both():
        day = first.snapshot.day
        return await asyncio.gather(
            scoring.score(first.served, day, ["a"], rows),
            scoring.score(second.served, day, ["b"], rows),
        )

    result = [score.model_version for [score] in asyncio.run(both())]
    assert result == [first.served.bundle.version, second.served.bundle.version]
    assert len(set(result)) == 2


def test_one_question_that_cannot_be_scored_harms_none_beside_it(served):
    live = served.live()
    scoring, row = ScoreService(live.shop), features_of(served, "k0001")["features"]
    rows = np.array([[np.nan if value is None else value for value in row.values()]])

    async def both():
        asked = (
            scoring.score(live.served, live.snapshot.day, ["a"], rows[:, :3]),
            scoring.score(live.served, live.snapshot.day, ["b"], rows),
        )
        return await asyncio.gather(*asked, return_exceptions=True)

    wrong, [right] = asyncio.run(both())
    assert isinstance(wrong, Exception)
    assert right.customer_id == "b"


def test_a_model_with_other_thresholds_is_refused_once_and_by_name(served):
    """The service needs more of a bundle than its trees."""
    staging = served.models / "staging"
    shutil.copytree(served.models / served.version, staging)
    (staging / "thresholds.json").write_text("{}")
    version, live = signed(staging), served.live()
    name(served.models, version)
    for _ in range(3):
        asyncio.run(live.refresh())
    assert list(live.refused) == [version]
    assert [key for key, _ in live.said].count("model_refused") == 1


def test_a_fault_that_may_pass_is_tried_again(served, monkeypatch):
    """A good model must not be refused for good because the machine was busy."""
    live, tries = served.live(), []

    async def late(_folder, **_):
        tries.append(1)
        return LATE

    monkeypatch.setattr("winback.api.live_state.check_bundle", late)
    monkeypatch.setattr("winback.api.live_state.RETRY_SECONDS", 0.0)
    name(served.models, another(served.models, served.version, 1))
    asyncio.run(live.refresh())
    asyncio.run(live.refresh())
    assert len(tries) == 2


def test_a_model_that_kills_its_reader_does_not_kill_the_service_at_its_next_start(
    served, monkeypatch
):
    """The child has died of it; the service must not load it because it was started anew."""
    bad = another(served.models, served.version, 2)
    served.live()
    asked = []

    async def died(folder, **_):
        asked.append(folder.name)
        return "loading it ended with SIGSEGV" if folder.name == bad else None

    monkeypatch.setattr("winback.api.live_state.check_bundle", died)
    good = served.version
    name(served.models, bad)
    live = served.live()
    assert (asked, live.served.bundle.version, list(live.refused)) == ([bad], good, [bad])


def test_a_new_snapshot_is_served_without_a_restart(served, made_store, learned):
    live = served.live()
    day = live.snapshot.day
    shutil.rmtree(served.snapshots / ".kept" / day.isoformat())
    (served.snapshots / day.isoformat()).unlink()
    live = served.live()
    assert live.snapshot.day == day - timedelta(days=7)
    score_shop(served.shop, made_store, learned.bundle, served.snapshots, day)
    asyncio.run(live.refresh())
    assert live.snapshot.day == day
    assert live.said[-1] == ("serve.snapshot", {"cutoff": day})


def test_a_damaged_snapshot_is_refused_and_the_one_before_serves(served):
    live = served.live()
    path = live.snapshot.folder / "snapshot_index.arrow"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(SnapshotDamaged):
        open_index(live.snapshot.folder)
    again = served.live()
    assert again.snapshot.day == live.snapshot.day - timedelta(days=7)
    assert again.said[0][0] == "snapshot_damaged"


def test_a_revoked_key_is_known_at_the_next_look(served):
    token = served.key()
    live = served.live()
    assert list(live.api_keys.keys) == [token.split("_")[1]]
    revoke_api_key(
        open_ledger(served.home.get_ledger_path("made")), token.split("_")[1], datetime(2026, 5, 2)
    )
    asyncio.run(live.refresh_keys())
    assert not live.api_keys.keys[token.split("_")[1]].is_valid(datetime(2026, 5, 3))
    live.api_keys.seen.add(token.split("_")[1])
    asyncio.run(live.refresh_keys())
    asyncio.run(live.refresh_keys())
    assert live.api_keys.keys[token.split("_")[1]].last_used_at == datetime(2026, 5, 22, 9)


def test_a_disk_that_does_not_answer_stops_nobody_looking(served, monkeypatch):
    """The next look may find what this one could not."""
    live, looks = served.live(), []

    async def look():
        looks.append(1)
        raise OSError("no such device")

    monkeypatch.setattr(live, "refresh", look)
    monkeypatch.setattr("winback.api.live_state.LOOK_SECONDS", 0.01)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(live.watch(), 0.2))
    assert len(looks) > 1
    assert live.said[-1] == ("serve.not_looked", {"detail": "OSError: no such device"})


def features_of(served, customer):
    import pyarrow.parquet as pq

    table = pq.read_table(served.snapshots / "2026-05-20" / "features.parquet")
    row = next(row for row in table.to_pylist() if row["customer_id"] == customer)
    return {
        "customer_id": customer,
        "features": {key: value for key, value in row.items() if key != "customer_id"},
    }


def wait_for(holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_trying_a_model_is_a_command_of_its_own(served):
    """It is what the service runs; a person can, too."""
    command = [
        sys.executable,
        "-m",
        "winback.api.bundle_check",
        str(served.models / served.version),
    ]
    assert subprocess.run(command, check=False, capture_output=True, timeout=60).returncode == 0
    (served.models / served.version / "model.ubj").write_bytes(b"x")
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, json.loads(done.stdout)["detail"]) == (3, "sha256")
