// The way in: what is it about, who is asking, can we see and hear you.

import { DevicePreview } from "../components/device_preview.js";
import { Icon } from "../components/icon.js";
import { OtherWays } from "../components/other_ways.js";
import { html, useEffect, useState } from "../html.js";
import { useChange, useTitle } from "../hooks.js";
import { dateText, named, t, tCode, waitRangeText } from "../language.js";

const REFRESH_MS = 10_000;
const NAME_MAX_CHARS = 80;
const QUESTION_MAX_CHARS = 1000;

const CHANNELS = ["video", "voice", "chat"];
const ICON = { video: "camera", voice: "phone", chat: "chat" };

/** A link may choose: ?channel=voice. */
function channelInLink() {
  const wanted = new URLSearchParams(location.search).get("channel");
  return CHANNELS.includes(wanted) ? wanted : CHANNELS[0];
}

export function ChooseView({ session }) {
  useTitle(`${t("visitor.title")} · Mediacore`);
  useChange(session.devices);
  const { queues, problem } = useQueues(session);
  const [queue, setQueue] = useState(null);
  const [issue, setIssue] = useState("");
  const [channel, setChannel] = useState(channelInLink());
  const [name, setName] = useState("");
  const [question, setQuestion] = useState("");
  const [joining, setJoining] = useState(false);
  const [error, setError] = useState(null);
  const [offers, setOffers] = useState([]);
  const { devices } = session;
  useEffect(() => devices.follow(channel), [devices, channel]);
  const request = { queue, issue: issue || undefined, channel, name: name.trim(), question: question.trim() };
  const issues = queues?.find(({ id }) => id === queue)?.issues ?? [];

  const join = async (event) => {
    event.preventDefault();
    if (!queue || !name.trim()) {
      setError(t(queue ? "visitor.name_missing" : "visitor.topic_missing"));
      return;
    }
    setError(null);
    setOffers([]);
    if (channel !== "chat") {
      if (devices.status === "idle") await devices.start();
      // With a problem on screen the person decides first: try again, a test picture, voice only.
      if (devices.status !== "settled" || !devices.audible) return;
    } else {
      devices.stop();
    }
    setJoining(true);
    try {
      await session.join(request);
    } catch (failure) {
      setError(refusalText(failure));
      setOffers(failure.offers ?? []);
    }
    setJoining(false);
  };

  // What was offered belongs to the topic that could not be served.
  const choose = (chosen) => {
    setQueue(chosen);
    setIssue("");
    setOffers([]);
    setError(null);
  };

  if (problem && !queues) {
    return html`<section class="notice card" role="alert" data-testid="queues-problem">
      <h1>${tCode("error", problem)}</h1>
    </section>`;
  }
  return html`<form class="choose" onSubmit=${join} novalidate>
    <div class="choose-words">
      <h1>${t("visitor.title")}</h1>
      <p class="lead">${t("visitor.lead")}</p>
      ${session.draining && html`<p class="banner is-warning">${t("error.draining")}</p>`}

      <fieldset class="topics">
        <legend>${t("visitor.topic")}</legend>
        ${queues?.map(
          (one) =>
            html`<${Topic} key=${one.id} queue=${one} chosen=${queue === one.id} onChoose=${choose} />`,
        ) ?? html`<div class="topic is-placeholder"></div><div class="topic is-placeholder"></div>`}
      </fieldset>

      ${issues.length > 0 &&
      html`<label class="field">
        <span class="field-label">${t("visitor.issue")} <em>${t("visitor.optional")}</em></span>
        <select data-testid="issue" value=${issue} onChange=${(event) => setIssue(event.target.value)}>
          <option value="">${t("visitor.issue_other")}</option>
          ${issues.map(({ id, name: called }) => html`<option key=${id} value=${id}>${named(called)}</option>`)}
        </select>
      </label>`}

      <label class="field">
        <span class="field-label">${t("visitor.name")}</span>
        <input
          type="text"
          autocomplete="name"
          value=${name}
          maxlength=${NAME_MAX_CHARS}
          required
          data-testid="name"
          onInput=${(event) => setName(event.target.value)}
        />
      </label>
      <label class="field">
        <span class="field-label">${t("visitor.question")} <em>${t("visitor.optional")}</em></span>
        <textarea
          rows="3"
          value=${question}
          maxlength=${QUESTION_MAX_CHARS}
          placeholder=${t("visitor.question_hint")}
          data-testid="question"
          onInput=${(event) => setQuestion(event.target.value)}
        ></textarea>
      </label>
    </div>

    <div class="choose-device card">
      <fieldset class="channels">
        <legend class="visually-hidden">${t("visitor.channel")}</legend>
        ${CHANNELS.map(
          (one) => html`<label class="topic ${one === channel ? "is-chosen" : ""}" key=${one}>
            <input
              type="radio"
              name="channel"
              value=${one}
              checked=${one === channel}
              data-testid=${`channel-${one}`}
              onChange=${() => setChannel(one)}
            />
            <${Icon} name=${ICON[one]} size=${20} /><span class="topic-name">${t(`channel.${one}`)}</span>
          </label>`,
        )}
      </fieldset>
      ${channel !== "chat"
        ? html`<${DevicePreview} devices=${devices} name=${name} />`
        : html`<p class="lead">${t("visitor.chat_text")}</p>`}
      <p class="field-error" role="alert" data-testid="join-error">${error}</p>
      <${OtherWays}
        offers=${offers}
        onCallback=${(callback) => session.join({ ...request, callback })}
        onMessage=${(text, sound) => session.join({ ...request, message: text || undefined, sound })}
      />
      <button type="submit" class="button is-primary is-large" data-testid="join" disabled=${joining}>
        ${joining ? html`<span class="spinner"></span>` : html`<${Icon} name=${ICON[channel]} />`}
        ${t(`visitor.join_${channel}`)}
      </button>
      <p class="hint">${t("visitor.join_hint")}</p>
    </div>
  </form>`;
}

function Topic({ queue, chosen, onChoose }) {
  return html`<label class="topic ${chosen ? "is-chosen" : ""}">
    <input
      type="radio"
      name="topic"
      value=${queue.id}
      checked=${chosen}
      data-testid=${`topic-${queue.id}`}
      onChange=${() => onChoose(queue.id)}
    />
    <span class="topic-mark" aria-hidden="true"><${Icon} name="check" size=${16} /></span>
    <span class="topic-words">
      <span class="topic-name">${named(queue.name)}</span>
      <span class="topic-wait">
        ${topicText(queue)}
      </span>
    </span>
  </label>`;
}

function topicText({ open, changes_at, waiting, estimated_wait_s, estimated_wait_p90_s }) {
  if (!open) return closedText(changes_at);
  if (waiting === 0) return t("visitor.nobody_waiting");
  const wait = waitRangeText(estimated_wait_s, estimated_wait_p90_s);
  return `${t("visitor.waiting_count", { n: waiting })} · ${wait}`;
}

function closedText(opens_at) {
  return opens_at ? t("visitor.closed_until", { time: dateText(opens_at) }) : t("visitor.closed");
}

function refusalText({ code, opens_at }) {
  return code === "queue_closed" ? closedText(opens_at) : tCode("error", code);
}

function useQueues(session) {
  const [answer, setAnswer] = useState({ queues: null, problem: null });
  useEffect(() => {
    let gone = false;
    const refresh = async () => {
      if (document.hidden) return;
      try {
        const queues = await session.queues();
        if (!gone) setAnswer({ queues, problem: null });
      } catch (error) {
        if (!gone) setAnswer((before) => ({ ...before, problem: error.code }));
      }
    };
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [session]);
  return answer;
}
