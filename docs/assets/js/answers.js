// What readers answered: compared with what was measured, kept in their own browser, counted, exported, cleared.
// Nothing is sent anywhere. Where a browser keeps nothing (a private window), all of it lasts as long as the page.

/**
 * A question as docs/calls.py wrote it. `answer` is what runs printed: the right choices, a number, or one for each place.
 * @typedef {{ kind: "one" | "several" | "number" | "words" | "line", ask: string, answer: string[], choices: string[],
 *   near: number, unit: string, at: string[], x: string, y: string, low: number, high: number }} Question
 * @typedef {{ question: Question, fields: HTMLFieldSetElement, said: HTMLElement, line: any }} Asked
 * @typedef {{ fold: HTMLDetailsElement, form: HTMLFormElement, status: HTMLElement, asked: Asked[] }} Ask
 * @typedef {string | string[] | number | number[]} Answer
 */

const glAnswers = (() => {
  const { asks, make, done } = glPredict;
  const KEY = "genloop";
  const root = /** @type {HTMLScriptElement} */ (document.currentScript).src.replace(/assets\/js\/[^/]*$/, "");
  const page = decodeURI(location.href.split(/[?#]/)[0].slice(root.length)).replace(/\.html$/, "");

  /**
   * Answers by page and question, and the pages that are finished.
   * @type {{ answers: Record<string, Record<string, Answer>>, finished: string[] }}
   */
  let kept = { answers: {}, finished: [] };

  /** @param {unknown} value @returns {value is Record<string, any>} */
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  /** What the browser has; whatever is not of this form counts as nothing. */
  function read() {
    try {
      const found = JSON.parse(localStorage.getItem(KEY) ?? "null");
      if (!isObject(found)) return;
      const answers = Object.entries(isObject(found.answers) ? found.answers : {}).filter(([, one]) => isObject(one));
      const finished = Array.isArray(found.finished) ? found.finished.filter((/** @type {unknown} */ one) => typeof one === "string") : [];
      kept = { answers: Object.fromEntries(answers), finished };
    } catch { /* not readable, or no storage: what this page knows stays */ }
  }

  /** @returns {boolean} whether the browser keeps it */
  function write() {
    try {
      if (Object.keys(kept.answers).length + kept.finished.length > 0) localStorage.setItem(KEY, JSON.stringify(kept));
      else localStorage.removeItem(KEY);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * The words of a question, with those of its exercise: an answer to other words is an answer to another question.
   * @param {Ask} ask
   * @param {Asked} one
   */
  function nameOf({ fold }, { question }) {
    const title = fold.matches(".question") ? fold.querySelector("summary") : fold.closest("li")?.querySelector("strong");
    return `${(title?.textContent ?? "").trim()} (${question.ask})`;
  }

  // ---- comparing ----

  const placesOf = (/** @type {string} */ printed) => (printed.split(".")[1] ?? "").length;
  const plain = (/** @type {string} */ text) => text.replaceAll("`", "");
  const list = (/** @type {string[]} */ all) => (all.length > 0 ? all.map(plain).join(", ") : "none");

  /**
   * What is to be said of an answer. `right` is null where no run can tell.
   * @param {Question} question
   * @param {Answer} answer
   * @returns {{ right: boolean | null, head: string, text: string }}
   */
  function compare(question, answer) {
    const { kind, answer: measured, near, unit, at, x, low, high } = question;
    if (kind === "words") return { right: null, head: "Compare.", text: "Your words are above, those of the course below." };
    if (kind === "one" || kind === "several") {
      const given = Array.isArray(answer) ? answer.map(String) : [String(answer)];
      const right = given.length === measured.length && given.every((one) => measured.includes(one));
      return { right, head: right ? "Right." : "Measured otherwise.", text: `You said: ${list(given)}. Measured: ${list(measured)}.` };
    }
    if (kind === "number") {
      const off = Number(answer) - Number(measured[0]);
      const right = Math.abs(off) <= near * (1 + 1e-9);
      const amount = Number(Math.abs(off).toFixed(Math.max(placesOf(measured[0]), placesOf(String(answer)))));
      const unitOf = unit ? ` ${unit}` : "";
      const how = off === 0 ? "exactly so" : `${amount}${unitOf} too ${off > 0 ? "high" : "low"}`;
      return {
        right, head: right ? "Right." : "Off.",
        text: `You said ${answer}${unitOf}, measured ${measured[0]}${unitOf}: ${how}. Up to ${near} counts as right.`,
      };
    }
    const drawn = /** @type {number[]} */ (answer);
    const offs = drawn.map((y, i) => Math.abs(y - Number(measured[i])));
    const mean = offs.reduce((sum, one) => sum + one, 0) / offs.length;
    const worst = offs.indexOf(Math.max(...offs));
    const digits = Math.max(...measured.map(placesOf));
    const right = mean <= near;
    return {
      right, head: right ? "Right." : "Off.",
      text: `Your line is off by ${mean.toFixed(digits)} on average, most at ${x} ${at[worst]}: you drew ${drawn[worst].toFixed(digits)}, measured ${measured[worst]}. `
        + `An average of up to ${near} on this scale from ${low} to ${high} counts as right.`,
    };
  }

  // ---- fields ----

  /** @param {Asked} one @returns {Answer | null} null while something is missing */
  function given({ question, fields, line }) {
    if (question.kind === "line") return line?.complete ? line.values.slice() : null;
    if (question.kind === "one" || question.kind === "several") {
      const ticked = [...fields.querySelectorAll("input")].filter((one) => one.checked).map((one) => one.value);
      return question.kind === "one" ? ticked[0] ?? null : ticked;
    }
    const { value } = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (fields.querySelector("input, textarea"));
    if (value.trim() === "") return null;
    return question.kind === "number" ? Number(value) : value;
  }

  /** Whether an answer that was kept fits the question of today. @param {Question} question @param {unknown} answer */
  function fits({ kind, choices, at }, answer) {
    if (kind === "one") return typeof answer === "string" && choices.includes(answer);
    if (kind === "several") return Array.isArray(answer) && answer.every((one) => choices.includes(one));
    if (kind === "number") return Number.isFinite(answer);
    if (kind === "words") return typeof answer === "string";
    return Array.isArray(answer) && answer.length === at.length && answer.every(Number.isFinite);
  }

  /** @param {Asked} one @param {Answer} answer */
  async function fill(one, answer) {
    const { question, fields } = one;
    if (question.kind === "line") {
      await glStart.load(["charts.js", "predict-line.js"]);
      glPredictLine.offer(one).set(/** @type {number[]} */ (answer));
    } else if (question.kind === "one" || question.kind === "several") {
      for (const input of fields.querySelectorAll("input")) input.checked = [answer].flat().includes(input.value);
    } else /** @type {HTMLInputElement} */ (fields.querySelector("input, textarea")).value = String(answer);
  }

  /** "Answer", and what stands beside it. @param {HTMLFormElement} form @returns {HTMLButtonElement[]} */
  const buttons = (form) => [...form.querySelectorAll("button")].filter((one) => !one.closest("fieldset"));

  /** The form goes into the fold, above what was measured. @param {Ask} ask @param {Answer[]} answers */
  function show(ask, answers) {
    const { fold, form, asked } = ask;
    asked.forEach((one, i) => {
      const { right, head, text } = compare(one.question, answers[i]);
      one.said.className = `gl-ask-verdict ${right === null ? "" : right ? "gl-ask-right" : "gl-ask-off"}`;
      one.said.replaceChildren(make("strong", {}, head), ` ${text}`);
      one.fields.disabled = true;
      one.line?.reveal();
    });
    form.dataset.answered = "yes";
    form.hidden = false;
    const [first, other] = buttons(form);
    first.hidden = true;
    other.textContent = "Forget my answer";
    other.onclick = () => forget(ask);
    fold.querySelector("summary")?.after(form);
  }

  /** @param {Ask} ask */
  function answer(ask) {
    const { fold, asked, status, form } = ask;
    const answers = asked.map(given);
    const missing = answers.indexOf(null);
    if (missing >= 0) {
      const { line, question } = asked[missing];
      status.textContent = question.kind !== "line" ? "One answer is missing." : line ? "Your line has gaps: draw over the whole width." : "Draw your line first.";
      return;
    }
    read();
    const of = (kept.answers[page] ??= {});
    asked.forEach((one, i) => { of[nameOf(ask, one)] = /** @type {Answer} */ (answers[i]); });
    const stays = write();
    show(ask, /** @type {Answer[]} */ (answers));
    fold.open = true;
    status.textContent = stays ? "Kept in this browser only; the roadmap counts your answers." : "This browser keeps nothing: your answer is gone when you leave.";
    const first = /** @type {HTMLElement} */ (form.querySelector(".gl-ask-verdict"));
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
  }

  /** @param {Ask} ask */
  function forget(ask) {
    const { fold, form, asked, status } = ask;
    read();
    for (const one of asked) {
      delete kept.answers[page]?.[nameOf(ask, one)];
      one.said.replaceChildren();
      one.said.className = "";
      one.fields.disabled = false;
      one.line?.clear();
    }
    if (Object.keys(kept.answers[page] ?? {}).length === 0) delete kept.answers[page];
    write();
    form.reset();
    delete form.dataset.answered;
    const [first, other] = buttons(form);
    first.hidden = false;
    other.textContent = "Show me";
    other.onclick = () => {
      fold.open = true;
      fold.querySelector("summary")?.focus();
    };
    fold.open = false;
    if (fold.matches(".question")) fold.after(form);
    else fold.before(form);
    status.textContent = "Forgotten.";
    first.focus({ preventScroll: true });
  }

  /** @param {HTMLElement} said */
  function finish(said) {
    read();
    kept.finished = kept.finished.filter((one) => one !== page);
    if (done.checked) kept.finished.push(page);
    said.textContent = write() ? " Noted in this browser." : " This browser keeps nothing.";
  }

  // ---- the roadmap ----

  /** @param {string} text @param {() => void} onclick */
  const button = (text, onclick) => make("button", { type: "button", className: "md-button", textContent: text, onclick });

  function progress() {
    const place = document.querySelector(".gl-progress");
    if (!place) return;
    const rows = [...place.querySelectorAll("li")].map((row) => {
      const lesson = row.dataset.lesson ?? "";
      const all = Number(row.dataset.questions);
      const some = Math.min(all, Object.keys(kept.answers[lesson] ?? {}).length);
      const finished = kept.finished.includes(lesson);
      const told = [all > 0 ? `your answers: ${some} of ${all}` : "", finished ? "finished" : ""].filter(Boolean);
      /** @type {HTMLElement} */ (row.querySelector("span")).textContent = told.join(", ");
      row.classList.toggle("gl-progress-done", finished);
      return some + Number(finished);
    });
    const any = rows.some((n) => n > 0);
    let bar = place.querySelector(".gl-progress-bar");
    if (!bar) {
      bar = make("p", { className: "gl-progress-bar" }, button("Export my answers", save), button("Clear them", clear), make("span", { role: "status" }));
      place.append(/** @type {Node} */ (bar));
    }
    for (const one of bar?.querySelectorAll("button") ?? []) one.disabled = !any;
  }

  /** Everything as a JSON file. */
  function save() {
    read();
    const text = JSON.stringify({ course: "genloop", exported: new Date().toISOString(), ...kept }, null, 2);
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: "genloop-answers.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function clear() {
    if (!confirm("Clear all your answers and what you have finished? This cannot be undone.")) return;
    const bar = /** @type {HTMLElement} */ (document.querySelector(".gl-progress-bar"));
    kept = { answers: {}, finished: [] };
    const gone = write();
    done.checked = false;
    for (const ask of asks.values()) if (ask.form.dataset.answered) forget(ask);
    progress();
    const said = /** @type {HTMLElement} */ (bar.querySelector("[role=status]"));
    said.textContent = gone ? " Cleared." : " This browser keeps nothing, so nothing is left.";
  }

  /** What was answered before, on this page; and the counts. */
  async function restore() {
    read();
    const here = kept.answers[page] ?? {};
    done.checked = kept.finished.includes(page);
    for (const ask of asks.values()) {
      const answers = ask.asked.map((one) => here[nameOf(ask, one)]);
      if (ask.form.dataset.answered || !ask.asked.every((one, i) => fits(one.question, answers[i]))) continue;
      for (const [i, one] of ask.asked.entries()) await fill(one, answers[i]);
      show(ask, answers);
    }
    progress();
  }

  return { answer, finish, restore };
})();
