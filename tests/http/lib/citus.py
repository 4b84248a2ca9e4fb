# SPDX-License-Identifier: Apache-2.0
"""A Citus cluster: a coordinator and workers, each a private PostgreSQL whose build has the extension citus."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import List, Optional

from dev import accounts
from dev.postgres import DATABASE, SQL, Postgres

APPLY = SQL / "apply"
SETTINGS = "GraphProfileMaxPositions 0\nGraphProfilePipeline Off\n"  # docs/scaling.md


def find() -> Optional[Path]:
    """The folder of the programs of a PostgreSQL with Citus: that of PG_CONFIG, or of the first pg_config on the PATH."""
    pg_config = os.environ.get("PG_CONFIG", "pg_config")
    try:
        told = subprocess.run([pg_config, "--bindir", "--sharedir"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    bin, share = map(Path, told.stdout.split())
    return bin if (share / "extension" / "citus.control").exists() else None


class Node(Postgres):
    """One PostgreSQL of a cluster, with an empty database. The nodes connect to each other by their sockets."""

    def __init__(self, state: Path, bin: Path):
        state.mkdir(parents=True)
        super().__init__(state, fsync="off", shared_preload_libraries="citus", wal_level="logical",
                         max_connections="120")
        self.settings |= {"citus.node_conninfo": "sslmode=prefer", "citus.local_hostname": self.host,
                          "citus.shard_count": "8"}
        self.bin = bin

    def start(self) -> None:
        """Start it. Create the cluster and the database at the first call; applying the schema is the test's part."""
        if self.is_running():
            return
        is_new = not self.data.exists()
        if is_new:
            self._initdb()
            with open(self.data / "pg_ident.conf", "a", encoding="utf-8") as users:
                # Nodes log in to each other as the current role, which is the owner while files of sql/ run.
                users.write(f"graphprofile {accounts.POSTGRES} graphprofile_owner\n")
        self.start_server()
        if is_new:
            self.psql(f"CREATE DATABASE {DATABASE}", "postgres")
            self.psql("CREATE EXTENSION citus")


class Cluster:
    """A coordinator and two workers."""

    def __init__(self, state: Path, bin: Path, workers: int = 2):
        self.coordinator = Node(state / "coordinator", bin)
        self.workers: List[Node] = [Node(state / f"worker-{n}", bin) for n in range(workers)]

    @property
    def nodes(self) -> List[Node]:
        return [self.coordinator, *self.workers]

    def start(self) -> None:
        for node in self.nodes:
            node.start()

    def join(self) -> None:
        """Make one cluster of the nodes."""
        self.coordinator.psql(f"SELECT citus_set_coordinator_host('{self.coordinator.host}', 5432)")
        for worker in self.workers:
            self.coordinator.psql(f"SELECT citus_add_node('{worker.host}', 5432)")

    def stop(self) -> None:
        for node in self.nodes:
            node.stop("immediate")
            accounts.remove_public_folder(node.state)


@contextmanager
def started(state: Path, bin: Path):
    """A cluster whose nodes do not know each other yet."""
    cluster = Cluster(state, bin)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def apply(node: Postgres, *options: str, script: Path = APPLY) -> str:
    """Run sql/apply on a node; return its output. Fails if it fails."""
    result = subprocess.run([str(script), *options, "-h", node.host, "-U", "postgres", "-d", DATABASE],
                            capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout
