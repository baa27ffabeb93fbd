// A replay: the steps that a training saved, with a slider. start.js loads this file last, and before it the data.
// What is shown follows from the data. No network, no storage; text is set by textContent.
(() => {
  const place = document.querySelector("[data-live=replay]");
  if (!place) return;

  const { moments, link, follow } = glReplayData;
  const { views } = glReplayView;
  const { make } = glCharts;
  const { button, list, readings } = glControls;

  const CALM = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** The address of the script is that of the JSON file, whose name is the key. */
  const key = (place.getAttribute("data-scripts") ?? "").replace(/^.*generated\/files\//, "").replace(/\.js$/, "");
  const replay = /** @type {GlReplay} */ (/** @type {any} */ (globalThis).glData[key]);
  const { id, kind, unit, steps, names, runs } = replay;
  const last = steps.length - 1;
  const Unit = unit[0].toUpperCase() + unit.slice(1);
  const PACE = (kind === "points" ? 500 : 900) * (CALM ? 2 : 1); // milliseconds for a saved step
  const BETWEEN = kind === "plane" && !CALM; // while it plays, labels move from one saved step to the next

  // ---- what is shown ----

  const range = (/** @type {string} */ name, /** @type {number} */ most) => {
    const input = make("input", { type: "range", min: "0", max: String(most), step: "1", id: `gl-replay-${name}` });
    return { input, told: make("span", { className: "gl-replay-told" }) };
  };
  const slider = range("step", last);
  const clock = range("time", moments(replay, 0).length - 1);
  const chosen = list("gl-replay-run", "Run", runs.map((run, i) => [String(i), run.name]));
  const { cells, element: numbers } = readings([unit, ...names]);
  const status = make("p", { className: "gl-live-status" });
  status.setAttribute("role", "status");
  const here = make("a");
  const saved = make("p", { className: "gl-live-said" }, `Saved: ${unit} ${steps.join(", ")}.${BETWEEN ? " While it plays, the digits of the plane move on straight lines from one saved place to the next; nothing was saved there." : ""} `, here);
  const charts = make("div", { className: "gl-live-charts" });

  /** @type {GlWhere} */
  const where = { at: 0, run: 0, moment: moments(replay, 0).length - 1 };
  let made = views(replay, 0);
  let playing = false;
  let share = 0; // of the way to the next saved step
  let before = 0;

  /** @param {number} run */
  const choose = (run) => {
    where.run = run;
    made = views(replay, run);
    charts.replaceChildren(...[made.plane, made.points, made.decoded, made.pictures, made.bars, made.losses, made.measures]
      .flatMap((view) => (view ? [view.element] : [])));
  };

  /** What stands where, at a saved step. */
  const show = () => {
    const { at, run, moment } = where;
    const step = steps[at];
    const when = `${unit} ${step}`;
    const row = runs[run].values[at];
    made.plane?.show(at, when);
    made.points?.show(at, when, moment);
    made.decoded?.show(at, when);
    made.pictures?.show(at, when);
    made.bars.show(at, when);
    made.losses.show(step, when);
    made.measures.show(step, when);
    slider.input.value = String(at);
    slider.input.setAttribute("aria-valuetext", `${unit} ${step} of ${steps[last]}`);
    slider.told.textContent = `${step} of ${steps[last]}`;
    const t = moments(replay, run)[moment];
    clock.input.value = String(moment);
    clock.input.setAttribute("aria-valuetext", `t = ${t}`);
    clock.told.textContent = String(t);
    chosen.select.value = String(run);
    [`${step} of ${steps[last]}`, ...row.map((text) => text || "–")].forEach((text, i) => { cells[i].textContent = text; });
    here.href = link(replay, where);
    here.textContent = `Link to ${when}`;
    back.disabled = at === 0;
    next.disabled = at === last;
  };

  /** @param {string} [first] said before the numbers */
  const tell = (first = "") => {
    const row = runs[where.run].values[where.at];
    const told = names.flatMap((name, i) => (row[i] ? [`${name.replaceAll("_", " ")} ${row[i]}`] : []));
    status.textContent = `${first}${Unit} ${steps[where.at]} of ${steps[last]}: ${told.join(", ")}.`;
  };

  /** @param {boolean} on */
  const play = (on) => {
    playing = on;
    share = 0;
    playButton.textContent = on ? "Pause" : "Play";
    if (on) {
      if (where.at === last) where.at = 0;
      status.textContent = "Playing.";
      before = performance.now();
      requestAnimationFrame(frame);
    }
    show();
    if (!on) tell();
  };

  /** @param {number} now */
  const frame = (now) => {
    if (!playing) return;
    share += Math.max(0, Math.min(PACE / 2, now - before)) / PACE; // a tab that was hidden does not catch up
    before = now;
    if (share >= 1) {
      share = 0;
      where.at += 1;
      if (where.at === last) {
        play(false);
        return;
      }
      show();
    } else if (BETWEEN) {
      made.plane?.between(where.at, share);
      slider.told.textContent = `between ${steps[where.at]} and ${steps[where.at + 1]}`;
    }
    requestAnimationFrame(frame);
  };

  /** @param {Partial<GlWhere>} to @param {string} [first] */
  const go = (to, first) => {
    playing = false;
    share = 0;
    playButton.textContent = "Play";
    if (to.run !== undefined && to.run !== where.run) choose(to.run);
    Object.assign(where, to);
    show();
    tell(first);
  };

  const playButton = button("Play", () => play(!playing), "md-button--primary");
  const back = button("Back", () => go({ at: where.at - 1 }));
  const next = button("Next", () => go({ at: where.at + 1 }));
  slider.input.addEventListener("input", () => go({ at: Number(slider.input.value) }));
  clock.input.addEventListener("input", () => go({ moment: Number(clock.input.value) }));
  chosen.select.addEventListener("change", () => go({ run: Number(chosen.select.value) }));
  const followed = () => {
    const found = follow(replay, location.hash);
    if (found) go(found.where, found.said && `${found.said} `);
    return found !== null;
  };
  window.addEventListener("hashchange", followed);

  const rows = [[make("label", { htmlFor: slider.input.id, textContent: Unit }), slider.input, slider.told]];
  if (moments(replay, 0).length > 1) {
    rows.push([make("label", { htmlFor: clock.input.id, textContent: "Time t" }), clock.input, clock.told]);
  }
  const bar = make("div", { className: "gl-live-bar" }, playButton, back, next);
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Steps");
  const form = make("form", {},
    make("div", { className: "gl-replay-choose", hidden: runs.length < 2 }, chosen.label, chosen.select),
    make("div", { className: "gl-replay-slide" }, ...rows.flat()),
    bar, status, numbers, charts, saved);
  form.setAttribute("aria-label", "The training, replayed");
  form.addEventListener("submit", (event) => event.preventDefault());
  place.replaceChildren(form);
  place.id = `replay-${id}`;
  choose(0);
  if (followed()) place.scrollIntoView({ block: "start" });
  else go({ at: 0 });
  slider.input.focus({ preventScroll: true });
})();
