"""Which settings are there, and what does this process run with? Read once, at start; frozen afterwards."""

import difflib
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from bot.keysfile import a_key

PREFIX = "DINGDAN_"
CONFIG_FILE = "DINGDAN_CONFIG_FILE"
OF_OTHERS = "DINGDAN_TEST_"
OFFICIAL_API = "https://qyapi.weixin.qq.com"


class SettingsError(Exception):
    """The settings are not usable."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Http(_Part):
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str | None = Field(
        default=None, description="how the outside reaches this service; no trailing slash"
    )

    @field_validator("public_url")
    @classmethod
    def _is_an_address_without_trailing_slash(cls, value: str | None) -> str | None:
        if not value:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("write https://dingdan.example.com")
        return value.rstrip("/")


class Ingest(_Part):
    token: SecretStr | None = None
    tokens_file: Path | None = None


class Api(_Part):
    token: SecretStr | None = None
    tokens_file: Path | None = None


class Wecom(_Part):
    """The self-built app (自建应用)."""

    api_base: str = OFFICIAL_API
    corp_id: str = ""
    agent_id: int | None = None
    secret: SecretStr | None = None
    callback_token: SecretStr | None = None
    aes_key: SecretStr | None = None
    mass_send: bool = Field(default=True, description="whether replies may go by 企业群发")
    mass_cap: Literal["month", "week", "day"] = Field(
        default="month", description="for how long the corp's cap counts"
    )
    sidebar: bool = Field(
        default=True, description="whether agents are sent to the page in their chat sidebar"
    )

    @property
    def can_send(self) -> bool:
        """Whether the app has what a call needs."""
        return bool(self.corp_id and self.agent_id is not None and self.secret)

    @property
    def can_receive(self) -> bool:
        """Whether the app has what a callback needs."""
        return bool(self.corp_id and self.callback_token and self.aes_key)

    @field_validator("aes_key")
    @classmethod
    def _is_43_characters(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and (
            len(value.get_secret_value()) != 43 or not value.get_secret_value().isalnum()
        ):
            raise ValueError("EncodingAESKey has 43 letters and digits; copy it again from the app's page")
        return value


class Aibot(_Part):
    """The 智能机器人 in long-connection mode."""

    url: str = "wss://openws.work.weixin.qq.com"
    bot_id: str = ""
    secret: SecretStr | None = None
    group_chat_id: str = ""

    @property
    def can_connect(self) -> bool:
        """Whether there is a bot to subscribe as."""
        return bool(self.bot_id and self.secret)


class Webhook(_Part):
    """Groups that are written to by their webhook (群消息推送), where there is no bot."""

    key: SecretStr | None = Field(default=None, description="of the group named default")
    keys_file: Path | None = None

    @property
    def can_send(self) -> bool:
        """Whether there is a group to write to."""
        return self.key is not None or self.keys_file is not None

    @field_validator("key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else SecretStr(a_key(value.get_secret_value()))


class Kf(_Part):
    """微信客服."""

    open_kfid: str = ""


class WeeklyReport(_Part):
    """The report of each week."""

    to: Literal["both", "group", "managers", "nobody"] = Field(
        default="both", description="who gets it on Monday: the default group, managers, both or nobody"
    )


class Privacy(_Part):
    """What is personal, and for how long it is kept."""

    keep_days: int = Field(
        default=180, ge=1, le=36_500, description="after the last news of an order its phone and address go"
    )

    @property
    def kept(self) -> timedelta:
        """How long it is kept."""
        return timedelta(days=self.keep_days)


class Log(_Part):
    format: Literal["json", "console"] = "json"


class Settings(_Part):
    """Environment (prefix DINGDAN_, nested by `__`, secrets also as `_FILE`) over a YAML file over defaults."""

    http: Http = Http()
    database_url: str = "sqlite://var/dingdan.db"
    redis_url: str = "embedded:"
    secret_key: SecretStr | None = Field(default=None, description="generated once into var/ when absent")
    ingest: Ingest = Ingest()
    api: Api = Api()
    wecom: Wecom = Wecom()
    aibot: Aibot = Aibot()
    webhook: Webhook = Webhook()
    kf: Kf = Kf()
    rules_file: Path | None = None
    roster_file: Path | None = None
    privacy: Privacy = Privacy()
    report: WeeklyReport = WeeklyReport()
    log: Log = Log()
    failpoint: str | None = Field(default=None, description="for tests: die at this point, as kill -9 would")

    @field_validator("database_url")
    @classmethod
    def _is_a_known_database(cls, value: str) -> str:
        if urlsplit(value).scheme not in {"sqlite", "postgres", "postgresql"}:
            raise ValueError("write sqlite://var/dingdan.db or postgres://user@host/db")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_a_known_redis(cls, value: str) -> str:
        if value != "embedded:" and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("write embedded: or redis://host:6379/0")
        return value


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingsError with every fault at once."""
    environment = os.environ if environment is None else environment
    faults: list[str] = []
    values = _from_file(environment.get(CONFIG_FILE), faults)
    _lay_over(values, environment, faults)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        faults += [_describe(fault) for fault in error.errors(include_url=False, include_input=False)]
    else:
        if not faults:
            return settings
    raise SettingsError(faults)


def variable_names() -> dict[str, tuple[str, ...]]:
    """Every environment variable that is read, and the path of its field."""
    return {PREFIX + "__".join(path).upper(): path for path in _leaves(Settings)}


def _leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _leaves(field.annotation, (*path, name))
        else:
            yield (*path, name)


def _from_file(name: str | None, faults: list[str]) -> dict[str, Any]:
    if not name:
        return {}
    try:
        values: Any = yaml.safe_load(Path(name).read_text("utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        faults.append(f"{CONFIG_FILE}: {name} cannot be read: {error}")
        return {}
    if isinstance(values, dict):
        return cast(dict[str, Any], values)
    faults.append(f"{CONFIG_FILE}: {name} must hold settings by name, such as `http: {{port: 8000}}`")
    return {}


def _lay_over(values: dict[str, Any], environment: Mapping[str, str], faults: list[str]) -> None:
    names = variable_names()
    for variable, text in sorted(environment.items()):
        if not variable.startswith(PREFIX) or variable.startswith(OF_OTHERS) or variable == CONFIG_FILE:
            continue
        if text == "":
            continue
        if variable in names:
            _put(values, names[variable], text)
        elif variable.removesuffix("_FILE") in names:
            _put_secret(values, names[variable.removesuffix("_FILE")], variable, text, faults)
        else:
            near = difflib.get_close_matches(variable, names, n=1)
            faults.append(f"{variable}: no such setting" + (f"; did you mean {near[0]}?" if near else ""))


def _put(values: dict[str, Any], path: tuple[str, ...], text: str) -> None:
    for name in path[:-1]:
        if values.get(name) is None:
            values[name] = {}
        if not isinstance(values[name], dict):
            return  # the file is at fault there, and will be told so
        values = values[name]
    values[path[-1]] = text


def _put_secret(
    values: dict[str, Any], path: tuple[str, ...], variable: str, file: str, faults: list[str]
) -> None:
    try:
        _put(values, path, Path(file).read_text("utf-8").strip())
    except OSError as error:
        faults.append(f"{variable}: {file} cannot be read: {error.strerror}")


def _describe(fault: Any) -> str:
    variable = PREFIX + "__".join(str(part) for part in fault["loc"]).upper()
    return f"{variable}: {fault['msg'].removeprefix('Value error, ')}"
