// The parts of a replay that show something: pictures, places in the plane, bars and curves, each at one saved step.
const glReplayView = (() => {
  const { Chart, make, INNER } = glCharts;
  const { bytes, places } = glReplayData;

  const SVG = "http://www.w3.org/2000/svg";
  const ZOOM = 8; // points of the canvas for a pixel: it is then only ever made smaller
  const EDGE = 64; // gray between two pictures
  const COLORS = ["gl-live-judge", "gl-live-generated", "gl-live-real", "gl-live-best"];

  /** Gray pictures on a canvas, row by row, with a gray line between them. */
  class Pictures {
    /** @param {GlPictures} given */
    constructor(given) {
      this.given = given;
      this.values = bytes(given.data);
      const rows = Math.ceil(given.count / given.columns);
      this.canvas = make("canvas", {
        width: ZOOM * (given.columns * (given.side + 1) - 1), height: ZOOM * (rows * (given.side + 1) - 1),
      });
      this.canvas.setAttribute("role", "img");
      this.element = make("div", { className: "gl-live-chart" },
        make("p", {}, make("strong", { textContent: given.title })), this.canvas);
    }

    /** @param {number} at @param {string} when */
    show(at, when) {
      const { count, columns, side, top, title, labels } = this.given;
      const { width, height } = this.canvas;
      const picture = new ImageData(width, height);
      const gray = new Uint32Array(picture.data.buffer).fill(0xff000000 | (EDGE * 0x010101));
      for (let i = 0; i < count; i++) {
        const left = (i % columns) * (side + 1);
        const above = Math.floor(i / columns) * (side + 1);
        for (let y = 0; y < side; y++) {
          for (let x = 0; x < side; x++) {
            const value = Math.round((255 * this.values[((at * count + i) * side + y) * side + x]) / top);
            const begin = ZOOM * ((above + y) * width + left + x);
            for (let row = 0; row < ZOOM; row++) {
              gray.fill(0xff000000 | (value * 0x010101), begin + row * width, begin + row * width + ZOOM);
            }
          }
        }
      }
      this.canvas.getContext("2d")?.putImageData(picture, 0, 0);
      const read = [];
      for (let i = 0; i < count; i += columns) read.push([...labels[at].slice(i, i + columns)].join(" "));
      this.canvas.setAttribute("aria-label", `${title}, at ${when}. The classifier takes them, row by row, for: ${read.join("; ")}.`);
    }
  }

  /** Points in the plane, with the circles of the modes. */
  class Points {
    /** @param {GlPlaces} given */
    constructor(given) {
      this.given = given;
      this.values = places(given);
      this.moments = given.moments ?? [1];
      this.chart = new Chart(given.title, [
        { name: "modes", color: "gl-live-real" },
        { name: "generated", color: "gl-live-generated", look: "dots" },
      ], INNER);
      this.element = this.chart.element;
      this.chart.frame(-given.reach, given.reach, -given.reach, given.reach);
      this.chart.circles("modes", (given.modes ?? []).flat(), given.radius ?? 0);
    }

    /** @param {number} at @param {string} when @param {number} moment */
    show(at, when, moment) {
      const { count, radius = 0, modes = [] } = this.given;
      const size = 2 * count;
      const begin = (at * this.moments.length + moment) * size;
      const points = this.values.subarray(begin, begin + size);
      this.chart.dots("generated", points);
      let near = 0;
      for (let i = 0; i < size; i += 2) {
        if (modes.some(([x, y]) => Math.hypot(points[i] - x, points[i + 1] - y) <= radius)) near += 1;
      }
      const time = this.moments.length > 1 ? ` and time t = ${this.moments[moment]}` : "";
      this.chart.describe(`${count} points at ${when}${time}: ${near} of them lie inside the circle of a mode.`);
    }
  }

  /** Labels in the plane, each a digit in the color of its class. Between two steps they can be anywhere on the way. */
  class Plane {
    /** @param {GlPlaces} given */
    constructor(given) {
      this.given = given;
      this.values = places(given);
      this.chart = new Chart(given.title, [{ name: "95 % of the prior", color: "gl-live-best", look: "dashed" }], INNER);
      this.element = this.chart.element;
      this.chart.frame(-given.reach, given.reach, -given.reach, given.reach);
      this.chart.circles("95 % of the prior", [0, 0], given.circle ?? 0);
      this.labels = [...(given.labels ?? "")].map((label) => {
        const text = document.createElementNS(SVG, "text");
        text.setAttribute("class", `gl-replay-class-${label}`);
        text.setAttribute("text-anchor", "middle");
        text.textContent = label;
        return text;
      });
      this.chart.inside.append(...this.labels);
    }

    /** @param {number} at @param {string} when */
    show(at, when) {
      this.between(at, 0);
      const { count, reach } = this.given;
      const now = this.values.subarray(2 * at * count, 2 * (at + 1) * count);
      const spread = [0, 1].map((axis) => {
        const all = Array.from({ length: count }, (_, i) => now[2 * i + axis]);
        const mean = all.reduce((sum, x) => sum + x) / count;
        return Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count).toFixed(2);
      });
      const seen = Array.from({ length: count }, (_, i) => Math.max(Math.abs(now[2 * i]), Math.abs(now[2 * i + 1])) <= reach);
      this.chart.describe(`${count} digits at ${when}, ${seen.filter(Boolean).length} of them inside the picture. They spread by ${spread.join(" and ")} (standard deviation).`);
    }

    /** @param {number} at @param {number} share of the way to the next step */
    between(at, share) {
      const { count } = this.given;
      const next = share > 0 ? 2 * count : 0;
      this.labels.forEach((label, i) => {
        const k = 2 * (at * count + i);
        const [x, y] = [k, k + 1].map((one) => (1 - share) * this.values[one] + share * this.values[one + next]);
        label.setAttribute("transform", `translate(${this.chart.atX(x).toFixed(1)} ${(this.chart.atY(y) + 4).toFixed(1)})`);
      });
    }
  }

  /** Counts as bars, each with its number at its foot, where it is seen even if the bar leaves the picture. */
  class Bars {
    /** @param {GlBars} given */
    constructor(given) {
      this.given = given;
      const count = given.counts[0].length;
      this.chart = new Chart(given.title, [
        { name: given.name, color: "gl-live-generated", look: "filled" },
        { name: "held-out digits", color: "gl-live-real", hidden: !given.real },
      ]);
      this.element = this.chart.element;
      this.chart.frame(-0.6, count - 0.4, 0, given.top, false, given.even ? [[given.even, "even"]] : []);
      const { real } = given;
      if (real) {
        const xs = real.flatMap((_, i) => [i - 0.35, i + 0.35, i + 0.35]);
        this.chart.curve("held-out digits", xs, real.flatMap((y) => [y, y, NaN]));
      }
      this.numbers = given.counts[0].map((_, i) => {
        const text = document.createElementNS(SVG, "text");
        text.setAttribute("x", this.chart.atX(i).toFixed(1));
        text.setAttribute("y", (this.chart.atY(0) - 4).toFixed(1));
        text.setAttribute("text-anchor", "middle");
        return text;
      });
      this.chart.inside.append(...this.numbers);
    }

    /** @param {number} at @param {string} when */
    show(at, when) {
      const { counts, name, of, real, even } = this.given;
      this.chart.bars(name, counts[at]);
      counts[at].forEach((count, i) => { this.numbers[i].textContent = String(count); });
      const beside = real ? ` Held-out digits: ${real.join(", ")}.` : even ? ` Each should have ${even}.` : "";
      this.chart.describe(`At ${when}, by ${of}: ${counts[at].join(", ")}.${beside}`);
    }
  }

  /** Curves over the steps, with a line at the one that is shown. */
  class Curves {
    /**
     * @param {string} title
     * @param {Record<string, { at: number[], values: number[] }>} curves
     * @param {number} last step of the training
     * @param {number} from @param {number} to
     * @param {[number, string][]} [levels]
     */
    constructor(title, curves, last, from, to, levels = []) {
      this.curves = curves;
      this.range = [from, to];
      this.chart = new Chart(title, [
        ...Object.keys(curves).map((name, i) => ({ name, color: COLORS[i], look: i % 2 ? /** @type {const} */ ("dashed") : undefined })),
        { name: "shown", color: "gl-live-pull", look: /** @type {const} */ ("dashed") },
      ]);
      this.element = this.chart.element;
      this.chart.frame(0, last, from, to, false, levels);
      for (const [name, { at, values }] of Object.entries(curves)) this.chart.curve(name, at, values);
    }

    /** @param {number} step @param {string} when */
    show(step, when) {
      this.chart.curve("shown", [step, step], this.range);
      const told = Object.entries(this.curves).map(([name, { at, values }]) => {
        const here = at.findIndex((one) => one >= step);
        return `${name} ${here < 0 || Number.isNaN(values[here]) ? "none" : values[here]}`;
      });
      this.chart.describe(`At ${when}: ${told.join(", ")}.`);
    }
  }

  /**
   * All parts of a run, in their order: what was made, then bars, losses and measures.
   * @param {GlReplay} replay
   * @param {number} run
   */
  function views({ steps, names, runs }, run) {
    const { pictures, points, plane, decoded, bars, losses, measures, values } = runs[run];
    const last = steps[steps.length - 1];
    const measured = measures.curves.map((name) => {
      const column = names.indexOf(name);
      return [name, { at: steps, values: values.map((row) => (row[column] === "" ? NaN : Number(row[column]))) }];
    });
    const lost = Object.entries(losses.curves).map(([name, all]) => [name, { at: losses.at, values: all }]);
    return {
      plane: plane && new Plane(plane),
      points: points && new Points(points),
      decoded: decoded && new Pictures(decoded),
      pictures: pictures && new Pictures(pictures),
      bars: new Bars(bars),
      losses: new Curves(losses.title, Object.fromEntries(lost), last, losses.from ?? 0, losses.to, losses.levels),
      measures: new Curves(measures.title, Object.fromEntries(measured), last, 0, 1),
    };
  }

  return { views };
})();
