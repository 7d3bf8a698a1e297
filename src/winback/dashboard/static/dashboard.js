// Pictures and small comforts; every page says the same without them. Nothing is fetched but from this server.
"use strict";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const count = (value) => Math.round(value).toLocaleString("en-US");
const short = (value) => Math.abs(value) >= 1e6 ? `${+(value / 1e6).toPrecision(3)}M` : Math.abs(value) >= 1e4 ? `${+(value / 1e3).toPrecision(3)}k` : `${+value.toPrecision(3)}`;

const base = () => ({
  animation: false,
  textStyle: { color: colour("ink"), fontFamily: getComputedStyle(document.body).fontFamily },
  // Drawn into the picture: a box of HTML would need styles of its own, which the page's policy forbids.
  tooltip: { renderMode: "richText", confine: true, backgroundColor: colour("card"), borderColor: colour("line"), textStyle: { color: colour("ink") } },
  grid: { left: 64, right: 24, top: 24, bottom: 44 },
});
const axis = (more) => ({
  axisLine: { onZero: false, lineStyle: { color: colour("dim") } }, axisLabel: { color: colour("dim") }, splitLine: { lineStyle: { color: colour("line") } },
  nameTextStyle: { color: colour("dim") }, ...more,
});

const pictures = {
  // Purchase days up, spend across, size by customers, colour by the share who sleep; a click opens the cell's customers.
  map(values) {
    const { edges, rows, bins, chosen } = values.map;
    const columns = edges.length - 1;
    const most = Math.max(1, ...bins.map((bin) => bin.customers));
    const often = rows.filter((days) => days < values.map.high_frequency_days).length - 0.5;
    const much = edges.findIndex((edge) => edge >= values.map.high_monetary_minor * 0.999) - 0.5;
    const corner = (text, where) => ({ type: "text", ...where, silent: true, z: 0, style: { text, fill: colour("dim"), fontSize: 12 } });
    const days = (at) => at + 1 < rows.length && rows[at + 1] === rows[at] + 1 ? `${rows[at]}` : `${rows[at]}+`;
    const named = (from) => (value) => Number.isInteger(value) && value >= 0 ? from(value) : "";
    return {
      ...base(),
      grid: { left: 56, right: 24, top: 40, bottom: 96 },
      graphic: innerWidth < 700 ? [] : [corner(values.names.small, { left: 62, top: 44 }), corner(values.names.regular, { right: 28, top: 44 }),
        corner(values.names.rest, { left: 62, bottom: 102 }), corner(values.names.big, { right: 28, bottom: 102 })],
      // Numbers of bins, so that the lines stand between two of them.
      xAxis: axis({ type: "value", min: -1, max: columns, interval: 1, name: values.names.x, nameLocation: "middle", nameGap: 30, splitLine: { show: false },
        axisTick: { show: false }, axisLabel: { color: colour("dim"), hideOverlap: true, formatter: named((at) => at < columns ? short(edges[at] / values.minor_per_unit) : "") } }),
      yAxis: axis({ type: "value", min: -1, max: rows.length, interval: 1, name: values.names.y, nameLocation: "end", nameTextStyle: { color: colour("dim"), align: "left" },
        splitLine: { show: false }, axisTick: { show: false }, axisLabel: { color: colour("dim"), formatter: named((at) => at < rows.length ? days(at) : "") } }),
      visualMap: { min: 0, max: 1, dimension: 2, orient: "horizontal", left: "center", bottom: 4, itemWidth: 12, itemHeight: 110, calculable: false, text: [`100 % ${values.names.dormant}`, "0 %"], textStyle: { color: colour("dim") }, inRange: { color: [colour("calm"), "#b5aa9c", colour("accent")] } },
      series: [{
        type: "scatter",
        data: bins.map((bin) => ({ value: [bin.column, bin.row, bin.silent / bin.customers, bin.customers, bin.cell], itemStyle: String(bin.cell) === chosen ? { borderColor: colour("ink"), borderWidth: 3 } : {} })),
        symbolSize: (value) => Math.max(6, 40 * Math.sqrt(value[3] / most)),
        itemStyle: { borderColor: colour("card"), borderWidth: 1, opacity: 0.95 },
        markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: colour("ink"), type: "dashed" }, data: [{ xAxis: much }, { yAxis: often }] },
        tooltip: { formatter: (point) => `${values.names.customers}: ${count(point.value[3])}\n${values.names.dormant}: ${Math.round(point.value[2] * 100)} %\n${values.currency} ${count(edges[point.value[0]] / values.minor_per_unit)} – ${count(edges[point.value[0] + 1] / values.minor_per_unit)}` },
      }],
      onClick: (point) => {
        const address = new URL(values.address, location.href);
        address.searchParams.set("cell", point.value[4]);
        location.assign(`${address.pathname}${address.search}#rows-title`);
      },
    };
  },
  weeks(values) {
    return {
      ...base(),
      xAxis: axis({ type: "category", data: values.weeks.map((week) => week.from.slice(5)) }),
      yAxis: axis({ type: "value", name: values.name, nameLocation: "end", nameTextStyle: { color: colour("dim"), align: "left" } }),
      grid: { left: 48, right: 16, top: 40, bottom: 30 },
      series: [{ type: "bar", data: values.weeks.map((week) => +week.expected.toFixed(1)), itemStyle: { color: colour("accent") }, barMaxWidth: 26 }],
    };
  },
  scores(values) {
    return {
      ...base(), grid: { left: 48, right: 20, top: 30, bottom: 30 },
      xAxis: axis({ type: "category", data: values.days.map((day) => day.slice(5)) }),
      yAxis: axis({ type: "value", min: 0, max: 1, name: values.name, nameTextStyle: { color: colour("dim"), align: "left" }, axisLabel: { color: colour("dim"), formatter: (value) => `${Math.round(value * 100)} %` } }),
      series: [{ type: "line", data: values.scores, symbolSize: 7, itemStyle: { color: colour("accent") }, lineStyle: { color: colour("accent") } }],
    };
  },
  // Who came back beside those who did because of us, with what the second figure may be.
  results(values) {
    const rows = [...values.rows].reverse(), left = Math.min(200, innerWidth * 0.32);
    const across = (api, row, at) => api.coord([row, at])[0];
    return {
      ...base(), grid: { left, right: 32, top: 34, bottom: 30 },
      legend: { top: 0, textStyle: { color: colour("dim") }, data: [values.names.gross, values.names.because, values.names.interval] },
      xAxis: axis({ type: "value" }), yAxis: axis({ type: "category", data: rows.map((row) => row.name), axisLabel: { color: colour("ink"), width: left - 16, overflow: "truncate" } }),
      tooltip: { ...base().tooltip, trigger: "item" },
      series: [
        { name: values.names.gross, type: "bar", data: rows.map((row) => row.gross), itemStyle: { color: colour("line") }, barMaxWidth: 12 },
        { name: values.names.because, type: "bar", data: rows.map((row) => row.because === null ? null : Math.round(row.because)), itemStyle: { color: colour("accent") }, barMaxWidth: 12 },
        { name: values.names.interval, type: "custom", itemStyle: { color: colour("ink") }, z: 5, encode: { x: [0, 1], y: 2 },
          data: rows.map((row, at) => row.low === null || row.low === undefined ? null : [row.low, row.high, at]).filter(Boolean),
          tooltip: { formatter: (point) => `${count(point.value[0])} … ${count(point.value[1])}` },
          renderItem: (_, api) => {
            const from = across(api, api.value(0), api.value(2)), [to, middle] = api.coord([api.value(1), api.value(2)]), y = middle + 8;
            const stroke = { stroke: colour("ink"), lineWidth: 1.5, fill: "none" };
            return { type: "group", children: [[from, y, to, y], [from, y - 4, from, y + 4], [to, y - 4, to, y + 4]].map(([x1, y1, x2, y2]) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: stroke })) };
          } },
      ],
    };
  },
  curve(values) {
    const scale = values.money ? 100 : 1;
    return {
      ...base(), grid: { left: 70, right: 24, top: 40, bottom: 44 },
      xAxis: axis({ type: "category", data: values.weeks.map((week) => week.week), name: values.names.week, nameLocation: "middle", nameGap: 26 }),
      yAxis: axis({ type: "value", name: values.money ? `${values.names.value} (${values.currency})` : values.names.value, nameTextStyle: { color: colour("dim"), align: "left" }, axisLabel: { color: colour("dim"), formatter: short } }),
      series: [
        { type: "line", data: values.weeks.map((week) => week.low / scale), lineStyle: { opacity: 0 }, symbol: "none", stack: "band", stackStrategy: "all", silent: true },
        { type: "line", data: values.weeks.map((week) => (week.high - week.low) / scale), lineStyle: { opacity: 0 }, symbol: "none", stack: "band", stackStrategy: "all", areaStyle: { color: colour("accent"), opacity: 0.2 }, silent: true },
        { type: "line", data: values.weeks.map((week) => week.value / scale), symbol: "none", lineStyle: { color: colour("accent"), width: 2.5 } },
      ],
    };
  },
  calibration(values) {
    const percent = { color: colour("dim"), formatter: (value) => `${Math.round(value * 100)} %` };
    const points = (more) => values.bins.map((bin) => [bin.said, more(bin)]);
    return {
      ...base(), grid: { left: 60, right: 24, top: 40, bottom: 48 },
      legend: { top: 0, textStyle: { color: colour("dim") }, data: [values.names.model, values.names.chance] },
      xAxis: axis({ type: "value", min: 0, max: 1, name: values.names.said, nameLocation: "middle", nameGap: 28, axisLabel: percent }),
      yAxis: axis({ type: "value", min: 0, max: 1, name: values.names.happened, nameTextStyle: { color: colour("dim"), align: "left" }, axisLabel: percent }),
      series: [
        { name: values.names.chance, type: "line", symbol: "none", lineStyle: { color: colour("dim"), type: "dashed" }, itemStyle: { color: colour("dim") }, data: points((bin) => Math.min(1, bin.said + bin.noise)) },
        { type: "line", symbol: "none", lineStyle: { color: colour("dim"), type: "dashed" }, data: points((bin) => Math.max(0, bin.said - bin.noise)) },
        { type: "line", symbol: "none", lineStyle: { color: colour("line") }, data: [[0, 0], [1, 1]] },
        { name: values.names.model, type: "line", symbolSize: 8, itemStyle: { color: colour("accent") }, lineStyle: { color: colour("accent"), width: 2 }, data: points((bin) => bin.happened) },
      ],
    };
  },
  deciles(values) {
    return {
      ...base(), legend: { top: 0, textStyle: { color: colour("dim") } }, grid: { left: 48, right: 16, top: 40, bottom: 30 },
      xAxis: axis({ type: "category", data: values.predicted.map((_, at) => at + 1) }), yAxis: axis({ type: "value", min: 0, max: 1 }),
      series: [
        { name: values.names.said, type: "bar", data: values.predicted, itemStyle: { color: colour("line") } },
        { name: values.names.happened, type: "bar", data: values.true, itemStyle: { color: colour("accent") } },
      ],
    };
  },
};

function draw() {
  for (const place of document.querySelectorAll("[data-chart]:not([data-drawn])")) {
    if (typeof echarts === "undefined") break;
    place.style.height = `${place.dataset.height}px`;
    const values = pictures[place.dataset.chart](JSON.parse(place.dataset.values));
    const { onClick, ...option } = values;
    const picture = echarts.init(place, null, { renderer: "svg" });
    picture.setOption(option);
    if (onClick) picture.on("click", onClick);
    place.dataset.drawn = "yes";
    new ResizeObserver(() => picture.resize()).observe(place);
  }
  document.body.dataset.ready = "yes";
}

document.addEventListener("DOMContentLoaded", draw);
document.addEventListener("htmx:after:swap", draw);
// A form that was sent takes a while: its button says so, and is not pressed twice.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button && event.target.method === "post") setTimeout(() => { button.setAttribute("aria-busy", "true"); button.disabled = true; }, 0);
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy]")) { button.disabled = false; button.removeAttribute("aria-busy"); }
});
// Colours are the theme's: another theme, another picture.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => location.reload());
