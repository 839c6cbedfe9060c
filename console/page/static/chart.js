// Charts: thin lines or bars over time or over categories.

import { html, useEffect, useRef, useState } from "./vendor/preact.js";
import { library } from "./parts.js";
import { number } from "./format.js";

export const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9"]; // Okabe and Ito's, told apart by the colour-blind

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * Draw series over `x`.
 *
 * `x` is a list of seconds, numbers or texts; `series` a list of {label, values, bars, unit}.
 */
export function Chart({ title, x, series, height = 170, time = false, range, mark }) {
  const box = useRef(null);
  const [ready, setReady] = useState(Boolean(window.uPlot));
  useEffect(() => {
    library("uplot.css", "uplot.js").then(() => setReady(true));
  }, []);
  useEffect(() => {
    if (!ready) return undefined;
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    let plot;
    const draw = () => {
      plot?.destroy();
      const isText = typeof x[0] === "string";
      const hasBars = series.some((one) => one.bars);
      const axis = {
        stroke: colour("--quiet"),
        grid: { stroke: colour("--line"), width: 1 },
        ticks: { stroke: colour("--line"), width: 1 },
      };
      plot = new window.uPlot(
        {
          width: Math.max(200, box.current.clientWidth),
          height,
          legend: { show: series.length > 1, live: false },
          cursor: { y: false },
          scales: {
            x: { time, ...(isText ? { range: [-0.6, x.length - 0.4] } : {}) },
            y: {
              range:
                range ??
                ((_, low, high) =>
                  hasBars
                    ? [Math.min(0, low), Math.max(high * 1.05, 1e-9)]
                    : window.uPlot.rangeNum(low, high, 0.1, true)),
            },
          },
          axes: [
            {
              ...axis,
              // Numbers of six digits need more room than dates.
              ...(isText || time ? {} : { space: 90 }),
              ...(isText
                ? { values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? (x[tick] ?? "") : "")) }
                : {}),
            },
            { ...axis, size: 54, values: (_, ticks) => ticks.map(number) },
          ],
          series: [
            {},
            ...series.map((one, index) => ({
              label: one.label,
              stroke: COLOURS[index],
              width: 2,
              spanGaps: false,
              ...(one.bars
                ? {
                    fill: `${COLOURS[index]}99`,
                    paths: window.uPlot.paths.bars({ size: [0.7, 60, 3] }),
                    points: { show: false },
                  }
                : {}),
            })),
          ],
          hooks:
            mark === undefined
              ? {}
              : {
                  draw: [
                    (chart) => {
                      const left = chart.valToPos(mark, "x", true);
                      Object.assign(chart.ctx, { strokeStyle: colour("--text"), lineWidth: 2 });
                      chart.ctx.beginPath();
                      chart.ctx.moveTo(left, chart.bbox.top);
                      chart.ctx.lineTo(left, chart.bbox.top + chart.bbox.height);
                      chart.ctx.stroke();
                    },
                  ],
                },
        },
        [isText ? x.map((_, index) => index) : x, ...series.map((one) => one.values)],
        box.current,
      );
    };
    draw();
    const observer = new ResizeObserver(() => plot?.setSize({ width: Math.max(200, box.current.clientWidth), height }));
    observer.observe(box.current);
    scheme.addEventListener("change", draw);
    return () => {
      observer.disconnect();
      scheme.removeEventListener("change", draw);
      plot?.destroy();
    };
  }, [ready, JSON.stringify([x, series, mark])]);
  const last = series[0].values.filter((value) => value !== null).at(-1);
  return html`<figure class="chart"><figcaption>${title}</figcaption>
    <div ref=${box} role="img" aria-label="${title}: ${x.length} points${last === undefined ? "" : `, the last ${number(last)}`}"></div></figure>`;
}
