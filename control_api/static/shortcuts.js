// Single-key shortcuts. They can be switched off, because speech input and shaky hands press
// single keys by accident (WCAG 2.1.4), and they never fire while somebody types.

import { useEffect } from "./html.js";

const KEPT = "mediacore.shortcuts";

export const shortcuts = {
  get enabled() {
    return localStorage.getItem(KEPT) !== "off";
  },
  set enabled(value) {
    localStorage.setItem(KEPT, value ? "on" : "off");
  },
};

/** The name of the shortcut an event stands for, or null: "m", "?", "shift+x". */
export function shortcutOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return null;
  const { tagName, isContentEditable } = event.target ?? {};
  if (isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(tagName)) return null;
  const key = event.key.toLowerCase();
  return event.shiftKey && /^[a-z]$/.test(key) ? `shift+${key}` : key;
}

/** actions: {"m": () => ...}; an action that is missing or null leaves the key alone. */
export function useShortcuts(actions) {
  useEffect(() => {
    const listen = (event) => {
      const action = actions[shortcutOf(event)];
      if (!action || (!shortcuts.enabled && event.key !== "?")) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  });
}
