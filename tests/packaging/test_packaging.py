# SPDX-License-Identifier: Apache-2.0
"""The files of `make install`, `make dist` and `make deb`, and the package in a fresh Debian."""

import gzip
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import fresh
import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROOT_SCRIPT = Path(__file__).with_name("in-a-fresh-debian.sh")

# An administrator does not have the variables that a make around the tests passes on.
PLAIN = {name: value for name, value in os.environ.items()
         if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "BUILD", "EXTRA", "T")}

SHARED = sorted(
    [f"share/graphprofile/sql/{file.name}" for file in ROOT.glob("sql/*")]
    + [f"share/doc/NAME/docs/{file.name}" for file in ROOT.glob("docs/*")]
    + [f"share/doc/NAME/conf/{file.name}" for file in ROOT.glob("conf/*") if file.is_file()]
    + [f"share/doc/NAME/conf/monitoring/{file.name}" for file in ROOT.glob("conf/monitoring/*")]
    + ["share/doc/NAME/README.md", "share/doc/NAME/SECURITY.md", "bin/graphprofile",
       "share/man/man1/graphprofile.1", "share/bash-completion/completions/graphprofile"])


def make(*arguments, folder=ROOT, **environment):
    return subprocess.run(["make", *arguments], cwd=folder, env={**PLAIN, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def apxs(key):
    return subprocess.run(["apxs", "-q", key], capture_output=True, text=True,
                          check=True).stdout.strip()


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def exported(module):
    return subprocess.run(["nm", "-D", "--defined-only", module], capture_output=True, text=True,
                          check=True).stdout.split()[2::3]


def test_the_module_exports_its_record_alone():
    make("all")
    assert exported(ROOT / "build/mod_graphprofile.so") == ["graphprofile_module"]


def test_install_and_uninstall(tmp_path):
    destination = tmp_path / "a place"
    for _ in range(2):
        result = make("install", f"DESTDIR={destination}")
        assert result.returncode == 0 and "a2enmod graphprofile enables it" in result.stdout, result.stdout
    modules, etc = apxs("LIBEXECDIR").strip("/"), apxs("SYSCONFDIR").strip("/")
    assert files(destination) == sorted(
        [f"{modules}/mod_graphprofile.so", f"{etc}/mods-available/graphprofile.load",
         f"{etc}/mods-available/graphprofile.conf"]
        + [f"usr/local/{file}".replace("NAME", "graphprofile") for file in SHARED])
    available = destination / etc / "mods-available"
    assert (available / "graphprofile.load").read_text() == \
        f"# Depends: dbd\nLoadModule graphprofile_module /{modules}/mod_graphprofile.so\n"
    configuration = available / "graphprofile.conf"
    assert [line for line in configuration.read_text().splitlines() if line and not line.startswith("#")] == \
        ["IncludeOptional /etc/graphprofile/*.conf"]

    # The administrator's changes stay.
    configuration.write_text("# mine\n")
    assert "kept the changed" in make("install", f"DESTDIR={destination}").stdout
    assert configuration.read_text() == "# mine\n"
    enabled = destination / etc / "mods-enabled"
    enabled.mkdir()
    (enabled / "graphprofile.load").symlink_to("../mods-available/graphprofile.load")
    refused = make("uninstall", f"DESTDIR={destination}")
    assert refused.returncode != 0 and "a2dismod graphprofile first" in refused.stdout
    (enabled / "graphprofile.load").unlink()
    assert make("uninstall", f"DESTDIR={destination}").returncode == 0
    assert files(destination) == [str(configuration.relative_to(destination))]
    configuration.unlink()
    make("install", f"DESTDIR={destination}")
    assert make("uninstall", f"DESTDIR={destination}").returncode == 0
    assert files(destination) == []


def test_install_where_there_is_no_a2enmod(tmp_path):
    """Other distributions have a folder whose files httpd.conf includes."""
    modules, included = tmp_path / "modules", tmp_path / "conf.modules.d"
    folders = [f"CONFDIR={included}", f"LIBEXECDIR={modules}", f"PREFIX={tmp_path}/usr"]
    result = make("install", *folders)
    assert result.returncode == 0 and f"include {included}/graphprofile.conf in httpd.conf" in result.stdout, result.stdout
    assert files(tmp_path) == sorted(
        ["modules/mod_graphprofile.so", "conf.modules.d/graphprofile.conf",
         *(f"usr/{file}".replace("NAME", "graphprofile") for file in SHARED)])

    # httpd accepts the installed file: the module is loaded, needs nothing and serves nothing.
    (tmp_path / "httpd.conf").write_text(
        f'ServerName localhost\nErrorLog "{tmp_path}/error_log"\n'
        f'LoadModule mpm_event_module "{apxs("LIBEXECDIR")}/mod_mpm_event.so"\n'
        f'Include "{included}/*.conf"\n')
    loaded = subprocess.run(
        [Path(apxs("SBINDIR")) / apxs("PROGNAME"), "-f", tmp_path / "httpd.conf", "-t", "-D", "DUMP_MODULES"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert loaded.returncode == 0 and "graphprofile_module" in loaded.stdout, loaded.stdout
    configuration = included / "graphprofile.conf"
    lines = configuration.read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == \
        [f"LoadModule graphprofile_module {modules}/mod_graphprofile.so", "IncludeOptional /etc/graphprofile/*.conf"]

    # Without the module, httpd would not start with the administrator's lines.
    configuration.write_text("\n".join(lines) + "\nDBDriver pgsql\n")
    refused = make("uninstall", *folders)
    assert refused.returncode != 0 and "loads the module" in refused.stdout
    assert (modules / "mod_graphprofile.so").exists()
    configuration.unlink()
    assert make("uninstall", *folders).returncode == 0
    assert files(tmp_path) == ["httpd.conf"]


def test_apxs_by_itself(tmp_path):
    """The one line of the README, with an apxs that installs into a folder of the test."""
    line = re.search(r"(?m)^(apxs -i -a -c .*)$", (ROOT / "README.md").read_text()).group(1)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("mod_graphprofile.c", "src"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, checkout / name)
    (tmp_path / "modules").mkdir()
    result = subprocess.run(
        line.replace("apxs -i -a -c", f"apxs -S LIBEXECDIR={tmp_path}/modules -i -c"), shell=True,
        cwd=checkout, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert result.returncode == 0, result.stdout[-3000:]
    assert exported(tmp_path / "modules" / "mod_graphprofile.so") == ["graphprofile_module"]


# ---- the tarball, and the package made from it ----

@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """A separate repository with the checked-in files, so that the origin of these sources does not matter."""
    folder = tmp_path_factory.mktemp("dist") / "checkout"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("run", "build", ".git", "node_modules"))
    git = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@invalid"]
    for command in ("init -q", "add -A", "commit -q -m all"):
        subprocess.run(git + command.split(), cwd=folder, check=True)
    checked_in = subprocess.run(["git", "ls-files"], cwd=folder, text=True, stdout=subprocess.PIPE,
                                check=True).stdout.splitlines()
    result = make("dist", folder=folder)
    assert result.returncode == 0, result.stdout
    [archive] = (folder / "build").iterdir()
    return archive, checked_in


def test_dist(dist):
    archive, checked_in = dist
    top = re.fullmatch(r"(graphprofile-\d+\.\d+\.\d+)\.tar\.gz", archive.name).group(1)
    with tarfile.open(archive) as tar:
        assert sorted(member.name for member in tar if member.isfile()) == \
            sorted(f"{top}/{file}" for file in checked_in)


@pytest.fixture(scope="module")
def package(dist, tmp_path_factory):
    folder = tmp_path_factory.mktemp("deb")
    shutil.unpack_archive(dist[0], folder)
    [folder] = folder.iterdir()
    result = make("deb", folder=folder, DEB_BUILD_OPTIONS="nocheck")
    assert result.returncode == 0, result.stdout[-3000:]
    [deb] = (folder / "build").glob("*.deb")
    return deb


def test_the_files_of_the_package(package):
    listed = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE, check=True)
    names = subprocess.run(["tar", "-t"], input=listed.stdout, stdout=subprocess.PIPE, check=True)
    found = [name[2:] for name in names.stdout.decode().splitlines() if not name.endswith("/")]
    doc = "usr/share/doc/libapache2-mod-graphprofile"
    assert sorted(found) == sorted(
        ["etc/apache2/mods-available/graphprofile.conf", "etc/apache2/mods-available/graphprofile.load",
         apxs("LIBEXECDIR").strip("/") + "/mod_graphprofile.so", f"{doc}/copyright",
         f"{doc}/changelog.gz", "usr/share/lintian/overrides/libapache2-mod-graphprofile"]
        + [f"usr/{file}".replace("NAME", "libapache2-mod-graphprofile").replace("graphprofile.1", "graphprofile.1.gz")
           for file in SHARED])
    complaints = subprocess.run(["lintian", "--fail-on", "error,warning", "--allow-root", package], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert complaints.returncode == 0, complaints.stdout


def test_no_contact_is_an_address_that_does_not_exist(package, tmp_path):
    """The project has no mail address. The package must not name a contact where an administrator looks for
    one, and no file may contain a host of .invalid."""
    subprocess.run(["dpkg-deb", "--raw-extract", package, tmp_path], check=True)
    doc = tmp_path / "usr/share/doc/libapache2-mod-graphprofile"
    contacts = [tmp_path / "DEBIAN/control",
                *(doc / name for name in ("changelog.gz", "copyright", "README.md", "SECURITY.md"))]
    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        assert not re.search(rb"\.invalid\b", content), file
        addresses = re.findall(rb"[\w.+-]+@[\w-]+\.[\w.-]+", content)
        assert not addresses or file not in contacts, (file, addresses)
    assert all(file.exists() for file in contacts)
    assert "Report a vulnerability" in (doc / "SECURITY.md").read_text()


def test_the_package_in_a_fresh_debian(package):
    """Installed, enabled, serving, disabled, purged, removed."""
    packages = "apt-get update; apt-get install -y --no-install-recommends apache2 curl postgresql"
    result = fresh.run(fresh.OURS, [("packages", packages), ("life", CHROOT_SCRIPT.read_text())], ROOT, (package,))
    assert result.returncode == 0 and result.stdout.endswith("\nALL IS WELL\n"), result.report()


# ---- the installed pages ----

def test_links_of_the_installed_pages_lead_somewhere(tmp_path):
    assert make("install", f"DESTDIR={tmp_path}").returncode == 0
    folder = tmp_path / "usr/local/share/doc/graphprofile"
    pages = sorted(folder.rglob("*.md"))
    assert len(pages) > 8
    for page in pages:
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)", page.read_text()):
            if not re.match(r"https?:", link):
                assert (page.parent / link).exists(), (page.name, link)
