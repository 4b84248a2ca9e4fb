# SPDX-License-Identifier: Apache-2.0
"""The Containerfile, without a daemon or a registry: its steps in a fresh Debian, in order, each stage in the
same root; then its ENTRYPOINT as its USER, with a read-only root and a secret of mode 0440."""

import re
from pathlib import Path

import fresh
import pytest

ROOT = Path(__file__).resolve().parents[2]

SERVICE = """[graphprofile]
host=127.0.0.1
dbname=graphprofile
user=graphprofile
password=secret

[graphprofile_migrator]
host=127.0.0.1
dbname=graphprofile
user=graphprofile_migrator
password=secret
"""

# The environment of a container: a database, its secret, the authentication.
AROUND = f"""
apt-get install -y --no-install-recommends postgresql sudo apache2-utils
service postgresql start
cd /
sudo -u postgres createdb graphprofile
sudo -u postgres /src/sql/apply -d graphprofile
for role in graphprofile graphprofile_migrator; do
    echo "ALTER ROLE $role PASSWORD 'secret'" | sudo -u postgres psql -q
done
mkdir -p /run/secrets /run/graphprofile /etc/graphprofile/conf.d
cat > /run/secrets/pg_service.conf <<'END'
{SERVICE}END
chown root:33 /run/secrets/pg_service.conf
chmod 440 /run/secrets/pg_service.conf
cp /src/conf/basic.conf /etc/graphprofile/conf.d/
htpasswd -b -c /etc/graphprofile/users alice wonderland
chmod 644 /etc/graphprofile/users
"""

START = """
for _ in $(seq 100); do HEALTH && break; sleep 0.2; done
HEALTH
"""
POSITIONS = "http://127.0.0.1:8080/beta/me/profile/positions"
CREATE = f"curl -sS -i -u alice:wonderland {POSITIONS} -H 'Content-Type: application/json' --data '{{}}'"
ANONYMOUS = f"curl -sS -o /dev/null -w '%{{http_code}}' {POSITIONS}"
STOP = """
kill -STOP_SIGNAL $server
wait $server
"""


def instructions():
    text = (ROOT / "Containerfile").read_text()
    return re.findall(r"(?m)^([A-Z]+) (.*)$", text)


def steps():
    steps, environment, said = [], [], dict(instructions())
    for name, value in instructions():
        if name == "RUN":
            steps.append(value)
        elif name == "ENV":
            environment.append(value)
        elif name == "COPY":
            origin, target = re.sub(r"--from=\S+ ", "", value).split()
            if "--from" in value:
                steps.append(f"cp -a {origin}/. {target}")
            elif origin == ".":
                steps.append(f"cp -a /root/graphprofile/. {target}")
            else:
                steps.append(f"install -D /root/graphprofile/{origin} {target}")
        else:
            assert name in ("FROM", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"), name
    user, group = said["USER"].split(":")
    entry = re.search(r'\["(.*)"\]', said["ENTRYPOINT"]).group(1)
    # A root that is read-only except for mounts, as the user of the image.
    run = (f"env {' '.join(environment)} unshare --mount --propagation unchanged sh -c 'mount --bind / /mnt && mount --rbind /dev /mnt/dev"
           " && mount -t proc proc /mnt/proc && mount -o remount,bind,ro /mnt"
           " && mount -t tmpfs -o mode=1777 tmpfs /mnt/run/graphprofile && mount -t tmpfs tmpfs /mnt/tmp"
           f" && exec chroot /mnt setpriv --reuid={user} --regid={group} --clear-groups --no-new-privs"
           f" --bounding-set=-all --inh-caps=-all {entry} \"$@\"' start")
    health = said["HEALTHCHECK"].removeprefix("CMD ")
    signal = said["STOPSIGNAL"].removeprefix("SIG")
    return [("stages", "\n".join(steps)), ("around", AROUND), ("schema", f"{run} schema"),
            ("read-only", f"{run} sh -c '! touch /usr/x'"),
            ("start", f"{run} serve > /root/out 2> /root/errors &\nserver=$!" + START.replace("HEALTH", health)),
            ("create", CREATE), ("anonymous", ANONYMOUS), ("stop", STOP.replace("STOP_SIGNAL", signal)),
            ("logs", "cat /root/out"), ("errors", "cat /root/errors")]


@pytest.mark.parametrize("suite, number", [("trixie", 13)])
def test_the_containerfile(suite, number):
    [(_, first), *_] = instructions()
    assert first.startswith(f"docker.io/library/debian:{number}-slim")
    result = fresh.run(suite, steps(), ROOT)
    assert result.returncode == 0, result.report()
    newest = max(int(file.name[:4]) for file in ROOT.glob("sql/0*.sql"))
    assert result.seen("schema").endswith(f"schema {newest}, unchanged\n")
    assert result.seen("create").startswith("HTTP/1.1 201 Created") and result.seen("anonymous") == "401"
    logs, errors = result.seen("logs"), result.seen("errors")
    assert re.search(r'"POST /beta/me/profile/positions HTTP/1\.1" 201 .* create', logs)
    assert "created owner=alice" in logs and "caught SIGWINCH, shutting down gracefully" in logs
    assert "secret" not in logs and errors == ""  # all logs are on standard output
