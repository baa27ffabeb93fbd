// The ring, live: gan/ring.py trains in the page and prints its lines. start.js loads this file last.
// The training is cut into pieces of a few milliseconds, so that the page can always be scrolled and typed into.
// No network, no storage, no markup from strings: elements are created, and text is set by textContent.
(() => {
  const place = document.querySelector("[data-live=ring]");
  if (!place) return;

  const { PROGRAM, PRESETS, changes } = glRingProgram;
  const { SHOWN, RingRun } = glRing;
  const { ring, grid, moons, own, patches, ANCHOR, MOST, STD } = glRingSets;
  const { fixed } = glPython;
  const { Chart, make, roundUp, INNER } = glCharts;
  const { Settings, terminal, button, list, readings } = glControls;

  /** @typedef {InstanceType<typeof RingRun>["constants"]} Constants */

  const BUDGET = 14; // milliseconds of training in a frame
  const CALM = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const APART = CALM ? 1000 : 80; // milliseconds between two pictures

  // ---- the settings ----

  const whole = (/** @type {number} */ n) => Number.isInteger(n);
  /** @type {[string | boolean, string][]} */
  const OFF_OR_ON = [[false, "off"], [true, "on"]];
  const settings = new Settings("gl-ring", PROGRAM, [
    ["SEED", null, "weights, real points, every z", -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, whole],
    ["GAMES", null, "side by side; one is fastest", 1, 5, whole],
    ["STEPS", null, "of the whole run, 20 to 5000", 20, 5000, whole],
    ["D_STEPS", null, "updates of D for one of G", 1, 8, whole],
    ["G_RATE", null, "how fast the generator learns", 0, 1],
    ["RATE_RATIO", null, "D's rate, as a multiple of G's", 0, 100],
    ["WIDTH", null, "units of each layer", 1, 128, whole],
    ["BATCH", null, "points in a step", 2, 512, whole],
    ["R1", null, "weight of the penalty at real points", 0, 100],
    ["R2", null, "and at generated points", 0, 100],
    ["PACK", null, "points that D sees together", 1, 4, whole],
  ], [
    ["SATURATING", "the generator's first loss", OFF_OR_ON],
    ["PAIRED", "relativistic: real against generated", OFF_OR_ON],
    ["SPECTRAL", "norm of D's layers is 1", OFF_OR_ON],
  ]);
  const [seed, games] = settings.inputs;
  seed.removeAttribute("aria-describedby");
  const preset = list("gl-ring-preset", "Run", PRESETS.map(([, text], i) => [String(i), text]));
  preset.select.append(make("option", { value: "own", textContent: "Settings of your own", hidden: true }));
  const shown = list("gl-ring-shown", "Show", [["0", "game 0"]]);
  const data = list("gl-ring-data", "Data", [["ring", "Ring of eight"], ["grid", "Grid of 25"], ["moons", "Two moons"], ["own", "Modes of your own"]]);

  // ---- what is shown ----

  const plane = new Chart("Points", [
    { name: "modes", color: "gl-live-real" },
    { name: "generated", color: "gl-live-generated", look: "dots" },
  ], INNER);
  plane.frame(-3, 3, -3, 3);
  const shares = new Chart("Share of each mode", [
    { name: "generated", color: "gl-live-generated", look: "filled" },
  ], INNER);
  const counts = new Chart("Counts by step", [
    { name: "mode TV", color: "gl-live-judge" },
    { name: "valid fraction", color: "gl-live-generated", look: "dashed" },
  ]);
  const losses = new Chart("Losses by step", [
    { name: "d_loss", color: "gl-live-judge" },
    { name: "g_loss", color: "gl-live-generated" },
  ]);
  const { cells, element: numbers } = readings(["step", "covered", "valid", "mode_tv", "d_loss", "g_loss"]);
  const status = make("p", { className: "gl-live-status" });
  status.setAttribute("role", "status");
  const printed = terminal("What the program prints");
  const toChange = terminal("What to change in ring.py");
  const toAdd = terminal("What to add to ring.py");
  const same = make("p", { className: "gl-live-said" });
  const repeat = make("div", {}, make("p", { className: "gl-live-said", textContent: "In ring.py, change:" }), toChange.pre);
  const where = make("p", { className: "gl-live-said" });
  const addition = make("div", {}, where, toAdd.pre);
  const aboutData = make("p", { className: "gl-live-said" });

  // ---- the run ----

  let target = ring;
  let run = new RingRun({ GAMES: 1 }, target);
  let playing = false;
  let last = -Infinity;

  const show = () => {
    const { STEPS } = run.constants;
    const points = run.show(Number(shown.select.value));
    plane.dots("generated", points);
    const held = target.shares(points);
    const { parts } = target;
    shares.frame(-0.6, parts - 0.4, 0, roundUp(Math.max(2 / parts, ...held)), false, [[1 / parts, `1/${parts}`]]);
    shares.bars("generated", held);
    const steps = run.trace.map((_, i) => i * Math.floor(STEPS / 20));
    const means = run.trace.map((rows) => run.means(rows));
    counts.frame(0, STEPS, 0, 1);
    counts.curve("mode TV", steps, means.map((row) => row[3]));
    counts.curve("valid fraction", steps, means.map((row) => row[2]));
    const ranges = [losses.overTime("d_loss", run.dLosses, run.step), losses.overTime("g_loss", run.gLosses, run.step)];
    const high = roundUp(Math.max(2, ...ranges.map(([, most]) => (Number.isFinite(most) ? most : 0))));
    const low = Math.min(0, ...ranges.map(([least]) => (Number.isFinite(least) ? least : 0)));
    losses.frame(0, STEPS, low < 0 ? -roundUp(-low) : 0, high, false, [[Math.log(4), "ln 4"], [Math.LN2, "ln 2"]]);
    losses.overTime("d_loss", run.dLosses, run.step);
    losses.overTime("g_loss", run.gLosses, run.step);

    const valid = held.reduce((sum, share) => sum + share);
    const away = held.reduce((sum, share) => sum + Math.abs(share - 1 / parts), 0);
    const covered = held.filter((share) => share >= 0.01).length;
    const tv = fixed((away + 1 - valid) / 2, 2);
    const [d, g] = [run.dLosses, run.gLosses].map((all) => (run.step > 0 ? fixed(all[run.step - 1], 2) : "–"));
    [`${run.step} of ${STEPS}`, `${covered} of ${parts}`, fixed(valid, 2), tv, d, g].forEach((text, i) => { cells[i].textContent = text; });
    if (printed.code.textContent !== run.text) printed.code.textContent = run.text;
    plane.describe(`${SHOWN} points of one game at step ${run.step}: ${covered} of ${parts} ${target.unit}s are covered, ${fixed(valid, 2)} of all points are valid, and ${target.unit} TV is ${tv}.`);
    shares.describe(`${target.order}: ${[...held].map((share) => fixed(share, 2)).join(", ")}. Each should have ${Number((1 / parts).toFixed(3))}.`);
    const now = means[means.length - 1];
    counts.describe(now ? `At the last count ${target.unit} TV was ${fixed(now[3], 2)} and the valid fraction ${fixed(now[2], 2)}.` : "Nothing was counted yet.");
    losses.describe(`d_loss is ${d} and g_loss ${g}; an even game has 1.39 and 0.69.`);
  };

  const say = () => {
    const { constants: changed, patches: repairs } = changes(run.constants);
    const asItIs = changed.length + repairs.length === 0;
    same.textContent = target !== ring ? "No run of this course has printed these lines. This is what ring.py prints if you change it as said below:"
      : asItIs ? "What python ring.py prints, line by line:" : "What ring.py prints with these settings, line by line:";
    repeat.hidden = asItIs;
    toChange.code.textContent = [
      ...changed.map(([name, value]) => `${name} = ${value}`),
      ...repairs.flatMap(([old, now]) => [`- ${old}`, ...now.trim().split("\n").map((line) => `+ ${line}`.trimEnd())]),
    ].map((line) => `${line}\n`).join("");
    addition.hidden = patches(target).length === 0;
    where.textContent = `In ring.py, ${target.instead ? "in place of" : "above"} the line that begins with ${ANCHOR.slice(0, 34)}, put:`;
    toAdd.code.textContent = target.code.trimEnd();
    aboutData.textContent = target.said;
    aboutData.hidden = target.said === "";
  };

  /** What the charts and numbers are called, and where the real data lie. */
  const label = () => {
    if (target.curve) plane.curve("modes", target.curve.filter((_, k) => k % 2 === 0), target.curve.filter((_, k) => k % 2 === 1));
    else plane.circles("modes", target.centers, 3 * STD);
    plane.rename("modes", target.curve ? "curve" : "modes");
    counts.rename("mode TV", `${target.unit} TV`);
    shares.entitle(`Share of each ${target.unit}`);
    /** @type {Element} */ (cells[3].previousElementSibling).textContent = target.labels[3];
    edit.hidden = data.select.value !== "own";
    plane.svg.classList.toggle("gl-live-place", !edit.hidden);
  };

  /** @param {boolean} on */
  const play = (on) => {
    const before = playing;
    playing = on && !run.finished;
    playButton.textContent = playing ? "Pause" : "Play";
    status.textContent = playing ? "Playing." : run.finished ? `Done: ${run.step} steps.` : `Paused at step ${run.step}.`;
    if (!playing) show();
    else if (!before) requestAnimationFrame(frame);
  };

  const frame = () => {
    if (!playing) return;
    const start = performance.now();
    while (!run.finished && performance.now() < start + BUDGET) run.work.next();
    if (run.finished) {
      play(false);
      return;
    }
    if (start - last > APART) {
      show();
      last = start;
    }
    requestAnimationFrame(frame);
  };

  /** @param {Constants} constants */
  const restart = (constants) => {
    run = new RingRun(constants, target);
    const known = { ...constants, GAMES: PROGRAM.GAMES };
    const found = PRESETS.findIndex(([, , given]) => JSON.stringify({ ...PROGRAM, ...given }) === JSON.stringify(known));
    preset.select.value = found >= 0 ? String(found) : "own";
    shown.select.replaceChildren(...run.games.map((_, k) => make("option", { value: String(k), textContent: `game ${k}` })));
    say();
    label();
    const was = playing;
    playing = false;
    play(was);
  };

  const playButton = button("Play", () => {
    if (run.finished) restart(run.constants);
    play(!playing);
  }, "md-button--primary");
  const bar = make("div", { className: "gl-live-bar" }, playButton,
    button("Start again", () => restart(run.constants)));
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "The training");

  const change = () => {
    const { constants, wrong } = settings.read();
    if (wrong.length === 0 && Number(constants.BATCH) % Number(constants.PACK) !== 0) wrong.push("BATCH, which PACK must divide");
    if (wrong.length === 0) restart(/** @type {Constants} */ (constants));
    else status.textContent = `Not a number that fits: ${wrong.join("; ")}. The run goes on as it was.`;
  };
  const fields = make("div", { className: "gl-live-settings" }, ...settings.elements.slice(1));
  fields.addEventListener("change", change);
  seed.addEventListener("change", change);
  preset.select.addEventListener("change", () => {
    const [, , given] = PRESETS[Number(preset.select.value)];
    const constants = { ...PROGRAM, ...given, GAMES: Number(games.value) || 1 };
    settings.fill(constants);
    restart(constants);
  });
  shown.select.addEventListener("change", () => show());

  // ---- modes of the reader's own ----

  /** @type {[number, number][]} */
  let modes = [[-1.5, 0], [1.5, 0]];
  const [xBox, yBox] = ["x", "y"].map((name) => make("input", { type: "number", id: `gl-ring-${name}`, min: "-2.8", max: "2.8", step: "0.1", value: "0" }));
  const listed = make("span", { className: "gl-live-modes" });
  const edit = make("div", { className: "gl-live-own" },
    make("p", { className: "gl-live-said", textContent: `Click or tap in the picture to place a mode, up to ${MOST}, or on a mode to take it away. Or by numbers:` }),
    make("label", { htmlFor: xBox.id, textContent: "x" }), xBox, make("label", { htmlFor: yBox.id, textContent: "y" }), yBox,
    button("Place", () => toggle(xBox.valueAsNumber, yBox.valueAsNumber)), listed);

  const ready = () => {
    listed.replaceChildren(...modes.map(([x, y]) => {
      const one = button(`${x.toFixed(1)}, ${y.toFixed(1)} ×`, () => { toggle(x, y); yBox.focus({ preventScroll: true }); });
      one.setAttribute("aria-label", `Take away the mode at ${x.toFixed(1)}, ${y.toFixed(1)}`);
      return one;
    }));
    target = own(modes);
    restart(run.constants);
  };

  /** A mode at this place, or none there any more. @param {number} x @param {number} y */
  const toggle = (x, y) => {
    const [left, low] = [x, y].map((one) => Math.round(10 * one) / 10 + 0);
    if (!(Math.abs(left) <= 2.8 && Math.abs(low) <= 2.8)) {
      status.textContent = "A mode lies between -2.8 and 2.8, both ways.";
      return;
    }
    const there = modes.findIndex((one) => Math.hypot(one[0] - left, one[1] - low) < 3 * STD);
    const text = there >= 0 ? "taken away" : "placed";
    if (there >= 0 && modes.length === 1) status.textContent = "The last mode stays: place another one first.";
    else if (there < 0 && modes.length === MOST) status.textContent = `There are ${MOST} modes, which is all there can be. Take one away first.`;
    else {
      modes = there >= 0 ? modes.filter((_, i) => i !== there) : [...modes, [left, low]];
      playing = false;
      ready();
      status.textContent = `A mode was ${text}: ${modes.length} now. Press Play to train.`;
    }
  };
  plane.svg.addEventListener("click", (event) => {
    if (edit.hidden) return;
    const frame = /** @type {DOMMatrix} */ (plane.of("modes").path.getScreenCTM());
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(frame.inverse());
    toggle(...plane.fromAt(x, y));
  });
  data.select.addEventListener("change", () => {
    const sets = { ring, grid, moons };
    if (data.select.value === "own") {
      play(false);
      ready();
      status.textContent = "Place your modes, then press Play.";
      return;
    }
    target = sets[/** @type {keyof typeof sets} */ (data.select.value)];
    restart(run.constants);
  });

  const form = make("form", {},
    make("div", { className: "gl-live-choose" },
      preset.label, preset.select, make("label", { htmlFor: seed.id, textContent: "Seed" }), seed, shown.label, shown.select,
      data.label, data.select),
    edit, bar, status, aboutData, numbers,
    make("div", { className: "gl-live-charts" }, plane.element, shares.element, losses.element, counts.element),
    make("details", {}, make("summary", { textContent: "Settings: the constants of the program, and the repairs" }), fields),
    same, printed.pre, repeat, addition);
  form.setAttribute("aria-label", "The ring, live");
  form.addEventListener("submit", (event) => event.preventDefault());
  place.replaceChildren(form);
  settings.fill(run.constants);
  preset.select.value = "0";
  say();
  label();
  play(true);
  playButton.focus({ preventScroll: true });
})();
