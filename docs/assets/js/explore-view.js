// What the latent explorer shows: pictures on canvas, the plane as SVG, bars of classes, a field to draw on.
// Elements are created, and text is set by textContent.
const glExploreView = (() => {
  const { make, draw } = glCharts;
  const { SETS, best } = glExplore;

  const SIZE = 440; // of the plane, in its own units

  const percent = (/** @type {number} */ share) => `${Math.round(100 * share)} %`;

  /** A class with its chance, in words. @param {ArrayLike<number>} probabilities */
  function named(probabilities) {
    const digit = best(probabilities);
    return `a ${digit}, ${percent(probabilities[digit])}`;
  }

  /** Digits side by side, one canvas pixel for a pixel, white on black as in the figures. */
  class Pictures {
    /**
     * @param {string} className
     */
    constructor(className) {
      this.canvas = make("canvas", { width: 8, height: 8, className: `gl-explore-picture ${className}` });
      this.canvas.setAttribute("role", "img");
      this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    }

    /**
     * @param {ArrayLike<number>[]} pictures chances p of the pixels of each
     * @param {string} text what they show
     */
    show(pictures, text) {
      const { canvas, context } = this;
      const side = Math.sqrt(pictures[0].length);
      const gap = Math.round(side / 8); // between two of them
      const width = pictures.length * (side + gap) - gap;
      if (canvas.width !== width || canvas.height !== side) Object.assign(canvas, { width, height: side });
      context.clearRect(0, 0, width, side);
      pictures.forEach((p, k) => {
        const image = context.createImageData(side, side);
        for (let i = 0; i < side * side; i++) {
          image.data.fill(Math.round(255 * p[i]), 4 * i, 4 * i + 3);
          image.data[4 * i + 3] = 255;
        }
        context.putImageData(image, k * (side + gap), 0);
      });
      canvas.setAttribute("aria-label", text);
    }
  }

  /** Ten classes, each with a bar and its chance. */
  class Bars {
    constructor() {
      this.rows = Array.from({ length: 10 }, (_, digit) => {
        const bar = make("i", { className: `gl-class-${digit}` });
        const said = make("span");
        return { bar, said, item: make("li", {}, make("b", { textContent: String(digit) }), make("span", { className: "gl-explore-track" }, bar), said) };
      });
      this.element = make("ul", { className: "gl-explore-bars" }, ...this.rows.map(({ item }) => item));
      this.element.setAttribute("aria-label", "Chance of each class");
    }

    /** @param {ArrayLike<number>} probabilities */
    show(probabilities) {
      this.rows.forEach(({ bar, said }, digit) => {
        bar.style.width = `${100 * probabilities[digit]}%`;
        said.textContent = percent(probabilities[digit]);
      });
    }
  }

  /** Two latents as a plane: regions, circles of the prior, held-out digits, one digit's ellipse, ways, the point. */
  class Plane {
    /** @param {(place: [number, number], settled: boolean) => void} moved */
    constructor(moved) {
      this.moved = moved;
      this.reach = 3;
      /** @type {[number, number]} */
      this.place = [0, 0];
      this.layers = {
        regions: draw("g", { class: "gl-explore-regions" }),
        axes: draw("g", { class: "gl-explore-axes" }),
        circles: draw("g", { class: "gl-explore-prior" }),
        points: draw("g", { class: "gl-explore-points" }),
        samples: draw("g", { class: "gl-explore-samples" }),
        ways: draw("g", { class: "gl-explore-ways" }),
        ellipses: draw("g", { class: "gl-explore-ellipses" }),
        cursor: draw("g", { class: "gl-explore-cursor" }, draw("circle", { r: 9 }), draw("path", { d: "M-14 0h9M5 0h9M0-14v9M0 5v9" })),
      };
      this.svg = draw("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true" }, ...Object.values(this.layers));
      this.element = make("div", { className: "gl-explore-plane", tabIndex: 0 }, this.svg);
      this.element.setAttribute("role", "application");
      this.element.setAttribute("aria-roledescription", "plane with a point");
      this.listen();
    }

    listen() {
      const { element } = this;
      const follow = (/** @type {PointerEvent} */ event, /** @type {boolean} */ settled) => {
        const box = this.svg.getBoundingClientRect();
        this.move([
          ((event.clientX - box.left) / box.width * 2 - 1) * this.reach,
          (1 - (event.clientY - box.top) / box.height * 2) * this.reach,
        ], settled);
      };
      element.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        element.setPointerCapture(event.pointerId);
        follow(event, false);
      });
      element.addEventListener("pointermove", (event) => { if (element.hasPointerCapture(event.pointerId)) follow(event, false); });
      element.addEventListener("pointerup", (event) => { if (element.hasPointerCapture(event.pointerId)) follow(event, true); });
      element.addEventListener("keydown", (event) => {
        const step = (event.shiftKey ? 10 : 1) * this.reach / 100;
        const [a, b] = this.place;
        /** @type {Record<string, [number, number]>} */
        const places = { ArrowLeft: [a - step, b], ArrowRight: [a + step, b], ArrowUp: [a, b + step], ArrowDown: [a, b - step], Home: [0, 0] };
        const place = places[event.key];
        if (!place || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        this.move(place, true);
      });
    }

    /**
     * @param {[number, number]} place
     * @param {boolean} settled false while it is dragged
     */
    move([a, b], settled) {
      const within = (/** @type {number} */ x) => Math.max(-this.reach, Math.min(this.reach, x));
      this.moved([within(a), within(b)], settled);
    }

    /** @param {number} a */
    x(a) {
      return ((a / this.reach + 1) / 2) * SIZE;
    }

    /** @param {number} b */
    y(b) {
      return ((1 - b / this.reach) / 2) * SIZE;
    }

    /** Another model's plane. @param {number} reach @param {boolean} hasPrior */
    frame(reach, hasPrior) {
      this.reach = reach;
      const step = reach > 12 ? 10 : reach > 6 ? 5 : reach > 4 ? 2 : 1;
      const { axes, circles } = this.layers;
      axes.replaceChildren();
      for (let at = -Math.floor(reach / step) * step; at <= reach; at += step) {
        axes.append(draw("path", { d: `M${this.x(at)} 0V${SIZE}M0 ${this.y(at)}H${SIZE}`, class: at === 0 ? "gl-explore-zero" : "" }));
        if (at === 0) continue;
        axes.append(draw("text", { x: this.x(at), y: SIZE - 4, "text-anchor": "middle" }, String(at)));
        axes.append(draw("text", { x: 4, y: this.y(at) + 4 }, String(at)));
      }
      const circle = (/** @type {number} */ deviations) => draw("circle", { cx: this.x(0), cy: this.y(0), r: (deviations / reach) * SIZE / 2 });
      circles.replaceChildren(...(hasPrior ? [circle(1), circle(2)] : []));
    }

    /** @param {ArrayLike<number>} points two numbers each @param {number[]} labels */
    points(points, labels) {
      this.layers.points.replaceChildren(...Array.from({ length: points.length / 2 }, (_, i) =>
        draw("text", { x: this.x(points[2 * i]).toFixed(1), y: (this.y(points[2 * i + 1]) + 3.5).toFixed(1), class: `gl-class-${labels[i]}` }, String(labels[i]))));
    }

    /** Where each class is decoded; null while that is not known. @param {Uint8Array | null} map @param {number} cells */
    regions(map, cells) {
      this.layers.regions.replaceChildren();
      if (!map) return;
      const side = SIZE / cells;
      for (let digit = 0; digit < 10; digit++) {
        let d = "";
        for (let row = 0; row < cells; row++) {
          for (let from = 0; from < cells; from++) {
            if (map[row * cells + from] !== digit) continue;
            let to = from;
            while (to < cells && map[row * cells + to] === digit) to++;
            d += `M${(from * side).toFixed(1)} ${(row * side).toFixed(1)}h${((to - from) * side).toFixed(1)}v${side.toFixed(2)}h${(-(to - from) * side).toFixed(1)}z`;
            from = to;
          }
        }
        if (d) this.layers.regions.append(draw("path", { d, class: `gl-class-${digit}` }));
      }
    }

    /** One digit's q(z|x), with one and two deviations. @param {[number, number] | null} center @param {{ major: number, minor: number, angle: number } | null} shape */
    ellipse(center, shape) {
      this.layers.ellipses.replaceChildren();
      if (!center) return;
      const [x, y] = [this.x(center[0]), this.y(center[1])];
      this.layers.ellipses.append(draw("path", { d: `M${x - 5} ${y - 5}l10 10M${x + 5} ${y - 5}l-10 10` }));
      if (!shape) return;
      const unit = SIZE / 2 / this.reach;
      for (const deviations of [1, 2]) {
        this.layers.ellipses.append(draw("ellipse", {
          cx: x, cy: y, rx: Math.max(1, deviations * shape.major * unit), ry: Math.max(1, deviations * shape.minor * unit),
          transform: `rotate(${(-shape.angle * 180 / Math.PI).toFixed(2)} ${x} ${y})`,
        }));
      }
    }

    /** The two ends, and the ways between them. @param {[string, [number, number]][]} ends @param {[number, number][][]} ways */
    ways(ends, ways) {
      const d = (/** @type {[number, number][]} */ way) => `M${way.map(([a, b]) => `${this.x(a).toFixed(1)} ${this.y(b).toFixed(1)}`).join("L")}`;
      this.layers.ways.replaceChildren(
        ...ways.map((way, i) => draw("path", { d: d(way), class: i > 0 ? "gl-live-dashed" : "" })),
        ...ends.map(([name, [a, b]]) => draw("g", {}, draw("circle", { cx: this.x(a), cy: this.y(b), r: 8 }),
          draw("text", { x: this.x(a), y: this.y(b) + 4, "text-anchor": "middle" }, name))));
    }

    /** @param {[number, number][]} places */
    samples(places) {
      this.layers.samples.replaceChildren(...places.map(([a, b]) => draw("circle", { cx: this.x(a).toFixed(1), cy: this.y(b).toFixed(1), r: 3.5 })));
    }

    /** @param {[number, number]} place @param {string} text */
    point(place, text) {
      this.place = place;
      this.layers.cursor.setAttribute("transform", `translate(${this.x(place[0]).toFixed(1)} ${this.y(place[1]).toFixed(1)})`);
      this.element.setAttribute("aria-label", text);
    }
  }

  /**
   * A cell for each pixel, with counts: a pointer paints, softly where counts are many, and keys set one cell after
   * another. Where pixels are small, Space puts the pointer's brush down, and Shift with an arrow draws a line.
   */
  class Field {
    /**
     * @param {number} side
     * @param {(counts: Uint8Array) => void} changed
     */
    constructor(side, changed) {
      this.side = side;
      this.most = SETS[side].most;
      this.isFine = side > 8;
      this.brush = this.isFine ? 1.8 : 1.35; // cells from the middle of the brush to where it has no ink
      this.changed = changed;
      this.counts = new Uint8Array(side * side);
      /** As the cells show them. */
      this.shown = new Int16Array(side * side).fill(-1);
      this.at = 0;
      this.erasing = false;
      this.cells = Array.from(this.counts, (_, i) => {
        const cell = make("div", { tabIndex: i === 0 ? 0 : -1 });
        cell.setAttribute("role", "gridcell");
        return cell;
      });
      this.element = make("div", { className: `gl-explore-field${this.isFine ? " gl-explore-fine" : ""}` }, ...Array.from({ length: side }, (_, row) => {
        const line = make("div", {}, ...this.cells.slice(row * side, (row + 1) * side));
        line.setAttribute("role", "row");
        return line;
      }));
      this.element.setAttribute("role", "grid");
      this.element.setAttribute("aria-label", `A digit of ${side} by ${side} ${this.isFine ? "pixels with ink or without" : `counts from 0 to ${this.most}`}`);
      this.listen();
      this.set(this.counts);
    }

    listen() {
      const { element, side } = this;
      /** Where the pointer was. @type {[number, number]} */
      let last = [0, 0];
      const place = (/** @type {PointerEvent} */ event) => {
        const box = element.getBoundingClientRect();
        return /** @type {[number, number]} */ ([((event.clientX - box.left) / box.width) * side, ((event.clientY - box.top) / box.height) * side]);
      };
      element.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        element.setPointerCapture(event.pointerId);
        last = place(event);
        this.paint(last, last, this.erasing);
      });
      element.addEventListener("pointermove", (event) => {
        if (!element.hasPointerCapture(event.pointerId)) return;
        const next = place(event);
        this.paint(last, next, this.erasing);
        last = next;
      });
      element.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const count = this.counts[this.at];
        const step = event.shiftKey ? 4 : 1;
        /** @type {Record<string, number>} */
        const counts = { " ": count > 0 ? 0 : this.most, Delete: 0, "+": count + step, "=": count + step, "-": count - step, "_": count - step, PageUp: count + 4, PageDown: count - 4 };
        const [row, column] = [Math.floor(this.at / side), this.at % side];
        /** @type {Record<string, [number, number]>} */
        const places = { ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column], ArrowDown: [row + 1, column] };
        if (this.isFine && event.key === " ") {
          const middle = this.middle();
          this.paint(middle, middle, this.erasing || count > 0);
        } else if (event.key in counts) {
          this.counts[this.at] = Math.max(0, Math.min(this.most, counts[event.key]));
          this.set(this.counts);
          this.changed(this.counts);
        } else if (event.key in places) {
          const [r, c] = places[event.key].map((one) => Math.max(0, Math.min(side - 1, one)));
          const before = this.middle();
          this.go(r * side + c);
          if (this.isFine && event.shiftKey) this.paint(before, this.middle(), this.erasing);
        } else {
          return;
        }
        event.preventDefault();
      });
      element.addEventListener("focusin", (event) => {
        const at = this.cells.findIndex((cell) => cell === event.target);
        if (at >= 0) this.go(at, false);
      });
    }

    /** The middle of the cell that keys act on. @returns {[number, number]} */
    middle() {
      return [(this.at % this.side) + 0.5, Math.floor(this.at / this.side) + 0.5];
    }

    /**
     * The brush goes from one place to another, in cells: a fast pointer leaves no holes.
     * @param {[number, number]} from
     * @param {[number, number]} to
     * @param {boolean} erasing
     */
    paint([x1, y1], [x2, y2], erasing) {
      const { side, most } = this;
      const steps = Math.max(1, Math.ceil(2 * Math.hypot(x2 - x1, y2 - y1)));
      for (let k = 0; k <= steps; k++) {
        const [x, y] = [x1 + (k / steps) * (x2 - x1), y1 + (k / steps) * (y2 - y1)];
        for (let i = 0; i < this.counts.length; i++) {
          const away = Math.hypot(x - (i % side) - 0.5, y - Math.floor(i / side) - 0.5);
          const ink = Math.round(most * Math.max(0, Math.min(1, this.brush - away)));
          this.counts[i] = erasing ? Math.min(this.counts[i], most - ink) : Math.max(this.counts[i], ink);
        }
      }
      this.set(this.counts);
      this.changed(this.counts);
    }

    /** @param {number} at @param {boolean} [focus] */
    go(at, focus = true) {
      this.cells[this.at].tabIndex = -1;
      this.at = at;
      this.cells[at].tabIndex = 0;
      if (focus) this.cells[at].focus();
    }

    /** @param {ArrayLike<number>} counts */
    set(counts) {
      const { side, most, shown } = this;
      this.counts = Uint8Array.from(counts);
      this.counts.forEach((count, i) => {
        if (shown[i] === count) return;
        shown[i] = count;
        const gray = Math.round((255 * count) / most);
        this.cells[i].style.backgroundColor = `rgb(${gray} ${gray} ${gray})`;
        const told = this.isFine ? (count > 0 ? "ink" : "empty") : count;
        this.cells[i].setAttribute("aria-label", `row ${Math.floor(i / side) + 1}, column ${(i % side) + 1}: ${told}`);
      });
    }
  }

  /** What the colors mean. */
  function legend() {
    const items = Array.from({ length: 10 }, (_, digit) => make("span", { className: `gl-class-${digit}` }, make("i"), make("b", { textContent: String(digit) })));
    return make("p", { className: "gl-explore-legend" }, ...items);
  }

  return { Pictures, Bars, Plane, Field, legend, named, percent };
})();
