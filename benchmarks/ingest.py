"""A large CSV through the import, against nothing but DuckDB counting its rows.

`python ingest.py GB` makes a file of that size (10 without it), counts it, imports it, and writes
ingest.json. The peak is of all processes of the import together, sampled five times a second.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from runs import report

TOML = """
name = "large"
timezone = "Asia/Shanghai"
[orders]
paths = ["{path}"]
[orders.columns]
customer_id = "customer"
order_id = "order"
ordered_at = "paid_at"
amount = "paid"
quantity = "qty"
sku = "sku"
status = "status"
[orders.status]
Done = "paid"
"""


def made_csv(path: Path, size: int) -> None:
    """Two lines an order, a customer every eleventh order: numbers without a pattern that a
    reader could profit from."""
    import duckdb

    rows = size // 55
    duckdb.connect().execute(f"""
        copy (
          select 'k' || (hash(i // 2) % {max(rows // 22, 1)}) as customer, 'n' || (i // 2) as "order",
            strftime(timestamp '2024-01-01' + to_seconds((i // 2) * {63_000_000 / rows:.9f}), '%Y-%m-%d %H:%M:%S') as paid_at,
            (hash(i) % 90000 + 100) / 100 as paid, hash(i + 1) % 4 + 1 as qty, 's' || (hash(i + 2) % 5000) as sku,
            'Done' as status
          from range({rows}) as r(i)
        ) to '{path}' (header, delimiter ',')
    """)


def main() -> None:
    size = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    command = ["-m", "winback.cli", "import", "--json", "--shop"]
    with tempfile.TemporaryDirectory(
        prefix="winback-ingest-", dir=os.environ.get("WINBACK_BENCH_DIR")
    ) as scratch:
        folder = Path(scratch)
        path = folder / "large.csv"
        made_csv(path, int(size * 1e9))
        (folder / "shop.toml").write_text(TOML.replace("{path}", str(path)))
        done = []
        for _ in range(1 if size > 2 else 3):
            query = f"select count(*) from read_csv('{path}')"
            counted = _watched(
                ["-c", f'import duckdb; print(duckdb.sql("{query}").fetchall()[0][0])']
            )
            home = tempfile.mkdtemp(dir=folder)
            imported = _watched([*command, str(folder / "shop.toml")], {"WINBACK_HOME": home})
            rows = json.loads(imported["out"])["counts"]["rows_read"]
            assert rows == int(counted["out"]), (rows, counted["out"])
            again = _watched([*command, str(folder / "shop.toml")], {"WINBACK_HOME": home})
            done.append({"count": counted, "import": imported, "again": again})
            for step in done[-1].values():
                del step["out"]
            print(json.dumps(done[-1]), file=sys.stderr)
        facts = {"gigabytes": size, "rows": rows, "rounds": done}
        report("ingest", {
            "import against DuckDB's count, wall": (_ratio(done, "wall"), "≤", 3),
            "peak memory of the import, GiB": (_spread([each["import"]["peak_mib"] / 1024 for each in done]), "≤", 1.5),
            "the same import again against the count": (_ratio(done, "wall", "again"), "≤", 1),
        }, facts)  # fmt: skip


def _ratio(done: list[dict], figure: str, step: str = "import") -> dict[str, float]:
    return _spread([each[step][figure] / each["count"][figure] for each in done])


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median": round(ordered[len(ordered) // 2], 3),
        "least": round(ordered[0], 3),
        "greatest": round(ordered[-1], 3),
    }


def _watched(arguments: list[str], environment: dict[str, str] | None = None) -> dict:
    """Wall seconds, peak MiB of all its processes together, and what it printed."""
    start, peak, running = time.perf_counter(), 0, True
    process = subprocess.Popen([sys.executable, *arguments], env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE,
                               text=True, start_new_session=True)  # fmt: skip

    def watch() -> None:
        nonlocal peak
        while running:
            peak = max(peak, sum(_resident(process.pid)))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, _ = process.communicate()
    running = False
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{arguments} ended with {process.returncode}")
    return {"wall": time.perf_counter() - start, "peak_mib": peak / 1024, "out": out}


def _resident(session: int) -> Iterator[int]:
    """KiB of each process of a session, its share of what it shares."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == session:
                    rollup = (entry / "smaps_rollup").read_text()
                    yield next(
                        int(line.split()[1])
                        for line in rollup.splitlines()
                        if line.startswith("Pss:")
                    )
            except (OSError, StopIteration):
                continue


if __name__ == "__main__":
    main()
