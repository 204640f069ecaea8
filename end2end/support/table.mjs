// What was measured, as one table.

import { cpus } from "node:os";

const rows = [];

export const row = (what, measured, target = "") => rows.push([what, measured, target]);
export const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
export const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
export const MB = (bytes) => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** The value below which this share of the samples lies. */
export function percentile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function print(setting) {
  const widths = [0, 1].map((column) => Math.max(...rows.map((cells) => cells[column].length)));
  console.log(`\n${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${setting}\n`);
  for (const [what, measured, target] of rows) console.log(`${what.padEnd(widths[0])}  ${measured.padEnd(widths[1])}  ${target}`);
}
