// The latent explorer: trained decoders over a plane of their latents. start.js loads this file last.
// A model is loaded when it is chosen, its encoder when a digit is drawn or picked whose code is not there. No network
// but these files, no storage, no markup from strings.
(() => {
  const place = document.querySelector("[data-live=explore], [data-live=explore-small]");
  if (!place) return;

  const { TorchRandom } = glRandom;
  const { fixed } = glPython;
  const { make } = glCharts;
  const { button, list, readings } = glControls;
  const { Model, SETS, best, classMap, nll, logPrior, bound, ellipse, between, samples, written, catalog, shared } = glExplore;
  const { Pictures, Bars, Plane, Field, legend, named } = glExploreView;

  const CELLS = /** @type {Record<number, number>} */ ({ 8: 44, 28: 40 }); // of the map of classes, each way: 440 units in whole ones
  const FEW = 22; // where a decoder takes many steps
  const BUDGET = 8; // milliseconds of the map in a frame
  const STEPS = 11; // latents on a way
  const DOZEN = 12;
  const MOST_DRAWS = 1000;
  const REST = 120; // milliseconds between two answers to a digit of many pixels that is being drawn
  const whole = place.getAttribute("data-live") === "explore";
  const models = catalog();
  const start = place.getAttribute("data-start") || models[0].name;

  /** @typedef {InstanceType<typeof Model>} Shown */

  // ---- what is shown ----

  const status = make("p", { className: "gl-live-status" });
  status.setAttribute("role", "status");
  const chosen = list("gl-explore-model", "Model", models.map(({ name, title }) => [name, title]));
  /** The list says what a choice loads, where that is much. */
  const tellSizes = () => models.forEach(({ name, title, side, kb, encoder_kb, common_kb }, i) => {
    const common = sets.has(side) ? 0 : common_kb ?? 0;
    const encoder = encoder_kb ? `, for drawing ${encoder_kb} more` : "";
    chosen.select.options[i].textContent = kb && !loaded.has(name) ? `${title} (loads ${kb + common} KB${encoder})` : title;
  });
  const other = list("gl-explore-other", "Beside it", [["", "no other"]]);
  const plane = new Plane((at, settled) => go(model.at(at), settled, !settled));
  const view = { picture: new Pictures("gl-explore-large"), bars: new Bars(), title: make("figcaption") };
  const twin = { picture: new Pictures("gl-explore-large"), bars: new Bars(), title: make("figcaption") };
  const figureOf = (/** @type {typeof view} */ { picture, bars, title }) =>
    make("figure", { className: "gl-explore-decoded" }, title, make("div", {}, picture.canvas, bars.element));
  const figure = figureOf(view);
  const figure2 = figureOf(twin);
  figure2.hidden = true;
  const { cells, element: numbers } = readings(["latent 1", "latent 2", "from the center", "prior density"]);
  const named4 = cells.map((cell) => /** @type {HTMLElement} */ (cell.previousElementSibling));
  const hint = make("p", { className: "gl-live-said" });

  // ---- the point ----

  /** @type {Shown} */
  let model;
  /** @type {Shown | null} */
  let second = null;
  /** @type {Float64Array} */
  let z = new Float64Array(2);
  /** @type {Map<string, Shown>} */
  const loaded = new Map();
  /** Digits and classifier, by pixels along one side. @type {Map<number, ReturnType<typeof shared>>} */
  const sets = new Map();
  const known = () => /** @type {ReturnType<typeof shared>} */ (sets.get(model.side));
  const chancesOf = (/** @type {Float64Array} */ p) => known().classifier.probabilities(p);

  /**
   * @param {Shown} by
   * @param {typeof view} to
   * @param {boolean} moving while it is dragged, what takes many steps takes fewer
   */
  const decode = (by, to, moving) => {
    const p = by.decode(z, moving);
    const chances = chancesOf(p);
    to.picture.show([p], `decoded: ${named(chances)}`);
    to.bars.show(chances);
    to.title.textContent = by.entry.title;
    return chances;
  };

  const show = (moving = false) => {
    const chances = decode(model, view, moving);
    if (second) decode(second, twin, moving);
    const at = model.placeOf(z);
    const two = model.latents === 2;
    const density = logPrior(z);
    cells[0].textContent = fixed(at[0], 2);
    cells[1].textContent = fixed(at[1], 2);
    cells[2].textContent = fixed(Math.hypot(...z), 2);
    cells[3].textContent = !model.hasPrior ? "–" : two ? Math.exp(density).toPrecision(2) : fixed(density, 1);
    [two ? "latent 1" : "direction 1", two ? "latent 2" : "direction 2", "from the center",
      !model.hasPrior ? "no prior" : two ? "prior density" : "log density"].forEach((text, i) => { named4[i].textContent = text; });
    const text = `${fixed(at[0], 2)} and ${fixed(at[1], 2)}: ${named(chances)}`;
    plane.point(at, `Latent plane of ${model.entry.title}. The point is at ${text}. Arrow keys move it, with Shift in larger steps.`);
    return text;
  };

  /** @param {Float64Array} to @param {boolean} settled @param {boolean} [moving] */
  const go = (to, settled, moving = false) => {
    z = to;
    const text = show(moving);
    if (settled) status.textContent = `At ${text}.`;
  };

  // ---- the map of classes, in pieces between two frames ----

  let mapped = 0;
  const map = () => {
    const asked = ++mapped;
    const cells = model.flow ? FEW : CELLS[model.side];
    const work = classMap(model, known().classifier, cells);
    plane.regions(null, cells);
    const next = () => {
      if (asked !== mapped) return;
      const end = performance.now() + BUDGET;
      let found = work.next();
      while (!found.done && performance.now() < end) found = work.next();
      if (found.done) plane.regions(/** @type {Uint8Array} */ (found.value), cells);
      else requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  };

  // ---- a digit: drawn, or held out ----

  /** Its counts, and its number among the held-out digits or -1. @typedef {{ counts: Uint8Array, heldOut: number }} Given */
  let given = /** @type {Given | null} */ (null);
  let painting = 0;
  const painted = () => {
    painting = 0;
    take({ counts: field.counts, heldOut: -1 });
  };
  const fieldOf = (/** @type {number} */ side) => new Field(side, () => {
    heldOut.select.value = "";
    if (!field.isFine) painted();
    else if (painting === 0) painting = window.setTimeout(painted, REST);
  });
  let field = fieldOf(8);
  const heldOut = list("gl-explore-held-out", "Held-out digit", []);
  const rebuilt = new Pictures("gl-explore-rebuilt");
  const rebuiltSaid = make("figcaption");
  const costs = readings(["recon_nll", "kl", "−ELBO", "bound", "std on the plane"]);
  const costNames = costs.cells.map((cell) => /** @type {HTMLElement} */ (cell.previousElementSibling));
  const draws = typed("gl-explore-draws", "100");
  const drawSeed = typed("gl-explore-draw-seed", "0");
  const digitSaid = make("p", { className: "gl-live-said" });

  /** @param {string} id @param {string} value */
  function typed(id, value) {
    return make("input", { type: "text", inputMode: "numeric", autocomplete: "off", id, value });
  }

  /** A whole number from a field, or null. @param {HTMLInputElement} input @param {number} least @param {number} most */
  const numberIn = (input, least, most) => {
    const number = input.value.trim() === "" ? NaN : Number(input.value);
    const good = Number.isInteger(number) && number >= least && number <= most;
    input.setAttribute("aria-invalid", String(!good));
    return good ? number : null;
  };
  const seedIn = (/** @type {HTMLInputElement} */ input) => numberIn(input, 0, 2 ** 32 - 1);

  const showDigit = () => {
    if (!given || !model.hasEncoder) {
      plane.ellipse(null, null);
      return;
    }
    const q = model.encode(given.counts, given.heldOut);
    const at = model.placeOf(q.mu);
    const code = model.flow ? `, its code ${fixed(Math.hypot(...q.mu), 1)} from the center` : "";
    const vae = model.entry.kind === "vae";
    const shape = vae ? ellipse(model, q.logvar) : null;
    plane.ellipse(at, shape);
    costs.cells[4].textContent = shape ? `${fixed(shape.major, 2)}, ${fixed(shape.minor, 2)}` : "–";
    const p = model.decode(q.mu);
    const chances = chancesOf(p);
    rebuilt.show([p], `reconstruction: ${named(chances)}`);
    rebuiltSaid.textContent = `rebuilt as ${named(chances)}${code}`;
    if (model.flow) return;
    const [count, seed] = [numberIn(draws, 1, MOST_DRAWS), seedIn(drawSeed)];
    if (count === null || seed === null) {
      status.textContent = `Not a number that fits: ${count === null ? `draws, a whole number from 1 to ${MOST_DRAWS}` : "seed, a whole number from 0"}. The nats stay as they were.`;
      return;
    }
    if (vae) {
      const found = bound(model, given.counts, q, count, seed);
      costNames[3].textContent = `bound, ${count} draw${count > 1 ? "s" : ""}`;
      [found.recon, found.kl, found.negElbo, found.weighted].forEach((nats, i) => { costs.cells[i].textContent = fixed(nats, 1); });
    } else {
      const nats = fixed(nll(model.logits(q.mu), given.counts, model.most), 1);
      costNames[3].textContent = "bound";
      [nats, "–", "–", "–"].forEach((text, i) => { costs.cells[i].textContent = text; });
    }
  };

  let soon = 0;
  /** The point goes to where the encoder puts the digit. */
  const encoded = () => {
    if (!given || !model.hasEncoder) return;
    const { mu } = model.encode(given.counts, given.heldOut);
    if (model.latents > 2) {
      model.through(mu);
      plane.regions(null, 1);
      window.clearTimeout(soon);
      soon = window.setTimeout(map, 250);
    }
    go(mu, false);
    showDigit();
  };

  /** @param {Given} digitGiven */
  const take = async (digitGiven) => {
    given = digitGiven;
    if (!model.hasEncoder) return;
    await whileLoading(async () => {
      const by = model;
      if (!by.knows(digitGiven.heldOut)) by.addEncoder((await data(`${by.entry.name}_encoder.json`, by.entry.program)));
      if (by !== model || digitGiven !== given) return;
      encoded();
      tellKeys();
      status.textContent = `${digitGiven.heldOut >= 0 ? `Held-out digit ${digitGiven.heldOut + 1}, a ${known().labels[digitGiven.heldOut]}` : "The digit as drawn"}, ${rebuiltSaid.textContent}.`;
    });
  };

  /** @param {number} number */
  const pick = (number) => {
    heldOut.select.value = String(number);
    const counts = known().digit(number);
    field.set(counts);
    return take({ counts, heldOut: number });
  };

  const nearest = () => {
    const [a, b] = model.placeOf(z);
    const { points } = model;
    let found = 0;
    const away = (/** @type {number} */ i) => Math.hypot(points[2 * i] - a, points[2 * i + 1] - b);
    for (let i = 1; i < points.length / 2; i++) if (away(i) < away(found)) found = i;
    return pick(found);
  };

  const forget = () => {
    given = null;
    window.clearTimeout(painting);
    painting = 0;
    heldOut.select.value = "";
    field.set(new Uint8Array(field.side ** 2));
    rebuilt.show([new Float64Array(field.side ** 2)], "no reconstruction yet");
    rebuiltSaid.textContent = "rebuilt";
    costs.cells.forEach((cell) => { cell.textContent = "–"; });
    plane.ellipse(null, null);
    if (model.latents > 2 && model.base !== model.home) {
      model.goHome();
      map();
      go(model.at([0, 0]), false);
    }
  };

  // ---- ways between two latents ----

  /** @type {{ from: Float64Array, to: Float64Array }} */
  let ends = { from: new Float64Array(2), to: new Float64Array(2) };
  const strips = /** @type {const} */ ([["straight", "Straight"], ["sphere", "On the sphere"]]).map(([way, text]) => {
    const pictures = new Pictures("gl-explore-strip");
    const classes = make("p", { className: "gl-explore-classes" });
    return { way, text, pictures, classes, element: make("figure", {}, make("figcaption", { textContent: text }), pictures.canvas, classes) };
  });

  /** @param {InstanceType<typeof Pictures>} pictures @param {HTMLElement} classes @param {Float64Array[]} all @param {string} text */
  const strip = (pictures, classes, all, text) => {
    const shown = all.map((one) => model.decode(one));
    const found = shown.map((p) => best(chancesOf(p)));
    pictures.show(shown, `${text}: ${found.join(", ")}`);
    classes.replaceChildren(...found.map((one) => make("span", { textContent: String(one) })));
  };

  const showWays = () => {
    if (!waysOpen()) {
      plane.ways([], []);
      return;
    }
    const ways = strips.map(({ way, text, pictures, classes }) => {
      const all = between(way, ends.from, ends.to, STEPS);
      strip(pictures, classes, all, `${text}, from A to B`);
      return between(way, ends.from, ends.to, 41).map((one) => model.placeOf(one));
    });
    plane.ways([["A", model.placeOf(ends.from)], ["B", model.placeOf(ends.to)]], ways);
  };

  // ---- samples ----

  const sampleSeed = typed("gl-explore-seed", "0");
  const sampled = { pictures: new Pictures("gl-explore-strip"), classes: make("p", { className: "gl-explore-classes" }) };
  const sampledSaid = make("p", { className: "gl-live-said" });
  let random = new TorchRandom(0);
  let drawn = 0;

  /** @param {boolean} again from the seed on */
  const sample = (again) => {
    if (again) {
      const seed = seedIn(sampleSeed);
      if (seed === null) {
        status.textContent = "Not a number that fits: seed, a whole number from 0 to 4294967295.";
        return;
      }
      random = new TorchRandom(seed);
      drawn = 0;
    }
    const all = samples(random, model.latents, DOZEN);
    drawn += DOZEN;
    strip(sampled.pictures, sampled.classes, all, `samples ${drawn - DOZEN + 1} to ${drawn}`);
    if (samplesOpen()) plane.samples(all.map((one) => model.placeOf(one)));
    sampledSaid.textContent = `Samples ${drawn - DOZEN + 1} to ${drawn} of seed ${sampleSeed.value.trim()}: the rows of torch.randn(${DOZEN}, ${model.latents}), in float64. ${model.hasPrior
      ? "Their circles on the plane are filled." : "A plain autoencoder has no prior: these latents are from a standard normal all the same."}`;
  };

  // ---- models ----

  let waiting = 0;
  /** @param {() => Promise<void>} work */
  const whileLoading = async (work) => {
    waiting += 1;
    form.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (error) {
      status.textContent = `${error instanceof Error ? error.message : error}. ${model ? "Choose again" : "Reload the page"} to try once more.`;
      // The lists say what is there, so that the same choice can be made again.
      chosen.select.value = model?.entry.name ?? "";
      other.select.value = second?.entry.name ?? "";
      if (!model?.encoder) heldOut.select.value = "";
    }
    waiting -= 1;
    if (waiting === 0) form.removeAttribute("aria-busy");
  };

  /** @param {string} file @param {string} program */
  const data = async (file, program) => {
    await glStart.beside(place, file, program);
    return written(file, program);
  };

  /** @param {string} name */
  const get = async (name) => {
    const there = loaded.get(name);
    if (there) return there;
    const entry = models.find((one) => one.name === name);
    if (!entry) throw new Error(`there is no model "${name}"`);
    const { side, program } = entry;
    if (!sets.has(side)) {
      await data(SETS[side].common, SETS[side].program);
      sets.set(side, shared(side));
    }
    const made = new Model(entry, await data(`${name}.json`, program));
    loaded.set(name, made);
    return made;
  };

  let asked = 0;
  /** @param {string} name */
  const choose = (name) => whileLoading(async () => {
    const ask = ++asked;
    const found = await get(name);
    if (ask !== asked) return;
    const before = model;
    model = found;
    model.goHome();
    chosen.select.value = name;
    const sameSide = before && before.side === model.side;
    const sameLatents = sameSide && before.latents === model.latents;
    if (!sameSide) drawOn(model.side);
    tellSizes();
    tellKeys();
    plane.frame(model.reach, model.hasPrior);
    plane.points(model.points, known().labels);
    if (!sameLatents) {
      second = null;
      ends = { from: model.at([-1.5, 0.8]), to: model.at([1.5, 0.8]) };
    }
    const others = models.filter((one) => one.latents === model.latents && one.side === model.side && one.name !== name);
    if (second && second.entry.name === name) second = null;
    other.select.replaceChildren(make("option", { value: "", textContent: others.length > 0 ? "no other" : "no other fits" }),
      ...others.map((one) => make("option", { value: one.name, textContent: one.title })));
    other.select.value = second ? second.entry.name : "";
    other.select.disabled = others.length === 0;
    figure2.hidden = !second;
    hint.textContent = `${model.latents === 2 ? "The plane is all of its latents." : `Of its ${model.latents} latents the plane shows the two directions that change the picture most, through ${model.hasPrior ? "the center of the prior" : "the mean of the encoded digits"}${whole && model.hasEncoder ? "; a digit moves the plane to its own code" : ""}.`} Regions: the class of what is decoded there. ${
      model.flow ? `While the point moves, and for the regions, the flow takes ${model.flow.rough} steps instead of ${model.flow.steps}. Small figures: held-out digits at the latents that it leads back to. ` : model.hasEncoder ? "Small figures: held-out digits at their mu. " : ""}${model.hasPrior ? "Circles: one and two standard deviations of the prior." : "There is no prior, so there are no circles."}`;
    digitPart.hidden = !model.hasEncoder;
    pointsToggle.hidden = !model.hasEncoder;
    for (const one of [costs.element, drawsRow]) one.hidden = model.flow !== null;
    go(sameLatents && model.latents === 2 ? z : model.at([0, 0]), false);
    map();
    plane.samples([]);
    showWays();
    if (samplesOpen() || !model.flow) sample(true);
    status.textContent = `${model.entry.title}: ${model.entry.run}.`;
    showDigitAgain();
  });

  const showDigitAgain = () => {
    plane.ellipse(null, null);
    if (given && model.hasEncoder && whole) take(given);
  };

  /** @param {string} name */
  const chooseOther = (name) => whileLoading(async () => {
    const found = name ? await get(name) : null;
    second = found && found.latents === model.latents && found.side === model.side ? found : null;
    figure2.hidden = !second;
    show();
    status.textContent = second ? `Beside it, the same latent in ${second.entry.title}.` : "One model.";
  });

  /** Another field, with digits of so many pixels. @param {number} side */
  const drawOn = (side) => {
    const { labels } = known();
    heldOut.select.replaceChildren(make("option", { value: "", textContent: "none" }), ...labels.map((label, i) => ({ label, i }))
      .sort((a, b) => a.label - b.label || a.i - b.i)
      .map(({ label, i }) => make("option", { value: String(i), textContent: `${label}, no. ${i + 1}` })));
    const next = fieldOf(side);
    next.erasing = erase.checked;
    field.element.replaceWith(next.element);
    field = next;
    forget();
  };

  /** How to draw, and what the first digit loads. */
  const tellKeys = () => {
    const size = model.entry.encoder_kb;
    digitSaid.textContent = `${model.flow ? "The flow goes back from the digit to its one latent, and from there forward again." : "Nats, lower is better."} Draw with a pointer, or with keys: arrows go from cell to cell, ${field.isFine
      ? "with Shift they draw a line, Space puts the brush down or lifts the ink, plus and minus set one pixel."
      : "Space fills or empties, plus and minus change the count."}${size && !model.encoder ? ` The first digit that you draw loads the encoder, ${size} KB.` : ""}`;
  };

  // ---- the form ----

  chosen.select.addEventListener("change", () => choose(chosen.select.value));
  other.select.addEventListener("change", () => chooseOther(other.select.value));
  heldOut.select.addEventListener("change", () => (heldOut.select.value === "" ? forget() : pick(Number(heldOut.select.value))));
  for (const input of [draws, drawSeed]) input.addEventListener("change", showDigit);
  sampleSeed.addEventListener("change", () => sample(true));

  /** @param {string} text @param {SVGElement} layer what it shows and hides */
  const toggle = (text, layer) => {
    const box = make("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => layer.style.setProperty("display", box.checked ? "" : "none"));
    return make("label", {}, box, text);
  };
  const erase = make("input", { type: "checkbox" });
  erase.addEventListener("change", () => { field.erasing = erase.checked; });

  const drawsRow = make("div", { className: "gl-explore-row" },
    make("label", { htmlFor: draws.id, textContent: "Draws" }), draws, make("label", { htmlFor: drawSeed.id, textContent: "Seed" }), drawSeed);
  const digitPart = make("details", { open: whole }, make("summary", { textContent: "Draw a digit, or pick one that was held out" }),
    make("div", { className: "gl-explore-digit" },
      make("div", {}, make("figure", {}, field.element, make("figcaption", { textContent: "draw here" })),
        make("div", { className: "gl-live-bar" }, button("Clear", () => { forget(); status.textContent = "No digit."; }), make("label", {}, erase, "Erase"))),
      make("figure", {}, rebuilt.canvas, rebuiltSaid),
      make("div", { className: "gl-explore-costs" },
        make("div", { className: "gl-explore-row" }, heldOut.label, heldOut.select),
        make("div", { className: "gl-live-bar" }, button("Pick the nearest on the plane", nearest)),
        costs.element, drawsRow, digitSaid)));
  const waysPart = make("details", {}, make("summary", { textContent: "Between two latents" }),
    make("div", { className: "gl-live-bar" },
      button("A is here", () => { ends = { ...ends, from: z.slice() }; showWays(); }),
      button("B is here", () => { ends = { ...ends, to: z.slice() }; showWays(); })),
    make("div", { className: "gl-explore-strips" }, ...strips.map(({ element }) => element)));
  const samplesPart = make("details", {}, make("summary", { textContent: "Samples from the prior, by the dozen" }),
    make("div", { className: "gl-explore-row" }, make("label", { htmlFor: sampleSeed.id, textContent: "Seed" }), sampleSeed,
      button("From the seed", () => sample(true)), button("Twelve more", () => sample(false))),
    make("div", { className: "gl-explore-strips" }, make("figure", {}, sampled.pictures.canvas, sampled.classes)), sampledSaid);
  const waysOpen = () => waysPart.open;
  const samplesOpen = () => samplesPart.open;
  waysPart.addEventListener("toggle", () => { if (model) showWays(); });
  samplesPart.addEventListener("toggle", () => {
    if (!model) return;
    plane.samples([]);
    if (samplesPart.open) sample(true);
  });

  const pointsToggle = toggle("held-out digits", plane.layers.points);
  const map2 = make("div", { className: "gl-explore-map" }, plane.element, legend(),
    make("p", { className: "gl-explore-toggles" }, pointsToggle, toggle("classes", plane.layers.regions)));
  const right = make("div", { className: "gl-explore-side" }, figure, figure2, numbers);
  const form = make("form", { className: "gl-explore" });
  if (whole) form.append(make("div", { className: "gl-explore-choose" }, chosen.label, chosen.select, other.label, other.select));
  form.append(make("div", { className: "gl-explore-main" }, map2, right), status, hint);
  if (whole) form.append(digitPart, waysPart, samplesPart);
  else {
    const lab = new URL((place.getAttribute("data-scripts") ?? "").split(" ")[0].replace(/generated\/.*$/, "explore.html"), location.href);
    form.append(make("p", { className: "gl-live-said" }, "Other models, a digit of your own, samples: ",
      make("a", { href: lab.href, textContent: "Lab: latent explorer" })));
  }
  form.setAttribute("aria-label", "The latent explorer");
  form.addEventListener("submit", (event) => event.preventDefault());
  place.replaceChildren(form);
  tellSizes();
  choose(start).then(() => {
    plane.element.focus({ preventScroll: true });
  });
})();
