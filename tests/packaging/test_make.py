# SPDX-License-Identifier: Apache-2.0
"""`make` itself: missing tools, the parts of `make check`, the environment."""

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN = {name: value for name, value in os.environ.items()
         if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "BUILD", "EXTRA", "T", "PARTS")}


def make(*arguments, folder=ROOT, **environment):
    return subprocess.run(["make", *arguments], cwd=folder, env={**PLAIN, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


@pytest.mark.parametrize("missing, named", [
    ("APXS=no-apxs", "apache2-dev"), ("PKG_CONFIG=no-pkg-config", "pkg-config libyajl-dev libpq-dev libpcre2-dev"),
    ("CC=no-compiler", "gcc libc6-dev")])
def test_missing_tools_are_named(tmp_path, missing, named):
    result = make(missing, f"BUILD={tmp_path}/build",
                  **({"CC": "no-compiler"} if missing.startswith("CC") else {}))
    assert result.returncode != 0
    assert "Install them with make deps-build, or with: apt-get install --no-install-recommends " \
        f"{named}\n" in result.stdout, result.stdout


def test_everything_that_is_missing_is_named_at_once(tmp_path):
    """On a bare machine with make and a shell. The named packages are those that deps-build installs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("make", "sh", "sed", "mkdir"):
        (programs / name).symlink_to(shutil.which(name))
    result = make(f"BUILD={tmp_path}/build", PATH=str(programs))
    assert result.returncode != 0 and "Traceback" not in result.stdout
    [named] = re.findall("--no-install-recommends (.*)", result.stdout)
    installed = make("-n", "deps-build").stdout.split()
    assert set(named.split()) == {"gcc", "libc6-dev", "apache2-dev", "pkg-config", "libyajl-dev", "libpq-dev", "libpcre2-dev"}
    assert set(named.split()) <= set(installed), installed


def test_packages_are_installed_before_npm_runs(tmp_path):
    """On a bare machine npm is one of the packages, and make runs two jobs at once."""
    programs, installed = tmp_path / "bin", tmp_path / "installed"
    programs.mkdir()
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("run", "build", ".git", "node_modules"))
    (copy / "dev" / "deps").write_text(f"#!/bin/sh\nsleep 1\necho installed >{installed}\n")
    (programs / "npm").write_text(f"#!/bin/sh\ncat {installed} >&2\n")
    (programs / "npm").chmod(0o755)
    result = make("deps-check", folder=copy, PATH=f"{programs}:{os.environ['PATH']}")
    assert result.returncode == 0 and "installed" in result.stdout, result.stdout


# ---- make check ----

def check(run, *arguments, **environment):
    return make("check", *arguments, GRAPHPROFILE_RUN=str(run), **environment)


def test_check_runs_every_part_and_names_those_that_failed(tmp_path):
    result = check(tmp_path / "run", "PARTS=help no-such-part unit help", "T=text")
    assert result.returncode != 0
    assert "100%: Checks:" in result.stdout  # libcheck's own closing line
    summary = result.stdout[result.stdout.index("\npart "):]
    assert re.findall(r"(?m)^(\S+) +(passed|FAILED) +\d+ s$", summary) == [
        ("help", "passed"), ("no-such-part", "FAILED"), ("unit", "passed"), ("help", "passed")]
    assert "\nparts: 3 passed, 1 failed\n" in summary
    assert check(tmp_path / "run", "PARTS=help").returncode == 0


def test_lanes_of_check_run_side_by_side(tmp_path):
    """After the parts before them; their outputs do not mix."""
    fifo, targets = tmp_path / "fifo", tmp_path / "targets.mk"
    os.mkfifo(fifo)
    targets.write_text(f"""
met:
\t@echo first of $@; echo x > {fifo}; echo last of $@
meets:
\t@echo first of $@; read x < {fifo}; echo last of $@; false
""")
    result = check(tmp_path / "run", "PARTS=help / met help / meets", MAKEFILES=str(targets))
    assert result.returncode != 0
    table = re.findall(r"(?m)^(\S+) +(passed|FAILED) +\d+ s$", result.stdout)
    assert table[0] == ("help", "passed") and sorted(table[1:]) == [("help", "passed"), ("meets", "FAILED"), ("met", "passed")]
    assert "first of met\nlast of met\n" in result.stdout and "\nparts: 3 passed, 1 failed\n" in result.stdout


def test_check_without_npm_runs_the_other_parts(tmp_path):
    """If npm cannot be used, only the part that needs it fails."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "npm").write_text("#!/bin/sh\necho no registry >&2\nexit 1\n")
    (programs / "npm").chmod(0o755)
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("run", "build", ".git", "node_modules"))
    result = make("check", "PARTS=clients help", folder=copy, PATH=f"{programs}:{os.environ['PATH']}")
    assert result.returncode != 0 and "no registry" in result.stdout
    assert re.findall(r"(?m)^(\S+) +(passed|FAILED) ", result.stdout) == [
        ("clients", "FAILED"), ("help", "passed")], result.stdout


def test_two_checks_of_one_checkout(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    with open(run / "check.lock", "w", encoding="ascii") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = check(run, "PARTS=help")
        assert refused.returncode != 0
        assert "already runs in this checkout (process 4711)" in refused.stdout
    assert check(run, "PARTS=help").returncode == 0


def test_every_part_of_check_is_a_target():
    makefile = (ROOT / "Makefile").read_text()
    parts = re.search(r"(?m)^PARTS := (.*)$", makefile).group(1).split()
    assert {"lint", "unit", "http", "packaging", "asan"} <= set(parts)
    assert set(parts) - {"/"} <= set(re.findall(r"(?m)^([a-z-]+):", makefile))


# ---- the environment ----

@pytest.mark.parametrize("name, option", [("PORT", "--port"), ("TLS_PORT", "--tls-port"), ("MPM", "--mpm")])
def test_ports_and_mpm_of_the_environment_are_taken(name, option):
    target = "http" if name == "MPM" else "start"
    assert f"{option} 8123" in make("-n", target, **{name: "8123"}).stdout
    assert f"{option} 8124" in make("-n", target, f"{name}=8124", **{name: "8123"}).stdout
