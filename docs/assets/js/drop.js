// Review without installing: a file of samples is read, checked and reviewed in the page. start.js loads this last.
// Nothing is sent and nothing is kept; what a file says is only ever shown as text. The work is cut into pieces of some
// milliseconds, so that the page can always be scrolled and typed into.
(() => {
  const place = document.querySelector("[data-live=drop]");
  if (!place) return;

  const { Data, review, numbers } = glReviewNumbers;
  const { Refused, check } = glReviewInputs;
  const { note, asText, asJson, asMarkdown } = glReviewNote;
  const { Chart, make, roundUp } = glCharts;
  const { button, list, terminal } = glControls;
  const { fixed, grouped } = glPython;

  const BUDGET = 20; // milliseconds of work at a time
  const MOST = 20_000; // samples: some ten seconds
  const COLUMNS = 12; // pictures in a row
  const GAP = 2; // pixels between them

  /** @typedef {Parameters<typeof numbers>[0]} Review */
  /** @typedef {Awaited<ReturnType<typeof glNpy.open>>} Opened */
  /** @typedef {Parameters<typeof check>[1]} Given */

  const data = new Data(/** @type {any} */ (globalThis).glData["review/page_data/review_data.json"]);
  const { CLOSEST, SHOWN } = data.thresholds;

  // ---- what is asked ----

  const chosen = make("input", { type: "file", id: "gl-drop-file", accept: ".npy,.npz,.csv,.png,image/png", multiple: true });
  const zone = make("div", { className: "gl-drop-zone" },
    make("label", { htmlFor: chosen.id, textContent: "Drop samples.npy here, or choose it" }), chosen,
    make("p", { id: "gl-drop-kinds", textContent: ".npy or .npz as NumPy writes them, a CSV with one sample per row, or PNGs with one gray digit each (white counts as 16). The file stays in this page: nothing is sent, nothing is kept." }));
  chosen.setAttribute("aria-describedby", "gl-drop-kinds");
  const example = button("Try it with the smallest model's samples", () => start({
    title: "the smallest model",
    arrays: [{ name: "samples", read: async () => ({ kind: "f", dtype: "float64", shape: [data.example.length / data.d, data.d], values: data.example }) }],
  }));
  const which = list("gl-drop-samples", "Samples", []);
  const latents = list("gl-drop-latents", "Latents", []);
  const choose = make("div", { className: "gl-drop-choose", hidden: true }, which.label, which.select, latents.label, latents.select);
  const status = make("p", { className: "gl-live-status" });
  status.setAttribute("role", "status");
  const bar = make("progress", { max: 1, value: 0, hidden: true });
  bar.setAttribute("aria-label", "The review");
  const wrong = make("ul", { className: "gl-drop-wrong", hidden: true });
  const result = make("div", { className: "gl-drop-result", hidden: true });

  // ---- what is shown ----

  /** A table; the first cell of a row names it. @param {string} caption @param {string[]} head @param {(string | Node)[][]} rows */
  function table(caption, head, rows) {
    const cells = (/** @type {(string | Node)[]} */ row) => row.map((cell, i) => {
      const made = make(i === 0 ? "th" : "td", {}, cell);
      if (i === 0) made.setAttribute("scope", "row");
      return made;
    });
    const top = head.map((text) => {
      const made = make("th", { textContent: text });
      made.setAttribute("scope", "col");
      return made;
    });
    const made = make("table", {}, make("caption", { textContent: caption }),
      make("thead", {}, make("tr", {}, ...top)), make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells(row)))));
    const frame = make("div", { className: "gl-drop-table", tabIndex: 0 }, made);
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", caption);
    return frame;
  }

  /** @param {Record<string, string>} answers */
  function verdicts(answers) {
    return table("The note", ["Field", "Answer"], Object.entries(answers).map(([field, answer]) => {
      const isVerdict = !field.endsWith("_shape");
      const said = answer.split("; ")[0];
      return [make("code", { textContent: field }), isVerdict ? make("strong", { textContent: said }) : answer];
    }));
  }

  /** @param {Review} found */
  function measurements(found) {
    const sets = [found.samples, found.real, found.noise];
    const two = (/** @type {number} */ x) => fixed(x, 2);
    const spaces = /** @type {("pixels" | "features")[]} */ (["pixels", "features"]);
    const rows = [];
    for (const metric of /** @type {const} */ (["precision", "density", "coverage", "recall"])) {
      for (const space of spaces) rows.push([`${metric}, ${space}`, ...sets.map((set) => two(set[space].neighborhood[metric]))]);
    }
    for (const space of spaces) rows.push([`classifier accuracy, ${space}`, ...sets.map((set) => two(set[space].two_sample.accuracy))]);
    for (const space of spaces) rows.push([`MMD test, p, ${space}`, ...sets.map((set) => two(set[space].two_sample.mmd_p))]);
    rows.push(["class histogram off by", two(found.classes.tv), two(found.realClasses.tv), ""]);
    rows.push(["pairwise distance", ...sets.map((set) => two(set.pixels.spread))]);
    return table("Each number beside real data and noise", ["Measurement", "these samples", "real data", "noise"], rows);
  }

  /** @param {Review} found */
  function copies({ copying, latentUse }) {
    const two = (/** @type {number} */ x) => fixed(x, 2);
    const rows = [
      ["near copies", two(copying.copied), `${two(copying.copied_by_chance)} by chance`],
      ["rank test", two(copying.closer), "0.50"],
      ["nearest is training", two(copying.prefers_train), "0.50"],
      ["median distance to the nearest training digit", fixed(copying.median, 1), `${fixed(copying.median_held_out, 1)} held out`],
    ];
    if (latentUse !== null) rows.push(["latent and output distance", two(latentUse), ""]);
    return table("Copying", ["Measurement", "these samples", "expected"], rows);
  }

  /** @param {Review} found */
  function histogram({ classes }) {
    const chart = new Chart("Share of each class", [
      { name: "real", color: "gl-live-real", look: "filled" },
      { name: "these samples", color: "gl-live-generated", look: "filled" },
    ], 120);
    const share = (/** @type {number[]} */ counts) => counts.map((count) => count / counts.reduce((sum, one) => sum + one));
    const [real, made] = [share(classes.real), share(classes.generated)];
    chart.frame(-0.6, classes.classes.length - 0.4, 0, roundUp(Math.max(...real, ...made)));
    chart.bars("real", real);
    chart.bars("these samples", made);
    chart.describe(`By class, these samples and real data: ${classes.classes.map((name, i) => `${name}: ${fixed(made[i], 2)} and ${fixed(real[i], 2)}`).join(", ")}.`);
    return chart.element;
  }

  /**
   * A grid of digits.
   * @param {string} text
   * @param {Float64Array[]} digits
   */
  function picture(text, digits) {
    const [height, width] = data.sides;
    const rows = Math.ceil(digits.length / COLUMNS);
    const columns = Math.min(COLUMNS, digits.length);
    const canvas = make("canvas", { width: columns * (width + GAP) - GAP, height: rows * (height + GAP) - GAP });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", text);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    digits.forEach((digit, i) => {
      const image = context.createImageData(width, height);
      digit.forEach((count, k) => {
        const gray = Math.round((255 * Math.min(data.top, Math.max(0, count))) / data.top);
        image.data.set([gray, gray, gray, 255], 4 * k);
      });
      context.putImageData(image, (i % COLUMNS) * (width + GAP), Math.floor(i / COLUMNS) * (height + GAP));
    });
    return make("figure", {}, canvas, make("figcaption", { textContent: text }));
  }

  /** @param {Review} found */
  function pictures(found) {
    const row = (/** @type {Float64Array} */ x, /** @type {number} */ i) => x.subarray(i * data.d, (i + 1) * data.d);
    const all = Array.from({ length: found.given.length / data.d }, (_, i) => i);
    const beside = (/** @type {number[]} */ of) =>
      [...of.map((i) => row(found.given, i)), ...of.map((i) => row(data.train, found.nearest[i]))];
    const closest = all.slice().sort((a, b) => found.distance[a] - found.distance[b] || a - b).slice(0, CLOSEST);
    return [
      picture("The first samples, not picked.", all.slice(0, SHOWN).map((i) => row(found.given, i))),
      picture("Above: the first samples. Below: the training digit that is nearest to each.", beside(all.slice(0, CLOSEST))),
      picture("Above: the samples closest to a training digit. Below: that digit. Equal pairs are copies.", beside(closest)),
    ];
  }

  /** @param {string} name @param {string} text */
  function save(name, text) {
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    status.textContent = `Wrote ${name} to your downloads.`;
  }

  /** @param {Review} found @param {string} title */
  function show(found, title) {
    const answers = note(found);
    const printed = terminal("The note as the command prints it");
    printed.code.textContent = `${asText(answers)}\n`;
    const saves = make("div", { className: "gl-live-bar" },
      button("Save the note, JSON", () => save("review_note.json", asJson(answers))),
      button("Save the note, Markdown", () => save("review_note.md", asMarkdown(answers, `Review note: ${title}`))),
      button("Save all numbers, JSON", () => save("review.json", `${JSON.stringify(numbers(found), null, 1)}\n`)));
    saves.setAttribute("role", "group");
    saves.setAttribute("aria-label", "Save");
    result.replaceChildren(
      verdicts(answers), make("p", { className: "gl-live-said", textContent: data.words.UNSEEN }), measurements(found), copies(found), histogram(found), ...pictures(found), saves,
      make("details", { className: "gl-drop-printed" }, make("summary", { textContent: "The note as the command prints it" }), printed.pre));
    result.hidden = false;
  }

  // ---- the work ----

  let turn = 0; // of the newest file or choice; what belongs to an older one stops
  /** @type {Opened | null} */
  let opened = null;

  /** Lets the page do what it has to do. */
  const pause = () => new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      done(undefined);
    };
    channel.port2.postMessage(null);
  });

  const clear = () => {
    wrong.hidden = true;
    wrong.replaceChildren();
    result.hidden = true;
    result.replaceChildren();
    bar.hidden = true;
  };

  /** @param {string} title @param {unknown} error */
  const refuse = (title, error) => {
    clear();
    const problems = error instanceof Refused ? error.problems : [`${title} cannot be read (${error instanceof Error ? error.message : error})`];
    status.textContent = `Refused: ${problems.length === 1 ? "one reason" : `${problems.length} reasons`}. There is no number for what is wrong.`;
    wrong.append(...problems.map((problem) => make("li", { textContent: problem })));
    wrong.hidden = false;
  };

  /** Several sets of samples in one array: the last of them can be chosen. @param {Given} given */
  const sets = ({ shape }) => {
    const size = (/** @type {number} */ from) => shape.slice(from).reduce((product, side) => product * side, 1);
    return shape.length > 2 && size(1) !== data.d && size(2) === data.d ? shape[0] : 0;
  };
  const LAST = "[-1]";

  /** @param {string} name @returns {Promise<Given>} */
  async function read(name) {
    const last = name.endsWith(LAST);
    const bare = last ? name.slice(0, -LAST.length) : name;
    const found = opened?.arrays.find((one) => one.name === bare);
    if (!found) throw new Refused([`samples: there is no ${bare}`]);
    const given = await found.read();
    if (!last) return given;
    const size = given.values.length / given.shape[0];
    return { ...given, shape: given.shape.slice(1), values: given.values.slice(-size) };
  }

  async function run() {
    if (!opened) return;
    const now = ++turn;
    const { title, arrays } = opened;
    const name = which.select.value;
    clear();
    status.textContent = `Reading ${title}.`;
    try {
      const samples = await read(name);
      const z = latents.select.value ? await read(latents.select.value) : null;
      if (now !== turn) return;
      const several = sets(samples);
      if (several > 0 && ![...which.select.options].some((option) => option.value === name + LAST)) {
        const option = make("option", { value: name + LAST, textContent: `${name}${LAST}, the last of ${several} sets` });
        which.select.options[which.select.selectedIndex].after(option);
        choose.hidden = false;
      }
      const given = check(data, samples, z);
      if (given.shape[0] > MOST) {
        throw new Refused([`samples: holds ${grouped(given.shape[0])} samples; this page takes ${grouped(MOST)}, the command any number`]);
      }
      bar.value = 0;
      bar.hidden = false;
      status.textContent = `Reviewing ${grouped(given.shape[0])} samples.`;
      const begun = performance.now();
      const work = review(data, given, (share) => { bar.value = share; });
      for (;;) {
        await pause();
        if (now !== turn) return;
        const until = performance.now() + BUDGET;
        let step = work.next();
        while (!step.done && performance.now() < until) step = work.next();
        if (!step.done) continue;
        bar.hidden = true;
        show(step.value, arrays.length > 1 ? `${title}:${name}` : title);
        status.textContent = `Reviewed ${grouped(given.shape[0])} samples of ${title} in ${fixed((performance.now() - begun) / 1000, 1)} seconds.`;
        return;
      }
    } catch (error) {
      if (now === turn) refuse(title, error);
    }
  }

  /** @param {File[]} files */
  async function take(files) {
    const now = ++turn;
    clear();
    choose.hidden = true;
    opened = null;
    const title = files[0]?.name ?? "the file";
    status.textContent = `Reading ${title}.`;
    try {
      const found = await glNpy.open(files, data.top);
      if (now === turn) await start(found);
    } catch (error) {
      if (now === turn) refuse(title, error);
    }
  }

  /** @param {Opened} found */
  async function start(found) {
    opened = found;
    const names = found.arrays.map(({ name }) => name);
    const option = (/** @type {string} */ name) => make("option", { value: name, textContent: name });
    which.select.replaceChildren(...names.map(option));
    which.select.value = names.includes("samples") ? "samples" : names[0];
    latents.select.replaceChildren(make("option", { value: "", textContent: "none" }), ...names.map(option));
    choose.hidden = names.length < 2;
    await run();
  }

  chosen.addEventListener("change", () => { take([...(chosen.files ?? [])]); chosen.value = ""; });
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("gl-drop-over"); });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("gl-drop-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("gl-drop-over");
    take([...(event.dataTransfer?.files ?? [])]);
  });
  which.select.addEventListener("change", run);
  latents.select.addEventListener("change", run);

  const form = make("form", {}, zone, make("div", { className: "gl-live-bar" }, example), choose, status, bar, wrong, result);
  form.setAttribute("aria-label", "Review your samples");
  form.addEventListener("submit", (event) => event.preventDefault());
  place.replaceChildren(form);
  chosen.focus({ preventScroll: true });
})();
