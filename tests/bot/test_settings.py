"""Is every fault of the settings told, by the name of its variable and all at once?"""

from pathlib import Path

import pytest

from bot.settings import CONFIG_FILE, SettingsError, load


def faults_of(environment: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(environment)
    return caught.value.faults


def test_all_faults_are_told_at_once() -> None:
    faults = faults_of({
        "DINGDAN_HTTP__PROT": "8000",
        "DINGDAN_HTTP__PORT": "many",
        "DINGDAN_DATABASE_URL": "mysql://db",
        "DINGDAN_WECOM__AES_KEY": "too short",
        "DINGDAN_API__TOKEN_FILE": "/nowhere",
    })  # fmt: skip
    assert [fault.partition(":")[0] for fault in faults] == [
        "DINGDAN_API__TOKEN_FILE",
        "DINGDAN_HTTP__PROT",
        "DINGDAN_HTTP__PORT",
        "DINGDAN_DATABASE_URL",
        "DINGDAN_WECOM__AES_KEY",
    ]


def test_a_secret_does_not_show_in_its_fault() -> None:
    (fault,) = faults_of({"DINGDAN_WECOM__AES_KEY": "hush-hush"})
    assert "hush" not in fault


@pytest.mark.parametrize("url", ["dingdan.example.com", "localhost:8000", "https://", "http://[::1"])
def test_a_public_url_that_is_none_is_a_fault(url: str) -> None:
    (fault,) = faults_of({"DINGDAN_HTTP__PUBLIC_URL": url})
    assert fault.startswith("DINGDAN_HTTP__PUBLIC_URL: ")


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "for ever", "40000"])
def test_personal_data_are_kept_for_some_days_and_not_for_ever(days: str) -> None:
    (fault,) = faults_of({"DINGDAN_PRIVACY__KEEP_DAYS": days})
    assert fault.startswith("DINGDAN_PRIVACY__KEEP_DAYS: ")


def test_an_empty_part_of_the_file_is_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / "dingdan.yaml"
    file.write_text("http:\n", "utf-8")
    assert load({CONFIG_FILE: str(file), "DINGDAN_HTTP__PORT": "8080"}).http.port == 8080


@pytest.mark.parametrize("text", ["http: 8080\n", "http: [8080]\n"])
def test_a_part_of_the_file_that_is_none_is_a_fault(text: str, tmp_path: Path) -> None:
    file = tmp_path / "dingdan.yaml"
    file.write_text(text, "utf-8")
    (fault,) = faults_of({CONFIG_FILE: str(file), "DINGDAN_HTTP__PORT": "8080"})
    assert fault.startswith("DINGDAN_HTTP: ")
