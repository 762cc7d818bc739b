"""modules/nginx/build.sh: the module for another NGINX than Debian's, and what is said when source and program do not fit."""

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import NGINX, ROOT

SOURCE = Path("/usr/share/nginx/src")
pytestmark = pytest.mark.skipif(
    not (SOURCE / "configure").exists(), reason="no NGINX source: apt-get install nginx-dev"
)


def build(*words):
    done = subprocess.run([ROOT / "modules/nginx/build.sh", *words], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def program(path, version, arguments):
    """Something that describes itself as an NGINX, and takes every configuration."""
    path.write_text(
        f"#!/bin/sh\necho 'nginx version: nginx/{version}' >&2\necho 'configure arguments: {arguments}' >&2\n"
    )
    path.chmod(0o755)
    return path


def version():
    said = subprocess.run([NGINX, "-v"], capture_output=True, text=True, check=True).stderr
    return said.strip().rpartition("/")[2]


def test_a_source_elsewhere_is_taken_and_the_program_loads_what_was_built(tmp_path):
    source = shutil.copytree(SOURCE, tmp_path / "source with a blank", symlinks=True)
    status, said = build("--nginx-source", source, "--nginx", NGINX, tmp_path / "out")
    assert status == 0, said
    assert (tmp_path / "out/ngx_http_sidewatch_module.so").exists()


def test_a_source_of_another_version_is_refused_with_both_versions(tmp_path):
    status, said = build(
        "--nginx-source", SOURCE, "--nginx", program(tmp_path / "nginx", "1.99.7", "--with-compat"), tmp_path
    )
    assert status == 1
    assert f"is version 1.99.7, but the source at {SOURCE} is {version()}" in said


def test_a_program_without_compat_is_matched_flag_by_flag(tmp_path):
    """NGINX itself refuses the module then, as its signature is another one."""
    odd = program(tmp_path / "nginx", version(), '--with-threads --with-cc-opt="-O1 -g" --without-http_gzip_module')
    status, said = build("--nginx", odd, tmp_path / "out")
    assert status == 0 and "built without --with-compat" in said, said
    conf = tmp_path / "load.conf"
    conf.write_text(f"load_module {tmp_path}/out/ngx_http_sidewatch_module.so;\npid {tmp_path}/pid;\nevents {{}}\n")
    done = subprocess.run([NGINX, "-t", "-e", "stderr", "-c", conf], capture_output=True, text=True, timeout=30)
    assert done.returncode != 0 and "is not binary compatible" in done.stderr


@pytest.mark.parametrize(
    ("words", "status", "want"),
    [
        ((), 2, "usage: build.sh"),
        (("--nginx-sauce", "x", "out"), 2, "unknown option --nginx-sauce"),
        (("a", "b"), 2, "not also b"),
        (("--nginx-source", "/nonexistent", "out"), 1, "no NGINX source at /nonexistent"),
        (("--nginx", "/bin/false", "out"), 1, "/bin/false -V does not run"),
        (("--help",), 0, "--nginx PROGRAM"),
    ],
)
def test_wrong_words_are_refused(words, status, want, tmp_path):
    done = subprocess.run(
        [ROOT / "modules/nginx/build.sh", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == status and want in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
