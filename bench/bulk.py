# SPDX-License-Identifier: Apache-2.0
"""`make bench-bulk`: imports and exports of graphprofile, compared with PostgreSQL's own \\copy of the same rows.

It uses a private PostgreSQL with fsync on, in run/bench-bulk. Each rate comes from one run on a machine that should be
idle, so the output has the load of the machine.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from dev import lock  # noqa: E402
from dev.postgres import Postgres  # noqa: E402

STATE = Path(os.environ.get("GRAPHPROFILE_RUN", ROOT / "run")) / "bench-bulk"
PROGRAM = ROOT / "build" / "graphprofile"
WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor".split()


def write_lines(file: Path, count: int) -> None:
    """Write positions of about 500 bytes, two for each owner, not ordered by owner."""
    dice = random.Random(1)
    with open(file, "w", encoding="ascii") as out:
        for number in range(count):
            owner = number // 2
            out.write(json.dumps({
                "owner": f"{owner * 2654435761 % 2**32:08x}-0000-4000-8000-{owner:012x}", "externalId": f"HR-{number}",
                "position": {
                    "detail": {
                        "jobTitle": f"Engineer {number % 977}", "role": "Lead", "layer": number % 9,
                        "summary": " ".join(dice.choices(WORDS, k=12)), "employeeId": f"E{number:07}",
                        "startMonthYear": f"20{number % 24:02}-0{number % 9 + 1}-01",
                        "company": {"displayName": "Contoso", "department": f"Dept {number % 50}",
                                    "costCenter": f"C{number % 100}", "officeLocation": f"B{number % 30}",
                                    "address": {"type": "business", "street": f"Main St {number % 1000}",
                                                "city": "Seattle", "countryOrRegion": "US"}}},
                    "isCurrent": number % 2 == 0, "allowedAudiences": "organization",
                    "categories": ["hr", "import"]}}, separators=(",", ":")) + "\n")


def cpu_of(postgres: Postgres) -> float:
    """Return the CPU seconds of a PostgreSQL so far: of its processes, and of those that have ended."""
    parent = int((postgres.data / "postmaster.pid").read_text().split()[0])
    pids = [parent, *Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        ticks += sum(map(int, fields[11:15 if pid == parent else 13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(postgres: Postgres, what: str, count: int, command: list, **options) -> float:
    """Run a command, print its rate and its cost, and return the rate."""
    before, began = cpu_of(postgres), time.monotonic()
    process = subprocess.Popen([str(word) for word in command], **options)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{what} failed")
    time.sleep(0.2)  # the backend ends after the program
    print(f"{what:32}{count:9,}{count / seconds:11,.0f}/s{usage.ru_maxrss / 1024:9.1f} MiB"
          f"{1e6 * (usage.ru_utime + usage.ru_stime) / count:8.1f} us"
          f"{1e6 * (cpu_of(postgres) - before) / count:8.1f} us   {os.getloadavg()[0]:.1f}", flush=True)
    return count / seconds


def run(postgres: Postgres, count: int) -> None:
    name, other = f"bulk_{count}", f"copy_{count}"
    for database in (name, other):
        postgres.psql(f"DROP DATABASE IF EXISTS {database}", "postgres")
        postgres.create_database(database)
    dsn = ["--dsn", f"host={postgres.host} dbname={name} user=graphprofile_import"]
    lines, rows, exported = (STATE / kind for kind in ("lines", "rows", "exported"))
    write_lines(lines, count)
    quiet = {"stdout": subprocess.DEVNULL}

    measure(postgres, "check", count, [PROGRAM, "check", lines], **quiet)
    postgres.psql("CHECKPOINT", "postgres")
    loaded = measure(postgres, "import, new", count, [PROGRAM, "import", *dsn, lines], **quiet)
    with open(rows, "wb") as file:
        subprocess.run(["psql", "-qX", "-h", postgres.host, "-U", "postgres", "-d", name, "-c",
                        "COPY (SELECT * FROM graphprofile.position ORDER BY ctid) TO STDOUT"], stdout=file, check=True)
    postgres.psql("CHECKPOINT", "postgres")
    copied = measure(postgres, "psql \\copy of the same rows", count, [
        "psql", "-qX", "-h", postgres.host, "-U", "postgres", "-d", other, "-c",
        f"\\copy graphprofile.position FROM '{rows}'"], **quiet)
    postgres.psql("VACUUM ANALYZE graphprofile.position", name)
    measure(postgres, "import, unchanged", count, [PROGRAM, "import", *dsn, lines], **quiet)
    measure(postgres, "import --dry-run", count, [PROGRAM, "import", "--dry-run", *dsn, lines], **quiet)
    with open(exported, "wb") as file:
        measure(postgres, "export", count, [PROGRAM, "export", *dsn], stdout=file)
    measure(postgres, "export to /dev/null", count, [PROGRAM, "export", *dsn], **quiet)
    print(f"import, new: {loaded / copied:.2f} of \\copy")
    for database in (name, other):
        postgres.psql(f"DROP DATABASE {database}", "postgres")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=lambda text: [int(number) for number in text.split(",")],
                        default=[100_000, 1_000_000])
    arguments = parser.parse_args()
    with lock.hold(STATE):
        shutil.rmtree(STATE, ignore_errors=True)
        STATE.mkdir(parents=True)
        postgres = Postgres(STATE, fsync="on", shared_buffers="512MB", max_wal_size="8GB")
        try:
            postgres.start()
            print(f"{'':32}{'rows':>9}{'rate':>13}{'memory':>13}{'its CPU':>11}{'PostgreSQL':>11}   load", flush=True)
            for count in arguments.rows:
                run(postgres, count)
        finally:
            postgres.stop("immediate")
            shutil.rmtree(STATE, ignore_errors=True)


if __name__ == "__main__":
    main()
