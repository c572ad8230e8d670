"""What may an editor know of our files? JSON Schemas, kept to draft 7, with a sentence for each key."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from functools import cache
from typing import Any, Literal, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from bot.drillfile import DrillFile
from bot.faults import ValuePath
from bot.imports.mapfile import MapFile
from bot.keywords import KEYWORDS
from bot.readersfile import ReadersFile
from bot.sources.tokensfile import TokensFile
from replies.names import STAGES
from rules.bookfile import RuleBookFile
from rules.durations import format_duration
from rules.rosterfile import RosterFile
from rules.stages import Stage

FileKind = Literal["rules", "roster", "tokens", "api-tokens", "map", "drill"]
MODELS: dict[FileKind, type[BaseModel]] = {
    "rules": RuleBookFile,
    "roster": RosterFile,
    "tokens": TokensFile,
    "api-tokens": ReadersFile,
    "map": MapFile,
    "drill": DrillFile,
}

JsonSchema = dict[str, Any]

DRAFT_7 = "http://json-schema.org/draft-07/schema#"
MOMENT = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)$"
"""`date-time` would want seconds."""


class _Generator(GenerateJsonSchema):
    """Writes durations as our files do, not as ISO 8601."""

    def encode_default(self, dft: Any) -> Any:
        return format_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def schema(kind: FileKind) -> JsonSchema:
    """The JSON Schema of a file, for `# yaml-language-server: $schema=…`."""
    return deepcopy(_schema(MODELS[kind]))


def known_keys(model: type[BaseModel], path: ValuePath) -> list[str]:
    """Which keys may stand in the mapping at `path`; of alternatives, the keys of each."""
    whole = _schema(model)
    places = list(_choices(whole, whole))
    for part in path:
        places = [
            choice for place in places for inner in _inner(place, part) for choice in _choices(inner, whole)
        ]
    return list(dict.fromkeys(key for place in places for key in place.get("properties", {})))


@cache
def _schema(model: type[BaseModel]) -> JsonSchema:
    made = model.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_Generator)
    definitions: dict[str, JsonSchema] = made.pop("$defs", {})
    for name, part in {**definitions, model.__name__: made}.items():
        for key, place in part.get("properties", {}).items():
            place["description"] = KEYWORDS[name][key]
    return {"$schema": DRAFT_7, **_tidy({**made, "definitions": definitions})}


def _tidy(part: Any) -> Any:
    """The same without what draft 7 does not know and what only repeats a key."""
    if isinstance(part, list):
        return [_tidy(item) for item in cast(list[Any], part)]
    if not isinstance(part, dict):
        return part
    place = cast(JsonSchema, part)
    return {key: _tidy(value) for key, value in _for_draft_7(place).items()}


def _for_draft_7(place: JsonSchema) -> JsonSchema:
    """One level of `_tidy`."""
    place = {key: value for key, value in place.items() if key != "title" or not isinstance(value, str)}
    if place.get("format") == "date-time":
        place |= {"pattern": MOMENT, "examples": ["2026-06-17T20:00+08:00"]}
        del place["format"]
    if "propertyNames" in place:
        place |= {"properties": _stages(place["additionalProperties"]), "additionalProperties": False}
        del place["propertyNames"]
    if "$ref" in place and len(place) > 1:
        place["allOf"] = [{"$ref": place.pop("$ref")}]
    return place


def _stages(rules: JsonSchema) -> JsonSchema:
    """Each stage as a key of its own, so that an editor can offer it."""
    return {stage.value: {**rules, "description": STAGES[stage]} for stage in Stage}


def _choices(place: JsonSchema, whole: JsonSchema) -> Iterator[JsonSchema]:
    """The place itself and whatever it stands for."""
    yield place
    if "$ref" in place:
        yield from _choices(whole["definitions"][place["$ref"].rpartition("/")[2]], whole)
    for choice in (one for word in ("allOf", "anyOf", "oneOf") for one in place.get(word, [])):
        yield from _choices(choice, whole)


def _inner(place: JsonSchema, part: str | int) -> Iterator[JsonSchema]:
    """What is said of an item or a key of the place."""
    if isinstance(part, int):
        inner = place.get("items")
    else:
        inner = place.get("properties", {}).get(part, place.get("additionalProperties"))
    if isinstance(inner, dict):
        yield cast(JsonSchema, inner)
