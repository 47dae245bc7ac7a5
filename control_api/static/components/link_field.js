// The way in for staff whose page was opened without its link: a field to paste it into.

import { html, useState } from "../html.js";
import { t } from "../language.js";
import { tokenInText } from "../token.js";
import { Notice } from "./page.js";

export function LinkField({ onToken }) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (event) => {
    event.preventDefault();
    const token = tokenInText(text);
    setWrong(!token);
    if (token) onToken(token);
  };
  return html`<${Notice} icon="user" testid="no-link" title=${t("link.title")} text=${t("link.text")}>
    <form class="link-form" onSubmit=${submit}>
      <label class="field">
        <span class="field-label">${t("link.label")}</span>
        <input
          type="text"
          value=${text}
          autocomplete="off"
          spellcheck="false"
          aria-invalid=${wrong}
          data-testid="link-input"
          onInput=${(event) => setText(event.target.value)}
        />
      </label>
      ${wrong && html`<p class="field-error" role="alert">${t("link.wrong")}</p>`}
      <button type="submit" class="button is-primary" data-testid="link-open">${t("link.open")}</button>
    </form>
  <//>`;
}
