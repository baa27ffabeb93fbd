// A line that a reader draws over an empty chart, by mouse, by touch, or by numbers typed below it (the arrow keys move
// them). Heights are read at the places where a run has printed one; between them the line is straight.
const glPredictLine = (() => {
  const { Chart, make } = glCharts;
  const YOURS = "your line";
  const MEASURED = "measured";

  class Line {
    /** @param {Asked} one */
    constructor({ question, fields }) {
      this.question = question;
      const { at, x, y, low, high } = question;
      const last = at.length - 1;
      /** The height at each place; NaN where nothing was drawn yet. */
      this.values = at.map(() => NaN);
      this.chart = new Chart(`${y} by ${x}`, [
        { name: YOURS, color: "gl-live-generated" },
        { name: MEASURED, color: "gl-live-real", look: "dashed", hidden: true },
      ]);
      this.chart.frame(-0.3, last + 0.3, low, high, false, [], at.map((name, i) => [i, name]));
      this.chart.describe("Empty.");
      this.step = (high - low) / 100; // what drawn heights are rounded to
      this.inputs = at.map((name) => {
        const input = make("input", { type: "number", min: String(low), max: String(high), step: "any", ariaLabel: `${y} at ${x} ${name}` });
        input.addEventListener("input", () => this.typed());
        input.addEventListener("keydown", (event) => this.pressed(event, input));
        return input;
      });
      const boxes = make("div", { className: "gl-ask-numbers" }, ...this.inputs.map((input, i) => make("label", {}, at[i], input)));
      /** How to draw; of no use any more when it is answered. */
      this.how = make("div", {}, make("p", { textContent: `Draw in the chart, from left to right, or type a number for each ${x}.` }), boxes);
      this.element = make("div", {}, this.chart.element, this.how);
      this.listen(fields);
    }

    /** @param {HTMLFieldSetElement} fields */
    listen(fields) {
      const { svg } = this.chart;
      const { path } = this.chart.of(YOURS);
      svg.classList.add("gl-ask-draw");
      /** The place and the height of the last point of this stroke. @type {[number, number] | null} */
      let before = null;
      /** @param {PointerEvent} event @returns {[number, number]} */
      const where = (event) => {
        const frame = /** @type {DOMMatrix} */ (path.getScreenCTM());
        const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(frame.inverse());
        return this.chart.fromAt(x, y);
      };
      svg.addEventListener("pointerdown", (event) => {
        if (fields.disabled) return;
        event.preventDefault();
        svg.setPointerCapture(event.pointerId);
        before = where(event);
        this.stroke(before, before);
      });
      svg.addEventListener("pointermove", (event) => {
        if (!before || fields.disabled) return;
        const now = where(event);
        this.stroke(before, now);
        before = now;
      });
      for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => { before = null; });
    }

    /**
     * Sets the places between two points of a stroke, and the one nearest to its end.
     * @param {[number, number]} from
     * @param {[number, number]} to
     */
    stroke(from, to) {
      const { low, high } = this.question;
      const [least, most] = [Math.min(from[0], to[0]), Math.max(from[0], to[0])];
      this.values.forEach((_, i) => {
        const near = Math.round(to[0]) === i;
        if (!near && (i < least || i > most)) return;
        const share = i >= least && i <= most && to[0] !== from[0] ? (i - from[0]) / (to[0] - from[0]) : 1;
        const y = Math.min(high, Math.max(low, from[1] + share * (to[1] - from[1])));
        this.values[i] = Number((Math.round(y / this.step) * this.step).toPrecision(6));
      });
      this.show(true);
    }

    /**
     * The arrow keys move a height by a twentieth of the chart; the browser's own step would be 1 on every scale.
     * @param {KeyboardEvent} event
     * @param {HTMLInputElement} input
     */
    pressed(event, input) {
      const way = ["ArrowDown", "", "ArrowUp"].indexOf(event.key) - 1;
      if (way !== 1 && way !== -1) return;
      event.preventDefault();
      const { low, high } = this.question;
      const from = input.value === "" ? (low + high) / 2 : input.valueAsNumber + way * 5 * this.step;
      input.value = String(Number(Math.min(high, Math.max(low, from)).toPrecision(6)));
      this.typed();
    }

    typed() {
      const { low, high } = this.question;
      this.values = this.inputs.map((input) => {
        const y = input.valueAsNumber;
        return Number.isFinite(y) ? Math.min(high, Math.max(low, y)) : NaN;
      });
      this.show(false);
    }

    /** @param {boolean} fill whether the numbers below are written as well */
    show(fill) {
      if (fill) this.inputs.forEach((input, i) => { input.value = Number.isFinite(this.values[i]) ? String(this.values[i]) : ""; });
      const places = this.values.map((_, i) => i);
      this.chart.curve(YOURS, places, this.values);
      const { at, x } = this.question;
      const told = this.values.map((y, i) => (Number.isFinite(y) ? `${x} ${at[i]}: ${y}` : "")).filter(Boolean);
      this.chart.describe(told.length > 0 ? `Your line, ${told.join(", ")}.` : "Empty.");
    }

    get complete() {
      return this.values.every(Number.isFinite);
    }

    /** @param {number[]} values */
    set(values) {
      this.values = values.slice();
      this.show(true);
    }

    clear() {
      this.set(this.values.map(() => NaN));
      this.chart.show(MEASURED, false);
      this.how.hidden = false;
    }

    /** The measured line beside the drawn one. */
    reveal() {
      const { answer, at, x } = this.question;
      this.chart.show(MEASURED, true);
      this.how.hidden = true;
      this.chart.curve(MEASURED, answer.map((_, i) => i), answer.map(Number));
      const told = at.map((name, i) => `${x} ${name}: you ${this.values[i]}, measured ${answer[i]}`);
      this.chart.describe(`${told.join("; ")}.`);
    }

    focus() {
      this.inputs[0].focus({ preventScroll: true });
    }
  }

  /** The chart in the place of the button that asked for it. @param {Asked} one @returns {Line} */
  function offer(one) {
    if (!one.line) {
      one.line = new Line(one);
      one.fields.querySelector("button")?.replaceWith(one.line.element);
    }
    return one.line;
  }

  return { Line, offer };
})();
