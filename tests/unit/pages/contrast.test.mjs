// WCAG 2.2 AA: 4.5 to 1 for text, 3 to 1 for the borders of fields, in the light and the dark scheme.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../../control_api/static/style/base.css", import.meta.url), "utf8");

function colours(block) {
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );
}

const light = colours(css.slice(css.indexOf(":root"), css.indexOf("@media")));
const dark = {
  ...light,
  ...colours(css.slice(css.indexOf("prefers-color-scheme: dark"), css.indexOf("*,"))),
};

function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dim, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dim + 0.05);
}

const TEXT = [
  ...["paper", "surface", "sunken", "accent-wash"].flatMap((ground) => [
    ["ink", ground],
    ["ink-soft", ground],
  ]),
  ["accent", "surface"],
  ["accent", "paper"],
  ["accent", "accent-wash"],
  ["accent-ink", "accent"],
  ["accent-ink", "accent-strong"],
  ["danger", "surface"],
  ["danger", "danger-wash"],
  ["warning", "warning-wash"],
  ["good", "good-wash"],
  ["ink", "warning-wash"],
  ["stage-ink", "stage"],
  ["stage-ink-soft", "stage"],
  ["stage-ink-soft", "stage-raised"],
];

for (const [scheme, palette] of Object.entries({ light, dark })) {
  test(`text is readable in the ${scheme} scheme`, () => {
    for (const [text, ground] of TEXT) {
      const ratio = contrast(palette[text], palette[ground]);
      assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
    }
  });
  test(`fields can be seen in the ${scheme} scheme`, () => {
    for (const ground of ["surface", "paper"]) {
      const ratio = contrast(palette["field-line"], palette[ground]);
      assert.ok(ratio >= 3, `field-line on ${ground}: ${ratio.toFixed(2)}`);
    }
  });
}
