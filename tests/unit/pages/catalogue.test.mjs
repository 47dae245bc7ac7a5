// Every text exists in both languages, with the same placeholders, and every text asked for exists.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { catalogue } from "../../../control_api/static/catalogue.js";
import {
  clockText,
  firstSpoken,
  language,
  t,
  tCode,
  waitRangeText,
  waitText,
} from "../../../control_api/static/language.js";

const STATIC = fileURLToPath(new URL("../../../control_api/static/", import.meta.url));

globalThis.document ??= { documentElement: {} };

function modules(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "vendor" ? [] : modules(path);
    return path.endsWith(".js") && entry.name !== "catalogue.js" ? [path] : [];
  });
}

/** The source text inside the parentheses of every t(...) call. */
function* callsOfT(source) {
  for (const { index, 0: opening } of source.matchAll(/(?<![\w.])t\(/g)) {
    let depth = 1;
    let end = index + opening.length;
    while (depth > 0) depth += { "(": 1, ")": -1 }[source[end++]] ?? 0;
    yield source.slice(index + opening.length, end - 1);
  }
}

const KEY = /"([a-z_]+\.[a-z_]+)"/g;
const PREFIX = /`([a-z_]+\.[a-z_]*)\$\{/g;

/** exact: keys inside t(...); prefixes: beginnings of keys put together there; named: any key in the source. */
function keysAskedFor() {
  const [exact, prefixes, named] = [new Set(), new Set(), new Set()];
  for (const path of modules(STATIC)) {
    const source = readFileSync(path, "utf8");
    for (const [, key] of source.matchAll(KEY)) named.add(key);
    for (const call of callsOfT(source)) {
      for (const [, key] of call.matchAll(KEY)) exact.add(key);
      for (const [, prefix] of call.matchAll(PREFIX)) prefixes.add(prefix);
    }
  }
  return { exact, prefixes, named };
}

const forms = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry));
const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();

test("every key has a text in both languages with the same placeholders", () => {
  for (const [key, entry] of Object.entries(catalogue)) {
    assert.deepEqual(Object.keys(entry), ["en", "zh"], key);
    for (const text of [...forms(entry.en), ...forms(entry.zh)]) assert.ok(text.trim(), key);
    assert.equal(placeholders(forms(entry.en).at(-1)), placeholders(forms(entry.zh).at(-1)), key);
    assert.equal(typeof entry.zh, "string", `${key}: Chinese has one form`);
  }
});

test("every key a page asks for exists, and none lies around unused", () => {
  const { exact, prefixes, named } = keysAskedFor();
  assert.ok(exact.size > 100 && prefixes.size > 10, "the search found the calls of t()");
  for (const key of exact) assert.ok(key in catalogue, `no text for ${key}`);
  const known = Object.keys(catalogue);
  for (const prefix of prefixes) {
    assert.ok(
      known.some((key) => key.startsWith(prefix)),
      `no text begins with ${prefix}`,
    );
  }
  const unused = known.filter(
    (key) =>
      !named.has(key) &&
      !/^(transfer_)?error\./.test(key) && // asked for by the server's code, through tCode
      ![...prefixes].some((prefix) => key.startsWith(prefix)),
  );
  assert.deepEqual(unused, []);
});

test("every state, reason and device problem the protocol knows has its text", () => {
  const states = ["offline", "not_ready", "ready", "reserved", "busy", "wrap_up"];
  const reasons = ["signed_in", "break", "training", "meeting", "missed_offer", "rejected_offer"];
  for (const name of [...states, ...reasons]) assert.ok(`state.${name}` in catalogue, name);
  for (const problem of ["refused", "missing", "busy", "insecure", "failed"]) {
    assert.ok(`devices.${problem}_title` in catalogue && `devices.${problem}_text` in catalogue, problem);
  }
  for (const consent of ["required", "granted", "refused"]) {
    assert.ok(`consent.state_${consent}` in catalogue, consent);
  }
});

test("values and plural forms are filled in", () => {
  language.use("en");
  assert.equal(t("visitor.waiting_count", { n: 1 }), "1 person waiting");
  assert.equal(t("visitor.waiting_count", { n: 3 }), "3 people waiting");
  language.use("zh");
  assert.equal(t("visitor.waiting_count", { n: 1 }), "1 人排队中");
  assert.equal(tCode("error", "never_heard_of"), catalogue["error.other"].zh);
  assert.equal(tCode("transfer_error", "queue_closed"), catalogue["transfer_error.queue_closed"].zh);
  assert.equal(tCode("transfer_error", "busy"), catalogue["error.busy"].zh);
  assert.throws(() => t("no.such_key"), /no text for no\.such_key/);
});

test("times read as people say them", () => {
  language.use("en");
  assert.deepEqual([75, 3675, -3, 0].map(clockText), ["1:15", "1:01:15", "0:00", "0:00"]);
  assert.deepEqual([null, 10, 60, 200, 7200].map(waitText), [
    "wait unknown",
    "less than a minute",
    "about a minute",
    "about 3 minutes",
    "about 2 hours",
  ]);
});

test("a wait is told from what is likely to what is rarely passed", () => {
  const ranges = [[null, null], [0, 0], [20, 40], [20, 100], [170, 350], [170, 190], [3000, 4000]];
  const read = () => ranges.map(([likely, long]) => waitRangeText(likely, long));
  language.use("en");
  assert.deepEqual(read(), [
    "wait unknown",
    "less than a minute",
    "less than a minute",
    "about 1 to 2 minutes",
    "about 3 to 6 minutes",
    "about 3 minutes",
    "about 50 minutes",
  ]);
  language.use("zh");
  assert.equal(read()[4], "约 3 至 6 分钟");
});

test("the first language that is spoken wins, whatever its region", () => {
  assert.equal(firstSpoken([null, undefined, "fr-FR", "zh-CN", "en"]), "zh");
  assert.equal(firstSpoken(["de", "fr"]), "en");
});
