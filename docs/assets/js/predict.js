// A reader answers before a measured answer opens: `predict` leaves a question in a fold, its fields stand beside it.
// The rest is loaded after an answer. Types: see answers.js.
const glPredict = (() => {
  /** @param {string} tag @param {Record<string, unknown>} properties @param {any[]} children */
  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return /** @type {any} */ (element);
  }
  const rich = (/** @type {string} */ text) => text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));
  const button = (/** @type {object} */ more) => make("button", { className: "md-button", ...more });
  /** @param {string[]} files @param {() => void} act @param {HTMLElement} said */
  const after = (files, act, said) => glStart.load(files).then(act, ({ message }) => { said.textContent = `${message}. Try again.`; });

  /** @type {Map<HTMLDetailsElement, Ask>} */
  const asks = new Map();
  const open = (/** @type {any} */ fold) => {
    const summary = /** @type {HTMLElement} */ (fold.querySelector("summary"));
    const form = make("form", { className: "gl-ask", ariaLabel: summary.textContent });
    const status = make("p", { className: "gl-ask-said", role: "status" });
    /** @type {Ask} */
    const ask = { fold, form, status, asked: [] };
    const onclick = () => { summary.click(); summary.focus(); };
    form.append(make("p", {}, button({ textContent: "Answer" }), button({ type: "button", textContent: "Show me", onclick })), status);
    fold.addEventListener("toggle", () => { form.hidden = fold.open && !form.dataset.answered; });
    form.onsubmit = () => {
      after(["answers.js"], () => glAnswers.answer(ask), status);
      return false;
    };
    if (fold.matches(".question")) fold.after(form);
    else fold.before(form);
    asks.set(fold, ask);
    return ask;
  };

  document.querySelectorAll("details [data-predict]").forEach((place, i) => {
    const fold = /** @type {HTMLDetailsElement} */ (place.closest("details"));
    const { form, asked } = asks.get(fold) ?? open(fold);
    /** @type {Question} */
    const question = JSON.parse(place.getAttribute("data-predict") ?? "");
    const { kind, choices, unit } = question;
    const said = make("p", {});
    const fields = make("fieldset", {}, make("legend", {}, ...rich(question.ask)));
    const one = { question, fields, said, line: null };
    const named = { required: true, ariaLabel: question.ask };
    if (kind === "words") fields.append(make("textarea", { rows: 3, ...named }));
    else if (kind === "number") fields.append(make("input", { type: "number", step: "any", ...named }), ` ${unit}`);
    else if (kind === "line") {
      const draw = () => after(["charts.js", "predict-line.js"], () => glPredictLine.offer(one).focus(), said);
      fields.append(button({ type: "button", textContent: "Draw it", onclick: draw }));
    } else {
      const required = kind === "one";
      const common = { type: required ? "radio" : "checkbox", name: `gl-ask-${i}`, required };
      fields.append(...choices.map((value) => make("label", {}, make("input", { ...common, value }), ...rich(value))));
    }
    fields.append(said);
    form.insertBefore(fields, form.children[asked.length]);
    asked.push(one);
  });

  const said = make("span", { role: "status" });
  const onchange = () => after(["answers.js"], () => glAnswers.finish(said), said);
  const done = make("input", { type: "checkbox", onchange });
  const end = document.querySelector(".gl-loop") && document.querySelector("#where-next");
  end?.before(make("p", { className: "gl-ask-done" }, make("label", {}, done, "I have finished this page"), said));
  document.querySelector(".gl-progress")?.removeAttribute("hidden");

  let known = false;
  addEventListener("pageshow", () => {
    try { known ||= localStorage.getItem("genloop") !== null; } catch { /* none kept */ }
    if (known) after(["answers.js"], () => glAnswers.restore(), said);
  });
  return { asks, make, done };
})();
