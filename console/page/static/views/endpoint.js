// The endpoint: its state and traffic, and a form that asks it about one playground.

import { html, useEffect, useMemo, useState } from "../vendor/preact.js";
import { get, post, usePolled } from "../api.js";
import { Badge, Empty, Facts, Failure, Loading, Polled, When, useConsent } from "../parts.js";
import { isRunning, number, short } from "../format.js";
import { Chart } from "../chart.js";

const POINTS = 25;

export function Endpoint({ session }) {
  const polled = usePolled("/api/endpoint", null, (data) => (data.exists && isRunning(data.status) ? 2000 : 8000));
  return html`<h1>Endpoint</h1><${Polled} polled=${polled} what="the endpoint">${(data) =>
    !data.exists
      ? html`<${Empty} title="${data.name} does not exist yet">Approving a version in the <a href="#/registry">registry</a> creates it.<//>`
      : html`<section class="panel"><div class="bar"><h2>${data.name} <${Badge} status=${data.status} /></h2></div>
        <p>${data.serves ? html`Serves <a href="#/registry/${data.serves}">version ${data.serves}</a> since <${When} time=${data.since} />.` : "Serves no version of the registry."}
          ${data.moving_to && html` Moving to version ${data.moving_to}.`}</p>
        ${data.failure && html`<p class="reason">The last update was rolled back: ${data.failure}</p>`}
        <div class="scroll" tabindex="0" role="region" aria-label="Variants"><table><thead><tr><th>Variant</th><th class="number">Weight</th><th class="number">Instances</th><th>Type</th><th>Image</th></tr></thead>
          <tbody>${data.variants.map(
            (
              variant,
            ) => html`<tr key=${variant.name}><td>${variant.name}</td><td class="number">${number(variant.weight)}</td>
            <td class="number">${variant.instances}${variant.desired !== variant.instances ? ` of ${variant.desired}` : ""}</td><td>${variant.type}</td><td><code>${short(variant.image)}</code></td></tr>`,
          )}</tbody></table></div>
        <${Facts} facts=${{ Configuration: data.config, "Data capture": data.capture, "Last deployment": data.last_deployment.LastDeployment, Reason: data.last_deployment.LastDeploymentReason }} />
      </section>
      <${Traffic} session=${session} />
      <${Score} key=${data.serves} session=${session} />
      <section><h2>Alarms</h2><ul class="plain">${data.alarms.map(
        (alarm) => html`<li key=${alarm.name} class="alarm"><${Badge} status=${alarm.state} />
        <span><strong>${alarm.name}</strong>${alarm.guards && html` <span class="tag">rolls updates back</span>`}<br /><span class="quiet">${alarm.about}. ${alarm.reason}</span></span></li>`,
      )}</ul></section>`}<//>`;
}

function Traffic({ session }) {
  const polled = usePolled("/api/traffic", null, session.billed ? 60000 : 15000); // CloudWatch bills what it answers
  return html`<section><h2>Traffic of the last 3 hours</h2><${Polled} polled=${polled} what="metrics">${({
    times,
    series,
  }) => html`<div class="charts">
    <${Chart} title="Requests per minute" x=${times} time series=${[{ label: "requests", values: series.Invocations, bars: true }]} />
    <${Chart} title="Errors per minute" x=${times} time range=${(_, low, high) => [0, Math.max(1, high)]}
      series=${[
        { label: "4xx", values: series.Invocation4XXErrors, bars: true },
        { label: "5xx", values: series.Invocation5XXErrors, bars: true },
      ]} />
    <${Chart} title="Model latency, ms" x=${times} time series=${[{ label: "ms", values: series.ModelLatency.map((value) => (value === null ? null : value / 1000)), bars: true }]} />
  </div>`}<//></section>`;
}

/** Ask about a playground as it is, and as it might be. */
function Score({ session }) {
  const [form, setForm] = useState(null);
  const [error, setError] = useState(null);
  const [chosen, setChosen] = useState("");
  const [values, setValues] = useState(null);
  const [answers, setAnswers] = useState(null);
  const [varied, setVaried] = useState("");
  const [sweep, setSweep] = useState(null);
  useEffect(() => {
    get("/api/features").then(setForm, setError);
  }, []);
  const original = useMemo(() => form?.playgrounds.find((row) => row.playground_key === chosen), [form, chosen]);
  const pick = (key) => {
    const row = form.playgrounds.find((one) => one.playground_key === key);
    setChosen(key);
    setValues(row ? Object.fromEntries(form.features.map((feature) => [feature.name, row[feature.name]])) : null);
    setAnswers(null);
    setSweep(null);
  };
  const [ask, asked] = useConsent(session, "answers");
  const score = async () => {
    setError(null);
    try {
      const feature = form.features.find((one) => one.name === varied);
      const steps = feature
        ? Array.from(
            { length: POINTS },
            (_, i) => feature.minimum + ((feature.maximum - feature.minimum) * i) / (POINTS - 1),
          )
        : [];
      const rows = [original, values, ...steps.map((step) => ({ ...values, [varied]: step }))];
      const { answers: got } = await post("/api/score", { rows });
      setAnswers(got.slice(0, 2));
      setSweep(feature ? { name: varied, steps, got: got.slice(2), mark: values[varied] } : null);
    } catch (failure) {
      setError(failure);
    }
  };
  if (error && !form) return html`<section><h2>Score a playground</h2><${Failure} error=${error} /></section>`;
  if (!form) return html`<section><h2>Score a playground</h2><${Loading} what="the feature contract" /></section>`;
  // What nobody has typed is shown short, and sent as it is.
  const shown = (name) => {
    const value = values[name] ?? "";
    return value !== "" && value === original[name] ? +value.toPrecision(5) : value;
  };
  const set = (name, value) => setValues({ ...values, [name]: value });
  const boroughs = form.features.filter((feature) => feature.group === "borough");
  const boroughOf = (feature) =>
    form.playgrounds.find((row) => row[feature.name] === 1)?.borough ?? feature.name.replace("borough_", "").toUpperCase();
  const others = form.features.filter((feature) => feature.group !== "borough");
  const changed =
    values && form.features.filter((feature) => (values[feature.name] ?? null) !== (original[feature.name] ?? null));
  return html`<section class="panel"><h2>Score a playground, and ask what if</h2>
    <p class="quiet">Version ${form.version} answers ${form.answer === "score" ? "with the probability that a playground is of level 4, the least accessible" : "1 where it predicts level 4"}.</p>
    <label class="wide"><span>Playground</span><select value=${chosen} onChange=${(event) => pick(event.target.value)}>
      <option value="">Choose one of ${form.playgrounds.length}…</option>
      ${form.playgrounds.map((row) => html`<option key=${row.playground_key} value=${row.playground_key}>${row.name ?? row.playground_key}, ${row.borough} (${row.split})</option>`)}</select></label>
    ${
      values &&
      html`<form onSubmit=${(event) => {
        event.preventDefault();
        ask(score);
      }}>
      <div class="fields open">
        ${
          boroughs.length > 0 &&
          html`<label><span>borough</span><select value=${boroughs.find((feature) => values[feature.name] === 1)?.name ?? ""}
          onChange=${(event) => setValues({ ...values, ...Object.fromEntries(boroughs.map((feature) => [feature.name, feature.name === event.target.value ? 1 : 0])) })}>
          ${boroughs.map((feature) => html`<option key=${feature.name} value=${feature.name}>${boroughOf(feature)}</option>`)}<option value="">none</option></select></label>`
        }
        ${others.map(
          (
            feature,
          ) => html`<label key=${feature.name} title=${feature.about} class=${(values[feature.name] ?? null) !== (original[feature.name] ?? null) ? "changed" : ""}><span>${feature.name}</span>
          ${
            feature.is_flag
              ? html`<select value=${values[feature.name] ?? ""} onChange=${(event) => set(feature.name, event.target.value === "" ? null : Number(event.target.value))}>
                <option value="1">yes</option><option value="0">no</option>${feature.nullable && html`<option value="">not known</option>`}</select>`
              : html`<input type="number" step="any" value=${shown(feature.name)} required=${!feature.nullable} placeholder="not known"
                onInput=${(event) => set(feature.name, event.target.value === "" ? null : Number(event.target.value))} />`
          }</label>`,
        )}
      </div>
      <div class="bar"><label>Vary <select value=${varied} onChange=${(event) => setVaried(event.target.value)}><option value="">nothing</option>
        ${others.map((feature) => html`<option key=${feature.name} value=${feature.name}>${feature.name}</option>`)}</select></label>
        <span><button type="button" onClick=${() => pick(chosen)}>Reset</button> <button class="primary" type="submit">Score</button></span></div>
      <${Failure} error=${error} /></form>`
    }
    ${
      answers &&
      html`<div class="answers" role="status">
      <${Answer} title="As it is" value=${answers[0]} form=${form} about="level ${original.level ?? "not rated"}" />
      <${Answer} title="What if" value=${answers[1]} form=${form} about=${changed.length ? changed.map((feature) => `${feature.name} = ${values[feature.name] ?? "not known"}`).join(", ") : "nothing changed yet"} /></div>`
    }
    ${
      sweep &&
      html`<${Chart} title="${form.answer} while ${sweep.name} varies; the line marks its value now" x=${sweep.steps} mark=${sweep.mark ?? undefined}
      range=${[0, 1]} series=${[{ label: form.answer, values: sweep.got }]} />`
    }
    ${asked}
  </section>`;
}

const Answer = ({ title, value, form, about }) => html`<div class="answer"><h3>${title}</h3>
  <p class="figure">${value.toFixed(3)}</p><meter min="0" max="1" value=${value} aria-label="${title}: ${value.toFixed(3)}"></meter>
  <p>${value >= form.threshold ? "predicted level 4" : "predicted another level"}</p><p class="quiet">${about}</p></div>`;
