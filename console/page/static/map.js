// Playgrounds on the outlines of the boroughs: nothing is fetched from anywhere but this page's server.

import { html, useEffect, useMemo, useRef, useState } from "./vendor/preact.js";
import { COLOURS } from "./chart.js";
import { library } from "./parts.js";
import { number } from "./format.js";

const SCALE = ["#00224e", "#414d6b", "#7d7c78", "#bcae6c", "#fee838"]; // cividis: the same to all eyes
const LIMIT = 5;

/** Return which column colours the points, its kind, and the colour of a value. */
function colouring(columns, rows, name) {
  const index = columns.indexOf(name);
  const values = rows.map((row) => row[index]).filter((value) => value !== null && value !== "");
  const distinct = [...new Set(values)].sort();
  if (distinct.length > LIMIT && values.every((value) => typeof value === "number")) {
    const low = values.reduce((a, b) => Math.min(a, b)),
      high = values.reduce((a, b) => Math.max(a, b));
    const step = (value) => Math.min(SCALE.length - 1, Math.floor(((value - low) / (high - low || 1)) * SCALE.length));
    const legend = SCALE.map((colour, i) => ({
      colour,
      text: `${number(low + ((high - low) * i) / SCALE.length)} to ${number(low + ((high - low) * (i + 1)) / SCALE.length)}`,
    }));
    return { index, legend, of: (value) => (typeof value === "number" ? SCALE[step(value)] : "#888") };
  }
  const shown = distinct.slice(0, LIMIT);
  const of = (value) => COLOURS[shown.indexOf(value)] ?? "#888";
  const legend = shown.map((value) => ({ colour: of(value), text: String(value) }));
  return {
    index,
    legend:
      distinct.length > LIMIT || values.length < rows.length
        ? [...legend, { colour: "#888", text: "other or none" }]
        : legend,
    of,
  };
}

/** Columns with coordinates, null if there are none. */
export function coordinates(columns) {
  const find = (names) => columns.findIndex((column) => names.includes(column.toLowerCase()));
  const lat = find(["lat", "latitude"]),
    lon = find(["lon", "lng", "longitude"]);
  return lat >= 0 && lon >= 0 ? { lat, lon } : null;
}

export function PointMap({ columns, rows }) {
  const { lat, lon } = coordinates(columns);
  const choices = columns.filter((_, index) => index !== lat && index !== lon);
  const preferred = ["score", "predicted_label", "level", "accessible", "borough"].find((name) =>
    choices.includes(name),
  );
  const [name, setName] = useState(preferred ?? choices.at(-1) ?? columns[lat]);
  const box = useRef(null);
  const state = useRef({});
  const [ready, setReady] = useState(false);
  const colours = useMemo(() => colouring(columns, rows, name), [columns, rows, name]);
  const points = rows.filter((row) => Number.isFinite(row[lat]) && Number.isFinite(row[lon]));

  useEffect(() => {
    let gone = false;
    library("leaflet.css", "leaflet.js").then(async () => {
      const outlines = await (await fetch("/static/vendor/boroughs.json")).json();
      if (gone) return;
      const map = window.L.map(box.current, {
        attributionControl: false,
        preferCanvas: true,
        zoomSnap: 0.25,
        minZoom: 9,
        maxZoom: 17,
      });
      const css = getComputedStyle(document.documentElement);
      const style = ({ properties }) => ({
        weight: 1,
        color: css.getPropertyValue("--map-line").trim(),
        fillOpacity: 1,
        fillColor: css.getPropertyValue(properties.borough ? "--map-land" : "--map-around").trim(),
      });
      window.L.geoJSON(outlines, { style, interactive: false }).addTo(map);
      const city = window.L.geoJSON(outlines, { filter: ({ properties }) => properties.borough });
      map.fitBounds(city.getBounds(), { padding: [6, 6] });
      state.current = { map };
      setReady(true);
    });
    return () => {
      gone = true;
      state.current.map?.remove();
      state.current = {};
    };
  }, []);

  useEffect(() => {
    const { map, layer } = state.current;
    if (!map) return;
    layer?.remove();
    const circles = points.map((row) => {
      const circle = window.L.circleMarker([row[lat], row[lon]], {
        radius: 4.5,
        weight: 1,
        color: getComputedStyle(document.documentElement).getPropertyValue("--map-point").trim(),
        opacity: 0.7,
        fillOpacity: 0.9,
        fillColor: colours.of(row[colours.index]),
      });
      // Text, not markup: what a feed calls a playground is not ours.
      const about = document.createElement("div");
      about.append(
        ...columns.slice(0, 12).map((column, index) => {
          const line = document.createElement("div");
          line.textContent = `${column}: ${number(row[index]) ?? ""}`;
          return line;
        }),
      );
      return circle.bindTooltip(about);
    });
    const group = window.L.featureGroup(circles).addTo(map);
    state.current.layer = group;
  }, [ready, rows, colours]);

  return html`<div class="map-view">
    <div class="bar"><label>Colour <select value=${name} onChange=${(event) => setName(event.target.value)}>
      ${choices.map((choice) => html`<option key=${choice} value=${choice}>${choice}</option>`)}</select></label>
      <span class="quiet">${points.length} of ${rows.length} rows have coordinates. Outlines: U.S. Census Bureau.</span></div>
    <div class="map" ref=${box} role="application" aria-label="Map of ${points.length} rows, coloured by ${name}; arrow keys move it, plus and minus zoom"></div>
    <ul class="legend" aria-label="Colours of ${name}">${colours.legend.map(
      (entry) => html`
      <li key=${entry.text}><span class="dot" style=${{ background: entry.colour }}></span>${entry.text}</li>`,
    )}</ul>
  </div>`;
}
