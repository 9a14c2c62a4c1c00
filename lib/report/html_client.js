// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * What runs in a report: it sorts and filters tables, draws charts where they come into view, and switches between light and dark. The file
 * is carried along as it is, so it's JavaScript with its types in comments.
 */

const dark = matchMedia("(prefers-color-scheme: dark)");
/** Paper is white. */
let printing = false;
/** @type {Record<string, string>} */
const darkColours = JSON.parse(
  /** @type {Element} */ (find(document, "#dark-colours")).textContent,
);

for (const table of document.querySelectorAll("table")) makeSortable(table);
for (const page of document.querySelectorAll(".page")) makeFilterable(page);
markCurrentPage();
const redraw = makeCharts();
makeThemeButton(redraw);

/**
 * The first element that a selector finds, which must be there.
 *
 * @param {ParentNode} parent
 * @param {string} selector
 */
function find(parent, selector) {
  const element = parent.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`The report has no ${selector}`);
  return element;
}

/**
 * Sorts by a column when its heading is pressed: ascending, descending, and back to the order in which the rows came.
 *
 * @param {HTMLTableElement} table
 */
function makeSortable(table) {
  const [body] = table.tBodies;
  if (body === undefined) return;
  const original = [...body.rows];
  const heads = [...table.querySelectorAll("th")];
  const next = new Map([[null, "ascending"], ["ascending", "descending"], ["descending", null]]);
  heads.forEach((head, column) =>
    find(head, "button").addEventListener("click", () => {
      const order = next.get(head.getAttribute("aria-sort"));
      for (const other of heads) other.removeAttribute("aria-sort");
      if (order) head.setAttribute("aria-sort", order);
      body.append(
        ...(order ? sorted(original, column, order === "descending" ? -1 : 1) : original),
      );
    })
  );
}

/**
 * Rows by the values of a column: numbers before words, and empty cells last in either direction. What is equal stays in its order.
 *
 * @param {HTMLTableRowElement[]} rows
 * @param {number} column
 * @param {1 | -1} direction
 */
function sorted(rows, column, direction) {
  const keyed = rows.map((row) => {
    const cell = /** @type {HTMLTableCellElement} */ (row.cells[column]);
    const { number } = cell.dataset;
    return { row, text: cell.textContent, number: number === undefined ? NaN : Number(number) };
  });
  return keyed.sort((a, b) => {
    if (a.text === "" || b.text === "") return Number(a.text === "") - Number(b.text === "");
    const words = Number(Number.isNaN(a.number)) - Number(Number.isNaN(b.number));
    if (words !== 0) return words;
    if (!Number.isNaN(a.number)) {
      return direction * (a.number < b.number ? -1 : Number(a.number > b.number));
    }
    return direction * a.text.localeCompare(b.text, "en", { numeric: true });
  }).map(({ row }) => row);
}

/**
 * Shows the rows of a page that hold all words of its text field and one of the pressed values of each column.
 *
 * @param {Element} page
 */
function makeFilterable(page) {
  const form = page.querySelector("form");
  if (form === null) return;
  const input = /** @type {HTMLInputElement} */ (find(form, "input"));
  const output = find(form, "output");
  /** @type {HTMLElement[]} */
  const groups = Array.from(form.querySelectorAll(".chips"));
  const chips = [...form.querySelectorAll(".chip")];
  const tables = [...page.querySelectorAll("table")].map((table) => {
    const heading = table.closest("section")?.querySelector("h3")?.textContent ?? "";
    return {
      box: /** @type {HTMLElement} */ (table.parentElement),
      titles: [...table.querySelectorAll("th")].map((head) => head.dataset.title),
      rows: [...(table.tBodies[0]?.rows ?? [])].map((row) => {
        const values = [...row.cells].map((cell) => cell.textContent);
        return { row, values, text: `${heading} ${values.join(" ")}`.toLowerCase() };
      }),
    };
  });

  const sections = [...page.querySelectorAll("section")].filter((section) =>
    section.querySelector("table") !== null
  );

  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const wanted = groups.flatMap((group) => {
      const chips = [...group.querySelectorAll('.chip[aria-pressed="true"]')];
      const pressed = chips.map((chip) => chip.getAttribute("data-value"));
      return pressed.length === 0 ? [] : [{ title: group.dataset.title, pressed }];
    });
    let shown = 0, all = 0;
    for (const { box, titles, rows } of tables) {
      let here = 0;
      for (const { row, values, text } of rows) {
        const holds = words.every((word) => text.includes(word)) &&
          wanted.every(({ title, pressed }) => {
            const column = titles.indexOf(title);
            return column === -1 || pressed.includes(/** @type {string} */ (values[column]));
          });
        row.hidden = !holds;
        here += Number(holds);
      }
      box.classList.toggle("empty", here === 0);
      shown += here;
      all += rows.length;
    }
    const filtered = words.length > 0 || wanted.length > 0;
    // Of many networks, only those that are asked for are left, their charts too.
    for (const section of sections) {
      section.hidden = filtered && section.querySelector(".table-box:not(.empty)") === null;
      const link = document.querySelector(`nav a[href="#${section.id}"]`);
      if (link?.parentElement) link.parentElement.hidden = section.hidden;
    }
    form.classList.toggle("filtered", filtered);
    output.textContent = filtered
      ? `${counted(shown)} of ${counted(all)} rows`
      : `${counted(all)} rows`;
  };

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  input.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    input.value = "";
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    apply();
  });
  form.hidden = false;
  apply();
}

/**
 * A number as the tables have it: "2,450".
 *
 * @param {number} value
 */
function counted(value) {
  return value.toLocaleString("en");
}

/** Marks the link to the part that is being read. */
function markCurrentPage() {
  const parts = [...document.querySelectorAll("main > section")];
  const links = new Map(
    [...document.querySelectorAll("nav a")].map((link) => [link.getAttribute("href"), link]),
  );
  const observer = new IntersectionObserver(() => {
    const line = innerHeight / 3;
    const current = parts.findLast((part) => part.getBoundingClientRect().top <= line) ?? parts[0];
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(`#${current?.id}`)?.setAttribute("aria-current", "true");
  }, { rootMargin: "0px 0px -66% 0px" });
  for (const part of parts) observer.observe(part);
}

/** Whether the page is shown in the dark. */
function isDark() {
  if (printing) return false;
  const { theme } = document.documentElement.dataset;
  return theme === undefined ? dark.matches : theme === "dark";
}

/**
 * A button for light and dark. The choice is kept where the browser keeps such things for a file.
 *
 * @param {() => void} redraw
 */
function makeThemeButton(redraw) {
  const button = /** @type {HTMLButtonElement} */ (find(document, "button.theme"));
  const show = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"}`);
    redraw();
  };
  const choose = (/** @type {string | null} */ theme) => {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  };
  try {
    choose(localStorage.getItem("bitbell-theme"));
  } catch {
    // Nothing is kept for this page.
  }
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    choose(theme);
    show();
    try {
      localStorage.setItem("bitbell-theme", theme);
    } catch {
      // The choice holds until the page is closed.
    }
  });
  dark.addEventListener("change", show);
  button.hidden = false;
  show();
}

/**
 * Draws each chart when it comes near the window, and again when its room changes.
 *
 * @returns Draws those again that are drawn.
 */
function makeCharts() {
  /** @type {Map<Element, { draw: () => void, width: number }>} */
  const charts = new Map();
  /** @type {Set<Element>} */
  const drawn = new Set();
  if (!("vega" in globalThis)) return () => {};

  const tooltip = document.createElement("div");
  tooltip.className = "tooltip";
  tooltip.hidden = true;
  document.body.append(tooltip);

  const resizes = new ResizeObserver((entries) => {
    for (const { target, contentRect: { width } } of entries) {
      const chart = charts.get(target);
      if (chart === undefined || Math.abs(width - chart.width) < 1) continue;
      chart.width = width;
      chart.draw();
    }
  });
  const views = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      views.unobserve(target);
      drawn.add(target);
      resizes.observe(target);
    }
  }, { rootMargin: "600px" });

  for (const figure of document.querySelectorAll("figure.chart")) {
    const box = find(figure, ".drawing");
    const spec = JSON.parse(find(figure, "script").textContent);
    // About what axes and legend add to it: the page should not move much while it is read.
    if (typeof spec.height === "number") box.style.minHeight = `${spec.height + 110}px`;
    charts.set(box, { draw: makeChart(box, spec, tooltip), width: 0 });
    views.observe(box);
  }

  // No chart is out of view on paper.
  for (const event of ["beforeprint", "afterprint"]) {
    addEventListener(event, () => {
      printing = event === "beforeprint";
      charts.forEach(({ draw }) => draw());
    });
  }
  return () => drawn.forEach((box) => charts.get(box)?.draw());
}

/**
 * @param {HTMLElement} box
 * @param {any} spec
 * @param {HTMLElement} tooltip
 * @returns {() => void} Draws the chart as wide as there is room for.
 */
function makeChart(box, spec, tooltip) {
  // The builds that the report carries along; they come without types.
  const { vega, vegaLite } = /** @type {any} */ (globalThis);
  /** @type {any} */
  let view;
  return () => {
    const room = box.clientWidth;
    if (room === 0) return;
    view?.finalize();
    const fitted = fitChart(spec, room, isDark());
    box.replaceChildren();
    view = new vega.View(vega.parse(vegaLite.compile(fitted).spec), { renderer: "svg" })
      .tooltip((
        /** @type {unknown} */ _,
        /** @type {MouseEvent} */ event,
        /** @type {unknown} */ __,
        /** @type {unknown} */ value,
      ) => showTooltip(tooltip, event, value))
      .initialize(box)
      .run();
    box.style.minHeight = "";
  };
}

/**
 * The specification for a width: without its title, which stands in the caption, and with as many columns in the legend as there is room for.
 *
 * @param {any} spec
 * @param {number} room In pixels.
 * @param {boolean} inDark
 */
function fitChart(spec, room, inDark) {
  // The axis takes about 80 pixels beside the drawing area that the specification speaks of.
  const width = typeof spec.width === "number" ? Math.min(room, spec.width + 80) : room;
  // The legend begins where the axis is. A letter takes 6.3 pixels, a symbol with the space around it 30.
  const legendRoom = width - 60;
  const columns = Math.max(1, Math.floor(legendRoom / (6.3 * longestLabel(spec) + 30)));
  const legend = {
    columns,
    labelLimit: Math.floor(legendRoom / columns) - 25,
    gradientLength: Math.min(240, Math.floor(width / 2)),
  };
  const fitted = restyle(spec, inDark ? darkColours : {}, legend);
  const { axisY, ...config } = fitted.config ?? {};
  const words = inDark ? darkColours["#333333"] : "#333333";
  // Only a single picture can be told how wide to be.
  const isSingle = "mark" in spec || "layer" in spec;
  return {
    ...fitted,
    ...(isSingle && { width, autosize: { type: "fit-x", contains: "padding" } }),
    title: undefined,
    background: "transparent",
    padding: { left: 2, right: 6, top: 4, bottom: 4 },
    config: {
      ...config,
      font: getComputedStyle(document.body).getPropertyValue("--sans"),
      axisY: { labelLimit: 0.35 * width, ...axisY },
      legend: { ...config.legend, ...legend, labelColor: words, titleColor: words },
    },
  };
}

/**
 * A specification with other colours and legends, and the same data.
 *
 * @param {any} value
 * @param {Record<string, string>} colours What stands for which colour.
 * @param {object} legend
 * @returns {any}
 */
function restyle(value, colours, legend) {
  if (typeof value === "string") return colours[value] ?? value;
  if (Array.isArray(value)) return value.map((item) => restyle(item, colours, legend));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key === "data" || key === "domain") return [key, item];
      const styled = restyle(item, colours, legend);
      return [key, key === "legend" && styled !== null ? { ...styled, ...legend } : styled];
    }),
  );
}

/**
 * The number of letters of the longest series.
 *
 * @param {any} spec
 */
function longestLabel(spec) {
  let longest = 12;
  JSON.stringify(spec, (key, value) => {
    if (key === "domain" && Array.isArray(value)) {
      for (const label of value) longest = Math.max(longest, String(label).length);
    }
    return value;
  });
  return longest;
}

/**
 * Shows what Vega says of a mark beside the pointer; nothing to say hides it.
 *
 * @param {HTMLElement} tooltip
 * @param {MouseEvent} event
 * @param {unknown} value
 */
function showTooltip(tooltip, event, value) {
  tooltip.hidden = value === null || value === undefined || value === "";
  if (tooltip.hidden) return;
  const entries = typeof value === "object"
    ? Object.entries(/** @type {Record<string, unknown>} */ (value))
    : [/** @type {const} */ (["", value])];
  tooltip.replaceChildren(...entries.map(([name, text]) => {
    const line = document.createElement("div");
    const label = document.createElement("span");
    label.textContent = name.trim();
    line.append(label, ` ${text}`);
    return line;
  }));
  const { width, height } = tooltip.getBoundingClientRect();
  const left = Math.max(8, Math.min(event.clientX + 14, innerWidth - width - 8));
  const above = event.clientY + 18 + height > innerHeight;
  tooltip.style.left = `${left}px`;
  tooltip.style.top = `${above ? event.clientY - height - 12 : event.clientY + 18}px`;
}
