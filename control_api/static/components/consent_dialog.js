// Asks the visitor whether the call may be recorded. Not modal: the call behind it goes on, and
// nothing is recorded until the answer is yes.

import { html, useEffect, useRef, useState } from "../html.js";
import { t } from "../language.js";
import { Icon } from "./icon.js";

export function ConsentDialog({ onAnswer }) {
  const [answered, setAnswered] = useState(false);
  const box = useRef(null);
  useEffect(() => box.current.focus({ preventScroll: true }), []);
  const answer = async (granted) => {
    setAnswered(true);
    if (!(await onAnswer(granted))) setAnswered(false);
  };
  return html`<section
    ref=${box}
    class="consent card"
    role="dialog"
    aria-labelledby="consent-title"
    aria-describedby="consent-text"
    tabindex="-1"
    data-testid="consent"
  >
    <span class="consent-icon"><${Icon} name="record" size=${22} /></span>
    <div class="consent-words">
      <h2 id="consent-title">${t("consent.title")}</h2>
      <p id="consent-text">${t("consent.text")}</p>
    </div>
    <div class="actions">
      <button
        type="button"
        class="button is-primary"
        data-testid="consent-grant"
        disabled=${answered}
        onClick=${() => answer(true)}
      >
        ${t("consent.grant")}
      </button>
      <button
        type="button"
        class="button"
        data-testid="consent-refuse"
        disabled=${answered}
        onClick=${() => answer(false)}
      >
        ${t("consent.refuse")}
      </button>
    </div>
  </section>`;
}
