// What views use to follow things that change.

import { useEffect, useReducer, useState } from "./html.js";

/** Renders the component again whenever `target` (may be null) sends the event. */
export function useChange(target, event = "change") {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    if (!target) return undefined;
    target.addEventListener(event, again);
    // It may have changed between rendering and this moment.
    again();
    return () => target.removeEventListener(event, again);
  }, [target, event]);
  return target;
}

/** The time now in milliseconds, renewed every interval, as `clock()` tells it. */
export function useNow(clock = Date.now, interval_ms = 1000) {
  const [now_ms, setNow] = useState(clock);
  useEffect(() => {
    const timer = setInterval(() => setNow(clock()), interval_ms);
    return () => clearInterval(timer);
  }, [clock, interval_ms]);
  return now_ms;
}

/** The document's title while this view is on screen. */
export function useTitle(title) {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
