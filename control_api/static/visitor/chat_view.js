// The visitor's chat: text alone, no camera, no microphone.

import { ChatPane } from "../components/chat_pane.js";
import { html } from "../html.js";
import { useTitle } from "../hooks.js";
import { named, t } from "../language.js";

export function ChatView({ session }) {
  const { contact } = session.state;
  const peer = contact.agent?.name ?? t("call.agent");
  useTitle(`${t("chat.with", { name: peer })} · Mediacore`);
  return html`<h1 class="visually-hidden">${t("chat.with", { name: peer })}</h1>
    <${ChatPane}
      conversation=${session.conversation}
      peer=${peer}
      topic=${named(contact.queue_name)}
      onEnd=${() => session.hangUp()}
    />`;
}
