"""The contact centre's state as the latest decisions left it, committed or not yet.

Only the bookkeeping (bookkeeping.py) and the calls that write read it; readers look at the floor
(floor.py), which shows only what is committed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from router import commands
from router.commands import Arrival, Relaxation, SkillLevel
from router.errors import Busy, UnknownAgent, UnknownContact, WrongState
from router.model import Agent, Capacity, Contact, MaxWait, QueueSettings, Skill, Stage, Work
from router.prediction import Predictor
from router.requirement import AGENTS_FROM, bare, had, kind
from router.roll import Roll
from router.store.writer import WRITE_QUEUE_BOUND

AGENTS_BOUND = 10_000
# Contacts that ended stay at hand for wrap-up and notes. More of them than writes can be pending,
# so that one that is no longer here is surely committed.
ENDED_BOUND = 2 * WRITE_QUEUE_BOUND

Key = TypeVar("Key")


def let_go(
    ended: OrderedDict[Key, Contact], find_agent: Callable[[str], Agent | None]
) -> Contact | None:
    """Take out the contact that ended first if there are more than ENDED_BOUND; but none that an
    agent still wraps up (there are at most as many of these as agents have slots)."""
    if len(ended) <= ENDED_BOUND:
        return None
    for key, contact in ended.items():
        had = {contact.agent, *(leg.agent for leg in contact.legs)} - {None}
        agents = (find_agent(agent) for agent in had if agent is not None)
        if not any(agent.holds(contact.id) for agent in agents if agent is not None):
            del ended[key]
            return contact
    return None


def longest_wait(most: MaxWait | None) -> commands.MaxWait | None:
    """As the matcher reads it: it knows only whether the contact goes or stays."""
    if most is None:
        return None
    return commands.MaxWait(most.after_us, "leave" if most.then == "refuse" else "stay")


class Ledger:
    def __init__(
        self, queues: dict[int, QueueSettings], skills: dict[int, Skill], capacity: Capacity
    ) -> None:
        """`capacity` is that of agents to whom none was assigned, complete."""
        self.queues = queues
        self.capacity = capacity
        self.queue_numbers = {queue.id: number for number, queue in queues.items()}
        # Every skill there ever was: a stored one always has its number here.
        self.skill_numbers = {skill.id: number for number, skill in skills.items()}
        self.live = Roll()
        self.ended: OrderedDict[int, Contact] = OrderedDict()
        self.agents: dict[int, Agent] = {}
        # When the running day began where the agents are, in microseconds since the Unix epoch.
        self.day_us = 0
        # Learns from what is committed; what it foretold goes into the log with what came of it.
        self.predictor = Predictor()
        self._ended_numbers: dict[str, int] = {}
        self._agent_numbers: dict[str, int] = {}

    # -- looking up ------------------------------------------------------------------------------

    def contact(self, contact_id: str) -> Contact:
        """The contact if it is live or ended lately. Raises UnknownContact."""
        if (contact := self.live.find(contact_id)) is not None:
            return contact
        if (number := self._ended_numbers.get(contact_id)) is not None:
            return self.ended[number]
        raise UnknownContact(f"no contact {contact_id!r} is live")

    def live_contact(self, contact_id: str) -> Contact:
        """Raises UnknownContact, or WrongState if the contact has ended."""
        contact = self.contact(contact_id)
        if not contact.live:
            raise WrongState(f"contact {contact_id} has ended ({contact.state})")
        return contact

    def known(self, number: int) -> Contact:
        """The contact, live or ended lately."""
        live = self.live.get(number)
        return self.ended[number] if live is None else live

    def find_agent(self, agent_id: str) -> Agent | None:
        """The agent, if they ever signed in or were assigned."""
        number = self._agent_numbers.get(agent_id)
        return None if number is None else self.agents[number]

    def agent(self, agent_id: str) -> Agent:
        """Raises UnknownAgent."""
        agent = self.find_agent(agent_id)
        if agent is None:
            raise UnknownAgent(f"agent {agent_id!r} never signed in")
        return agent

    def levels(self, levels: Mapping[str, int]) -> tuple[SkillLevel, ...]:
        """What somebody needs, or has, as the matcher reads it."""
        return tuple(
            SkillLevel(skill=self._skill_number(name), level=level)
            for name, level in levels.items()
        )

    def _skill_number(self, name: str) -> int:
        if kind(name) == "agent":
            return AGENTS_FROM + self._agent_numbers[bare(name)]
        return self.skill_numbers[name]

    def had(self, agent: Agent) -> tuple[SkillLevel, ...]:
        """What an agent, who may not be known yet, has and is, as the matcher reads it."""
        themself = SkillLevel(skill=AGENTS_FROM + agent.number, level=1)
        return (*self.levels(had(agent.assignment)), themself)

    def agent_number(self, agent_id: str | None) -> int | None:
        return None if agent_id is None else self._agent_numbers.get(agent_id)

    @property
    def agent_ids(self) -> Collection[str]:
        """Of everybody who ever signed in or was assigned."""
        return self._agent_numbers.keys()

    def relaxations(self, queue: str, stages: Iterable[Stage]) -> tuple[Relaxation, ...]:
        """The stages of a contact that came to this queue, as the matcher reads them: with a queue
        where they change it."""
        found = []
        for stage in stages:
            to = self.queue_numbers.get(stage.queue) if stage.queue != queue else None
            requires = self.levels(stage.requires)
            found.append(Relaxation(after_us=stage.after_us, requires=requires, queue=to))
            queue = stage.queue
        return tuple(found)

    def arrival(self, contact: Contact) -> Arrival:
        """A contact as it came, as the matcher reads it."""
        called_back = contact.kind == "callback"
        return Arrival(
            contact=contact.number,
            queue=self.entrance(contact.queue, contact.entered),
            priority=contact.priority,
            arrived_us=contact.arrived_us,
            channel=contact.channel,
            requires=self.levels(contact.requires),
            relax=self.relaxations(contact.entered or contact.queue, contact.relax),
            max_wait=longest_wait(contact.max_wait),
            not_before_us=(contact.due_us or contact.arrived_us) if called_back else None,
            last_agent=self.agent_number(contact.last_agent),
            internal=contact.kind == "consult",
            answered=contact.answered,
        )

    def entrance(self, queue: str, entered: str | None) -> int:
        """The queue that a contact came to; where it is now, if that one has gone."""
        return self.queue_numbers.get(entered or queue, self.queue_numbers[queue])

    def settings(self, queue_id: str) -> QueueSettings:
        """Of a queue that is open."""
        return self.queues[self.queue_numbers[queue_id]]

    # -- changing --------------------------------------------------------------------------------

    def put_contact(self, contact: Contact) -> Contact:
        """Keep this version of a contact."""
        if contact.live:
            self.live.put(contact)
            return contact
        self.live.remove(contact)
        self.ended[contact.number] = contact
        self._ended_numbers[contact.id] = contact.number
        if (gone := let_go(self.ended, self.find_agent)) is not None:
            del self._ended_numbers[gone.id]
        return contact

    def put_agent(self, agent: Agent) -> Agent:
        """Keep this version of an agent."""
        self._agent_numbers[agent.id] = agent.number
        self.agents[agent.number] = agent
        return agent

    def take_up(self, agent: Agent, work: Work) -> Agent:
        """The agent has this in hand as well."""
        return self.put_agent(replace(agent, work=(*agent.work, work)))

    def take_off(self, contact: Contact) -> list[Agent]:
        """Whose hands the contact was in, without it now: one agent, or none. What they do after
        an earlier time with it goes on."""
        agent = None if contact.agent is None else self.find_agent(contact.agent)
        if agent is None or not agent.holds(contact.id):
            return []
        return [self.take_from(agent, contact.id)]

    def take_from(self, agent: Agent, contact_id: str, *, wrap_up: bool = False) -> Agent:
        """The agent no longer has the contact in hand, or no longer wraps it up."""
        rest = tuple(
            one
            for one in agent.work
            if one.contact != contact_id or (one.wrap_up_ends_us is not None) != wrap_up
        )
        return self.put_agent(replace(agent, work=rest))

    def introduce(self, agent_id: str) -> Agent:
        """The agent as known, or a new one to be put. Raises Busy above AGENTS_BOUND."""
        if (known := self.find_agent(agent_id)) is not None:
            return known
        if len(self.agents) >= AGENTS_BOUND:
            raise Busy(f"{AGENTS_BOUND} agents are known, which is the limit")
        number = max(self.agents, default=0) + 1
        return Agent(number=number, id=agent_id, name=agent_id)
