// What visitors wrote or said instead of waiting. Nothing is shown until there is such a message.

import { Icon } from "../components/icon.js";
import { html, useEffect, useState } from "../html.js";
import { clockText, dateText, named, t, tCode } from "../language.js";

const REFRESH_MS = 15_000;

export function LeftMessages({ session }) {
  const [contacts, setContacts] = useState([]);
  useEffect(() => {
    let gone = false;
    const refresh = () => {
      if (document.hidden) return;
      // A list that can't be had now comes with the next turn; the connection's own bar says why.
      session.leftMessages().then(
        (list) => !gone && setContacts(list),
        () => {},
      );
    };
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [session]);
  if (contacts.length === 0) return null;
  return html`<section class="card board-recordings" aria-labelledby="board-messages" data-testid="left-messages">
    <div class="card-head"><h2 id="board-messages">${t("message.list")}</h2></div>
    <ul class="rows">
      ${contacts.map(
        (contact) =>
          html`<li class="row" key=${contact.id} data-testid="left-message" data-contact=${contact.id}>
            <span class="row-sign"><${Icon} name="chat" size=${18} /></span>
            <span class="row-words">
              ${contact.message && html`<strong dir="auto">${contact.message}</strong>`}
              ${contact.voicemail_s && html`<${Spoken} session=${session} contact=${contact} />`}
              <small>
                ${[contact.customer?.name, named(contact.queue_name), dateText(contact.ended_at)].filter(Boolean).join(" · ")}
              </small>
            </span>
          </li>`,
      )}
    </ul>
  </section>`;
}

/** The sound comes with the token in a header, when it is asked for: an address could not carry it. */
function Spoken({ session, contact }) {
  const [url, setUrl] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => () => url && URL.revokeObjectURL(url), [url]);
  const play = () =>
    session.voicemail(contact.id).then(
      (blob) => setUrl(URL.createObjectURL(blob)),
      (error) => setProblem(error.code),
    );
  if (problem) return html`<small class="field-error">${tCode("error", problem)}</small>`;
  if (url) return html`<audio src=${url} controls autoplay data-testid="voicemail"></audio>`;
  return html`<button type="button" class="button is-small" data-testid="voicemail-play" onClick=${play}>
    <${Icon} name="play" size=${17} />${t("voice.play", { time: clockText(contact.voicemail_s) })}
  </button>`;
}
