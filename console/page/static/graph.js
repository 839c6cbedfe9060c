// A graph in layers: nodes are buttons, arrows are drawn below them.

import { html, useEffect, useMemo, useRef, useState } from "./vendor/preact.js";
import { Badge } from "./parts.js";
import { lasted, tone, words } from "./format.js";

const HEIGHT = 50;
const LETTER = 8.3; // pixels of a bold letter
const MARGINS = 30;
const [NARROWEST, WIDEST] = [150, 216];
const SMALLEST = 0.6; // below this nobody reads the names
const KINDS = {
  Processing: "Processing",
  Training: "Training",
  Transform: "Transform",
  Condition: "Condition",
  QualityCheck: "Quality check",
  ClarifyCheck: "Clarify check",
  RegisterModel: "Register model",
  AutoML: "AutoML",
  Lambda: "Lambda",
  Callback: "Callback",
  Fail: "Fail",
  Model: "Model",
};

/** Place the nodes, as wide as the longest name wants: the library's x and y are the middle of a node. */
function layout(nodes, edges) {
  const longest = Math.max(...nodes.map((node) => node.title.length), 0);
  const nodeWidth = Math.round(Math.min(WIDEST, Math.max(NARROWEST, longest * LETTER + MARGINS)));
  const graph = new window.dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 14, ranksep: 32, marginx: 10, marginy: 10 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.name, { width: nodeWidth, height: HEIGHT });
  for (const edge of edges)
    graph.setEdge(edge.from, edge.to, edge.label ? { width: 34, height: 16, labelpos: "c" } : {});
  window.dagre.layout(graph);
  const { width, height } = graph.graph(); // of a graph without nodes: minus infinity
  return {
    nodeWidth,
    width: Math.max(0, width),
    height: Math.max(0, height),
    places: new Map(nodes.map((node) => [node.name, graph.node(node.name)])),
    arrows: edges.map((edge) => ({ ...edge, ...graph.edge(edge.from, edge.to) })),
  };
}

function path(points) {
  const [first, ...rest] = points;
  const parts = [`M${first.x},${first.y}`];
  for (let i = 0; i < rest.length - 1; i++) {
    const end = { x: (rest[i].x + rest[i + 1].x) / 2, y: (rest[i].y + rest[i + 1].y) / 2 };
    parts.push(`Q${rest[i].x},${rest[i].y} ${end.x},${end.y}`);
  }
  const last = rest.at(-1);
  return `${parts.join(" ")} L${last.x},${last.y}`;
}

const Node = ({ node, place, width, chosen, choose }) => {
  const kind = KINDS[node.type] ?? node.type;
  const outcome = node.outcome && (node.outcome === "True" ? "yes" : "no");
  const label = [
    node.title,
    kind,
    words(node.status),
    outcome && `outcome: ${outcome}`,
    node.cached && "from the cache",
  ];
  return html`<button class="node ${tone(node.status)} ${node.status === "NotTaken" ? "not-taken" : ""} ${node.type === "Condition" ? "condition" : ""}"
    aria-label=${label.filter(Boolean).join(", ")} aria-pressed=${chosen} onClick=${choose} data-step=${node.name}
    style=${{ left: `${place.x - width / 2}px`, top: `${place.y - HEIGHT / 2}px`, width: `${width}px`, height: `${HEIGHT}px` }}>
    <span class="title ${node.title.length * LETTER + MARGINS > width ? "long" : ""}" title=${node.title}>${node.title}</span>
    <span class="line"><span class="kind">${kind}</span>
      ${node.cached && html`<span class="tag cached" title="Taken from an earlier execution">cached</span>`}
      ${outcome && html`<span class="tag">${outcome}</span>`}
      <span class="took">${node.started && node.ended ? lasted(node.started, node.ended) : ""}</span></span>
  </button>`;
};

/**
 * Draw a graph: all of it, smaller, where its names can still be read, else as large as it is, to be scrolled. A person
 * may want the other.
 */
export function Graph({ nodes, edges, chosen, choose, label }) {
  const shape = nodes.map((node) => node.name).join() + edges.map((edge) => edge.from + edge.to).join();
  const drawn = useMemo(() => layout(nodes, edges), [shape]);
  const frame = useRef(null);
  const [wanted, setWanted] = useState(null);
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setRoom(entry.contentRect.width));
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const fit = room ? Math.min(1, room / drawn.width) : 1;
  const whole = wanted ?? fit >= SMALLEST;
  const scale = whole ? fit : 1;
  const first = drawn.places.get(nodes[0]?.name);
  useEffect(() => {
    if (first && room) frame.current.scrollLeft = first.x * scale - room / 2;
  }, [drawn, scale, room]);
  const states = new Map(nodes.map((node) => [node.name, node]));
  return html`<div class="graph">
    <div class="bar"><span class="legend">${["ok", "running", "failed", "idle"].map(
      (kind) => html`
      <${Badge} key=${kind} status=${kind} text=${{ ok: "Succeeded", running: "Running", failed: "Failed", idle: "Not run" }[kind]} />`,
    )}</span>
      ${fit < 1 && html`<button onClick=${() => setWanted(!whole)}>${whole ? "Actual size" : "Fit to width"}</button>`}</div>
    <div class="canvas" ref=${frame} tabindex="0" role="region" aria-label=${label}>
      <div style=${{ width: `${drawn.width * scale}px`, height: `${drawn.height * scale}px` }}>
        <div class="sheet" style=${{ width: `${drawn.width}px`, height: `${drawn.height}px`, transform: `scale(${scale})` }}>
          <svg width=${drawn.width} height=${drawn.height} aria-hidden="true">
            <defs>
              <marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,1 10,5 0,9z" class="tip" /></marker>
            </defs>
            ${drawn.arrows.map((arrow) => {
              const untaken = states.get(arrow.to)?.status === "NotTaken";
              return html`<g key=${arrow.from + arrow.to} class=${untaken ? "arrow untaken" : "arrow"}>
                <path d=${path(arrow.points)} marker-end="url(#tip)" />
                ${arrow.label && html`<text x=${arrow.x} y=${arrow.y + 4}>${arrow.label === "True" ? "yes" : "no"}</text>`}</g>`;
            })}
          </svg>
          ${nodes.map(
            (node) => html`<${Node} key=${node.name} node=${node} place=${drawn.places.get(node.name)} width=${drawn.nodeWidth}
            chosen=${chosen === node.name} choose=${() => choose(node.name)} />`,
          )}
        </div>
      </div>
    </div>
  </div>`;
}
