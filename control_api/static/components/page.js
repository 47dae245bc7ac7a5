// What every page has around its views: the bar with the name and the language, the notices, the
// help for shortcuts.

import { Fragment, html, useEffect, useRef, useState } from "../html.js";
import { useChange } from "../hooks.js";
import { LANGUAGES, language, t } from "../language.js";
import { shortcuts, useShortcuts } from "../shortcuts.js";
import { toasts } from "../toasts.js";
import { Icon } from "./icon.js";

export function Page({ children, bar, keys, wide = false, role }) {
  const [helping, setHelping] = useState(false);
  useShortcuts({ "?": () => setHelping(true) });
  return html`<${Fragment}>
    <header class="bar">
      <div class="bar-inner ${wide ? "is-wide" : ""}">
        <span class="brand">
          <${Mark} />
          <span class="brand-name">Mediacore</span>
          ${role && html`<span class="brand-role">${role}</span>`}
        </span>
        <div class="bar-middle">${bar}</div>
        <button
          type="button"
          class="button is-quiet is-icon hide-narrow"
          data-testid="help"
          aria-label=${t("help.open")}
          title=${t("help.open")}
          onClick=${() => setHelping(true)}
        >
          <${Icon} name="keyboard" />
        </button>
        <${LanguageSwitch} />
      </div>
    </header>
    <main class="page ${wide ? "is-wide" : ""}">${children}</main>
    <${ToastArea} />
    ${helping && html`<${HelpDialog} keys=${keys} onClose=${() => setHelping(false)} />`}
  <//>`;
}

export function Mark({ size = 26 }) {
  return html`<svg class="mark" viewBox="0 0 32 32" width=${size} height=${size} aria-hidden="true">
    <rect width="32" height="32" rx="9" class="mark-ground" />
    <circle cx="12.2" cy="16" r="5.6" class="mark-one" />
    <circle cx="19.8" cy="16" r="5.6" class="mark-other" />
  </svg>`;
}

export function LanguageSwitch() {
  return html`<div class="language" role="group" aria-label=${t("language.label")}>
    ${Object.entries(LANGUAGES).map(
      ([code, name]) => html`<button
        type="button"
        lang=${code === "zh" ? "zh-Hans" : code}
        data-testid=${`language-${code}`}
        aria-pressed=${code === language.current}
        title=${name}
        onClick=${() => language.choose(code)}
      >
        ${code === "zh" ? "中" : "EN"}
      </button>`,
    )}
  </div>`;
}

function ToastArea() {
  useChange(toasts);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.list.map(
      (toast) => html`<div class="toast is-${toast.kind}" key=${toast.id} data-testid="toast">
        <span>${toast.text}</span>
        <button
          type="button"
          class="button is-quiet is-icon is-small"
          aria-label=${t("action.dismiss")}
          onClick=${() => toasts.dismiss(toast.id)}
        >
          <${Icon} name="close" size=${16} />
        </button>
      </div>`,
    )}
  </div>`;
}

/** keys: [{key, label}] of the page; the dialog adds its own. */
function HelpDialog({ keys, onClose }) {
  const [enabled, setEnabled] = useState(shortcuts.enabled);
  const toggle = () => {
    shortcuts.enabled = !enabled;
    setEnabled(!enabled);
  };
  const all = [...keys, { key: "?", label: t("help.open") }];
  return html`<${Dialog} title=${t("help.title")} testid="help-dialog" onClose=${onClose}>
    <dl class="keys">
      ${all.map(({ key, label }) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${label}</dd></div>`)}
    </dl>
    <label class="switch">
      <input type="checkbox" checked=${enabled} data-testid="shortcuts-enabled" onChange=${toggle} />
      <span>${t("help.enabled")}</span>
    </label>
  <//>`;
}

/** A modal dialog: the browser's own, so focus and Escape work as everywhere. */
export function Dialog({ title, testid, onClose, children }) {
  const element = useRef(null);
  useEffect(() => {
    const dialog = element.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  return html`<dialog
    ref=${element}
    class="dialog"
    aria-label=${title}
    data-testid=${testid}
    onClose=${onClose}
    onClick=${(event) => event.target === element.current && onClose()}
  >
    <div class="dialog-body">
      <div class="dialog-head">
        <h2>${title}</h2>
        <button
          type="button"
          class="button is-quiet is-icon is-small"
          aria-label=${t("action.close")}
          onClick=${onClose}
        >
          <${Icon} name="close" size=${18} />
        </button>
      </div>
      ${children}
    </div>
  </dialog>`;
}

/** The whole page's message when there is nothing else to show: wrong link, other tab, no server. */
export function Notice({ icon = "alert", title, text, testid, children }) {
  return html`<section class="notice card" data-testid=${testid} role="alert">
    <span class="notice-icon"><${Icon} name=${icon} size=${28} /></span>
    <h1>${title}</h1>
    ${text && html`<p>${text}</p>`}
    ${children && html`<div class="actions">${children}</div>`}
  </section>`;
}

/** Shown while the connection is away; the page behind it stays as it was. */
export function ReconnectingBar({ connection }) {
  useChange(connection, "status");
  if (connection?.status !== "reconnecting") return null;
  return html`<div class="reconnecting" role="status" data-testid="reconnecting">
    <span class="spinner"></span>${t("connection.reconnecting")}
  </div>`;
}

export function Connecting() {
  return html`<p class="starting" role="status"><span class="spinner"></span>${t("connection.connecting")}</p>`;
}

/** Why the server won't let this page in, and what can be done about it. */
export function Refusal({ connection, children }) {
  const code = connection.refusal;
  const elsewhere = code === "already_connected" || code === "replaced";
  return html`<${Notice}
    testid="refusal"
    icon=${elsewhere ? "device" : "alert"}
    title=${t(elsewhere ? "refusal.elsewhere_title" : "refusal.link_title")}
    text=${
      elsewhere
        ? t(code === "replaced" ? "refusal.replaced_text" : "refusal.elsewhere_text")
        : t(code === "token_expired" ? "refusal.expired_text" : "refusal.link_text")
    }
  >
    ${elsewhere &&
    html`<button
      type="button"
      class="button is-primary"
      data-testid="take-over"
      onClick=${() => connection.open({ takeOver: true })}
    >
      ${t("refusal.use_here")}
    </button>`}
    ${children}
  <//>`;
}
