// The colleague who is asked about the contact on screen: picture and voice, or what is written, and
// what comes of it.

import { Chat } from "../components/chat.js";
import { shown } from "../components/stage.js";
import { VideoTile, Voices } from "../components/video_tile.js";
import { html } from "../html.js";
import { useChange } from "../hooks.js";
import { named, t } from "../language.js";

export function Consultation({ session }) {
  const { consult } = session.shown.contact;
  const { consultation, aside } = session.attendance();
  const written = session.view !== "call";
  const name = consult.agent?.name ?? "";
  const answered = consult.state === "connected";
  const talking = written ? "consult.writing" : consult.conference ? "consult.in_call" : "consult.talking";
  const said = answered ? talking : "consult.waiting";
  return html`<section class="consultation card" data-testid="consultation" data-state=${consult.state}>
    ${consultation && html`<${Colleague} call=${consultation} name=${name} />`}
    <div class="consultation-words">
      <strong>${t("consult.title", { topic: named(consult.queue_name) })}</strong>
      <p role="status">${t(said, { name })}</p>
      <div class="actions">
        ${answered &&
        html`<button type="button" class="button is-primary is-small" data-testid="hand-over" onClick=${() => session.handOver()}>
          ${t("consult.hand_over")}
        </button>`}
        ${answered &&
        !written &&
        !consult.conference &&
        html`<button type="button" class="button is-small" data-testid="confer" onClick=${() => session.confer()}>
          ${t("consult.confer")}
        </button>`}
        <button type="button" class="button is-small" data-testid="consult-end" onClick=${() => session.endConsult()}>
          ${t("consult.return")}
        </button>
      </div>
    </div>
    ${aside && html`<${Chat} key=${aside.contact} conversation=${aside} to=${name} />`}
  </section>`;
}

function Colleague({ call, name }) {
  useChange(call);
  const [camera] = shown(call, "camera");
  const voices = call.remote.filter(({ kind, stream }) => kind === "audio" && stream);
  return html`<${VideoTile} small stream=${camera?.stream ?? null} name=${name} label=${name} testid="colleague-video" />
    <${Voices} streams=${voices} />`;
}
