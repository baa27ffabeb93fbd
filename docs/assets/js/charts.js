// Line charts as SVG, in the colors of the page. A chart is made once; after that only its curves and ranges change.
const glCharts = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 360;
  const LEFT = 34;
  const RIGHT = 14;
  const TOP = 8;
  const BOTTOM = 20;
  const INNER = WIDTH - LEFT - RIGHT;
  const SMOOTH = 20; // steps that a point of a curve over steps is the mean of, as on the pages' figures
  const POINTS = 320; // of such a curve

  /**
   * An element with its properties and children; text is only ever text.
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

  /**
   * @template {keyof SVGElementTagNameMap} T
   * @param {T} tag
   * @param {Record<string, string | number>} attributes
   * @param {(Node | string)[]} children
   */
  function draw(tag, attributes, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    element.append(...children);
    return element;
  }

  /**
   * Round numbers between two ends, about `count` of them.
   * @param {number} from
   * @param {number} to
   * @param {number} count
   */
  function ticks(from, to, count) {
    const rough = (to - from) / count;
    const ten = 10 ** Math.floor(Math.log10(rough));
    const step = ten * ([1, 2, 5].find((factor) => factor * ten >= rough) ?? 10);
    const found = [];
    for (let i = Math.ceil(from / step - 1e-9); i * step <= to + 1e-9 * step; i++) found.push(Number((i * step).toPrecision(12)));
    return found;
  }

  /**
   * One curve: its name in the legend, its color (a class of site.css), and whether it is dashed or filled.
   * @typedef {{ name: string, color: string, look?: "dashed" | "filled" | "dots", hidden?: boolean }} Curve
   */

  class Chart {
    /**
     * @param {string} title
     * @param {Curve[]} curves
     * @param {number} [deep] the height of what is inside; the width is INNER
     */
    constructor(title, curves, deep = 152) {
      this.deep = deep;
      this.axes = draw("g", {});
      // A nested svg cuts off what leaves the frame.
      this.inside = draw("svg", { x: LEFT, y: TOP, width: INNER, height: deep, "aria-hidden": "true" });
      this.svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${TOP + deep + BOTTOM}`, role: "img" }, this.axes, this.inside);
      /** @type {Map<string, { path: SVGPathElement, key: HTMLElement, filled: boolean }>} */
      this.curves = new Map();
      const legend = make("span", { className: "gl-live-legend" });
      for (const { name, color, look, hidden } of curves) {
        const path = draw("path", { class: `${color} gl-live-${look ?? "solid"}`, "vector-effect": "non-scaling-stroke" });
        const key = make("span", { hidden: hidden ?? false }, make("i", { className: `${color} gl-live-${look ?? "solid"}` }), name);
        this.inside.append(path);
        legend.append(key);
        this.curves.set(name, { path, key, filled: look === "filled" });
      }
      this.title = title;
      this.element = make("div", { className: "gl-live-chart" },
        make("p", {}, make("strong", { textContent: title }), legend), this.svg);
      this.x = { from: 0, to: 1 };
      this.y = { from: 0, to: 1, log: false };
      this.shown = "";
      this.times = new Float64Array(POINTS);
      this.heights = new Float64Array(POINTS);
    }

    /**
     * The ranges of both axes; with a logarithmic y they are powers of ten.
     * @param {number} left
     * @param {number} right
     * @param {number} low
     * @param {number} high
     * @param {boolean} [log]
     * @param {[number, string][]} [lines] levels to mark, with their names
     * @param {[number, string][]} [places] along x, with their names, in place of round numbers
     */
    frame(left, right, low, high, log = false, lines = [], places) {
      const shown = [left, right, low, high, log].join();
      if (shown === this.shown) return;
      this.shown = shown;
      this.x = { from: left, to: right };
      this.y = { from: low, to: high, log };
      this.axes.replaceChildren();
      for (const [x, name] of places ?? ticks(left, right, 6).map((x) => /** @type {[number, string]} */ ([x, String(x)]))) {
        const at = LEFT + this.atX(x);
        this.axes.append(draw("text", { x: at, y: TOP + this.deep + 13, "text-anchor": "middle" }, name));
        this.axes.append(draw("path", { d: `M${at} ${TOP + this.deep}v3` }));
      }
      this.axes.append(draw("path", { d: `M${LEFT} ${TOP + this.deep}h${INNER}` }));
      const levels = log ? powers(low, high) : ticks(low, high, 5).filter((y) => y >= 0 || low < -0.3);
      for (const y of levels) {
        const at = TOP + this.atY(y);
        this.axes.append(draw("path", { d: `M${LEFT} ${at}h${INNER}`, class: "gl-live-grid" }));
        this.axes.append(draw("text", { x: LEFT - 5, y: at + 3.5, "text-anchor": "end" }, log ? power(y) : String(y)));
      }
      for (const [y, name] of lines) {
        const at = TOP + this.atY(y);
        this.axes.append(draw("path", { d: `M${LEFT} ${at}h${INNER}`, class: "gl-live-level" }));
        this.axes.append(draw("text", { x: WIDTH - RIGHT, y: at - 3, "text-anchor": "end" }, name));
      }
    }

    /** @param {number} x */
    atX(x) {
      return ((x - this.x.from) / (this.x.to - this.x.from)) * INNER;
    }

    /** @param {number} y */
    atY(y) {
      const { from, to, log } = this.y;
      const share = log ? Math.log10(y / from) / Math.log10(to / from) : (y - from) / (to - from);
      return (1 - share) * this.deep;
    }

    /**
     * What stands at a point of the inside, the other way round; for a linear y.
     * @param {number} x
     * @param {number} y
     * @returns {[number, number]}
     */
    fromAt(x, y) {
      const { from, to } = this.y;
      return [this.x.from + (x / INNER) * (this.x.to - this.x.from), from + (1 - y / this.deep) * (to - from)];
    }

    /**
     * A curve through points; where y is no number, or not above 0 on a logarithmic axis, it is broken.
     * @param {string} name
     * @param {ArrayLike<number>} xs
     * @param {ArrayLike<number>} ys
     * @param {number} [count]
     */
    curve(name, xs, ys, count = xs.length) {
      const { path, filled } = this.of(name);
      let d = "";
      let pen = false;
      for (let i = 0; i < count; i++) {
        const y = this.atY(ys[i]);
        if (Number.isFinite(y)) d += `${pen ? "L" : "M"}${this.atX(xs[i]).toFixed(1)} ${Math.min(2000, Math.max(-2000, y)).toFixed(1)}`;
        pen = Number.isFinite(y);
      }
      if (filled && d) d += `V${this.atY(0).toFixed(1)}H${this.atX(xs[0]).toFixed(1)}Z`;
      path.setAttribute("d", d);
    }

    /**
     * A curve over steps: means of the last SMOOTH of them, at no more than POINTS places.
     * @param {string} name
     * @param {ArrayLike<number>} series
     * @param {number} steps that are done
     * @returns {[number, number]} the least and the greatest of what is drawn
     */
    overTime(name, series, steps) {
      const { times, heights } = this;
      const apart = Math.max(1, Math.ceil(steps / POINTS));
      const count = Math.ceil(steps / apart);
      let least = Infinity;
      let greatest = -Infinity;
      for (let i = count - 1, end = steps; i >= 0; i--, end -= apart) {
        const from = Math.max(0, end - SMOOTH);
        let sum = 0;
        for (let k = from; k < end; k++) sum += series[k];
        times[i] = end;
        heights[i] = sum / (end - from);
        if (heights[i] < least) least = heights[i];
        if (heights[i] > greatest) greatest = heights[i];
      }
      this.curve(name, times, heights, count);
      return [least, greatest];
    }

    /**
     * Dots, each a short stroke with round ends.
     * @param {string} name
     * @param {ArrayLike<number>} points x and y in turns
     */
    dots(name, points) {
      let d = "";
      for (let i = 0; i < points.length; i += 2) d += `M${this.atX(points[i]).toFixed(1)} ${this.atY(points[i + 1]).toFixed(1)}h0`;
      this.of(name).path.setAttribute("d", d);
    }

    /**
     * Circles with one radius, in the unit of x.
     * @param {string} name
     * @param {ArrayLike<number>} centers
     * @param {number} radius
     */
    circles(name, centers, radius) {
      const r = this.atX(radius) - this.atX(0);
      let d = "";
      for (let i = 0; i < centers.length; i += 2) {
        d += `M${this.atX(centers[i]) - r} ${this.atY(centers[i + 1])}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
      }
      this.of(name).path.setAttribute("d", d);
    }

    /**
     * A word for a curve in the legend.
     * @param {string} name
     * @param {string} text
     */
    rename(name, text) {
      /** @type {Node} */ (this.of(name).key.lastChild).textContent = text;
    }

    /** @param {string} title */
    entitle(title) {
      this.title = title;
      /** @type {Node} */ (this.element.querySelector("strong")).textContent = title;
    }

    /**
     * Bars from 0, a little apart.
     * @param {string} name
     * @param {ArrayLike<number>} heights of the bars at 0, 1, 2 ...
     */
    bars(name, heights) {
      let d = "";
      for (let i = 0; i < heights.length; i++) {
        d += `M${this.atX(i - 0.35).toFixed(1)} ${this.atY(0).toFixed(1)}V${this.atY(heights[i]).toFixed(1)}H${this.atX(i + 0.35).toFixed(1)}V${this.atY(0).toFixed(1)}Z`;
      }
      this.of(name).path.setAttribute("d", d);
    }

    /**
     * Arrows along a level, their lengths in the unit of x.
     * @param {string} name
     * @param {ArrayLike<number>} xs
     * @param {ArrayLike<number>} lengths
     */
    arrows(name, xs, lengths) {
      let d = "";
      for (let i = 0; i < xs.length; i++) {
        const from = this.atX(xs[i]);
        const to = this.atX(xs[i] + lengths[i]);
        const y = this.deep - 4 - 3 * (i % 3);
        const tip = Math.sign(to - from) * Math.min(3, Math.abs(to - from));
        d += `M${from.toFixed(1)} ${y}H${to.toFixed(1)}`;
        if (Math.abs(to - from) > 1) d += `m${-tip} -2l${tip} 2l${-tip} 2`;
      }
      this.of(name).path.setAttribute("d", d);
    }

    /**
     * @param {string} name
     * @param {boolean} on
     */
    show(name, on) {
      const { path, key } = this.of(name);
      key.hidden = !on;
      if (!on) path.removeAttribute("d");
    }

    /**
     * What the chart says, for those who do not see it.
     * @param {string} text
     */
    describe(text) {
      this.svg.setAttribute("aria-label", `${this.title}. ${text}`);
    }

    /** @param {string} name */
    of(name) {
      const found = this.curves.get(name);
      if (!found) throw new RangeError(`the chart "${this.title}" has no curve "${name}"`);
      return found;
    }
  }

  /**
   * @param {number} low
   * @param {number} high
   */
  function powers(low, high) {
    const first = Math.round(Math.log10(low));
    const count = Math.round(Math.log10(high)) - first;
    const apart = Math.ceil(count / 4);
    return Array.from({ length: Math.floor(count / apart) + 1 }, (_, i) => 10 ** (first + i * apart));
  }

  /** @param {number} y */
  const power = (y) => (y >= 0.01 && y <= 1000 ? String(Number(y.toPrecision(1))) : `1e${Math.round(Math.log10(y))}`);

  /**
   * The next of 1, 1.5, 2, 3, 4, 6, 8, 10, 15 ... that is no less.
   * @param {number} y
   */
  function roundUp(y) {
    const ten = 10 ** Math.floor(Math.log10(y));
    return ten * ([1, 1.5, 2, 3, 4, 6, 8].find((factor) => factor * ten >= y) ?? 10);
  }

  return { Chart, make, draw, roundUp, INNER };
})();
