// What is known about the visitor.

import { html, useMemo } from "../html.js";
import { useNow } from "../hooks.js";
import { LANGUAGES, clockText, named, t } from "../language.js";

export function Facts({ contact, session }) {
  const { question, ...attributes } = contact.customer?.attributes ?? {};
  return html`<div class="facts" data-testid="facts">
    ${question && html`<blockquote class="facts-question" dir="auto" data-testid="facts-question">${question}</blockquote>`}
    <dl>
      <${Fact} name=${t("facts.topic")} value=${named(contact.queue_name)} />
      ${contact.issue_name && html`<${Fact} name=${t("facts.issue")} value=${named(contact.issue_name)} />`}
      ${contact.vip_name && html`<${Fact} name=${t("facts.vip")} value=${named(contact.vip_name)} />`}
      ${contact.region_name && html`<${Fact} name=${t("facts.region")} value=${named(contact.region_name)} />`}
      ${contact.meant_for && html`<${Fact} name=${t("facts.meant_for")} value=${contact.meant_for.name} />`}
      ${contact.language && html`<${Fact} name=${t("facts.language")} value=${LANGUAGES[contact.language] ?? contact.language} />`}
      ${contact.state === "offered" || contact.state === "waiting"
        ? html`<${Fact} name=${t("facts.waited")} value=${html`<${Waited} contact=${contact} session=${session} />`} />`
        : null}
      ${contact.kind === "callback" &&
      html`<${Fact} name=${t("facts.callback")} value=${contact.call_to || t("facts.callback_link")} />`}
      ${contact.priority > 0 && html`<${Fact} name=${t("facts.priority")} value=${contact.priority} />`}
      ${Object.keys(contact.requires ?? {}).length > 0 &&
      html`<${Fact} name=${t("facts.requires")} value=${neededText(contact)} />`}
      ${contact.consent !== "not_needed" &&
      html`<${Fact} name=${t("facts.consent")} value=${t(`consent.state_${contact.consent}`)} />`}
      ${Object.entries(attributes).map(
        ([name, value]) =>
          html`<${Fact} key=${name} name=${name.replaceAll("_", " ")} value=${String(value)} />`,
      )}
    </dl>
  </div>`;
}

function Fact({ name, value }) {
  return html`<div class="fact"><dt>${name}</dt><dd dir="auto">${value}</dd></div>`;
}

/** {german: 3, trainee: 0} -> "German 3 or more · no Trainee". */
function neededText({ requires, skill_names }) {
  return Object.entries(requires)
    .map(([skill, n]) => t(n ? "facts.at_least" : "facts.without", { name: named(skill_names[skill]), n }))
    .join(" · ");
}

function Waited({ contact, session }) {
  const clock = useMemo(() => () => session.connection.now_ms(), [session.connection]);
  const now_ms = useNow(clock);
  return html`<span>${clockText((now_ms - Date.parse(contact.arrived_at)) / 1000)}</span>`;
}
