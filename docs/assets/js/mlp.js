// Three layers with LeakyReLU between them, forward and backward, as gan/ring.py has them: weights (in, out), float64.
// A batch is a Float64Array, row after row. Several rows and columns are done at a time, for speed; nothing is
// allocated meanwhile.
const glMlp = (() => {
  const LEAK = 0.2;

  /**
   * y = x w + b for each row; b may be null. Two rows and four outputs at a time.
   * @param {Float64Array} x
   * @param {number} rows
   * @param {number} n numbers in a row of x
   * @param {Float64Array} w
   * @param {Float64Array | null} b
   * @param {number} m numbers in a row of y
   * @param {Float64Array} y
   */
  function affine(x, rows, n, w, b, m, y) {
    for (let r = 0; r < rows; r += 2) {
      const upper = r * n;
      const lower = r + 1 < rows ? upper + n : upper; // an odd row out is computed twice
      const at = r * m;
      const below = r + 1 < rows ? at + m : at;
      let o = 0;
      for (; o + 4 <= m; o += 4) {
        let a0 = b ? b[o] : 0;
        let a1 = b ? b[o + 1] : 0;
        let a2 = b ? b[o + 2] : 0;
        let a3 = b ? b[o + 3] : 0;
        let c0 = a0;
        let c1 = a1;
        let c2 = a2;
        let c3 = a3;
        for (let i = 0, k = o; i < n; i++, k += m) {
          const u = x[upper + i];
          const v = x[lower + i];
          const w0 = w[k];
          const w1 = w[k + 1];
          const w2 = w[k + 2];
          const w3 = w[k + 3];
          a0 += u * w0;
          a1 += u * w1;
          a2 += u * w2;
          a3 += u * w3;
          c0 += v * w0;
          c1 += v * w1;
          c2 += v * w2;
          c3 += v * w3;
        }
        y[at + o] = a0;
        y[at + o + 1] = a1;
        y[at + o + 2] = a2;
        y[at + o + 3] = a3;
        y[below + o] = c0;
        y[below + o + 1] = c1;
        y[below + o + 2] = c2;
        y[below + o + 3] = c3;
      }
      for (; o < m; o++) {
        let a = b ? b[o] : 0;
        let c = a;
        for (let i = 0, k = o; i < n; i++, k += m) {
          a += x[upper + i] * w[k];
          c += x[lower + i] * w[k];
        }
        y[at + o] = a;
        y[below + o] = c;
      }
    }
  }

  /**
   * x = s w' for each row: the way back through a layer. Two rows and four inputs at a time.
   * @param {Float64Array} s
   * @param {number} rows
   * @param {number} m numbers in a row of s
   * @param {Float64Array} w
   * @param {number} n numbers in a row of x
   * @param {Float64Array} x
   */
  function back(s, rows, m, w, n, x) {
    for (let r = 0; r < rows; r += 2) {
      const upper = r * m;
      const lower = r + 1 < rows ? upper + m : upper;
      const at = r * n;
      const below = r + 1 < rows ? at + n : at;
      let i = 0;
      for (; i + 4 <= n; i += 4) {
        let a0 = 0;
        let a1 = 0;
        let a2 = 0;
        let a3 = 0;
        let c0 = 0;
        let c1 = 0;
        let c2 = 0;
        let c3 = 0;
        for (let o = 0, k = i * m; o < m; o++, k++) {
          const u = s[upper + o];
          const v = s[lower + o];
          const w0 = w[k];
          const w1 = w[k + m];
          const w2 = w[k + 2 * m];
          const w3 = w[k + 3 * m];
          a0 += u * w0;
          a1 += u * w1;
          a2 += u * w2;
          a3 += u * w3;
          c0 += v * w0;
          c1 += v * w1;
          c2 += v * w2;
          c3 += v * w3;
        }
        x[at + i] = a0;
        x[at + i + 1] = a1;
        x[at + i + 2] = a2;
        x[at + i + 3] = a3;
        x[below + i] = c0;
        x[below + i + 1] = c1;
        x[below + i + 2] = c2;
        x[below + i + 3] = c3;
      }
      for (; i < n; i++) {
        let a = 0;
        let c = 0;
        for (let o = 0, k = i * m; o < m; o++, k++) {
          a += s[upper + o] * w[k];
          c += s[lower + o] * w[k];
        }
        x[at + i] = a;
        x[below + i] = c;
      }
    }
  }

  /**
   * g += x' s, summed over rows: the gradient of a layer's weights. Four rows and two inputs at a time.
   * @param {Float64Array} x
   * @param {number} rows
   * @param {number} n
   * @param {Float64Array} s
   * @param {number} m
   * @param {Float64Array} g
   */
  function outer(x, rows, n, s, m, g) {
    let r = 0;
    for (; r + 4 <= rows; r += 4) {
      const s0 = r * m;
      const x0 = r * n;
      let i = 0;
      for (; i + 2 <= n; i += 2) {
        const u0 = x[x0 + i];
        const u1 = x[x0 + n + i];
        const u2 = x[x0 + 2 * n + i];
        const u3 = x[x0 + 3 * n + i];
        const v0 = x[x0 + i + 1];
        const v1 = x[x0 + n + i + 1];
        const v2 = x[x0 + 2 * n + i + 1];
        const v3 = x[x0 + 3 * n + i + 1];
        for (let o = 0, k = s0, at = i * m; o < m; o++, k++, at++) {
          const a = s[k];
          const b = s[k + m];
          const c = s[k + 2 * m];
          const d = s[k + 3 * m];
          g[at] += u0 * a + u1 * b + u2 * c + u3 * d;
          g[at + m] += v0 * a + v1 * b + v2 * c + v3 * d;
        }
      }
      for (; i < n; i++) {
        for (let o = 0, k = s0; o < m; o++, k++) {
          g[i * m + o] += x[x0 + i] * s[k] + x[x0 + n + i] * s[k + m] + x[x0 + 2 * n + i] * s[k + 2 * m] + x[x0 + 3 * n + i] * s[k + 3 * m];
        }
      }
    }
    for (; r < rows; r++) {
      for (let i = 0; i < n; i++) for (let o = 0; o < m; o++) g[i * m + o] += x[r * n + i] * s[r * m + o];
    }
  }

  /** @param {Float64Array} h @param {number} count */
  function leaky(h, count) {
    for (let k = 0; k < count; k++) if (!(h[k] > 0)) h[k] *= LEAK;
  }

  /** Where the unit was off, its slope is LEAK. @param {Float64Array} s @param {Float64Array} h @param {number} count */
  function mask(s, h, count) {
    for (let k = 0; k < count; k++) if (!(h[k] > 0)) s[k] *= LEAK;
  }

  /**
   * @typedef {{ rows: number, x: Float64Array, h1: Float64Array, h2: Float64Array, out: Float64Array,
   *   s1: Float64Array, s2: Float64Array, t1: Float64Array, t2: Float64Array, slope: Float64Array }} Tape
   * @typedef {{ w: Float64Array[], b: Float64Array[] }} Layers
   */

  class Mlp {
    /**
     * @param {number} inputs
     * @param {number} width
     * @param {number} outputs
     */
    constructor(inputs, width, outputs) {
      this.sizes = [inputs, width, width, outputs];
      const { all, layers } = this.room();
      this.weights = all;
      this.layers = layers;
    }

    /** Numbers for all weights, and views of them by layer. @returns {{ all: Float64Array, layers: Layers }} */
    room() {
      const { sizes } = this;
      let count = 0;
      for (let l = 0; l < 3; l++) count += (sizes[l] + 1) * sizes[l + 1];
      const all = new Float64Array(count);
      /** @type {Layers} */
      const layers = { w: [], b: [] };
      let at = 0;
      for (let l = 0; l < 3; l++) {
        layers.w.push(all.subarray(at, (at += sizes[l] * sizes[l + 1])));
        layers.b.push(all.subarray(at, (at += sizes[l + 1])));
      }
      return { all, layers };
    }

    /** @param {number} rows @returns {Tape} */
    tape(rows) {
      const [inputs, width, , outputs] = this.sizes;
      const wide = () => new Float64Array(rows * width);
      return {
        rows, x: new Float64Array(rows * inputs), h1: wide(), h2: wide(), out: new Float64Array(rows * outputs),
        s1: wide(), s2: wide(), t1: wide(), t2: wide(), slope: new Float64Array(rows * inputs),
      };
    }

    /**
     * From tape.x to tape.out.
     * @param {Tape} tape
     * @param {Layers} [layers] other weights than its own
     */
    forward(tape, layers = this.layers) {
      const [inputs, width, , outputs] = this.sizes;
      const { rows, x, h1, h2, out } = tape;
      affine(x, rows, inputs, layers.w[0], layers.b[0], width, h1);
      leaky(h1, rows * width);
      affine(h1, rows, width, layers.w[1], layers.b[1], width, h2);
      leaky(h2, rows * width);
      affine(h2, rows, width, layers.w[2], layers.b[2], outputs, out);
    }

    /**
     * Adds to the gradients of the weights, which may be null, and writes the slope in the inputs to tape.slope.
     * @param {Tape} tape
     * @param {Float64Array} s slope in the outputs
     * @param {Layers | null} g
     * @param {boolean} toInputs
     * @param {Layers} [layers]
     */
    backward(tape, s, g, toInputs, layers = this.layers) {
      const [inputs, width, , outputs] = this.sizes;
      const { rows, x, h1, h2, s1, s2 } = tape;
      if (g) step(h2, rows, width, s, outputs, g, 2);
      back(s, rows, outputs, layers.w[2], width, s2);
      mask(s2, h2, rows * width);
      if (g) step(h1, rows, width, s2, width, g, 1);
      back(s2, rows, width, layers.w[1], width, s1);
      mask(s1, h1, rows * width);
      if (g) step(x, rows, inputs, s1, width, g, 0);
      if (toInputs) back(s1, rows, width, layers.w[0], inputs, tape.slope);
    }

    /**
     * Adds the gradient of factor / 2 times the sum of all squared slopes of the output in the inputs (one output).
     * Between its kinks the net is linear, so the slope is a product of weights: its gradient is another pass.
     * @param {Tape} tape after `forward`
     * @param {number} factor
     * @param {Layers} g
     * @param {Layers} [layers]
     */
    penalty(tape, factor, g, layers = this.layers) {
      const [inputs, width] = this.sizes;
      const { rows, h1, h2, s1, s2, t1, t2, slope } = tape;
      const { w } = layers;
      for (let r = 0; r < rows; r++) s2.set(w[2], r * width);
      mask(s2, h2, rows * width);
      back(s2, rows, width, w[1], width, s1);
      mask(s1, h1, rows * width);
      back(s1, rows, width, w[0], inputs, slope);
      for (let k = 0; k < rows * inputs; k++) slope[k] *= factor;
      outer(slope, rows, inputs, s1, width, g.w[0]);
      affine(slope, rows, inputs, w[0], null, width, t1);
      mask(t1, h1, rows * width);
      outer(t1, rows, width, s2, width, g.w[1]);
      affine(t1, rows, width, w[1], null, width, t2);
      mask(t2, h2, rows * width);
      for (let r = 0; r < rows; r++) for (let k = 0; k < width; k++) g.w[2][k] += t2[r * width + k];
    }
  }

  /**
   * @param {Float64Array} x
   * @param {number} rows
   * @param {number} n
   * @param {Float64Array} s
   * @param {number} m
   * @param {Layers} g
   * @param {number} l
   */
  function step(x, rows, n, s, m, g, l) {
    outer(x, rows, n, s, m, g.w[l]);
    const b = g.b[l];
    for (let r = 0; r < rows; r++) for (let o = 0; o < m; o++) b[o] += s[r * m + o];
  }

  return { Mlp };
})();
