// Offers a widget where a page has a place for it, and loads it when its reader asks: until then, only this file.
const glStart = (() => {
  /** @type {Record<string, { text: string, button: string, files: string[], opens?: string }>} opens: an address that starts it */
  const WIDGETS = {
    game: {
      text: "The same program, in this page: the same draws, the same updates, the same printed lines. Choose a seed that nobody has run.",
      button: "Train it here",
      files: ["torch-random.js", "nets.js", "python-format.js", "game-run.js", "game-view.js", "game-judge.js", "charts.js",
        "controls.js", "game.js"],
    },
    ring: {
      text: "The same program, in this page: watch the points move, switch on a repair, give it other data or modes of your own, and read the lines that Python prints.",
      button: "Train it here",
      files: ["torch-random.js", "nets.js", "python-format.js", "mlp.js", "ring-program.js", "ring-sets.js", "ring-run.js", "charts.js", "controls.js", "ring.js"],
    },
    explore: {
      text: "The decoders of this chapter, in this page: move over their latents, draw a digit and read its nats, go from one digit to another.",
      button: "Open the explorer",
      files: ["torch-random.js", "python-format.js", "charts.js", "controls.js", "explore-model.js", "explore-view.js", "explorer.js"],
    },
    "explore-small": {
      text: "This page's model, in this page: move a point over its latents, and watch what it decodes.",
      button: "Explore it here",
      files: ["torch-random.js", "python-format.js", "charts.js", "controls.js", "explore-model.js", "explore-view.js", "explorer.js"],
    },
    replay: {
      text: "The training as it went: the same latents at every step that was saved, with the losses and the counts beside them.",
      button: "Replay it here",
      files: ["charts.js", "controls.js", "replay-data.js", "replay-view.js", "replay.js"],
      opens: "#replay-",
    },
    drop: {
      text: "The command's review, in this page: the same numbers, the same verdicts, and the same words for what it refuses.",
      button: "Review samples here",
      files: ["torch-random.js", "numpy-random.js", "python-format.js", "review-judge.js", "review-inputs.js",
        "review-numbers.js", "review-note.js", "npy.js", "charts.js", "controls.js", "drop.js"],
    },
  };
  const self = /** @type {HTMLScriptElement} */ (document.currentScript);
  const folder = self.src.replace(/[^/]*$/, "");

  // One after another: each uses those before it. Plain scripts, so that it works from disk as well.
  const loadOne = (/** @type {string} */ file) => new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.src = new URL(file, folder).href;
    script.onload = loaded;
    script.onerror = () => failed(new Error(`${file} could not be loaded`));
    document.head.append(script);
  });
  /** @type {Map<string, Promise<unknown>>} */
  const loading = new Map();
  const load = async (/** @type {string[]} */ files) => {
    for (const file of files) {
      if (!loading.has(file)) loading.set(file, loadOne(file));
      await loading.get(file)?.catch((error) => { loading.delete(file); throw error; });
    }
  };

  /** The addresses of the data scripts of a place. @param {Element} place */
  const dataOf = (place) => (place.getAttribute("data-scripts") ?? "").split(" ").filter(Boolean).map((one) => new URL(one, location.href).href);

  /**
   * One more data script, once its reader asks for what is in it: it lies beside the first one of the place that the
   * same program wrote.
   * @param {Element} place
   * @param {string} file the JSON file that a program wrote
   * @param {string} [program] one of several that the place has
   */
  const beside = (place, file, program = "") => load([new URL(`${file}.js`, dataOf(place).find((one) => one.includes(`/${program}`))).href]);

  for (const place of document.querySelectorAll("[data-live]")) {
    const { text, button: label, files, opens } = WIDGETS[place.getAttribute("data-live") ?? ""];
    const button = document.createElement("button");
    button.type = "button";
    button.className = "md-button md-button--primary";
    button.textContent = label;
    const said = document.createElement("p");
    const loads = place.getAttribute("data-loads");
    said.textContent = loads ? `${text} This loads ${loads} KB.` : text;
    place.replaceChildren(said, button);
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await load([...dataOf(place), ...files]);
      } catch (error) {
        said.textContent = `${error instanceof Error ? error.message : error}. Reload the page to try again.`;
      }
    });
    const open = () => { if (opens && location.hash.startsWith(opens)) button.click(); };
    window.addEventListener("hashchange", open); // once it runs, the button is disabled
    open();
  }

  // Under every output: did the reader's own run print the same?
  for (const output of document.querySelectorAll(".gl-output:has(pre)")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "gl-mine-open";
    button.textContent = "Compare with mine";
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-label", `Compare with mine: ${output.getAttribute("data-snippet")}`);
    output.insertBefore(button, output.querySelector(":scope > details"));
    button.addEventListener("click", async () => {
      try {
        await load(["compare.js", "mine-hints.js", "mine.js"]);
        glMine.toggle(output, button);
      } catch (error) {
        button.textContent = `${error instanceof Error ? error.message : error}. Press to try again.`;
      }
    });
  }

  return { load, beside };
})();
