"""Which accounts, servicers and customers has 微信客服? kf/account, kf/servicer, kf/customer (wecom.md §9.1)."""

import hashlib

from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.fields import Node
from bot.sandbox.kf import Kf
from bot.sandbox.kf_account import KfAccount
from bot.sandbox.world import World

MOST_SERVICERS = 100
MOST_CUSTOMERS = 100


class KfAdmin:
    def __init__(self, world: World, kf: Kf) -> None:
        self._world = world
        self._kf = kf

    @property
    def endpoints(self) -> Endpoints:
        return {
            "kf/account/list": Endpoint(answer=self._accounts),
            "kf/add_contact_way": Endpoint(answer=self._contact_way),
            "kf/servicer/list": Endpoint(answer=self._servicers, verb="GET"),
            "kf/servicer/add": Endpoint(answer=lambda asked: self._change(asked, add=True)),
            "kf/servicer/del": Endpoint(answer=lambda asked: self._change(asked, add=False)),
            "kf/customer/batchget": Endpoint(answer=self._customers),
        }

    def _accounts(self, asked: Asked) -> Answer:
        request = asked.node() if asked.body else Node(values={})
        offset = request.integer("offset") if request.has("offset") else 0
        limit = request.choice("limit", range(1, 101), default=100)
        rows = [
            {"open_kfid": one.open_kfid, "name": one.name, "avatar": "", "manage_privilege": True}
            for one in self._kf.accounts.values()
        ]
        return ok(account_list=rows[offset : offset + limit])

    def _contact_way(self, asked: Asked) -> Answer:
        request = asked.node()
        account = self._kf.asked_account(request)
        scene = request.text("scene", most_bytes=32) if request.has("scene") else ""
        digest = hashlib.sha256(f"{account.open_kfid}/{scene}".encode()).hexdigest()[:16]
        return ok(url=f"https://work.weixin.qq.com/kfid/{account.open_kfid}?enc_scene={digest}")

    def _servicers(self, asked: Asked) -> Answer:
        values = {"open_kfid": asked.query.get("open_kfid", "")}
        account = self._kf.asked_account(Node(values=values))
        serving = [one for one in self._world.members() if account.serves(one)]
        rows = [{"userid": one, "status": int(one in account.resting)} for one in serving]
        return ok(servicer_list=rows)

    def _change(self, asked: Asked, *, add: bool) -> Answer:
        request = asked.node()
        account = self._kf.asked_account(request)
        named = request.texts("userid_list", most=MOST_SERVICERS)
        if not named:
            raise Refused(Errcode.EMPTY_PARAMETER, "userid_list is empty")
        results = [self._change_one(account, userid, asked, add=add) for userid in named]
        self._world.changes.note()
        return ok(result_list=results)

    def _change_one(self, account: KfAccount, userid: str, asked: Asked, *, add: bool) -> Answer:
        member = None if asked.spoils(userid) else self._world.member(userid)
        if member is None:
            return {"userid": userid, "errcode": int(Errcode.NO_SUCH_USERID), "errmsg": "userid not found"}
        if account.servicers is None:
            account.servicers = set(self._world.members())
        account.servicers.add(member) if add else account.servicers.discard(member)
        return {"userid": userid} | ok()

    def _customers(self, asked: Asked) -> Answer:
        named = asked.node().texts("external_userid_list", most=MOST_CUSTOMERS)
        if not named:
            raise Refused(Errcode.EMPTY_PARAMETER, "external_userid_list is empty")
        heard = {one for account in self._kf.accounts.values() for one in named if account.has_heard(one)}
        good = [one for one in named if one in heard and not asked.spoils(one)]
        rows = [
            {"external_userid": one, "nickname": self._world.config.name_of(one), "avatar": "", "gender": 0}
            for one in good
        ]
        return ok(customer_list=rows, invalid_external_userid=[one for one in named if one not in good])
