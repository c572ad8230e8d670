"""What can somebody do about rules on the pages? Begin a draft, change it, publish or drop it, and restore a version."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from aiohttp import web

from bot.bookfaults import checked, refused
from bot.clock import stopwatch
from bot.faults import FileError
from bot.files import parse_rules
from bot.storage.ids import new_id
from bot.storage.store import Store, Transaction
from bot.web.board.board import Board, MayNotError
from bot.web.board.chrome import language_of
from bot.web.board.queries import read, typed
from bot.web.board.readers import Reader, Readers
from bot.web.board.ruleforms import Part, read_part, zone_of
from bot.web.board.rules import DRAFT_PAGE, PAGE, VERSION_PAGE, DraftQuery, version_in
from bot.web.board.screens import MissingError
from bot.web.forms import Form, form_of
from bot.yamlwriter import as_yaml
from handlers import rulebooks
from handlers.documents import Added, Document
from handlers.drafts import Draft
from handlers.rulebooks import RULES, Changed, Newer, Publishing, Unapproved
from handlers.trail import Doer, Way
from handlers.world import World
from replies.lengths import shortened
from replies.library import begun_with
from replies.pages.rules import RULES_WORDS
from replies.words import Language, Words
from rules.bookdiff import differences
from rules.bookfile import read_kept
from rules.bookmerge import merged
from rules.bookplain import Plain, sparse
from rules.events import UserId
from rules.promotions import Promotion, lane_of
from rules.replynames import NAMES
from rules.rights import Right

MOST_REASON, MOST_TITLE = 500, 60
Done = Mapping[str, Any]

log = structlog.get_logger("pages")


class RuleDeeds:
    """`POST /rules`, `POST /rules/{version}`, `POST /rules/drafts/{id}`, `GET /rules/{version}.yaml`."""

    def __init__(self, board: Board, readers: Readers, store: Store, world: World) -> None:
        self._board = board
        self._readers = readers
        self._store = store
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the forms are those of their pages."""
        deeds = (
            ("rules", PAGE, self._begin, Right.RULES),
            ("rules_version", VERSION_PAGE, self._restore, Right.PUBLISH),
            ("rules_draft", DRAFT_PAGE, self._draft, Right.RULES),
        )
        return [
            web.get(rf"{VERSION_PAGE}.yaml", self._board.guarded(Right.LOOK, self._file)),
            *(
                web.post(page, self._board.page(self._board.screen(name), deed, right))
                for name, page, deed, right in deeds
            ),
        ]

    async def _file(self, request: web.Request, reader: Reader) -> web.StreamResponse:
        """A version as the file that `DINGDAN_RULES_FILE` may name."""
        del reader
        number = version_in(request.match_info)
        async with self._store.reading() as connection:
            document = await Transaction(connection).documents.find(RULES, number)
        if document is None:
            raise MissingError(f"version {number}")
        t = Words(language_of(request), RULES_WORDS)
        text = as_yaml(sparse(read_kept(document.body)), t("yaml_head", version=number))
        headers = {"Content-Disposition": f'attachment; filename="rules-{number}.yaml"'}
        return web.Response(text=text, content_type="application/yaml", headers=headers)

    # --- a new draft -------------------------------------------------------------

    async def _begin(self, request: web.Request, reader: Reader) -> Done:
        """A draft of the version in force, perhaps with a lane in it already."""
        form, t = await form_of(request), Words(language_of(request), RULES_WORDS)
        now, by = self._world.now(), _doer(reader)
        promotion = Promotion(form["promotion"]) if form.get("promotion") in {*Promotion} else None

        async def do(work: Transaction) -> tuple[Draft, int]:
            newest = await work.documents.newest(RULES)
            tree = sparse(read_kept(newest.body)) if newest is not None else Plain()
            lanes: list[Any] = tree.get("lanes", [])
            title = t("draft_title")
            if promotion is not None:
                lane = lane_of(promotion, [one["name"] for one in lanes], now, zone_of(tree))
                tree, title = {**tree, "lanes": [*lanes, lane]}, str(lane["name"])
            draft = _new_draft(title, 0 if newest is None else newest.version, tree, by, now)
            await rulebooks.begin(work, draft, by)
            return draft, len(lanes)

        draft, number = await self._store.run("rules", do)
        page = DRAFT_PAGE.format(id=draft.id)
        if promotion is not None:
            return {"see": f"{page}?part={Part.LANE}&lane={number}"}
        part = Part(form["part"]) if form.get("part") in {*Part} else Part.STAGES
        return {"see": f"{page}?part={part}"}

    # --- a draft -------------------------------------------------------------------

    async def _draft(self, request: web.Request, reader: Reader) -> Done:
        form, language = await form_of(request), language_of(request)
        query = read(DraftQuery, typed(request.query))
        draft = await self._found(request.match_info["id"])
        if str(form.get("revision", "")) != str(draft.revision):
            return await self._lost(form, draft, query, language)
        do, _, which = str(form.get("do", "")).partition(":")
        match do:
            case "publish":
                if not reader.may(Right.PUBLISH):
                    raise MayNotError(Right.PUBLISH)
                return await self._publish(form, draft, reader, language)
            case "drop":
                return await self._drop(draft, reader, language)
            case "rebase":
                return await self._rebase(draft, reader, language)
            case "text":
                return await self._text(form, draft, reader, language)
            case _:
                return await self._save((do, which), form, draft, query, reader, language)

    async def _found(self, id_: str) -> Draft:
        async with self._store.reading() as connection:
            draft = await Transaction(connection).drafts.find(id_)
        if draft is None or draft.kind != RULES:
            raise MissingError(f"draft {id_}")
        return draft

    async def _lost(self, form: Form, draft: Draft, query: DraftQuery, language: Language) -> Done:
        """Somebody else has saved meanwhile: what was typed is shown beside it as text, not lost."""
        t = Words(language, RULES_WORDS)
        mine = read_part(query.part, query.number, form, json.loads(draft.body))
        typed_text = str(form.get("text", "")) or str(form.get("reply.body", "")) or as_yaml(mine)
        name = self._world.directory.roster.name(draft.author)
        return {"status": 409, "refused": t("changed_meanwhile", who=name), "kept": {"lost": typed_text}}

    async def _save(
        self,
        do: tuple[str, str],
        form: Form,
        draft: Draft,
        query: DraftQuery,
        reader: Reader,
        language: Language,
    ) -> Done:
        """What the form says, faulty or not; and perhaps a lane or a reply more, less, or at another place."""
        t = Words(language, RULES_WORDS)
        tree = read_part(query.part, query.number, form, json.loads(draft.body))
        key = LISTED.get(query.part, "lanes")
        listed: list[Any] = [*tree.get(key, [])]
        added = self._added(do, form, tree)
        if added is not None:
            key, listed = added[0], [*tree.get(added[0], []), added[1]]
        elif do[0] in _MOVES and do[1] in map(str, range(len(listed))):
            listed = _moved(do[0], int(do[1]), listed)
        tree = {
            **{one: value for one, value in tree.items() if one != key},
            **({key: listed} if listed else {}),
        }
        title = shortened(str(form.get("title", "")).strip() or draft.title, MOST_TITLE)
        saved = await self._keep(draft, title, tree, reader)
        if isinstance(saved, Changed):
            return await self._lost(form, saved.draft, query, language)
        if added is not None:
            return {"see": f"{DRAFT_PAGE.format(id=draft.id)}?{ONE_OF[key]}{len(listed) - 1}"}
        _, faults = checked(tree)
        if faults:
            return {"status": 400, "refused": t("saved_with_faults", count=len(faults))}
        return {"told": t("saved")}

    def _added(self, do: tuple[str, str], form: Form, tree: Plain) -> tuple[str, Plain] | None:
        """A lane or a reply that is to be added, and to which list; None where nothing is."""
        if do[0] == "promotion" and form.get("promotion") in {*Promotion}:
            names = [str(one.get("name", "")) for one in tree.get("lanes", [])]
            return "lanes", lane_of(Promotion(form["promotion"]), names, self._world.now(), zone_of(tree))
        if do[0] == "begin" and do[1] in NAMES:
            return "replies", {"name": do[1], "text": begun_with(do[1])}
        return None

    async def _text(self, form: Form, draft: Draft, reader: Reader, language: Language) -> Done:
        """A whole book as YAML, typed or as a file; one that is faulty is shown with its faults and not taken."""
        t = Words(language, RULES_WORDS)
        file = form.get("file")
        content = file.file.read() if isinstance(file, web.FileField) and file.filename else b""
        text = content.decode(errors="replace") if content else str(form.get("text", ""))
        try:
            book = parse_rules(content or text.encode(errors="surrogatepass"))
        except FileError as error:
            return {
                "status": 400,
                "refused": t("text_refused", count=len(error.faults)),
                "kept": {"text": text},
                "text_faults": error.faults,
            }
        saved = await self._keep(draft, draft.title, sparse(book), reader)
        if isinstance(saved, Changed):
            query = DraftQuery(part=Part.YAML)
            return await self._lost(form, saved.draft, query, language)
        return {"told": t("text_taken")}

    async def _keep(self, draft: Draft, title: str, tree: Plain, reader: Reader) -> Draft | Changed:
        body, now, by = json.dumps(tree, ensure_ascii=False), self._world.now(), _doer(reader)
        return await self._store.run("rules", lambda work: rulebooks.keep(work, draft, title, body, by, now))

    async def _drop(self, draft: Draft, reader: Reader, language: Language) -> Done:
        del language
        now, by = self._world.now(), _doer(reader)
        await self._store.run("rules", lambda work: rulebooks.drop(work, draft, by, now))
        return {"see": PAGE}

    async def _rebase(self, draft: Draft, reader: Reader, language: Language) -> Done:
        """Take over what was published meanwhile; where both changed the same, the draft stands."""
        t, now, by = Words(language, RULES_WORDS), self._world.now(), _doer(reader)

        async def do(work: Transaction) -> list[str] | Changed:
            base, newest = await _both(work, draft)
            mine = json.loads(draft.body)
            tree, both = merged(sparse(read_kept(base.body)), mine, sparse(read_kept(newest.body)))
            body = json.dumps(tree, ensure_ascii=False)
            moved = await rulebooks.keep(work, draft, draft.title, body, by, now, base=newest.version)
            return moved if isinstance(moved, Changed) else both

        both = await self._store.run("rules", do)
        if isinstance(both, Changed):
            return {"status": 409, "refused": self._changed(both, t)}
        if both:
            return {"told": t("rebased_both", places="、".join(both))}
        return {"told": t("rebased")}

    async def _publish(self, form: Form, draft: Draft, reader: Reader, language: Language) -> Done:
        t, now, by = Words(language, RULES_WORDS), self._world.now(), _doer(reader)
        reason = shortened(str(form.get("reason", "")).strip(), MOST_REASON)
        book, _ = checked(json.loads(draft.body))
        kept = {"reason": reason, "applied": bool(form.get("applied"))}
        if book is None:
            return {"status": 400, "refused": t("faulty_draft"), "kept": kept}
        if not reason:
            return {"status": 400, "refused": t("reason_missing"), "kept": kept}
        passed, body = stopwatch(), book.model_dump_json(by_alias=True)
        roster = self._world.directory.roster

        async def do(work: Transaction) -> Added | Newer | Changed | Unapproved | str:
            base, _ = await _both(work, draft)
            known = read_kept(base.body)
            slips = refused(book, known, roster, now)
            if slips:
                return t("slips_refused", count=len(slips))
            if not differences(known, book):
                return t("nothing_to_publish")
            wish = Publishing(body=body, base=draft.base, reason=reason, applied=kept["applied"] is True)
            return await rulebooks.publish(work, draft, wish, by, now)

        done = await self._store.run("rules", do)
        log.info("page.handled", what="rules.publish", outcome=type(done).__name__, ms=passed())
        match done:
            case Added():
                return {"see": f"{PAGE}/{done.version}?new=1"}
            case Newer():
                return {"status": 409, "refused": t("newer", version=done.version), "kept": kept}
            case Changed():
                return {"status": 409, "refused": self._changed(done, t), "kept": kept}
            case Unapproved():
                return {"status": 409, "refused": t("unapproved"), "kept": kept}
            case _:
                return {"status": 400, "refused": done, "kept": kept}

    def _changed(self, changed: Changed, t: Words) -> str:
        return t("changed_meanwhile", who=self._world.directory.roster.name(changed.draft.author))

    # --- an old version ----------------------------------------------------------------

    async def _restore(self, request: web.Request, reader: Reader) -> Done:
        """One tap: the version becomes the newest one again."""
        form, t = await form_of(request), Words(language_of(request), RULES_WORDS)
        now, by, number = self._world.now(), _doer(reader), version_in(request.match_info)
        typed_reason = str(form.get("reason", "")).strip() or t("restore_reason", version=number)
        seen = str(form.get("newest", ""))
        base = int(seen) if seen.isdecimal() and len(seen) < 10 else 0

        async def do(work: Transaction) -> Added | Newer | None:
            document = await work.documents.find(RULES, number)
            if document is None:
                return None
            body = read_kept(document.body).model_dump_json(by_alias=True)
            reason = shortened(typed_reason, MOST_REASON)
            wish = Publishing(body=body, base=base, reason=reason, applied=bool(form.get("applied")))
            return await rulebooks.restore(work, wish, number, by, now)

        done = await self._store.run("rules", do)
        if done is None:
            raise MissingError(f"version {number}")
        if isinstance(done, Newer):
            return {"status": 409, "refused": t("newer", version=done.version)}
        return {"see": f"{PAGE}/{done.version}?new=1"}


_MOVES = ("up", "down", "delete")
LISTED: Mapping[Part, str] = {Part.LANES: "lanes", Part.REPLIES: "replies"}
"""The parts that are lists, and what is listed there."""
ONE_OF: Mapping[str, str] = {"lanes": f"part={Part.LANE}&lane=", "replies": f"part={Part.REPLY}&reply="}


def _moved(do: str, number: int, listed: list[Any]) -> list[Any]:
    """The lanes, or the replies, with one of them gone, or at another place."""
    one = listed.pop(number)
    if do == "delete":
        return listed
    place = max(number - 1, 0) if do == "up" else number + 1
    return [*listed[:place], one, *listed[place:]]


async def _both(work: Transaction, draft: Draft) -> tuple[Document, Document]:
    """The version that a draft is based on, and the one in force. Raises MissingError."""
    base, newest = await work.documents.find(RULES, draft.base), await work.documents.newest(RULES)
    if base is None or newest is None:
        raise MissingError(f"version {draft.base}")
    return base, newest


def _doer(reader: Reader) -> Doer:
    return Doer(actor=reader.actor, way=Way.PAGE)


def _new_draft(title: str, base: int, tree: Plain, by: Doer, now: datetime) -> Draft:
    return Draft(
        id=new_id(),
        kind=RULES,
        title=title,
        base=base,
        body=json.dumps(tree, ensure_ascii=False),
        author=UserId(by.actor),
        created_at=now,
        changed_at=now,
    )
