// The text beside the call.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { TEXT_MAX_CHARS } from "../conversation.js";
import { useChange } from "../hooks.js";
import { t, timeText } from "../language.js";
import { Icon } from "./icon.js";

/** readOnly: the contact is over, only what was written is shown. to: who reads it, where that may be mistaken. */
export function Chat({ conversation, onClose, readOnly = false, focus = true, to }) {
  useChange(conversation);
  const list = useRef(null);
  const { messages, pending } = conversation;
  useEffect(() => conversation.read(), [messages]);
  useLayoutEffect(() => {
    list.current.scrollTop = list.current.scrollHeight;
  }, [messages.length, pending.length]);

  return html`<section class="chat" aria-label=${t("chat.title")} data-testid="chat">
    ${onClose &&
    html`<header class="panel-head">
      <h2>${t("chat.title")}</h2>
      <button
        type="button"
        class="button is-quiet is-icon is-small"
        aria-label=${t("action.close")}
        data-testid="chat-close"
        onClick=${onClose}
      >
        <${Icon} name="close" size=${18} />
      </button>
    </header>`}
    <div class="chat-scroll" ref=${list} role="log" aria-live="polite" tabindex="0" aria-label=${t("chat.messages")}>
      <ol class="chat-list">
        ${messages.length + pending.length === 0 && html`<li class="chat-empty">${t("chat.empty")}</li>`}
        ${messages.map(
          (message) => html`<${Bubble}
            key=${message.seq}
            own=${conversation.isOwn(message)}
            name=${message.name}
            text=${message.text}
            foot=${timeText(message.at)}
          />`,
        )}
        ${pending.map(
          ({ client_id, text, failed }) => html`<${Bubble}
            key=${client_id}
            own
            text=${text}
            foot=${t(failed ? "chat.failed" : "chat.sending")}
            state=${failed ? "is-failed" : "is-pending"}
          />`,
        )}
      </ol>
    </div>
    ${!readOnly && html`<${Composer} conversation=${conversation} focus=${focus} to=${to} />`}
  </section>`;
}

function Bubble({ own, name, text, foot, state = "" }) {
  return html`<li class="bubble ${own ? "is-own" : ""} ${state}" data-testid="chat-message">
    ${!own && html`<span class="bubble-name">${name}</span>`}
    <p dir="auto">${text}</p>
    <span class="bubble-foot">${foot}</span>
  </li>`;
}

function Composer({ conversation, focus, to }) {
  const prompt = to ? t("chat.placeholder_to", { name: to }) : t("chat.placeholder");
  const [text, setText] = useState("");
  const field = useRef(null);
  useEffect(() => {
    if (focus) field.current.focus({ preventScroll: true });
  }, []);
  useLayoutEffect(() => {
    field.current.style.height = "auto";
    field.current.style.height = `${field.current.scrollHeight + 2}px`;
  }, [text]);
  const send = (event) => {
    event?.preventDefault();
    const trimmed = text.trim();
    if (!trimmed) return;
    conversation.send(trimmed);
    setText("");
  };
  // Enter sends; while an input method composes (Chinese, Japanese) Enter belongs to it.
  const typed = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  };
  return html`<form class="composer" onSubmit=${send}>
    <textarea
      ref=${field}
      rows="1"
      value=${text}
      maxlength=${TEXT_MAX_CHARS}
      placeholder=${prompt}
      aria-label=${prompt}
      data-testid="chat-input"
      onInput=${(event) => setText(event.target.value)}
      onKeyDown=${typed}
    ></textarea>
    <button
      type="submit"
      class="button is-primary is-icon"
      aria-label=${t("chat.send")}
      title=${t("chat.send")}
      data-testid="chat-send"
      disabled=${!text.trim()}
    >
      <${Icon} name="arrow" />
    </button>
  </form>`;
}
