"""The keys of the groups' webhooks are secrets: read once, named nowhere."""

from pathlib import Path

import aiohttp
import pytest

from bot.settings import SettingsError, load
from bot.wecom.answers import NoAnswerError, NotSentError
from bot.wecom.webhook import Webhooks, load_keys

KEY = "693a91f6-7aaa-4bc4-97a0-0ec2sifa5aaa"


def test_the_whole_address_may_be_copied() -> None:
    address = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
    assert load_keys(load({"DINGDAN_WEBHOOK__KEY": address})) == {"default": KEY}


def test_several_groups_come_from_a_file_and_the_setting_is_the_default_one_s(tmp_path: Path) -> None:
    file = tmp_path / "webhooks.yaml"
    file.write_text(f"default: {'x' * 20}\n退货: {KEY}\n", "utf-8")
    settings = load({"DINGDAN_WEBHOOK__KEYS_FILE": str(file), "DINGDAN_WEBHOOK__KEY": "y" * 20})
    assert load_keys(settings) == {"default": "y" * 20, "退货": KEY}


@pytest.mark.parametrize(
    "text", ["default: hush hush\n", "a|b: 693a91f6-7aaa\n", "- 693a91f6-hush\n", "{}\n"]
)
def test_a_faulty_file_is_told_with_its_line_and_without_a_key(tmp_path: Path, text: str) -> None:
    file = tmp_path / "webhooks.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_keys(load({"DINGDAN_WEBHOOK__KEYS_FILE": str(file)}))
    told = "\n".join(caught.value.faults)
    assert "webhooks.yaml" in told
    assert "hush" not in told
    assert "693a91f6" not in told


def test_a_faulty_key_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        load({"DINGDAN_WEBHOOK__KEY": "hush hush"})
    (fault,) = caught.value.faults
    assert fault.startswith("DINGDAN_WEBHOOK__KEY")
    assert "hush" not in fault


async def test_what_goes_wrong_is_told_without_the_address() -> None:
    async with aiohttp.ClientSession() as session:
        webhooks = Webhooks(session=session, api_base="http://127.0.0.1:9", keys={"default": KEY})
        with pytest.raises((NotSentError, NoAnswerError)) as caught:
            await webhooks.send("default", b"{}")
        assert KEY not in str(caught.value)
        assert KEY not in repr(webhooks)
        assert (await webhooks.send("other", b"{}")).code == 93000
