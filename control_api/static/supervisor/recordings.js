// Recordings of finished contacts. The file is fetched with the token in its header and played
// from memory, because the address of a <video> can't carry one safely.

import { Dialog } from "../components/page.js";
import { Icon } from "../components/icon.js";
import { html, useEffect, useState } from "../html.js";
import { dateText, named, sizeText, t, tCode } from "../language.js";

// A recording is finalised a few seconds after its call; until then the list looks again.
const REFRESH_MS = 4000;

const TEXT = {
  on: "recordings.finalising",
  finalising: "recordings.finalising",
  failed: "recordings.failed",
};

/** live: the ids of the running calls, as one text; when it changes, the list has changed too. */
export function Recordings({ session, live }) {
  const [contacts, setContacts] = useState(null);
  const [problem, setProblem] = useState(null);
  const [playing, setPlaying] = useState(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let gone = false;
    let timer = null;
    session.finishedContacts().then(
      (list) => {
        if (gone) return;
        setContacts(list);
        setProblem(null);
        if (list.some(({ recording }) => recording === "finalising" || recording === "on")) {
          timer = setTimeout(() => setTurn((one) => one + 1), REFRESH_MS);
        }
      },
      (error) => !gone && setProblem(error.code),
    );
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [session, live, turn]);

  const refresh = () => setTurn(turn + 1);
  return html`<section class="card board-recordings" aria-labelledby="board-recordings">
    <div class="card-head">
      <h2 id="board-recordings">${t("recordings.title")}</h2>
      <button
        type="button"
        class="button is-quiet is-icon is-small"
        aria-label=${t("recordings.refresh")}
        title=${t("recordings.refresh")}
        data-testid="recordings-refresh"
        onClick=${refresh}
      >
        <${Icon} name="refresh" size=${18} />
      </button>
    </div>
    ${problem && html`<p class="empty">${tCode("error", problem)}</p>`}
    ${contacts?.length === 0 && html`<p class="empty">${t("recordings.none")}</p>`}
    ${contacts?.length > 0 &&
    html`<ul class="rows">
      ${contacts.map((contact) => html`<${RecordingRow} key=${contact.id} contact=${contact} onPlay=${setPlaying} />`)}
    </ul>`}
    ${playing && html`<${Player} session=${session} contact=${playing} onClose=${() => setPlaying(null)} />`}
  </section>`;
}

function RecordingRow({ contact, onPlay }) {
  const { recording } = contact;
  return html`<li class="row" data-testid="recording-row" data-contact=${contact.id} data-recording=${recording}>
    <span class="row-sign"><${Icon} name="record" size=${18} /></span>
    <span class="row-words">
      <strong>${[contact.customer?.name, contact.agent?.name].filter(Boolean).join(" · ")}</strong>
      <small>${named(contact.queue_name)} · ${dateText(contact.arrived_at)}</small>
    </span>
    ${recording === "ready"
      ? html`<button
          type="button"
          class="button is-small"
          data-testid="play-recording"
          aria-label=${t("recordings.play_name", { name: contact.customer?.name ?? "" })}
          onClick=${() => onPlay(contact)}
        >
          <${Icon} name="play" size=${16} />${t("recordings.play")}
        </button>`
      : html`<small class="row-note">
          ${recording === "finalising" && html`<span class="spinner"></span>`}
          ${t(TEXT[recording] ?? "recordings.not_recorded")}
        </small>`}
  </li>`;
}

function Player({ session, contact, onClose }) {
  const [media, setMedia] = useState({ url: null, bytes: 0, problem: null });
  useEffect(() => {
    let url = null;
    let gone = false;
    session.recording(contact.id).then(
      (blob) => {
        if (gone) return;
        url = URL.createObjectURL(blob);
        setMedia({ url, bytes: blob.size, type: blob.type, problem: null });
      },
      (error) => !gone && setMedia({ url: null, bytes: 0, problem: error.code }),
    );
    return () => {
      gone = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [session, contact.id]);
  const ending = media.type?.includes("matroska") ? "mkv" : "webm";
  return html`<${Dialog}
    title=${[contact.customer?.name, contact.agent?.name].filter(Boolean).join(" · ")}
    testid="player"
    onClose=${onClose}
  >
    <div class="player">
      ${media.url
        ? html`<video src=${media.url} controls autoplay playsinline data-testid="recording-video"></video>`
        : html`<p class="empty">
            ${media.problem ? tCode("error", media.problem) : html`<span class="spinner"></span> ${t("recordings.loading")}`}
          </p>`}
    </div>
    ${media.url &&
    html`<a class="button is-small" href=${media.url} download=${`${contact.id}.${ending}`} data-testid="recording-download">
      <${Icon} name="download" size=${17} />${t("recordings.download")} (${sizeText(media.bytes)})
    </a>`}
  <//>`;
}
