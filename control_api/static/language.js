// The page's language: ?lang= in the link, then what was chosen here before, then the browser's.
//
// `language` tells its observers with a "change" event.

import { catalogue } from "./catalogue.js";

export const LANGUAGES = { en: "English", zh: "简体中文" };
const TAG = { en: "en", zh: "zh-Hans" };
const KEPT = "mediacore.language";

/** The first of the given language tags that we speak; English if none. */
export function firstSpoken(tags) {
  for (const tag of tags) {
    const base = tag?.toLowerCase().split("-")[0];
    if (base in LANGUAGES) return base;
  }
  return "en";
}

class Language extends EventTarget {
  current = "en";

  /** Reads the page's surroundings; `title` is the catalogue key of the page's title. */
  begin() {
    const asked = new URLSearchParams(location.search).get("lang");
    this.use(firstSpoken([asked, localStorage.getItem(KEPT), ...navigator.languages]));
  }

  choose(code) {
    localStorage.setItem(KEPT, code);
    this.use(code);
  }

  use(code) {
    this.current = code;
    document.documentElement.lang = TAG[code];
    this.dispatchEvent(new Event("change"));
  }
}

export const language = new Language();

/**
 * The text for a key in the current language. {name} in it is replaced by values.name; where English
 * has two forms ({one, other}) values.n decides.
 */
export function t(key, values = {}) {
  const entry = catalogue[key]?.[language.current];
  if (entry === undefined) throw new Error(`no text for ${key}`);
  const form = typeof entry === "string" ? entry : values.n === 1 ? entry.one : entry.other;
  return form.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** A name the server gives in both languages: {en, zh}. */
export function named(name) {
  return name?.[language.current] || name?.en || name?.zh || "";
}

/** The text for an error code the server sent: of that family, or else what anybody is told. */
export function tCode(family, code) {
  const known = [family, "error"].map((one) => `${one}.${code}`).find((key) => key in catalogue);
  return t(known ?? "error.other");
}

/** 75 -> "1:15", 3675 -> "1:01:15". */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const hours = Math.floor(whole / 3600);
  if (hours) parts.unshift(hours);
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

/** A wait in rounded words: people plan with "about 3 minutes", not with 172 s. */
export function waitText(seconds) {
  if (seconds == null) return t("wait.unknown");
  if (seconds < 45) return t("wait.moment");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t("wait.minutes", { n: Math.max(1, minutes) });
  return t("wait.hours", { n: Math.round(minutes / 60) });
}

/** The same from what is likely to what only one in ten waits longer than: "about 3 to 6 minutes". */
export function waitRangeText(seconds, longSeconds) {
  const [from, to] = [seconds, longSeconds].map((value) => Math.max(1, Math.round(value / 60)));
  const plain = seconds == null || longSeconds == null || longSeconds < 45 || from === to || to >= 60;
  return plain ? waitText(seconds) : t("wait.range", { from, to });
}

/** The same for a table's cell. */
export function waitShortText(seconds) {
  return seconds < 45 ? t("wait.short_moment") : t("wait.short", { n: Math.round(seconds / 60) });
}

export function dateText(iso) {
  const options = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(TAG[language.current], options).format(new Date(iso));
}

export function timeText(iso) {
  const options = { hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(TAG[language.current], options).format(new Date(iso));
}

export function sizeText(bytes) {
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}
