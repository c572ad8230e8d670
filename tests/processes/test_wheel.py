"""`pip install .` gives the whole thing: the command, and every file it needs that is no Python."""

import re
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from tests.processes.commands import ROOT, until
from tests.processes.town import a_town, news

pytestmark = pytest.mark.processes

PACKAGES = ("bot", "handlers", "replies", "rules")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a wheel, built without any network."""
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(ROOT))
    (built,) = folder.glob("dingdan-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    _pip("install", "--no-deps", "--no-index", "--no-compile", "--target", str(folder), str(wheel))
    return folder


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "-q", "--disable-pip-version-check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    ours = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert ours <= packed
    assert {path for path in packed if ".dist-info/" not in path} == ours
    for kind in (".liquid", ".html", ".css", ".js"):
        assert any(path.endswith(kind) for path in packed), kind


def test_the_command_is_there(installed: Path) -> None:
    command = [sys.executable, str(installed / "bin" / "dingdan"), "--help"]
    shown = subprocess.run(
        command, check=True, capture_output=True, text=True, env={"PYTHONPATH": str(installed)}
    )

    assert "盯单" in shown.stdout
    assert "serve" in shown.stdout


async def test_what_was_installed_does_the_main_job_in_any_folder(installed: Path, tmp_path: Path) -> None:
    async with a_town(tmp_path, source=installed) as town, town.serving():
        await town.report(news("DB1", "payment", "started", ago=timedelta(minutes=6)))

        async def has_card() -> bool:
            return bool(await town.wecom.group_cards("DB1"))

        await until(has_card, "the card")
        for address, status in ((town.wecom.url, 200), (town.address, 401)):
            async with town.http.get(address) as page:
                assert page.status == status
                assert "盯单" in await page.text()
                (style, *_) = re.findall(r'href="(/[^"]+\.css)"', await page.text())
            async with town.http.get(address + style) as found:
                assert found.status == 200
    assert (tmp_path / "dingdan.db").exists()
