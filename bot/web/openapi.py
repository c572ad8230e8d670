"""What does the HTTP interface look like to a program? OpenAPI 3.1, from the very models that decode the events."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
from aiohttp import web

from bot.sources.eventdata import ContactData, Data, RefundData, RetractedData, ShortData, StageData
from bot.sources.heartbeats import HEARTBEAT
from bot.web.board.board import AnyScreen
from bot.web.board.queries import parameters
from bot.web.intake import BATCH, MOST_EVENTS, ONE
from bot.web.problems import PROBLEM, problem
from bot.web.sessions import COOKIE
from bot.web.sidebar import ResultAsked, SendAsked, SignatureAsked
from bot.web.tokens import Tokens
from handlers.ledger import Fate
from rules.events import EventType

Schema = dict[str, Any]

_DATA: Mapping[EventType, type[Data]] = {
    EventType.STAGE: StageData,
    EventType.STOCK_SHORT: ShortData,
    EventType.CONTACTED: ContactData,
    EventType.REFUND_REQUESTED: RefundData,
    EventType.RETRACTED: RetractedData,
}
READERS: list[Schema] = [{"token": []}, {"session": []}]
SESSION: list[Schema] = [{"session": []}]
_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_MAYBE_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}


class OpenApi:
    """`GET /openapi.json`, for this machine or for whoever has the API token."""

    def __init__(self, tokens: Tokens, screens: tuple[AnyScreen, ...]) -> None:
        self._tokens = tokens
        self._screens = screens

    async def get(self, request: web.Request) -> web.Response:
        """The document."""
        if not self._tokens.may_look_inside(request):
            return problem(401, "send the API token: Authorization: Bearer …")
        return web.json_response(document(self._screens))


@cache
def document(screens: tuple[AnyScreen, ...]) -> Schema:
    """The whole interface."""
    paths, shown = _screens(screens)
    return {
        "openapi": "3.1.0",
        "info": {"title": "盯单 Dingdan", "version": _version()},
        "paths": {
            "/api/events": {"post": _post_events()},
            "/wecom/sidebar/signature": {"post": _post_signature()},
            "/wecom/sidebar/send": {"post": _post_send()},
            "/wecom/sidebar/result": {"post": _post_result()},
            "/api/ledger": {"get": _get_ledger()},
            "/healthz": {"get": _plain("The process is alive")},
            "/readyz": {"get": _plain("Ready, or which part is not", 503)},
            "/metrics": {"get": _plain("Prometheus metrics", 401)},
            **paths,
        },
        "components": {
            "schemas": {**_schemas(), **_event_schemas(), **_sidebar_schemas(), **shown},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


def _screens(screens: tuple[AnyScreen, ...]) -> tuple[Schema, Schema]:
    """The twins of the screens, and the schemas that they go by."""
    kinds = [kind for screen in screens for kind in (screen.query, screen.shape)]
    _, schemas = msgspec.json.schema_components(
        dict.fromkeys(kinds), ref_template="#/components/schemas/{name}"
    )
    return {_template(screen.twin): {"get": _get_screen(screen, schemas)} for screen in screens}, schemas


def _template(address: str) -> str:
    """The address as OpenAPI writes it: what a part of it may consist of stands elsewhere."""
    return re.sub(r"{(\w+):[^}]*}", r"{\1}", address)


def _get_screen(screen: AnyScreen, schemas: Mapping[str, Any]) -> Schema:
    path = [_parameter(name, _TEXT, "path") for name in re.findall(r"{(\w+)", screen.twin)]
    return {
        "summary": screen.summary,
        "security": READERS,
        "parameters": [*path, *parameters(schemas[screen.query.__name__])],
        "responses": {
            "200": _json(screen.summary, screen.shape.__name__),
            **_problems(400, 401, 403, 404, 503),
        },
    }


def _post_events() -> Schema:
    event = {"$ref": "#/components/schemas/Event"}
    return {
        "summary": "Take in one order event, or a batch of them; answered after the commit",
        "security": [{"token": []}],
        "requestBody": {
            "required": True,
            "content": {
                ONE: {"schema": event},
                BATCH: {"schema": {"type": "array", "items": event, "maxItems": MOST_EVENTS}},
            },
        },
        "responses": {
            "202": _json("What became of each event; the three add up", "Taken"),
            **_problems(400, 401, 413, 415, 429, 503),
        },
    }


def _post_signature() -> Schema:
    return {
        "summary": "Sign the address of the sidebar page for ww.register",
        "security": SESSION,
        "requestBody": _body("SignatureAsked"),
        "responses": {
            "200": _json("What the SDK wants", "Signature"),
            **_problems(400, 401, 403, 503),
        },
    }


def _post_send() -> Schema:
    return {
        "summary": "Record that the employee is about to send what the page showed; what their client shall send",
        "security": SESSION,
        "requestBody": _body("SendAsked"),
        "responses": {
            "200": _json("Recorded: until its result nothing else is sent about the case", "Handed"),
            "409": _json("Why it is not sent", "Told"),
            **_problems(400, 401, 403, 503),
        },
    }


def _post_result() -> Schema:
    return {
        "summary": "What became of it, by the client's word; the first word counts",
        "security": SESSION,
        "requestBody": _body("ResultAsked"),
        "responses": {"200": _json("What was made of it", "Told"), **_problems(400, 401, 403, 503)},
    }


def _body(schema: str) -> Schema:
    return {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _get_ledger() -> Schema:
    hours: Schema = {"type": "integer", "minimum": 1, "maximum": 24, "default": 24}
    return {
        "summary": "What became of the alerts that were written in the last hours: each is in one of the fates",
        "security": READERS,
        "parameters": [_parameter("hours", hours)],
        "responses": {"200": _json("The ledger", "Ledger"), **_problems(400, 401, 503)},
    }


def _parameter(name: str, schema: Schema, place: str = "query") -> Schema:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _json(description: str, schema: str) -> Schema:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}


def _problems(*statuses: int) -> Schema:
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(status): {"description": "Refused", "content": content} for status in statuses}


def _plain(description: str, *others: int) -> Schema:
    also = {str(status): {"description": "Not now, or not for you"} for status in others}
    return {"summary": description, "responses": {"200": {"description": description}, **also}}


def _sidebar_schemas() -> dict[str, Schema]:
    """The calls of the sidebar page, whose bodies are decoded by these very models."""
    _, asked = msgspec.json.schema_components(
        [SignatureAsked, SendAsked, ResultAsked], ref_template="#/components/schemas/{name}"
    )
    answers: dict[str, Schema] = {
        "Signature": _object(timestamp={"type": "integer"}, nonceStr=_TEXT, signature=_TEXT),
        "Handed": _object(letter=_TEXT, message={"type": "object"}),
        "Told": _object(told=_TEXT, done={"type": "boolean"}),
    }
    return {**asked, **answers}


def _event_schemas() -> Schema:
    """The envelope, and the data of each type, as they are decoded."""
    kinds = tuple(dict.fromkeys([Data, *_DATA.values()]))
    _, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    variants = [
        {
            "properties": {
                "type": {"const": event_type.value},
                "data": {"$ref": f"#/components/schemas/{_DATA.get(event_type, Data).__name__}"},
            }
        }
        for event_type in EventType
    ]
    variants.append({"properties": {"type": {"const": HEARTBEAT}, "data": {"type": "object"}}})
    event = {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": _TEXT,
            "source": _TEXT,
            "type": {"enum": [*EventType, HEARTBEAT]},
            "subject": {"type": "string", "description": "the order number, or tracking:<no>"},
            "time": _TIME,
            "data": {"type": "object"},
        },
        "oneOf": variants,
    }
    return {**schemas, "Event": event}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _schemas() -> Schema:
    """What is answered."""
    count: Schema = {"type": "integer", "minimum": 0}
    return {
        "Problem": _object(title=_TEXT, status={"type": "integer"}, detail=_TEXT),
        "Taken": _object(
            accepted=count, duplicates=count, rejected=_list(_object(index=count, field=_TEXT, error=_TEXT))
        ),
        "Ledger": _object(
            hours=count,
            alerts=count,
            **dict.fromkeys(Fate, count),
            balances={"type": "boolean"},
        ),
    }


def _version() -> str:
    try:
        return version("dingdan")
    except PackageNotFoundError:
        return "0"
