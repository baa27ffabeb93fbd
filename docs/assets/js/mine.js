// "Compare with mine", under every output: a reader pastes what their own run printed, and each line is compared by the
// engine's rules (compare.js). Loaded by start.js when the button is pressed.
// Pasted text stays text: it is set by textContent, is kept nowhere, and goes nowhere.
const glMine = (() => {
  const MOST = 400;
  /** @type {Record<string, [string, string]>} */
  const MARKS = {
    equal: ["=", "equal"],
    within: ["≈", "within its room"],
    off: ["≠", "off"],
    missing: ["−", "missing in yours"],
    more: ["+", "one more in yours"],
  };
  let made = 0;
  /** @type {Map<Element, HTMLElement>} */
  const panels = new Map();

  /**
   * @template {keyof HTMLElementTagNameMap} T
   * @param {T} tag
   * @param {Record<string, unknown>} [properties]
   * @param {(Node | string)[]} children
   */
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  /** What an output shows. @param {Element} output */
  const shown = (output) => `${glMineHints.trimmed(output.querySelector("pre code")?.textContent ?? "")}\n`;

  /** @param {Element} output @param {string} name @returns {string} */
  const given = (output, name) => output.getAttribute(name) ?? "";

  /** @param {Element} output */
  const asked = (output) => /** @type {string[]} */ (JSON.parse(given(output, "data-labels") || "[]"));

  /** What may differ, label by label. @param {ReturnType<typeof glCompare.readRules>} rules */
  function rooms(rules) {
    const items = [...rules].map(([label, rule]) => {
      const said = {
        any: `may be anything: ${rule.given[0]}`, falls: "falls from line to line", rises: "rises from line to line",
        abs: `at most ${rule.given[0]} away`, rel: `at most ${rule.given[0]} of its size away`,
      }[rule.word] ?? glCompare.roomOf(rule);
      return make("li", {}, make("code", { textContent: label }), ` ${said}`);
    });
    const rest = "Text and whole numbers must be the same; a decimal may differ by one in its last digit.";
    return items.length === 0 ? make("p", { textContent: `Room: ${rest[0].toLowerCase()}${rest.slice(1)}` })
      : make("div", {}, make("p", { textContent: "Room, by label:" }), make("ul", {}, ...items), make("p", { textContent: `For all others: ${rest[0].toLowerCase()}${rest.slice(1)}` }));
  }

  /** @param {ReturnType<typeof glCompare.compare>["lines"][number]} line */
  function row(line) {
    const [mark, word] = MARKS[line.verdict];
    const sign = make("span", { className: "gl-mine-mark", textContent: mark });
    sign.setAttribute("aria-hidden", "true");
    const item = make("li", { className: `gl-mine-${line.verdict}` }, sign, make("span", { className: "gl-mine-word", textContent: word }));
    item.append(make("code", { textContent: line.new ?? line.old ?? "" }));
    if (line.old !== null && line.new !== null && line.old !== line.new) {
      item.append(make("span", { className: "gl-mine-old" }, "accepted: ", make("code", { textContent: line.old })));
    }
    if (line.why.length > 0) item.append(make("span", { className: "gl-mine-why", textContent: `Room: ${line.why.join("; ")}` }));
    return item;
  }

  /** @param {ReturnType<typeof glCompare.compare>} found */
  function summary({ lines, whole, passes }) {
    const times = (/** @type {string} */ verdict) => lines.filter((line) => line.verdict === verdict).length;
    const parts = Object.entries(MARKS).filter(([verdict]) => times(verdict) > 0).map(([verdict, [, word]]) => `${times(verdict)} ${word}`);
    const told = `${glMineHints.count(lines.length, "line")}: ${parts.join(", ")}.`;
    if (lines.every((line) => line.verdict === "equal") && passes) return `Yours is the same, to the last character. ${told}`;
    return [passes ? "Yours passes." : "Yours differs.", told, ...whole].join(" ");
  }

  /** Another run of this page whose lines these are. @param {Element} output @param {string} pasted */
  function elsewhere(output, pasted) {
    for (const other of document.querySelectorAll(".gl-output:has(pre)")) {
      if (given(other, "data-snippet") === given(output, "data-snippet")) continue;
      const accepted = shown(other);
      const { text } = glMineHints.prepare(pasted, accepted, asked(other));
      if (text && glCompare.compare(accepted, text, glCompare.readRules(given(other, "data-expect"))).passes) return given(other, "data-snippet");
    }
    return "";
  }

  /** @param {Element} output @param {HTMLButtonElement} button */
  function build(output, button) {
    made += 1;
    const accepted = shown(output);
    const rules = glCompare.readRules(given(output, "data-expect"));
    const field = make("textarea", { id: `gl-mine-${made}`, rows: 6, spellcheck: false, autocomplete: "off", wrap: "off" });
    field.setAttribute("autocapitalize", "off");
    const note = make("p", { id: `${field.id}-note`, className: "gl-mine-note", textContent: "Copy what your terminal printed. It stays in this page: nothing is sent, nothing is kept." });
    field.setAttribute("aria-describedby", note.id);
    const status = make("p", { className: "gl-mine-status" });
    status.setAttribute("role", "status");
    const hints = make("ul", { className: "gl-mine-hints", hidden: true });
    const list = make("ol", { className: "gl-mine-lines", hidden: true, tabIndex: 0 });
    list.setAttribute("aria-label", "Your lines, compared");

    const update = () => {
      const { text, said, refused } = glMineHints.prepare(field.value, accepted, asked(output));
      hints.replaceChildren();
      list.replaceChildren();
      status.textContent = refused;
      if (text) {
        const found = glCompare.compare(accepted, text, rules);
        status.textContent = summary(found);
        const other = found.passes ? "" : elsewhere(output, field.value);
        const told = other ? [`These are the lines of ${other}, which this page shows too.`] : glMineHints.hints(found);
        said.push(...told);
        list.append(...found.lines.slice(0, MOST).map(row));
        if (found.lines.length > MOST) list.append(make("li", { textContent: `and ${found.lines.length - MOST} more lines` }));
        list.className = `gl-mine-lines${found.passes ? " gl-mine-passes" : ""}`;
      }
      hints.append(...said.map((one) => make("li", { textContent: one })));
      hints.hidden = said.length === 0;
      list.hidden = !text;
    };
    field.addEventListener("input", update);

    const panel = make("div", { id: `${field.id}-panel`, className: "gl-mine" },
      make("label", { htmlFor: field.id, textContent: "Your output" }), note, field, status, hints, list, rooms(rules));
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", `Compare your output with ${given(output, "data-snippet")}`);
    button.setAttribute("aria-controls", panel.id);
    output.append(panel);
    panels.set(output, panel);
    return panel;
  }

  /** Opens the field under an output, or closes it. @param {Element} output @param {HTMLButtonElement} button */
  function toggle(output, button) {
    const there = panels.get(output);
    const panel = there ?? build(output, button);
    panel.hidden = there ? !there.hidden : false;
    button.setAttribute("aria-expanded", String(!panel.hidden));
    if (!panel.hidden) panel.querySelector("textarea")?.focus();
  }

  return { toggle };
})();
