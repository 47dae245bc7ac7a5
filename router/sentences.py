"""Every text in which decisions are explained, in both languages.

{name} is replaced. Chinese speaks as staff does: 坐席 for an agent, 来访 for a contact.
"""

from __future__ import annotations

from typing import Final, Literal

Language = Literal["en", "zh"]

SENTENCES: Final[dict[str, dict[Language, str]]] = {
    "arrived": {
        "en": "Arrived at {at} in {queue}.",
        "zh": "{at} 进入“{queue}”队列。",
    },
    "arrived.skilled": {
        "en": "Arrived at {at} in {queue}; needs {skills}.",
        "zh": "{at} 进入“{queue}”队列，需要{skills}。",
    },
    "arrived.priority": {
        "en": "Arrived at {at} in {queue} with priority {priority}.",
        "zh": "{at} 进入“{queue}”队列，优先级 {priority}。",
    },
    "arrived.priority.skilled": {
        "en": "Arrived at {at} in {queue} with priority {priority}; needs {skills}.",
        "zh": "{at} 进入“{queue}”队列，优先级 {priority}，需要{skills}。",
    },
    "asked": {
        "en": " It was meant for {queue}, which could not take it.",
        "zh": "原本应进入“{queue}”队列，但当时无法接待。",
    },
    "phoned": {"en": " The agent phones the customer.", "zh": "由坐席致电客户。"},
    # What its customer is, what it is about.
    "vip": {"en": " Its customer is of the class {name}.", "zh": "客户等级：{name}。"},
    "issue": {"en": " It is about {name}.", "zh": "问题类型：{name}。"},
    "meant_for.held": {
        "en": " It is meant for {meant_for}, and held for them.",
        "zh": "指定坐席 {meant_for} 接待，先为其保留。",
    },
    "meant_for.absent": {
        "en": " It was meant for {meant_for}, who was not signed in there.",
        "zh": "指定坐席 {meant_for} 接待，但该坐席未签入此队列。",
    },
    "kept_from": {
        "en": " It is not offered to {giver}, who gave it away, for the time being.",
        "zh": "转出的坐席 {giver} 暂不参与分配。",
    },
    "kept_from.asks": {
        "en": " It is not offered to {giver}, who asks.",
        "zh": "发起咨询的坐席 {giver} 不参与分配。",
    },
    # Its queue was emptied or closed; its customer does not hold the line.
    "taken": {
        "en": "Taken to {queue} at {at}, as nobody served its own any longer; keeps its place.",
        "zh": "{at} 因原队列停止服务转入“{queue}”队列，保留原来的位置。",
    },
    "callback": {
        "en": "At {at} a callback was asked for; the place in {queue} is kept.",
        "zh": "{at} 申请回拨，保留在“{queue}”队列中的位置。",
    },
    "deferred": {
        "en": "Not in line before {until}.",
        "zh": "{until} 之前不参与排队。",
    },
    "due": {
        "en": "In line at {at}, at the place of its arrival in {queue}.",
        "zh": "{at} 按到达时间回到“{queue}”队列中的位置。",
    },
    "overdue": {
        "en": "At {at} it had waited {waited}, the most that {queue} allows, and something else "
        "was offered.",
        "zh": "{at} 已等待 {waited}，达到“{queue}”队列的最长等待时间，已提供其他选择。",
    },
    "unstaffed": {
        "en": "At {at} nobody was left who serves {queue}, and something else was offered.",
        "zh": "{at} “{queue}”队列已无坐席签入，已提供其他选择。",
    },
    "dismissed.max_wait": {
        "en": "Sent away at {at} after waiting {waited}, the most that {queue} allows.",
        "zh": "{at} 已等待 {waited}，达到“{queue}”队列的最长等待时间，系统结束排队。",
    },
    "dismissed.queue_emptied": {
        "en": "Sent away at {at}, as nobody served {queue} any longer, after waiting {waited}.",
        "zh": "{at} “{queue}”队列已停止服务，系统结束排队，已等待 {waited}。",
    },
    "dismissed.queue_closed": {
        "en": "Sent away at {at}, when {queue} was removed, after waiting {waited}.",
        "zh": "{at} “{queue}”队列被撤销，系统结束排队，已等待 {waited}。",
    },
    "message": {
        "en": "A message was left for {queue} at {at}.",
        "zh": "{at} 访客给“{queue}”队列留言。",
    },
    # Waiting made it easier.
    "relaxed": {
        "en": "At {at}, after waiting {waited}, no skill is needed any more.",
        "zh": "{at} 在等待 {waited}后，不再要求技能。",
    },
    "relaxed.skilled": {
        "en": "At {at}, after waiting {waited}, {skills} is enough.",
        "zh": "{at} 在等待 {waited}后，要求放宽为{skills}。",
    },
    "released": {
        "en": "At {at}, after waiting {waited}, it is no longer held for {meant_for}.",
        "zh": "{at} 在等待 {waited}后，不再为坐席 {meant_for} 保留。",
    },
    "returns": {
        "en": "At {at}, after waiting {waited}, it may come back to {giver}.",
        "zh": "{at} 在等待 {waited}后，转出的坐席 {giver} 恢复参与分配。",
    },
    "moved": {
        "en": "Moved on to {queue} at {at} after waiting {waited}; no skill is needed there.",
        "zh": "{at} 在等待 {waited}后转入“{queue}”队列，不要求技能。",
    },
    "moved.skilled": {
        "en": "Moved on to {queue} at {at} after waiting {waited}; needs {skills}.",
        "zh": "{at} 在等待 {waited}后转入“{queue}”队列，需要{skills}。",
    },
    # An offer, and why this agent got it.
    "offered": {
        "en": "Offered to {agent} at {at} after waiting {waited}: {why}.",
        "zh": "{at} 在等待 {waited}后分配给 {agent}：{why}。",
    },
    "meant_for": {
        "en": "it is held for {agent}",
        "zh": "该来访为 {agent} 保留",
    },
    "only": {
        "en": "the only ready agent of {queue}",
        "zh": "“{queue}”仅有这一名就绪坐席",
    },
    "only.skilled": {
        "en": "the only ready agent of {queue}, with {skills}",
        "zh": "“{queue}”仅有这一名就绪坐席，且具备{skills}",
    },
    "among": {
        "en": "of {n} ready agents of {queue}, {agent} {best}",
        "zh": "“{queue}”的 {n} 名就绪坐席中，{agent} {best}",
    },
    "among.skilled": {
        "en": "of {n} ready agents of {queue}, {agent} {best} among those with {skills}",
        "zh": "“{queue}”的 {n} 名就绪坐席中，在具备{skills}的坐席里 {agent} {best}",
    },
    "longest_idle": {
        "en": "had been ready the longest (since {since})",
        "zh": "就绪时间最长（自 {since} 起）",
    },
    "round_robin": {
        "en": "had gone the longest without an offer",
        "zh": "距上次分配的时间最久",
    },
    "round_robin.never": {
        "en": "had had no offer since signing in",
        "zh": "签入后尚未分配过来访",
    },
    "least_occupied": {
        "en": "had been busy the least of late",
        "zh": "近期最不繁忙",
    },
    "least_occupied.never": {
        "en": "had not been busy since signing in",
        "zh": "签入后尚未接待过来访",
    },
    "fewest_contacts": {
        "en": "had accepted the fewest contacts today since signing in ({compared})",
        "zh": "今日签入后接听的来访最少（{compared} 次）",
    },
    "best_skill": {
        "en": "had the highest levels in what is needed ({compared} together)",
        "zh": "所需技能的等级最高（合计 {compared} 级）",
    },
    "sticky": {
        "en": "had served this customer the last time",
        "zh": "上次接待过该客户",
    },
    "sticky.never": {
        "en": "had been ready the longest (since {since}), as nobody was free who had served this "
        "customer the last time",
        "zh": "就绪时间最长（自 {since} 起），且上次接待该客户的坐席不空闲或不存在",
    },
    "weighted": {
        "en": "had the fewest contacts for the weight ({compared} a point)",
        "zh": "按权重计算的来访最少（每点 {compared} 次）",
    },
    "top_down": {
        "en": "had the lowest rank ({compared})",
        "zh": "顺位最靠前（{compared}）",
    },
    "random": {
        "en": "was drawn by lot",
        "zh": "由随机抽取选中",
    },
    # What became of an offer.
    "accepted": {
        "en": "{agent} accepted at {at}.",
        "zh": "{agent} 于 {at} 接听。",
    },
    "back.rejected": {
        "en": "{agent} declined at {at}; back to the old place in {queue}.",
        "zh": "{agent} 于 {at} 拒接，来访回到“{queue}”队列原来的位置。",
    },
    "back.rejected.because": {
        "en": "{agent} declined at {at}: {why}; back to the old place in {queue}.",
        "zh": "{agent} 于 {at} 拒接（{why}），来访回到“{queue}”队列原来的位置。",
    },
    "why.skill": {"en": "not able to help with this", "zh": "无法处理该问题"},
    "why.language": {"en": "does not speak the language", "zh": "语言不通"},
    "why.acquainted": {"en": "knows the customer", "zh": "与访客相识"},
    "why.occupied": {"en": "has something to finish first", "zh": "手头有事未完"},
    "why.technical": {"en": "a technical problem", "zh": "技术故障"},
    "back.timed_out": {
        "en": "{agent} did not answer until {at}; back to the old place in {queue}.",
        "zh": "{agent} 截至 {at} 未应答，来访回到“{queue}”队列原来的位置。",
    },
    "back.agent_lost": {
        "en": "{agent}'s page was lost, noticed at {at}; back to the old place in {queue}.",
        "zh": "{at} 发现 {agent} 的页面已断开，来访回到“{queue}”队列原来的位置。",
    },
    "back.agent_signed_out": {
        "en": "{agent} signed out at {at}; back to the old place in {queue}.",
        "zh": "{agent} 于 {at} 签出，来访回到“{queue}”队列原来的位置。",
    },
    "back.agent_not_ready": {
        "en": "{agent} stopped being ready at {at}; back to the old place in {queue}.",
        "zh": "{agent} 于 {at} 切换为未就绪，来访回到“{queue}”队列原来的位置。",
    },
    # By somebody else's order.
    "back.agent_not_ready.ordered": {
        "en": "At {at} {who} set {agent} to not ready; back to the old place in {queue}.",
        "zh": "{at} {who}将 {agent} 设为未就绪，来访回到“{queue}”队列原来的位置。",
    },
    "back.agent_signed_out.ordered": {
        "en": "At {at} {who} signed {agent} out; back to the old place in {queue}.",
        "zh": "{at} {who}将 {agent} 签出，来访回到“{queue}”队列原来的位置。",
    },
    "who.supervisor": {"en": "a supervisor", "zh": "班长"},
    "who.integrator": {"en": "an integrator", "zh": "业务系统"},
    "who.other": {"en": "the server", "zh": "系统"},
    # On to another queue: by the agent, out of the agent's hands, or from its place in line.
    "transferred": {
        "en": "{agent} transferred it to {queue} at {at}, after {talk} of talk; "
        "it waits at the place of its arrival.",
        "zh": "{agent} 通话 {talk}后，于 {at} 转接到“{queue}”队列，按到达时间排队。",
    },
    "transferred.taken": {
        "en": "At {at} {who} took it from {agent}, after {talk} of talk, to {queue}; "
        "it waits at the place of its arrival.",
        "zh": "{at} {who}将来访从 {agent}（已通话 {talk}）转到“{queue}”队列，按到达时间排队。",
    },
    "transferred.line": {
        "en": "At {at} {who} moved it to {queue}; it waits at the place of its arrival.",
        "zh": "{at} {who}将来访转到“{queue}”队列，按到达时间排队。",
    },
    # While the agent talks, somebody else orders what comes after it.
    "directed.ready": {
        "en": "At {at} {who} made {agent} ready for further contacts.",
        "zh": "{at} {who}将 {agent} 设为就绪。",
    },
    "directed.not_ready": {
        "en": "At {at} {who} made {agent} not ready for further contacts; this one went on.",
        "zh": "{at} {who}将 {agent} 设为未就绪，当前来访不受影响。",
    },
    # A colleague is asked, joins, takes over.
    "consulted": {
        "en": "{agent} asked a colleague of {other} at {at}.",
        "zh": "{agent} 于 {at} 向“{other}”队列的同事咨询。",
    },
    "consulted.agent": {
        "en": "{agent} asked {to} at {at}.",
        "zh": "{agent} 于 {at} 向 {to} 咨询。",
    },
    "conferred": {
        "en": "{to} joined the call with {agent} at {at}.",
        "zh": "{to} 于 {at} 加入与 {agent} 的三方通话。",
    },
    "handed_over": {
        "en": "{agent} handed over to {to} at {at}, after {talk} of talk.",
        "zh": "{agent} 通话 {talk}后，于 {at} 移交给 {to}。",
    },
    "back.restart": {
        "en": "The server restarted at {at} while it rang at {agent}; "
        "back to the old place in {queue}.",
        "zh": "{agent} 振铃期间，系统于 {at} 重启，来访回到“{queue}”队列原来的位置。",
    },
    "connected": {
        "en": "The call with {agent} began at {at}.",
        "zh": "{at} 与 {agent} 的通话开始。",
    },
    "connected.phoned": {
        "en": "{agent} has had it since {at}, to phone the customer.",
        "zh": "{at} 起由 {agent} 致电客户。",
    },
    # The end, and who ended it.
    "completed": {
        "en": "Ended at {at} {by}, after {talk} of talk with {agent}.",
        "zh": "{at} {by}，与 {agent} 通话 {talk}。",
    },
    "abandoned.waiting": {
        "en": "Ended at {at} {by}, after waiting {waited}.",
        "zh": "{at} {by}，已等待 {waited}。",
    },
    "abandoned.offered": {
        "en": "Ended at {at} {by} while it rang at {agent}, after waiting {waited}.",
        "zh": "{agent} 振铃期间，{at} {by}，已等待 {waited}。",
    },
    "by.visitor": {"en": "by the visitor", "zh": "由访客结束"},
    "by.visitor_gone": {"en": "because the visitor's page was gone", "zh": "因访客页面断开而结束"},
    "by.agent": {"en": "by the agent", "zh": "由坐席结束"},
    "by.supervisor": {"en": "by a supervisor", "zh": "由班长结束"},
    "by.integrator": {"en": "by an integrator", "zh": "由业务系统结束"},
    "by.server": {"en": "because the server went down", "zh": "因系统停机而结束"},
    "by.other": {"en": "by the server", "zh": "由系统结束"},
    # Parts.
    "skill": {"en": "{skill} at {level} or more", "zh": "{skill} {level} 级及以上"},
    "skill.none": {"en": "no {skill}", "zh": "不具备{skill}"},
    "group": {"en": "the group {skill}", "zh": "“{skill}”组成员"},
    "group.none": {"en": "nobody of the group {skill}", "zh": "非“{skill}”组成员"},
    "region": {"en": "the region {skill}", "zh": "{skill}地区"},
    "and": {"en": " and ", "zh": "、"},
    "then": {"en": " ", "zh": ""},
    "seconds": {"en": "{s} s", "zh": "{s} 秒"},
    "minutes": {"en": "{m} min {s} s", "zh": "{m} 分 {s} 秒"},
    "hours": {"en": "{h} h {m} min", "zh": "{h} 小时 {m} 分"},
}
