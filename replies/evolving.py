"""What are the things called that history teaches? Measures, causes, proposals and rehearsals, in both languages."""

from collections.abc import Mapping
from enum import StrEnum

from replies.words import Text
from rules.comparisons import Turn
from rules.contrast import Side
from rules.doubts import Doubt
from rules.measures import Measure
from rules.proposals import Days, Why
from rules.reports import RehearsalState
from rules.wordings import WordTurn

EVOLVING: tuple[Mapping[StrEnum, Text], ...] = (
    {
        Days.WORKDAY: Text("工作日", "workdays"),
        Days.WEEKEND: Text("周末", "weekends"),
        Days.HOLIDAY: Text("节假日", "holidays"),
    },
    {
        Why.TOO_FEW: Text("样本太少", "too few orders"),
        Why.TOO_FEW_SLOW: Text("慢的太少，看不出来", "too few slow ones to tell"),
        Why.FEW_WEEKS: Text("不到五周，估不出量", "fewer than five weeks: no volume can be guessed"),
        Why.FITS: Text("现在的就合适", "the present one fits"),
        Why.NONE_FITS: Text("够得着的都不合适", "none within reach fits"),
    },
    {
        Side.CARRIER: Text("承运商", "carrier"),
        Side.REGION: Text("地区", "region"),
        Side.DISTRICT: Text("区县", "district"),
        Side.WAREHOUSE: Text("仓库", "warehouse"),
        Side.SKU_CLASS: Text("货品类别", "class of goods"),
        Side.PROMOTION: Text("活动通道", "promotion lane"),
        Side.FIRST_SEEN: Text("承运商首见周", "first week of the carrier"),
    },
    {
        Doubt.SHORT_WAS_REPORTED: Text("报过缺货，原因却是别的", "Goods were reported short"),
        Doubt.GOODS_WERE_THERE: Text("复核说货在，原因却是缺货", "Somebody found the goods"),
        Doubt.DONE_IN_TIME: Text("所说的阶段按时完成了", "The stage blamed was done in time"),
        Doubt.NOT_SO_FAR: Text("订单还没到所说的阶段", "The order had not come so far"),
    },
    {
        Measure.CLAIM: Text("发现到接手", "Detection to claim"),
        Measure.CONTACT: Text("发现到联系上", "Detection to contact"),
        Measure.CLOSE: Text("发现到关闭", "Detection to close"),
        Measure.HANDLING: Text("处理用时", "Handling time"),
        Measure.WITHIN_TEN: Text("十分钟内联系到", "Reached within 10 min"),
        Measure.WITHIN_FIFTEEN: Text("十五分钟内联系到", "Reached within 15 min"),
        Measure.BEFORE_COMPLAINT: Text("投诉前联系到", "Reached before complaints"),
        Measure.FIRST_RESOLUTION: Text("一次解决", "First resolution"),
        Measure.ALONE: Text("没找别的团队", "Without another team"),
        Measure.REFUNDED: Text("联系上之前退款", "Refunded before contact"),
        Measure.HEALED: Text("自愈", "Self-healed"),
        Measure.MESSAGES: Text("每笔消息数", "Messages per anomaly"),
    },
    {
        RehearsalState.WAITING: Text("等着", "Waiting"),
        RehearsalState.RUNNING: Text("排练中", "Running"),
        RehearsalState.DONE: Text("完成", "Done"),
        RehearsalState.FAILED: Text("没排成", "Failed"),
        RehearsalState.CANCELLED: Text("已取消", "Cancelled"),
    },
    {
        Turn.NEW: Text("新增", "New"),
        Turn.GONE: Text("不再有", "No more"),
        Turn.EARLIER: Text("提前", "Earlier"),
        Turn.LATER: Text("推后", "Later"),
        Turn.SAME: Text("不变", "Same"),
    },
    {
        WordTurn.SAME: Text("同样的话", "Same words"),
        WordTurn.OTHER: Text("换了话", "Other words"),
        WordTurn.GAINED: Text("有草稿了", "Draft gained"),
        WordTurn.LOST: Text("没草稿了", "Draft lost"),
    },
)
