// SQL through Athena: an editor beside the catalog; results as table, chart and map.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { post, usePolled } from "../api.js";
import { Failure, Loading, Polled, download, library, useConsent } from "../parts.js";
import { bytes } from "../format.js";
import { Chart } from "../chart.js";
import { PointMap, coordinates } from "../map.js";
import { Table, runSql } from "../query.js";

const LIBRARY = [
  "codemirror.css",
  "codemirror-hint.css",
  "codemirror.js",
  "codemirror-sql.js",
  "codemirror-hint.js",
  "codemirror-sql-hint.js",
];
let kept = "";

export function Sql({ session }) {
  const tables = usePolled("/api/tables", null, 0);
  const examples = usePolled("/api/examples", null, 0);
  const [text, setText] = useState(kept);
  const [state, setState] = useState({});
  const [running, setRunning] = useState(null);
  const [ask, asked] = useConsent(session, "queries");
  const [shown, setShown] = useState("table");
  useEffect(() => {
    kept = text;
  }, [text]);
  useEffect(() => {
    if (!kept && examples.data) setText(examples.data[0].sql);
  }, [examples.data]);

  const run = async () => {
    if (running) return;
    setRunning("starting");
    setState({});
    try {
      // The table of the predictions points at the rows of the version that serves now.
      if (/external\s+function/i.test(text)) await post("/api/scoring");
      const result = await runSql(text, setRunning);
      setState({ result });
      setShown((before) => (before === "map" && !coordinates(result.columns) ? "table" : before));
    } catch (error) {
      setState({ error });
    }
    setRunning(null);
  };
  const start = () => ask(run);
  const { result, error } = state;
  return html`<h1>SQL</h1>
    <div class="split sql">
      <aside aria-label="Catalog" class="side"><h2>Catalog</h2><${Polled} polled=${tables} what="tables">${(data) =>
        data.length === 0
          ? html`<p class="quiet">No tables yet: run the <a href="#/glue">workflow</a>.</p>`
          : data.map(
              (
                table,
              ) => html`<details key=${table.name}><summary>${table.name} <span class="quiet">${table.columns.length + table.partitions.length}</span></summary>
          <ul class="columns">${[...table.columns, ...table.partitions].map(
            (column) => html`<li key=${column.name}>
            <button class="link" onClick=${() => setText(`${text}${text.endsWith("\n") || !text ? "" : " "}${column.name}`)} title="Add it to the statement">${column.name}</button> <span class="quiet">${column.type}</span></li>`,
          )}</ul></details>`,
            )}<//>
        <h2>Examples</h2><${Polled} polled=${examples} what="examples">${(data) =>
          html`<ul class="plain examples">${data.map(
            (example) => html`<li key=${example.title}>
          <button class="link" onClick=${() => setText(example.sql)}>${example.title}</button></li>`,
          )}</ul>`}<//></aside>
      <section aria-label="Statement">
        <${Editor} text=${text} change=${setText} run=${start} tables=${tables.data ?? []} />
        <div class="bar"><span class="quiet">Ctrl+Enter runs it${session.billed ? "; Athena bills what it scans" : ""}</span>
          <span>${running && running !== "starting" && html`<button onClick=${() => post("/api/query/stop", { id: running })}>Stop</button>`}
            <button class="primary" disabled=${Boolean(running)} onClick=${start}>${running ? "Running…" : "Run"}</button></span></div>
        <${Failure} error=${error} />
        ${running && html`<${Loading} what="rows" />`}
        ${
          result &&
          html`<div class="bar"><div class="tabs" role="group" aria-label="How to show the result">
            ${["table", "chart", "map"].map(
              (
                kind,
              ) => html`<button key=${kind} aria-pressed=${shown === kind} disabled=${kind === "map" && !coordinates(result.columns)}
              title=${kind === "map" && !coordinates(result.columns) ? "The result needs the columns lat and lon" : ""} onClick=${() => setShown(kind)}>${kind[0].toUpperCase() + kind.slice(1)}</button>`,
            )}</div>
          <button onClick=${() => download(`/api/queries/${result.id}/csv`, `query-${result.id.slice(0, 8)}.csv`)} disabled=${result.rows.length === 0}>Download CSV</button></div>
          <p class="quiet" role="status">${result.rows.length}${result.more ? " of more" : ""} rows in ${result.seconds.toFixed(1)} s${result.scanned ? `, ${bytes(result.scanned)} scanned` : ""}${result.more ? ". The download has all." : "."}</p>
          ${shown === "table" && html`<${Table} columns=${result.columns} rows=${result.rows} label="Rows of the result" />`}
          ${shown === "chart" && html`<${ResultChart} key=${result.id} ...${result} />`}
          ${shown === "map" && html`<${PointMap} key=${result.id} ...${result} />`}`
        }
      </section>
    </div>
    ${asked}`;
}

function Editor({ text, change, run, tables }) {
  const box = useRef(null);
  const editor = useRef(null);
  const latest = useRef({});
  latest.current = { change, run, text };
  useEffect(() => {
    let gone = false;
    library(...LIBRARY).then(() => {
      if (gone) return;
      editor.current = window.CodeMirror(box.current, {
        value: latest.current.text,
        mode: "text/x-sql",
        lineNumbers: true,
        lineWrapping: true,
        screenReaderLabel: "SQL statement",
        extraKeys: {
          "Ctrl-Enter": () => latest.current.run(),
          "Cmd-Enter": () => latest.current.run(),
          "Ctrl-Space": "autocomplete",
          Tab: false,
          "Shift-Tab": false, // the keyboard gets out of the editor
        },
      });
      // A long statement is scrolled with the keyboard, too.
      Object.assign(editor.current.getScrollerElement(), { tabIndex: 0, role: "group", ariaLabel: "SQL statement" });
      editor.current.on("change", () => latest.current.change(editor.current.getValue()));
    });
    return () => {
      gone = true;
    };
  }, []);
  useEffect(() => {
    if (editor.current && editor.current.getValue() !== text) editor.current.setValue(text);
  }, [text]);
  useEffect(() => {
    const hints = Object.fromEntries(
      tables.map((table) => [table.name, [...table.columns, ...table.partitions].map((column) => column.name)]),
    );
    editor.current?.setOption("hintOptions", { tables: hints });
  }, [tables, Boolean(editor.current)]);
  return html`<div class="editor" ref=${box}></div>`;
}

function ResultChart({ columns, rows }) {
  const numeric = columns.filter((_, index) => rows.some((row) => typeof row[index] === "number"));
  const [x, setX] = useState(columns.find((column) => !numeric.includes(column)) ?? columns[0]);
  const [y, setY] = useState(numeric.filter((column) => column !== columns[0]).at(-1) ?? numeric[0]);
  if (!y) return html`<p class="quiet">A chart needs a column of numbers.</p>`;
  const [i, j] = [columns.indexOf(x), columns.indexOf(y)];
  // Rows of one value are added up: the chart says so.
  const sums = rows.reduce((all, row) => all.set(row[i], (all.get(row[i]) ?? 0) + (row[j] ?? 0)), new Map());
  const keys = [...sums.keys()].filter((key) => key !== null);
  const isNumber = keys.every((key) => typeof key === "number");
  const sorted = keys.sort(isNumber ? (a, b) => a - b : undefined).slice(0, isNumber ? 2000 : 40);
  const labels = isNumber && sorted.length > 40 ? sorted : sorted.map(String);
  const added = sums.size < rows.length;
  return html`<div class="bar"><label>Across <select value=${x} onChange=${(event) => setX(event.target.value)}>${columns.map((column) => html`<option key=${column} value=${column}>${column}</option>`)}</select></label>
      <label>Up <select value=${y} onChange=${(event) => setY(event.target.value)}>${numeric.map((column) => html`<option key=${column} value=${column}>${column}</option>`)}</select></label></div>
    <${Chart} title="${y}${added ? ", added up" : ""} by ${x}${keys.length > sorted.length ? `: the first ${sorted.length} of ${keys.length}` : ""}" x=${labels} height=${300}
      series=${[{ label: y, values: sorted.map((key) => sums.get(key)), bars: typeof labels[0] === "string" }]} />`;
}
