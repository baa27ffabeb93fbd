// The game, live: gan/game.py trains in the page, move by move, and prints its lines. start.js loads this file last.
// No network, no storage, no markup from strings: elements are created, and text is set by textContent.
(() => {
  const place = document.querySelector("[data-live=game]");
  if (!place) return;

  const { PROGRAM, PRESETS, GameRun, changes } = glGame;
  const { fixed } = glPython;
  const { View } = glView;
  const { FreshJudge } = glJudge;
  const { Chart, make, roundUp } = glCharts;
  const { Settings, terminal, button, list, readings } = glControls;

  /** @typedef {InstanceType<typeof GameRun>["constants"]} Constants */

  const BUDGET = 12; // milliseconds of training in a frame
  const CALM = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  // ---- the settings: constants of the program, and the changes that its variants make ----

  const whole = (/** @type {number} */ n) => Number.isInteger(n);
  const settings = new Settings("gl-game", PROGRAM, [
    ["SEED", null, "weights, real numbers, every z", -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, whole],
    ["G_RATE", null, "how fast the generator learns", 0, 1],
    ["D_RATE", null, "how fast the discriminator learns", 0, 1],
    ["STEPS", null, "of the whole run, at most 5000", 1, 5000, whole],
    ["BATCH", null, "real and generated numbers in a step", 1, 1024, whole],
    ["HIDDEN", null, "units of each network", 1, 128, whole],
    ["LATENT_DIM", null, "random numbers for a generated one", 1, 16, whole],
    ["REAL_MEAN", null, "what the generator has to find", -10, 10],
    ["REAL_STD", null, "and how far the numbers spread", 0.001, 5],
    ["BETAS", 0, "first beta of Adam: momentum", 0, 0.999999],
    ["BETAS", 1, "second beta of Adam", 0, 0.999999],
    ["D_STEPS", null, "moves of D for each move of G", 1, 20, whole],
  ], [
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
  ]);
  // The seed is what most readers change first: it stands above, with a shorter label.
  const [seed] = settings.inputs;
  seed.removeAttribute("aria-describedby");
  const preset = list("gl-game-preset", "Run", PRESETS.map(([, text], i) => [String(i), text]));
  preset.select.append(make("option", { value: "own", textContent: "Settings of your own", hidden: true }));
  const speed = list("gl-game-speed", "Speed", [["4", "4 steps a second"], ["25", "25 steps a second"],
    ["100", "100 steps a second"], ["400", "400 steps a second"], ["Infinity", "as fast as it goes"]]);
  speed.select.value = "100";

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

  const { cells, element: numbers } = readings(["step", "d_loss", "g_loss", "mean", "std", "distance", "gradient", "D(fake)"]);
  const status = make("p", { className: "gl-live-status" });
  status.setAttribute("role", "status");
  const printed = terminal("What the program prints");
  const toChange = terminal("What to change in game.py");
  const verdict = terminal("What the fresh judge prints");
  const same = make("p", { className: "gl-live-said" });
  const judged = make("div", { hidden: true },
    make("p", { className: "gl-live-said", textContent: "A fresh judge, trained against this generator while it stands still:" }), verdict.pre);
  const repeat = make("div", {}, make("p", { className: "gl-live-said", textContent: "In game.py, change:" }), toChange.pre);

  // ---- the run ----

  let run = new GameRun();
  let view = new View(run.constants);
  let playing = false;
  let before = 0;
  let drawn = 0;
  let due = 0;

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
    const ranges = [losses.overTime("d_loss", run.dLosses, run.step), losses.overTime("g_loss", run.gLosses, run.step)];
    const high = roundUp(Math.max(2, ...ranges.map(([, most]) => (Number.isFinite(most) ? most : 0))));
    const low = Math.min(0, ...ranges.map(([least]) => (Number.isFinite(least) ? least : 0)));
    losses.frame(0, STEPS, low < 0 ? -roundUp(-low) : 0, high, false, [[Math.log(4), "ln 4"], [Math.LN2, "ln 2"]]);
    losses.overTime("d_loss", run.dLosses, run.step);
    losses.overTime("g_loss", run.gLosses, run.step);

    const lengths = [gradient.overTime("length", run.gradients, run.step), gradient.overTime("D(fake)", run.answers, run.step)];
    const least = Math.max(1e-9, Math.min(0.01, ...lengths.map(([small]) => (small > 0 && small < 1 ? small : 0.01))));
    const most = Math.max(1, ...lengths.map(([, large]) => (Number.isFinite(large) ? large : 1)));
    gradient.frame(0, STEPS, 10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most)), true);
    gradient.overTime("length", run.gradients, run.step);
    gradient.overTime("D(fake)", run.answers, run.step);

    const last = run.step - 1;
    const [d, g] = run.step > 0 ? run.recent() : [NaN, NaN];
    const shown = [d, g, now.mean, now.std, now.distance, run.step > 0 ? run.gradients[last] : NaN, run.step > 0 ? run.answers[last] : NaN]
      .map((value, i) => (Number.isNaN(value) ? "–" : fixed(value, i === 4 || i > 4 ? 3 : 2)));
    [`${run.step} of ${STEPS}`, ...shown].forEach((text, i) => { cells[i].textContent = text; });
    if (printed.code.textContent !== run.text) printed.code.textContent = run.text;
    if (run.outOfTurn) {
      repeat.hidden = true;
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
    // A tab that was hidden does not catch up; and a frame may have begun before the button was pressed.
    const passed = Math.max(0, Math.min(CALM ? 500 : 100, now - before));
    const perSecond = Number(speed.select.value);
    due = perSecond === Infinity ? 1e9 : due + (perSecond * passed) / 1000;
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
    preset.select.value = found >= 0 ? String(found) : "own";
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

  const change = () => {
    const { constants, wrong } = settings.read();
    if (wrong.length === 0) restart(/** @type {Constants} */ (constants));
    else status.textContent = `Not a number that fits: ${wrong.join("; ")}. The run goes on as it was.`;
  };
  const fields = make("div", { className: "gl-live-settings" }, ...settings.elements.slice(1));
  fields.addEventListener("change", change);
  seed.addEventListener("change", change);
  preset.select.addEventListener("change", () => {
    const [, , given] = PRESETS[Number(preset.select.value)];
    settings.fill({ ...PROGRAM, ...given });
    restart({ ...PROGRAM, ...given });
  });

  const form = make("form", {},
    make("div", { className: "gl-live-choose" },
      preset.label, preset.select, make("label", { htmlFor: seed.id, textContent: "Seed" }), seed, speed.label, speed.select),
    bar, status, numbers,
    make("div", { className: "gl-live-charts" }, densities.element, answers.element, losses.element, gradient.element),
    make("details", {}, make("summary", { textContent: "Settings: the constants of the program" }), fields),
    same, printed.pre, repeat, judged);
  form.setAttribute("aria-label", "The game, live");
  form.addEventListener("submit", (event) => event.preventDefault());
  place.replaceChildren(form);
  settings.fill(run.constants);
  preset.select.value = "0";
  say();
  play(true);
  playButton.focus({ preventScroll: true });
})();
