"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const themes = {
    light: { font: "#3a4656", grid: "#e6eaf0", line: "#b4bfcc", hover: "#ffffff", ink: "#1a2230", paper: "rgba(255,255,255,.75)" },
    dark: { font: "#b6c1cf", grid: "#29323e", line: "#4a5666", hover: "#222b37", ink: "#e4e9f0", paper: "rgba(16,21,28,.75)" },
  };
  const template = (theme) => {
    const axis = { gridcolor: theme.grid, linecolor: theme.line, zerolinecolor: theme.line, zeroline: false };
    return {
      layout: {
        font: { color: theme.font, family: getComputedStyle(document.body).fontFamily, size: 13 },
        xaxis: axis, yaxis: axis,
        hoverlabel: { bgcolor: theme.hover, bordercolor: theme.line, font: { color: theme.ink, size: 12 }, align: "left" },
        annotationdefaults: { bgcolor: theme.paper },
        shapedefaults: { line: { color: theme.line, width: 1 } },
        modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.line, activecolor: theme.font },
      },
    };
  };
  const options = {
    responsive: true, displaylogo: false, displayModeBar: "hover",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  };
  const draw = (isDark) => {
    const themed = template(isDark ? themes.dark : themes.light);
    for (const place of document.querySelectorAll("[data-chart]")) {
      const chart = charts[place.dataset.chart];
      Plotly.react(place, chart.data, { ...chart.layout, template: themed }, options);
    }
    document.documentElement.dataset.drawn = String(isDark);
  };
  draw(dark.matches);
  dark.addEventListener("change", () => draw(dark.matches));
  window.addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details")) one.open = true;
    draw(false);
  });
  window.addEventListener("afterprint", () => draw(dark.matches));

  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const sections = [...document.querySelectorAll("main section")];
  const mark = () => {
    const ended = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 4;
    const above = sections.filter((one) => one.getBoundingClientRect().top < window.innerHeight * 0.35);
    const now = ended ? sections.at(-1) : above.at(-1) || sections[0];
    for (const [key, link] of links) {
      if (key === now.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  document.addEventListener("scroll", mark, { passive: true });
  mark();
})();
