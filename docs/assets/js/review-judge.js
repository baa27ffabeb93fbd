// The judge of a review: a support vector machine in three-fold cross-validation, as scikit-learn's SVC with a Gaussian
// kernel on standardized input. It is libsvm's solver, step by step (Fan, Chen, Lin 2005, with shrinking), so that it
// stops where libsvm stops. Nothing in it is random but the folds.
const glReviewJudge = (() => {
  const GAP = 1e-3; // SVC's tol
  const TINY = 1e-12; // libsvm's TAU
  const EPSILON = 2 ** -52;
  const LOWER = 0;
  const FREE = 1;
  const UPPER = 2;

  /**
   * The fold in which each point is judged: `StratifiedKFold(folds, shuffle=True, random_state=0)`.
   * @param {number} reals how many points are real; they come first
   * @param {number} made how many are generated
   * @param {number} folds
   */
  function foldsOf(reals, made, folds) {
    const twister = new glRandom.TorchRandom(0); // the same Mersenne Twister, begun in the same way
    const found = new Uint8Array(reals + made);
    for (const [from, count] of [[0, reals], [reals, made]]) {
      /** @type {number[]} */
      const own = [];
      for (let fold = 0; fold < folds; fold++) {
        // scikit-learn deals the sorted labels out in turns.
        for (let i = fold; i < reals + made; i += folds) if (i >= from && i < from + count) own.push(fold);
      }
      const mixed = Uint8Array.from(own);
      glNumpyRandom.shuffle(mixed, twister);
      found.set(mixed, from);
    }
    return found;
  }

  /**
   * Columns with mean 0 and deviation 1 in the rows that are known, as `StandardScaler` has them; constant ones are 0
   * there. Columns that are 0 everywhere are left out.
   * @param {Float64Array} x
   * @param {number} d columns
   * @param {Uint32Array} known rows
   * @returns {{ x: Float64Array, d: number }}
   */
  function standardized(x, d, known) {
    const rows = x.length / d;
    const count = known.length;
    const out = new Float64Array(x.length);
    let kept = 0;
    for (let c = 0; c < d; c++) {
      let sum = 0;
      for (const row of known) sum += x[row * d + c];
      const mean = sum / count;
      let squares = 0;
      let rest = 0;
      for (const row of known) {
        const off = x[row * d + c] - mean;
        squares += off * off;
        rest += off;
      }
      const variance = (squares - (rest * rest) / count) / count;
      const constant = variance <= count * EPSILON * variance + (count * mean * EPSILON) ** 2;
      const scale = constant ? 1 : Math.sqrt(variance);
      let differs = false;
      for (let row = 0; row < rows; row++) {
        const value = (x[row * d + c] - mean) / scale;
        out[row * d + kept] = value;
        differs ||= value !== 0;
      }
      if (differs) kept += 1;
    }
    if (kept === d) return { x: out, d };
    const narrow = new Float64Array(rows * kept);
    for (let row = 0; row < rows; row++) narrow.set(out.subarray(row * d, row * d + kept), row * kept);
    return { x: narrow, d: kept };
  }

  /**
   * libsvm's solver for C-SVC, on the rows of a kernel matrix.
   */
  class Solver {
    /**
     * @param {Float32Array} q y_i y_j K(i, j), in single precision as libsvm keeps it
     * @param {Int8Array} signs +1 or -1
     * @param {Float64Array} bounds C of each point
     */
    constructor(q, signs, bounds) {
      const l = signs.length;
      this.l = l;
      this.q = q;
      this.y = signs.slice();
      this.bounds = bounds.slice();
      this.alpha = new Float64Array(l);
      this.status = new Uint8Array(l).fill(LOWER);
      this.place = Uint32Array.from({ length: l }, (_, i) => i);
      this.gradient = new Float64Array(l).fill(-1);
      this.gradientOfBounds = new Float64Array(l);
      this.active = l;
      this.unshrunk = false;
      this.i = -1;
      this.j = -1;
    }

    /** @param {number} i */
    update(i) {
      this.status[i] = this.alpha[i] >= this.bounds[i] ? UPPER : this.alpha[i] <= 0 ? LOWER : FREE;
    }

    /** Chooses the pair i, j that is changed next; false if none is worth it. */
    select() {
      const { y, status, gradient, active, q, place, l } = this;
      let most = -Infinity;
      let least = -Infinity;
      let i = -1;
      let j = -1;
      let best = Infinity;
      for (let t = 0; t < active; t++) {
        if (y[t] === 1) {
          if (status[t] !== UPPER && -gradient[t] >= most) {
            most = -gradient[t];
            i = t;
          }
        } else if (status[t] !== LOWER && gradient[t] >= most) {
          most = gradient[t];
          i = t;
        }
      }
      const row = i < 0 ? 0 : place[i] * l;
      const sign = i < 0 ? 0 : y[i];
      for (let t = 0; t < active; t++) {
        const up = y[t] === 1;
        if (status[t] === (up ? LOWER : UPPER)) continue;
        const g = up ? gradient[t] : -gradient[t];
        if (g >= least) least = g;
        const apart = most + g;
        if (apart <= 0) continue;
        const bend = 2 - 2 * sign * (up ? 1 : -1) * q[row + place[t]];
        const gain = -(apart * apart) / (bend > 0 ? bend : TINY);
        if (gain <= best) {
          j = t;
          best = gain;
        }
      }
      if (most + least < GAP || j < 0) return false;
      this.i = i;
      this.j = j;
      return true;
    }

    /** Changes the pair as far as it helps, within its bounds. */
    move() {
      const { i, j, y, alpha, bounds, gradient, q, place, l } = this;
      const rowI = place[i] * l;
      const rowJ = place[j] * l;
      const boundI = bounds[i];
      const boundJ = bounds[j];
      const oldI = alpha[i];
      const oldJ = alpha[j];
      const both = q[rowI + place[j]];
      let newI;
      let newJ;
      if (y[i] !== y[j]) {
        const bend = 2 + 2 * both;
        const delta = (-gradient[i] - gradient[j]) / (bend <= 0 ? TINY : bend);
        const apart = oldI - oldJ;
        newI = oldI + delta;
        newJ = oldJ + delta;
        if (apart > 0 ? newJ < 0 : newI < 0) {
          newI = Math.max(apart, 0);
          newJ = Math.max(-apart, 0);
        }
        if (apart > boundI - boundJ) {
          if (newI > boundI) {
            newI = boundI;
            newJ = boundI - apart;
          }
        } else if (newJ > boundJ) {
          newI = boundJ + apart;
          newJ = boundJ;
        }
      } else {
        const bend = 2 - 2 * both;
        const delta = (gradient[i] - gradient[j]) / (bend <= 0 ? TINY : bend);
        const sum = oldI + oldJ;
        newI = oldI - delta;
        newJ = oldJ + delta;
        if (sum > boundI) {
          if (newI > boundI) {
            newI = boundI;
            newJ = sum - boundI;
          }
        } else if (newJ < 0) {
          newI = sum;
          newJ = 0;
        }
        if (sum > boundJ) {
          if (newJ > boundJ) {
            newI = sum - boundJ;
            newJ = boundJ;
          }
        } else if (newI < 0) {
          newI = 0;
          newJ = sum;
        }
      }
      alpha[i] = newI;
      alpha[j] = newJ;
      const changeI = newI - oldI;
      const changeJ = newJ - oldJ;
      for (let k = 0; k < this.active; k++) {
        const at = place[k];
        gradient[k] += q[rowI + at] * changeI + q[rowJ + at] * changeJ;
      }
      this.bound(i);
      this.bound(j);
    }

    /** Keeps the status of a point, and what those at their bound add to the gradient. @param {number} i */
    bound(i) {
      const { status, bounds, gradientOfBounds, q, place, l } = this;
      const was = status[i] === UPPER;
      this.update(i);
      const is = status[i] === UPPER;
      if (was === is) return;
      const by = is ? bounds[i] : -bounds[i];
      const row = place[i] * l;
      for (let k = 0; k < l; k++) gradientOfBounds[k] += by * q[row + place[k]];
    }

    /** The gradient of the points that were left out, which is not kept up. */
    reconstruct() {
      const { active, l, gradient, gradientOfBounds, alpha, status, q, place } = this;
      if (active === l) return;
      let free = 0;
      for (let j = active; j < l; j++) gradient[j] = gradientOfBounds[j] - 1;
      for (let j = 0; j < active; j++) if (status[j] === FREE) free += 1;
      // libsvm sums in one of two orders, whichever is shorter; the sums are the same but for rounding.
      if (free * l > 2 * active * (l - active)) {
        for (let i = active; i < l; i++) {
          for (let j = 0; j < active; j++) if (status[j] === FREE) gradient[i] += alpha[j] * q[place[i] * l + place[j]];
        }
        return;
      }
      for (let i = 0; i < active; i++) {
        if (status[i] !== FREE) continue;
        for (let j = active; j < l; j++) gradient[j] += alpha[i] * q[place[i] * l + place[j]];
      }
    }

    /**
     * @param {number} i
     * @param {number} up
     * @param {number} down
     */
    isIdle(i, up, down) {
      const { y, status, gradient } = this;
      if (status[i] === UPPER) return -gradient[i] > (y[i] === 1 ? up : down);
      if (status[i] === LOWER) return gradient[i] > (y[i] === 1 ? down : up);
      return false;
    }

    /** Leaves out points at their bounds that will hardly move. */
    shrink() {
      const { y, status, gradient } = this;
      let up = -Infinity;
      let down = -Infinity;
      for (let i = 0; i < this.active; i++) {
        const [first, second] = y[i] === 1 ? [UPPER, LOWER] : [LOWER, UPPER];
        const g = y[i] === 1 ? -gradient[i] : gradient[i];
        if (status[i] !== first && g >= up) up = g;
        if (status[i] !== second && -g >= down) down = -g;
      }
      if (!this.unshrunk && up + down <= GAP * 10) {
        this.unshrunk = true;
        this.reconstruct();
        this.active = this.l;
      }
      for (let i = 0; i < this.active; i++) {
        if (!this.isIdle(i, up, down)) continue;
        this.active -= 1;
        while (this.active > i) {
          if (!this.isIdle(this.active, up, down)) {
            this.swap(i, this.active);
            break;
          }
          this.active -= 1;
        }
      }
    }

    /** @param {number} i @param {number} j */
    swap(i, j) {
      for (const of of [this.y, this.gradient, this.status, this.alpha, this.place, this.gradientOfBounds, this.bounds]) {
        const kept = of[i];
        of[i] = of[j];
        of[j] = kept;
      }
    }

    /** @returns {Generator<undefined, { weights: Float64Array, offset: number }>} weights with their signs, by row */
    *solve() {
      let counter = Math.min(this.l, 1000) + 1;
      for (let step = 1; ; step++) {
        if (--counter === 0) {
          counter = Math.min(this.l, 1000);
          this.shrink();
        }
        if (!this.select()) {
          this.reconstruct();
          this.active = this.l;
          if (!this.select()) break;
          counter = 1; // shrink in the next step
        }
        this.move();
        if (step % 50 === 0) yield;
      }
      const weights = new Float64Array(this.l);
      for (let i = 0; i < this.l; i++) weights[this.place[i]] = this.alpha[i] * this.y[i];
      return { weights, offset: this.offset() };
    }

    offset() {
      let [free, sum, high, low] = [0, 0, Infinity, -Infinity];
      for (let i = 0; i < this.l; i++) {
        const g = this.y[i] * this.gradient[i];
        if (this.status[i] === FREE) {
          free += 1;
          sum += g;
        } else if ((this.status[i] === UPPER) === (this.y[i] === -1)) high = Math.min(high, g);
        else low = Math.max(low, g);
      }
      return free > 0 ? sum / free : (high + low) / 2;
    }
  }

  /**
   * K(i, j) of rows i of one list with rows j of another, one row at a time.
   * @param {Float64Array} x
   * @param {number} d
   * @param {Float64Array} squares |x|^2 of each row
   * @param {number} gamma
   * @param {number} row
   * @param {Uint32Array} others
   * @param {number} from the first of the others that is asked for
   * @param {Float64Array} out
   */
  function kernelRow(x, d, squares, gamma, row, others, from, out) {
    const at = row * d;
    let j = from;
    for (; j + 3 < others.length; j += 4) {
      let one = 0;
      let two = 0;
      let three = 0;
      let four = 0;
      const a = others[j] * d - at;
      const b = others[j + 1] * d - at;
      const c = others[j + 2] * d - at;
      const e = others[j + 3] * d - at;
      for (let k = at; k < at + d; k++) {
        const value = x[k];
        one += value * x[a + k];
        two += value * x[b + k];
        three += value * x[c + k];
        four += value * x[e + k];
      }
      out[j] = one;
      out[j + 1] = two;
      out[j + 2] = three;
      out[j + 3] = four;
    }
    for (; j < others.length; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += x[at + k] * x[others[j] * d + k];
      out[j] = sum;
    }
    for (j = from; j < others.length; j++) out[j] = Math.exp(-gamma * (squares[row] + squares[others[j]] - 2 * out[j]));
  }

  /** Row i of the signed kernel, from the diagonal on. @param {Float32Array} q @param {number} i @param {Float64Array} row @param {Int8Array} signs */
  function keep(q, i, row, signs) {
    const l = signs.length;
    q[i * l + i] = 1;
    for (let j = i + 1; j < l; j++) q[i * l + j] = signs[i] * signs[j] * row[j];
  }

  /** What is right of the diagonal, also left of it. @param {Float32Array} q @param {number} l */
  function mirror(q, l) {
    for (let j = 1; j < l; j++) for (let i = 0; i < j; i++) q[j * l + i] = q[i * l + j];
  }

  /** @param {Float64Array} row @param {Float64Array} weights */
  function weighted(row, weights) {
    let sum = 0;
    for (let j = 0; j < weights.length; j++) sum += weights[j] * row[j];
    return sum;
  }

  /**
   * Share of both sets that is put in the right one, both weighed alike: `classifier_accuracy` of the library.
   * @param {Float64Array} real (n, d)
   * @param {Float64Array} generated (m, d)
   * @param {number} d
   * @param {number} folds
   * @returns {Generator<undefined, number>}
   */
  function* accuracy(real, generated, d, folds) {
    const all = new Float64Array(real.length + generated.length);
    all.set(real);
    all.set(generated, real.length);
    const reals = real.length / d;
    const made = generated.length / d;
    const fold = foldsOf(reals, made, folds);
    const right = [0, 0];
    const rows = Uint32Array.from({ length: reals + made }, (_, i) => i);
    for (let now = 0; now < folds; now++) {
      const known = rows.filter((i) => fold[i] !== now);
      const asked = rows.filter((i) => fold[i] === now);
      const scaled = standardized(all, d, known);
      const { x } = scaled;
      const width = scaled.d;
      const l = known.length;
      const squares = new Float64Array(reals + made);
      for (const i of rows) for (let k = i * width; k < (i + 1) * width; k++) squares[i] += x[k] * x[k];
      // gamma="scale": one over the number of columns and the variance of all numbers. Those left out are 0.
      let [sum, ofSquares] = [0, 0];
      for (const i of known) {
        ofSquares += squares[i];
        for (let k = i * width; k < (i + 1) * width; k++) sum += x[k];
      }
      const variance = ofSquares / (l * d) - (sum / (l * d)) ** 2;
      const gamma = variance === 0 ? 1 : 1 / (d * variance);
      const q = new Float32Array(l * l);
      const signs = Int8Array.from(known, (i) => (i < reals ? 1 : -1));
      const row = new Float64Array(l);
      for (let i = 0; i < l; i++) {
        kernelRow(x, width, squares, gamma, known[i], known, i, row);
        keep(q, i, row, signs);
        if (i % 16 === 15) yield;
      }
      mirror(q, l);
      yield;
      // class_weight="balanced"
      const known1 = signs.filter((sign) => sign === 1).length;
      const bounds = Float64Array.from(signs, (sign) => l / (2 * (sign === 1 ? known1 : l - known1)));
      const { weights, offset } = yield* new Solver(q, signs, bounds).solve();
      const held = Uint32Array.from({ length: l }, (_, i) => i).filter((i) => weights[i] !== 0);
      const vectors = held.map((i) => known[i]);
      const ofVectors = Float64Array.from(held, (i) => weights[i]);
      for (let i = 0; i < asked.length; i++) {
        kernelRow(x, width, squares, gamma, asked[i], vectors, 0, row);
        const value = weighted(row, ofVectors) - offset;
        const isReal = asked[i] < reals;
        if (value > 0 === isReal) right[isReal ? 0 : 1] += 1;
        if (i % 16 === 15) yield;
      }
    }
    return (right[0] / reals + right[1] / made) / 2;
  }

  return { accuracy, foldsOf };
})();
