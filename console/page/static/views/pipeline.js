// Pipelines: executions, the graph of one, the details of a step, and starting, stopping and retrying.

import { html, useEffect, useState } from "../vendor/preact.js";
import { get, post, usePolled } from "../api.js";
import {
  Ask,
  Badge,
  Document,
  Empty,
  Facts,
  Failure,
  Files,
  LateSection,
  Loading,
  Polled,
  Section,
  When,
  Where,
  library,
  plots,
} from "../parts.js";
import { at, isRunning, lasted, short } from "../format.js";
import { Graph } from "../graph.js";
import { Log } from "../log.js";

const address = (arn, step) => `#/pipeline/${encodeURIComponent(arn)}${step ? `/${encodeURIComponent(step)}` : ""}`;
const choices = (field) => (field.type === "Boolean" ? ["true", "false"] : field.choices);
const pipelineOf = (arn) => arn.split("/").at(-3);

export function Pipeline({ session, where: [arn, step] }) {
  const [chosen, setChosen] = useState(
    arn ? session.pipelines.find((name) => name.toLowerCase() === pipelineOf(arn).toLowerCase()) : session.pipelines[0],
  );
  const [starting, setStarting] = useState(false);
  const listed = usePolled("/api/executions", { pipeline: chosen }, (data) =>
    data.executions.some((one) => isRunning(one.status)) ? 2000 : 8000,
  );
  const shown = arn ?? listed.data?.executions[0]?.arn;
  return html`<div class="bar"><h1>Pipeline</h1>
      <button class="primary" disabled=${!listed.data?.exists} onClick=${() => setStarting(true)}>Start an execution</button></div>
    <div class="tabs" role="group" aria-label="Pipelines">${session.pipelines.map(
      (name) => html`
      <button key=${name} aria-pressed=${name === chosen} onClick=${() => {
        setChosen(name);
        location.hash = "#/pipeline";
      }}>${name}</button>`,
    )}</div>
    <div class="split">
      <section aria-label="Executions" class="side">
        <${Polled} polled=${listed} what="executions">${(data) =>
          data.executions.length === 0
            ? html`<${Empty} title="No executions yet">${
                data.exists
                  ? html`Start one here, or run <code>playgrounds run</code>, which imports the feeds first.`
                  : html`The pipeline is not deployed: run <code>playgrounds deploy</code>.`
              }<//>`
            : html`<${Executions} key=${chosen} pipeline=${chosen} newest=${data} shown=${shown} />`}<//>
      </section>
      ${shown ? html`<${Execution} key=${shown} session=${session} arn=${shown} step=${step} changed=${listed.reload} />` : html`<div></div>`}
    </div>
    ${starting && html`<${Start} session=${session} pipeline=${chosen} close=${() => setStarting(false)} started=${listed.reload} />`}`;
}

/** The newest executions, which are asked for again and again, and below them the older ones that were asked for. */
function Executions({ pipeline, newest, shown }) {
  const [older, setOlder] = useState(null);
  const [error, setError] = useState(null);
  const token = older ? older.token : newest.token;
  const listed = new Set(newest.executions.map((one) => one.arn));
  const all = [...newest.executions, ...(older?.executions ?? []).filter((one) => !listed.has(one.arn))];
  const more = () =>
    get("/api/executions", { pipeline, token }).then((answer) => {
      setOlder({ executions: [...all, ...answer.executions], token: answer.token });
    }, setError);
  return html`<ul class="executions" tabindex="0" aria-label="Executions, newest first">${all.map(
    (one) => html`<li key=${one.arn}>
      <a href=${address(one.arn)} aria-current=${one.arn === shown ? "true" : undefined}>
        <span class="id">${one.id}</span><${Badge} status=${one.status} /><span class="quiet"><${When} time=${one.started} /></span></a></li>`,
  )}</ul>
    ${token && html`<p><button onClick=${more}>Older executions</button></p>`}<${Failure} error=${error} />`;
}

function Execution({ session, arn, step, changed }) {
  const polled = usePolled("/api/execution", { arn }, (data) => (isRunning(data.status) ? 1200 : 15000));
  const [asked, setAsked] = useState(null);
  const [ready, setReady] = useState(Boolean(window.dagre));
  useEffect(() => {
    library("dagre.js").then(() => setReady(true));
  }, []);
  const act = (path) => async () => {
    await post(path, { arn });
    polled.reload();
    changed();
  };
  return html`<section aria-label="Execution" class="execution">
    <${Polled} polled=${polled} what="the execution">${(data) => html`
      <div class="bar"><h2>${data.id} <${Badge} status=${data.status} /></h2>
        <span>${isRunning(data.status) && html`<button onClick=${() => setAsked("stop")}>Stop</button>`}
          ${data.retryable && html`<button onClick=${() => setAsked("retry")}>Retry</button>`}</span></div>
      <p class="quiet">Started ${at(data.started)}${isRunning(data.status) ? `, for ${lasted(data.started)} so far` : `, took ${lasted(data.started, data.changed)}`}. ${data.description}</p>
      ${data.reason && html`<p class="reason">${data.reason}</p>`}
      ${
        ready
          ? html`<${Graph} nodes=${data.nodes} edges=${data.edges} chosen=${step} label="Steps of the execution; choose one for its details"
          choose=${(name) => {
            location.hash = address(arn, name);
          }} />`
          : html`<${Loading} what="the graph" />`
      }
      ${step && html`<${Step} key=${step} arn=${arn} name=${step} live=${isRunning(data.status)} />`}
      <${Section} title="Parameters of the execution" open=${false}><${Facts} facts=${data.parameters} /><//>
      ${
        asked === "stop" &&
        html`<${Ask} title="Stop execution ${data.id}?" action="Stop it" danger run=${act("/api/execution/stop")} close=${() => setAsked(null)}>
        <p>Jobs that run are stopped; what they have written so far stays.</p><${Where} session=${session} /><//>`
      }
      ${
        asked === "retry" &&
        html`<${Ask} title="Retry execution ${data.id}?" action="Retry it" run=${act("/api/execution/retry")} close=${() => setAsked(null)}>
        <p>It goes on from the steps that failed or were stopped, with the same parameters.</p><${Where} session=${session} /><//>`
      }`}<//>
  </section>`;
}

function Step({ arn, name, live }) {
  const polled = usePolled("/api/step", { arn, name }, () => (live ? 2000 : 0));
  useEffect(() => {
    if (!live) polled.reload();
  }, [live]);
  useEffect(() => {
    document.getElementById("step")?.scrollIntoView({ block: "nearest" });
  }, [Boolean(polled.data)]);
  return html`<section id="step" class="panel" aria-label="Step ${name}">
    <div class="bar"><h2>${name}</h2><a class="button" href=${address(arn)} aria-label="Close the details of ${name}">Close</a></div>
    <${Polled} polled=${polled} what="the step">${(data) => html`
      <p><${Badge} status=${data.status} /> <span class="quiet">${data.type}${data.started ? `, ${lasted(data.started, data.ended)}` : ""}${data.attempts > 1 ? `, attempt ${data.attempts}` : ""}</span></p>
      ${data.description && html`<p>${data.description}</p>`}
      ${data.reason && html`<p class="reason">${data.reason}</p>`}
      ${data.cached && html`<p>Taken from the cache: <a href=${address(data.cached, name)}>execution ${short(data.cached)}</a> ran it.</p>`}
      ${
        data.tests.length > 0 &&
        html`<${Section} title="Condition${data.outcome ? `: ${data.outcome === "True" ? "yes" : "no"}` : ""}">
        <p class="quiet">All of these must hold:</p><ul>${data.tests.map((test) => html`<li key=${test}><code>${test}</code></li>`)}</ul><//>`
      }
      ${Object.keys(data.metrics).length > 0 && html`<${Section} title="Metrics"><${Facts} facts=${data.metrics} /><//>`}
      ${plots(data.files).length > 0 && html`<${Section} title="Plots"><${Plots} files=${plots(data.files)} /><//>`}
      ${
        data.logs.length > 0 &&
        data.started &&
        html`<${LateSection} title="Log" open=${isRunning(data.status)}>${data.logs.map(
          (log) => html`
        <${Log} key=${log.group + log.stream} ...${log} status=${data.status} />`,
        )}<//>`
      }
      ${Object.keys(data.inputs).length > 0 && html`<${Section} title="Inputs"><${Facts} facts=${data.inputs} places /><//>`}
      ${
        Object.keys(data.outputs).length > 0 &&
        html`<${Section} title="Outputs"><${Facts} facts=${data.outputs} places />
        ${data.files.length > 0 && html`<${Files} files=${data.files} />`}<//>`
      }
      ${Object.keys(data.parameters).length > 0 && html`<${Section} title="Parameters" open=${false}><${Facts} facts=${data.parameters} /><//>`}
      <${Section} title="Properties" open=${false}><${Facts} facts=${{ ...data.properties, "Waits for": data.needs.join(", ") }} /><//>`}<//>
  </section>`;
}

function Plots({ files }) {
  const [shown, setShown] = useState(files[0].uri);
  return html`<div class="tabs" role="group" aria-label="Plots">${files.map(
    (file) => html`
      <button key=${file.uri} aria-pressed=${file.uri === shown} onClick=${() => setShown(file.uri)}>${short(file.name)
        .replace(/\.\w+$/, "")
        .replaceAll("_", " ")}</button>`,
  )}</div>
    <${Document} key=${shown} uri=${shown} title=${short(shown)} />`;
}

function Start({ session, pipeline, close, started }) {
  const [fields, setFields] = useState(null);
  const [error, setError] = useState(null);
  const [token] = useState(() =>
    Array.from(crypto.getRandomValues(new Uint8Array(20)), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  );
  useEffect(() => {
    get("/api/form", { pipeline }).then(setFields, setError);
  }, [pipeline]);
  const run = async (form) => {
    const parameters = {};
    for (const field of fields) {
      const value = form.get(field.name);
      if (value !== String(field.default ?? "")) parameters[field.name] = value;
    }
    const answer = await post("/api/executions", { pipeline, parameters, request_token: token });
    started();
    location.hash = address(answer.arn);
  };
  return html`<${Ask} title="Start ${pipeline}" action="Start it" run=${run} close=${close}>
    <${Where} session=${session} costs=${session.costs.run} />
    <${Failure} error=${error} />
    ${
      fields === null
        ? !error && html`<${Loading} what="parameters" />`
        : html`<p class="quiet">What is left as it is keeps the definition's default.</p>
        <div class="fields" tabindex="0" role="group" aria-label="Parameters">${fields.map(
          (field) => html`<label key=${field.name}><span>${field.name} <small>${field.type}</small></span>
        ${
          choices(field).length > 0
            ? html`<select name=${field.name} value=${String(field.default ?? "")}>${choices(field).map((choice) => html`<option key=${choice} value=${choice}>${choice}</option>`)}</select>`
            : html`<input name=${field.name} defaultValue=${field.default ?? ""} required=${field.default === null}
              ...${field.type === "Integer" ? { type: "number", step: 1 } : field.type === "Float" ? { type: "number", step: "any" } : { type: "text" }} />`
        }</label>`,
        )}</div>`
    }<//>`;
}
