// The game, live: gan/game.py trains in the page, move by move, and prints its lines. start.js loads this file last.
// No network, no storage, no markup from strings: elements are created, and text is set by textContent.
(() => {
  const place = document.querySelector("[data-live=game]");
  if (!place) return;

  const { PROGRAM, PRESETS, GameRun, changes, fixed } = glGame;
  const { View } = glView;
  const { FreshJudge } = glJudge;
  const { Chart, make, roundUp } = glCharts;

  /** @typedef {InstanceType<typeof GameRun>["constants"]} Constants */

  const SMOOTH = 20; // steps that a point of the curves over time is the mean of, as on the page's figure
  const POINTS = 320; // of such a curve
  const BUDGET = 12; // milliseconds of training in a frame
  const CALM = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  // ---- the settings: constants of the program, and the changes that its variants make ----

  const whole = (/** @type {number} */ n) => Number.isInteger(n);
  /** Name, which of its numbers, what it is, least, greatest, and another condition.
   * @type {[keyof Constants, number | null, string, number, number, ((n: number) => boolean)?][]} */
  const FIELDS = [
    ["SEED", null, "weights, real numbers, every z", -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, whole],
    ["G_RATE", null, "how fast the generator learns", 0, 1],
    ["D_RATE", null, "how fast its judge learns", 0, 1],
    ["STEPS", null, "of the whole run, at most 5000", 1, 5000, whole],
    ["BATCH", null, "real and generated numbers in a step", 1, 1024, whole],
    ["HIDDEN", null, "units of each network", 1, 128, whole],
    ["LATENT_DIM", null, "random numbers for a generated one", 1, 16, whole],
    ["REAL_MEAN", null, "what the generator has to find", -10, 10],
    ["REAL_STD", null, "and how far the numbers spread", 0.001, 5],
    ["BETAS", 0, "first beta of Adam: momentum", 0, 0.999999],
    ["BETAS", 1, "second beta of Adam", 0, 0.999999],
    ["D_STEPS", null, "moves of D for each move of G", 1, 20, whole],
  ];
  /** @type {[keyof Constants, string, [string, string][]][]} */
  const CHOICES = [
    ["LOSS", "what the generator makes small", [
      ["non-saturating", "−log D(fake): non-saturating"],
      ["saturating", "log(1 − D(fake)): saturating"],
    ]],
    ["DETACH", "where fake is cut", [
      ["as it is", "detach() in D's update, as it should be"],
      ["missing", "nowhere, one optimizer for both"],
      ["joint", "in D's update, one optimizer for both"],
      ["wrong place", "in both updates"],
    ]],
  ];

  /**
   * A control with its label and a word on it.
   * @param {string} name
   * @param {string} text
   * @param {HTMLInputElement | HTMLSelectElement} control
   */
  const field = (name, text, control) => {
    control.id = `gl-game-${name}`;
    const said = make("span", { id: `${control.id}-said`, textContent: text });
    control.setAttribute("aria-describedby", said.id);
    const label = make("label", { htmlFor: control.id }, make("code", { textContent: name.replace("-", ", ") }));
    return make("div", {}, label, control, said);
  };

  const inputs = FIELDS.map(() => make("input", { type: "text", inputMode: "decimal", autocomplete: "off" }));
  const selects = CHOICES.map(([, , options]) =>
    make("select", {}, ...options.map(([value, text]) => make("option", { value, textContent: text }))));
  const preset = make("select", { id: "gl-game-preset" },
    ...PRESETS.map(([, text], i) => make("option", { value: String(i), textContent: text })),
    make("option", { value: "own", textContent: "Settings of your own", hidden: true }));
  const speed = make("select", { id: "gl-game-speed" },
    ...[[4, "4 steps a second"], [25, "25 steps a second"], [100, "100 steps a second"], [400, "400 steps a second"],
      [Infinity, "as fast as it goes"]].map(([value, textContent]) => make("option", { value: String(value), textContent: String(textContent) })));
  speed.value = "100";

  /** What the fields say, or the names of those that do not fit. @returns {{ constants: Constants, wrong: string[] }} */
  const read = () => {
    /** @type {Record<string, unknown>} */
    const constants = { ...PROGRAM, BETAS: [...PROGRAM.BETAS] };
    /** @type {string[]} */
    const wrong = [];
    FIELDS.forEach(([name, at, , least, greatest, also], i) => {
      const typed = inputs[i].value.trim().replace(",", ".");
      const number = typed === "" ? NaN : Number(typed);
      const good = number >= least && number <= greatest && (!also || also(number));
      inputs[i].setAttribute("aria-invalid", String(!good));
      if (!good) wrong.push(at === null ? name : `${name}, ${at + 1}`);
      if (at === null) constants[name] = number;
      else /** @type {number[]} */ (constants[name])[at] = number;
    });
    CHOICES.forEach(([name], i) => { constants[name] = selects[i].value; });
    return { constants: /** @type {Constants} */ (constants), wrong };
  };

  /** @param {Constants} constants */
  const fill = (constants) => {
    FIELDS.forEach(([name, at], i) => {
      const value = constants[name];
      inputs[i].value = String(at === null ? value : /** @type {readonly number[]} */ (value)[at]);
      inputs[i].setAttribute("aria-invalid", "false");
    });
    CHOICES.forEach(([name], i) => { selects[i].value = String(constants[name]); });
  };

  // ---- what is shown ----

  const densities = new Chart("Densities", [
    { name: "real p", color: "gl-live-real", look: "dashed" },
    { name: "generated q", color: "gl-live-generated", look: "filled" },
    { name: "pull on G", color: "gl-live-pull" },
  ]);
  const answers = new Chart("Answers", [
    { name: "D(x)", color: "gl-live-judge" },
    { name: "best: p/(p+q)", color: "gl-live-best", look: "dashed" },
    { name: "fresh judge", color: "gl-live-fresh", look: "dashed", hidden: true },
  ]);
  const losses = new Chart("Losses by step", [
    { name: "d_loss", color: "gl-live-judge" },
    { name: "g_loss", color: "gl-live-generated" },
  ]);
  const gradient = new Chart("Gradient of G by step", [
    { name: "length", color: "gl-live-generated" },
    { name: "D(fake)", color: "gl-live-judge", look: "dashed" },
  ]);

  const NUMBERS = ["step", "d_loss", "g_loss", "mean", "std", "distance", "gradient", "D(fake)"];
  const cells = NUMBERS.map(() => make("dd"));
  const numbers = make("dl", { className: "gl-live-numbers" },
    ...NUMBERS.map((name, i) => make("div", {}, make("dt", { textContent: name }), cells[i])));
  const status = make("p", { className: "gl-live-status" });
  status.setAttribute("role", "status");

  /** @param {string} label */
  const terminal = (label) => {
    const code = make("code", { tabIndex: 0 });
    code.setAttribute("role", "region");
    code.setAttribute("aria-label", label);
    return { code, pre: make("pre", {}, code) };
  };
  const printed = terminal("What the program prints");
  const toChange = terminal("What to change in game.py");
  const verdict = terminal("What the fresh judge prints");
  const same = make("p", { className: "gl-live-said" });
  const judged = make("div", { hidden: true },
    make("p", { className: "gl-live-said", textContent: "A fresh judge, trained against this generator while it stands still:" }), verdict.pre);
  const repeat = make("div", {}, make("p", { className: "gl-live-said", textContent: "In game.py, change:" }), toChange.pre);

  /**
   * @param {string} text
   * @param {() => void} action
   * @param {string} [more] another class
   */
  const button = (text, action, more = "") => {
    const made = make("button", { type: "button", className: `md-button ${more}`, textContent: text });
    made.addEventListener("click", action);
    return made;
  };

  // ---- the run ----

  let run = new GameRun();
  let view = new View(run.constants);
  let playing = false;
  let before = 0;
  let drawn = 0;
  let due = 0;
  const times = new Float64Array(POINTS + 1);
  const heights = new Float64Array(POINTS + 1);

  /**
   * A curve over time: means of SMOOTH steps, at no more than POINTS places.
   * @param {InstanceType<typeof Chart>} chart
   * @param {string} name
   * @param {Float64Array} series
   */
  const overTime = (chart, name, series) => {
    const apart = Math.max(1, Math.ceil(run.step / POINTS));
    let count = 0;
    for (let end = run.step; end > 0; end -= apart) count += 1;
    for (let i = count - 1, end = run.step; i >= 0; i--, end -= apart) {
      const from = Math.max(0, end - SMOOTH);
      let sum = 0;
      for (let k = from; k < end; k++) sum += series[k];
      times[i] = end;
      heights[i] = sum / (end - from);
    }
    chart.curve(name, times, heights, count);
    let least = Infinity;
    let greatest = -Infinity;
    for (let i = 0; i < count; i++) {
      if (heights[i] < least) least = heights[i];
      if (heights[i] > greatest) greatest = heights[i];
    }
    return [least, greatest];
  };

  const show = () => {
    drawn += 1;
    const { STEPS } = run.constants;
    const now = run.measure();
    view.update(run, run.numbers);
    const { grid, p, q } = view;
    const right = grid[grid.length - 1];

    const top = roundUp(1.05 * Math.max(p.reduce((a, b) => Math.max(a, b)), Math.min(60, q.reduce((a, b) => Math.max(a, b)))));
    densities.frame(grid[0], right, -0.14 * top, top);
    densities.curve("real p", grid, p);
    densities.curve("generated q", grid, q);
    densities.arrows("pull on G", view.pulled, view.pull.map((slope) => Math.max(-1, Math.min(1, 0.4 * slope))));
    answers.frame(grid[0], right, 0, 1);
    answers.curve("D(x)", grid, view.answers);
    answers.curve("best: p/(p+q)", grid, view.best);

    // Ranges first, from the numbers; a second pass draws into them.
    const ranges = [overTime(losses, "d_loss", run.dLosses), overTime(losses, "g_loss", run.gLosses)];
    const high = roundUp(Math.max(2, ...ranges.map(([, most]) => (Number.isFinite(most) ? most : 0))));
    const low = Math.min(0, ...ranges.map(([least]) => (Number.isFinite(least) ? least : 0)));
    losses.frame(0, STEPS, low < 0 ? -roundUp(-low) : 0, high, false, [[Math.log(4), "ln 4"], [Math.LN2, "ln 2"]]);
    overTime(losses, "d_loss", run.dLosses);
    overTime(losses, "g_loss", run.gLosses);

    const lengths = [overTime(gradient, "length", run.gradients), overTime(gradient, "D(fake)", run.answers)];
    const least = Math.max(1e-9, Math.min(0.01, ...lengths.map(([small]) => (small > 0 && small < 1 ? small : 0.01))));
    const most = Math.max(1, ...lengths.map(([, large]) => (Number.isFinite(large) ? large : 1)));
    gradient.frame(0, STEPS, 10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most)), true);
    overTime(gradient, "length", run.gradients);
    overTime(gradient, "D(fake)", run.answers);

    const last = run.step - 1;
    const [d, g] = run.step > 0 ? run.recent() : [NaN, NaN];
    const shown = [d, g, now.mean, now.std, now.distance, run.step > 0 ? run.gradients[last] : NaN, run.step > 0 ? run.answers[last] : NaN]
      .map((value, i) => (Number.isNaN(value) ? "–" : fixed(value, i === 4 || i > 4 ? 3 : 2)));
    [`${run.step} of ${STEPS}`, ...shown].forEach((text, i) => { cells[i].textContent = text; });
    if (printed.code.textContent !== run.text) printed.code.textContent = run.text;
    if (run.outOfTurn) {
      same.textContent = "A move was made out of turn. From there on this is a game of your own: the program plays D, G, D, G.";
    }
    if (!playing || drawn % 60 === 0) describe(now, shown);
  };

  /**
   * @param {{ mean: number, std: number }} now
   * @param {string[]} shown
   */
  const describe = (now, [d, g, mean, std, , length, answer]) => {
    const { REAL_MEAN, REAL_STD } = run.constants;
    const at = (/** @type {number} */ x) => {
      const i = Math.round((x - view.grid[0]) / view.width);
      return i >= 0 && i < view.grid.length ? fixed(view.answers[i], 2) : "–";
    };
    densities.describe(`At step ${run.step} the generated numbers have mean ${mean} and standard deviation ${std}, the real ones ${REAL_MEAN} and ${REAL_STD}.`);
    answers.describe(`D answers ${at(REAL_MEAN)} at the real mean and ${at(now.mean)} at the generated one; an even game has 0.5 at both.`);
    losses.describe(`d_loss is ${d} and g_loss ${g}, as means of fifty steps; an even game has 1.39 and 0.69.`);
    gradient.describe(`The gradient that the generator got last has length ${length}; the mean answer to generated numbers was ${answer}.`);
  };

  const say = () => {
    const { constants: changed, patches } = changes(run.constants);
    same.textContent = changed.length + patches.length > 0
      ? "What game.py prints with these settings, line by line:"
      : "What python game.py prints, line by line:";
    repeat.hidden = changed.length + patches.length === 0;
    toChange.code.textContent = [
      ...changed.map(([name, value]) => `${name} = ${value}`),
      ...patches.flatMap(([old, now]) => [`- ${old}`, `+ ${now}`]),
    ].map((line) => `${line}\n`).join("");
  };

  const forgetJudge = () => {
    judged.hidden = true;
    answers.show("fresh judge", false);
  };

  const turn = () => (run.finished ? `Done: ${run.step} steps.` : `Step ${run.step + 1}: ${run.dMoved ? "G" : "D"} is to move.`);

  /** @param {boolean} on */
  const play = (on) => {
    playing = on && !run.finished;
    playButton.textContent = playing ? "Pause" : "Play";
    status.textContent = playing ? "Playing." : turn();
    if (playing) {
      forgetJudge();
      before = performance.now();
      due = 0;
      requestAnimationFrame(frame);
    } else {
      show();
    }
  };

  /** @param {number} now */
  const frame = (now) => {
    if (!playing) return;
    if (CALM && now - before < 500) {
      requestAnimationFrame(frame);
      return;
    }
    // A tab that was hidden does not catch up.
    due = Math.min(due + (Number(speed.value) * Math.min(CALM ? 500 : 100, now - before)) / 1000, 1e9);
    before = now;
    const end = performance.now() + BUDGET * (CALM ? 30 : 1);
    const step = run.step;
    while (due >= 1 && !run.finished && performance.now() < end) {
      run.moveBoth();
      due -= 1;
    }
    if (due > 100) due = 1; // slower than asked for: it does not pile up
    if (run.finished) {
      play(false);
      return;
    }
    if (run.step !== step) show();
    requestAnimationFrame(frame);
  };

  /** @param {Constants} constants */
  const restart = (constants) => {
    const wasPlaying = playing;
    playing = false;
    run = new GameRun(constants);
    view = new View(constants);
    const found = PRESETS.findIndex(([, , given]) => JSON.stringify({ ...PROGRAM, ...given }) === JSON.stringify(constants));
    preset.value = found >= 0 ? String(found) : "own";
    forgetJudge();
    say();
    play(wasPlaying);
  };

  /** @param {() => void} move */
  const byHand = (move) => () => {
    playing = false;
    forgetJudge();
    move();
    play(false);
  };

  const judge = () => {
    play(false);
    const fresh = new FreshJudge(run);
    const asked = run;
    const at = run.step;
    judgeButton.disabled = true;
    status.textContent = "The fresh judge learns.";
    const learn = () => {
      const end = performance.now() + BUDGET;
      while (!fresh.finished && performance.now() < end) fresh.update();
      if (run !== asked || run.step !== at || playing) {
        judgeButton.disabled = false;
      } else if (fresh.finished) {
        verdict.code.textContent = fresh.verdict("here").map((line) => `${line}\n`).join("");
        judged.hidden = false;
        const curve = new Float64Array(view.grid.length);
        view.answer(fresh.net, curve);
        answers.show("fresh judge", true);
        answers.curve("fresh judge", view.grid, curve);
        judgeButton.disabled = false;
        status.textContent = "The fresh judge has given its verdict, below the printed lines.";
      } else {
        requestAnimationFrame(learn);
      }
    };
    learn();
  };

  const playButton = button("Play", () => {
    if (run.finished && !playing) restart(run.constants);
    play(!playing);
  }, "md-button--primary");
  const judgeButton = button("Fresh judge", judge);
  const bar = make("div", { className: "gl-live-bar" },
    playButton,
    button("Move D", byHand(() => run.moveD())),
    button("Move G", byHand(() => run.moveG())),
    button("To the end", byHand(() => { while (!run.finished) run.moveBoth(); })),
    button("Start again", () => restart(run.constants)),
    judgeButton);
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Moves of the game");

  const fields = FIELDS.map(([name, at, text], i) => field(at === null ? name : `${name}-${at + 1}`, text, inputs[i]));
  // The seed is what most readers change first: it stands above, without a word on it.
  const [seed] = inputs;
  seed.removeAttribute("aria-describedby");
  const settings = make("div", { className: "gl-live-settings" },
    ...fields.slice(1), ...CHOICES.map(([name, text], i) => field(name, text, selects[i])));
  const change = () => {
    const { constants, wrong } = read();
    if (wrong.length === 0) restart(constants);
    else status.textContent = `Not a number that fits: ${wrong.join("; ")}. The run goes on as it was.`;
  };
  settings.addEventListener("change", change);
  seed.addEventListener("change", change);
  preset.addEventListener("change", () => {
    const [, , given] = PRESETS[Number(preset.value)];
    fill({ ...PROGRAM, ...given });
    restart({ ...PROGRAM, ...given });
  });

  const form = make("form", {},
    make("div", { className: "gl-live-choose" },
      make("label", { htmlFor: preset.id, textContent: "Run" }), preset,
      make("label", { htmlFor: seed.id, textContent: "Seed" }), seed,
      make("label", { htmlFor: speed.id, textContent: "Speed" }), speed),
    bar, status, numbers,
    make("div", { className: "gl-live-charts" }, densities.element, answers.element, losses.element, gradient.element),
    make("details", {}, make("summary", { textContent: "Settings: the constants of the program" }), settings),
    same, printed.pre, repeat, judged);
  form.setAttribute("aria-label", "The game, live");
  form.addEventListener("submit", (event) => event.preventDefault());
  place.replaceChildren(form);
  fill(run.constants);
  preset.value = "0";
  say();
  play(true);
  playButton.focus({ preventScroll: true });
})();
