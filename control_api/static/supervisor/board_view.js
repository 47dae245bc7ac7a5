// The live boards.

import { stateText } from "../components/agent_state.js";
import { Icon } from "../components/icon.js";
import { html, useMemo, useState } from "../html.js";
import { useNow, useTitle } from "../hooks.js";
import { clockText, named, t, waitShortText } from "../language.js";
import { BoardContacts, MoveButton } from "./contacts.js";
import { LeftMessages } from "./messages.js";
import { MoveDialog } from "./move.js";
import { Recordings } from "./recordings.js";

// Above this somebody should look at the queue.
const LONG_WAIT_S = 120;

export function BoardView({ session }) {
  useTitle(`${t("supervisor.role")} · Mediacore`);
  const { queues, agents, contacts, calls } = session.board;
  const [moving, setMoving] = useState(null);
  const clock = useMemo(() => () => session.connection.now_ms(), [session.connection]);
  const now_ms = useNow(clock);
  const called = new Set(calls.map(({ contact_id }) => contact_id));
  // These have no room here: the agent phones.
  const phoned = contacts.filter(({ channel, state }) => channel === "callback" && state === "connected").length;
  const movable = new Map(contacts.map((contact) => [contact.id, contact]));
  const names = new Map(queues.map(({ id, name }) => [id, named(name)]));
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const ready = agents.filter(({ state }) => state === "ready").length;
  const signedIn = agents.filter(({ state }) => state !== "offline").length;

  return html`<div class="board" data-testid="board">
    <h1 class="visually-hidden">${t("supervisor.role")}</h1>
    <dl class="totals">
      <${Total} name=${t("board.waiting")} value=${waiting} testid="total-waiting" />
      <${Total} name=${t("board.calls")} value=${calls.length + phoned} testid="total-calls" />
      <${Total} name=${t("board.ready")} value=${ready} testid="total-ready" />
      <${Total} name=${t("board.signed_in")} value=${signedIn} testid="total-signed-in" />
    </dl>
    <div class="board-column">
      <section class="card board-calls" aria-labelledby="board-calls">
        <h2 id="board-calls">${t("board.calls_title")}</h2>
        ${calls.length === 0
          ? html`<p class="empty">${t("board.no_calls")}</p>`
          : html`<ul class="rows">
            ${calls.map(
              (call) => html`<${CallRow}
                key=${call.contact_id}
                call=${call}
                contact=${movable.get(call.contact_id)}
                now_ms=${now_ms}
                session=${session}
                onMove=${setMoving}
              />`,
            )}
          </ul>`}
      </section>
      <${BoardContacts} contacts=${contacts.filter(({ id }) => !called.has(id))} now_ms=${now_ms} onMove=${setMoving} />
      <section class="card board-agents" aria-labelledby="board-agents">
        <h2 id="board-agents">${t("board.agents_title")}</h2>
        ${agents.length === 0
          ? html`<p class="empty">${t("board.no_agents")}</p>`
          : html`<ul class="rows">${agents.map((agent) => html`<${AgentRow} key=${agent.id} agent=${agent} now_ms=${now_ms} />`)}</ul>`}
      </section>
    </div>
    <div class="board-column">
      <section class="card board-queues" aria-labelledby="board-queues">
        <h2 id="board-queues">${t("board.queues_title")}</h2>
        <${QueueTable} queues=${queues} names=${names} />
      </section>
      <${LeftMessages} session=${session} />
      <${Recordings} session=${session} live=${calls.map(({ contact_id }) => contact_id).join()} />
    </div>
    ${moving && html`<${MoveDialog} session=${session} contact=${moving} onClose=${() => setMoving(null)} />`}
  </div>`;
}

function Total({ name, value, testid }) {
  return html`<div class="total card"><dd data-testid=${testid}>${value}</dd><dt>${name}</dt></div>`;
}

// A consultation is a call, too, but goes nowhere: there is no contact to it here.
function CallRow({ call, contact, now_ms, session, onMove }) {
  const people = call.participants.filter(({ role }) => role !== "supervisor");
  return html`<li class="row" data-testid="call-row" data-contact=${call.contact_id}>
    <span class="row-sign is-call"><${Icon} name=${call.held ? "pause" : "camera"} size=${18} /></span>
    <span class="row-words">
      <strong>${people.map(({ name }) => name).join(" · ")}</strong>
      <small>
        ${call.held ? t("board.held") : t("board.talking")}
        ${call.started_at && html` · <time>${clockText((now_ms - Date.parse(call.started_at)) / 1000)}</time>`}
        ${call.recording === "on" && html` · <span class="text-danger">${t("board.recorded")}</span>`}
      </small>
    </span>
    <span class="row-choices">
      <button
        type="button"
        class="button is-small"
        data-testid="watch"
        aria-label=${t("board.watch_name", { name: people.map(({ name }) => name).join(", ") })}
        onClick=${() => session.watch(call.contact_id)}
      >
        <${Icon} name="eye" size=${17} />${t("board.watch")}
      </button>
      ${contact && html`<${MoveButton} contact=${contact} onMove=${onMove} />`}
    </span>
  </li>`;
}

function QueueTable({ queues, names }) {
  return html`<div class="table-frame" tabindex="0" role="group" aria-labelledby="board-queues">
    <table class="table">
      <thead>
        <tr>
          <th scope="col">${t("board.queue")}</th>
          <th scope="col">${t("board.waiting")}</th>
          <th scope="col">${t("board.longest")}</th>
          <th scope="col">${t("board.service_level")}</th>
          <th scope="col">${t("board.asa")}</th>
          <th scope="col">${t("board.abandoned")}</th>
          <th scope="col">${t("board.staffed")}</th>
          <th scope="col">${t("board.estimate")}</th>
        </tr>
      </thead>
      <tbody>
        ${queues.map(
          (queue) => html`<tr key=${queue.id} data-testid=${`queue-row-${queue.id}`}>
            <th scope="row">${names.get(queue.id)}</th>
            <td data-testid="queue-waiting" data-name=${t("board.waiting")} class=${queue.waiting ? "is-strong" : ""}>${queue.waiting}</td>
            <td data-name=${t("board.longest")} class=${queue.longest_wait_s > LONG_WAIT_S ? "is-late" : ""}>
              ${queue.waiting ? clockText(queue.longest_wait_s ?? 0) : "–"}
            </td>
            <td data-name=${t("board.service_level")} data-testid="queue-service-level">${percentText(queue.recent?.service_level)}</td>
            <td data-name=${t("board.asa")}>${queue.recent?.asa_s == null ? "–" : clockText(queue.recent.asa_s)}</td>
            <td data-name=${t("board.abandoned")}>${percentText(queue.recent?.abandon_ratio)}</td>
            <td data-name=${t("board.staffed")}>${queue.ready} / ${queue.staffed}</td>
            <td data-name=${t("board.estimate")}>${queue.estimated_wait_s == null ? "–" : waitShortText(queue.estimated_wait_s)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function AgentRow({ agent, now_ms }) {
  const { state } = agent;
  const skills = skillsText(agent);
  const text = stateText(agent);
  const work = workText(agent);
  return html`<li class="row" data-testid=${`agent-row-${agent.id}`} data-state=${state}>
    <span class="row-sign is-initial" aria-hidden="true">${Array.from(agent.name || agent.id)[0].toUpperCase()}</span>
    <span class="row-words">
      <strong>${agent.name || agent.id}</strong>
      ${work && html`<small data-testid="agent-work">${work}</small>`}
      ${skills && html`<small data-testid="agent-skills">${skills}</small>`}
      ${agent.occupancy != null && html`<small data-testid="agent-day">${t("board.agent_day", { occupancy: percentText(agent.occupancy), n: agent.contacts_today })}</small>`}
    </span>
    <span class="state-now is-${state}">
      <span class="state-dot"></span><span class="state-name">${text}</span>
      ${state !== "offline" && html`<time class="elapsed">${clockText((now_ms - Date.parse(agent.since)) / 1000)}</time>`}
    </span>
  </li>`;
}

/** 0.834 -> "83 %"; nothing to tell yet: "–". */
function percentText(ratio) {
  return ratio == null ? "–" : `${Math.round(ratio * 100)} %`;
}

/** A video call and two chats -> "Video call 1 · Text chat 2". */
function workText({ work }) {
  const counts = new Map();
  for (const { channel } of work) counts.set(channel, (counts.get(channel) ?? 0) + 1);
  return [...counts].map(([channel, n]) => `${t(`channel.${channel}`)} ${n}`).join(" · ");
}

/** {german: 5, billing: 2} -> "German 5 · Billing 2". */
function skillsText({ assignment, skill_names }) {
  return Object.entries(assignment?.skills ?? {})
    .map(([skill, level]) => `${named(skill_names[skill])} ${level}`)
    .join(" · ");
}
