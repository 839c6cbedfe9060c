// A statement run to its end, and its rows as a table.

import { html, useState } from "./vendor/preact.js";
import { get, post, CallError } from "./api.js";
import { number } from "./format.js";

const STEP = 200;

/** Run a statement and return its result; `started` gets its ID at once. */
export async function runSql(sql, started = () => {}) {
  const { id } = await post("/api/queries", { sql });
  started(id);
  for (let pause = 100; ; pause = Math.min(1000, pause * 1.5)) {
    const result = await get("/api/query", { id });
    if (result.state === "SUCCEEDED") return result;
    if (result.state === "FAILED" || result.state === "CANCELLED") {
      throw new CallError(409, { what: "Athena", reason: result.reason || result.state.toLowerCase() });
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

export function Table({ columns, rows, label }) {
  const [shown, setShown] = useState(STEP);
  if (columns.length === 0) return html`<p class="quiet" role="status">No rows.</p>`;
  const numeric = columns.map((_, index) => rows.some((row) => typeof row[index] === "number"));
  return html`<div class="scroll rows" tabindex="0" role="region" aria-label=${label}><table>
    <thead><tr>${columns.map((column, index) => html`<th key=${column} class=${numeric[index] ? "number" : ""}>${column}</th>`)}</tr></thead>
    <tbody>${rows.slice(0, shown).map(
      (row, at) =>
        html`<tr key=${at}>${row.map(
          (cell, index) => html`
      <td class=${numeric[index] ? "number" : ""}>${cell === null ? html`<span class="quiet">null</span>` : number(cell)}</td>`,
        )}</tr>`,
    )}</tbody></table></div>
    ${rows.length > shown && html`<p><button onClick=${() => setShown(shown + 5 * STEP)}>Show more</button> <span class="quiet">${shown} of ${rows.length} rows</span></p>`}`;
}
