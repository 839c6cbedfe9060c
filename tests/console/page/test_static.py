"""The files of the page: the libraries are their authors', everything is in the package, nothing is elsewhere."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from console.page.app import STATIC
from console.page.vendor import FOLDER, LIST

OWN = sorted(path for path in STATIC.rglob("*") if path.is_file() and FOLDER not in path.parents)
SCRIPTS = [path for path in OWN if path.suffix == ".js"]


def test_vendored_files_are_those_of_the_list():
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.iterdir()}
    assert digests == json.loads(LIST.read_text())["digests"]


def test_every_library_has_its_licence():
    for package in json.loads(LIST.read_text())["packages"]:
        assert [name for name in package["files"].values() if name.endswith("LICENSE")], package["name"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_modules_that_are_imported_exist(path):
    for name in re.findall(r'from "([^"]+)"', path.read_text()):
        assert (path.parent / name).is_file(), name


def test_own_files_name_no_other_host_and_make_no_markup_from_text():
    for path in OWN:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://", text), path
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|\beval\(|document\.write", text
        ), path


def test_shell_has_no_inline_script_or_style():
    shell = (STATIC / "index.html").read_text()
    assert not re.search(r"<style|\bstyle=|\bon\w+=|<script(?![^>]*\bsrc=)", shell)


def test_shell_asks_for_every_module_at_once():
    shell = (STATIC / "index.html").read_text()
    preloaded = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', shell)
    assert sorted(preloaded) == sorted([*(str(path.relative_to(STATIC)) for path in SCRIPTS), "vendor/preact.js"])
