// What the widgets that train have in common: fields for the constants of a program, buttons, terminal output.
const glControls = (() => {
  const { make } = glCharts;

  /**
   * A constant with a number: its name, which of its numbers (null if it has one), what it is, least, greatest, and
   * another condition.
   * @typedef {[string, number | null, string, number, number, ((n: number) => boolean)?]} NumberField
   *
   * A constant with a few values: its name, what it is, and each value with its text.
   * @typedef {[string, string, [string | boolean, string][]]} Choice
   */

  class Settings {
    /**
     * @param {string} prefix of the ids
     * @param {Record<string, unknown>} program the constants as they are
     * @param {NumberField[]} numbers
     * @param {Choice[]} choices
     */
    constructor(prefix, program, numbers, choices) {
      this.program = program;
      this.numbers = numbers;
      this.choices = choices;
      this.inputs = numbers.map(() => make("input", { type: "text", inputMode: "decimal", autocomplete: "off" }));
      this.selects = choices.map(([, , options]) =>
        make("select", {}, ...options.map(([value, text]) => make("option", { value: String(value), textContent: text }))));
      /** A label, a control and a word on it, for each. */
      this.elements = [
        ...numbers.map(([name, at, text], i) => field(prefix, at === null ? name : `${name}-${at + 1}`, text, this.inputs[i])),
        ...choices.map(([name, text], i) => field(prefix, name, text, this.selects[i])),
      ];
    }

    /**
     * What the fields say, and the names of those that do not fit.
     * @returns {{ constants: Record<string, unknown>, wrong: string[] }}
     */
    read() {
      /** @type {Record<string, unknown>} */
      const constants = {};
      for (const [name, value] of Object.entries(this.program)) constants[name] = Array.isArray(value) ? [...value] : value;
      /** @type {string[]} */
      const wrong = [];
      this.numbers.forEach(([name, at, , least, greatest, also], i) => {
        const typed = this.inputs[i].value.trim().replace(",", ".");
        const number = typed === "" ? NaN : Number(typed);
        const good = number >= least && number <= greatest && (!also || also(number));
        this.inputs[i].setAttribute("aria-invalid", String(!good));
        if (!good) wrong.push(at === null ? name : `${name}, ${at + 1}`);
        if (at === null) constants[name] = number;
        else /** @type {number[]} */ (constants[name])[at] = number;
      });
      this.choices.forEach(([name, , options], i) => { constants[name] = options[this.selects[i].selectedIndex][0]; });
      return { constants, wrong };
    }

    /** @param {Record<string, unknown>} constants */
    fill(constants) {
      this.numbers.forEach(([name, at], i) => {
        const value = constants[name];
        this.inputs[i].value = String(at === null ? value : /** @type {readonly number[]} */ (value)[at]);
        this.inputs[i].setAttribute("aria-invalid", "false");
      });
      this.choices.forEach(([name], i) => { this.selects[i].value = String(constants[name]); });
    }
  }

  /**
   * @param {string} prefix
   * @param {string} name
   * @param {string} text
   * @param {HTMLInputElement | HTMLSelectElement} control
   */
  function field(prefix, name, text, control) {
    control.id = `${prefix}-${name}`;
    const said = make("span", { id: `${control.id}-said`, textContent: text });
    control.setAttribute("aria-describedby", said.id);
    const label = make("label", { htmlFor: control.id }, make("code", { textContent: name.replace("-", ", ") }));
    return make("div", {}, label, control, said);
  }

  /** Where lines are printed. @param {string} label */
  function terminal(label) {
    const code = make("code", { tabIndex: 0 });
    code.setAttribute("role", "region");
    code.setAttribute("aria-label", label);
    return { code, pre: make("pre", {}, code) };
  }

  /**
   * @param {string} text
   * @param {() => void} action
   * @param {string} [more] another class
   */
  function button(text, action, more = "") {
    const made = make("button", { type: "button", className: `md-button ${more}`, textContent: text });
    made.addEventListener("click", action);
    return made;
  }

  /**
   * A list to choose from, with its label.
   * @param {string} id
   * @param {string} text
   * @param {[string, string][]} options value and text of each
   */
  function list(id, text, options) {
    const select = make("select", { id }, ...options.map(([value, textContent]) => make("option", { value, textContent })));
    return { select, label: make("label", { htmlFor: id, textContent: text }) };
  }

  /** Numbers with their names, in a row. @param {string[]} names */
  function readings(names) {
    const cells = names.map(() => make("dd"));
    const element = make("dl", { className: "gl-live-numbers" },
      ...names.map((name, i) => make("div", {}, make("dt", { textContent: name }), cells[i])));
    return { cells, element };
  }

  return { Settings, terminal, button, list, readings };
})();
