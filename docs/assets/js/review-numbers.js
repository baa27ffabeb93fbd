// The numbers of a review, as genloop.review has them: neighborhoods, two-sample tests, classes, copying, each for the
// samples and for two controls. Long work is a generator that gives way; whoever runs it decides for how long.
// Thresholds come from the data that snippets/review/page_data.py wrote. All sets are rows of 64 numbers.
const glReviewNumbers = (() => {
  const EPSILON = 2 ** -52;

  /**
   * @template T
   * @typedef {globalThis.Generator<undefined, T>} Work
   */
  /**
   * @typedef {{ precision: number, recall: number, density: number, coverage: number }} Neighborhood
   * @typedef {{ accuracy: number, mmd: number, mmd_p: number }} TwoSample
   * @typedef {{ neighborhood: Neighborhood, two_sample: TwoSample, spread: number }} Measured
   * @typedef {{ pixels: Measured, features: Measured }} Spaces
   * @typedef {{ median: number, median_held_out: number, closer: number, closer_p: number, prefers_train: number,
   *   prefers_train_p: number, copied: number, copied_by_chance: number, copied_p: number }} Copying
   * @typedef {{ classes: number[], real: number[], generated: number[], tv: number, missing: number[] }} Classes
   * @typedef {{ data: Data, compared: number, samples: Spaces, real: Spaces, noise: Spaces, copying: Copying,
   *   classes: Classes, realClasses: Classes, latentUse: number | null, given: Float64Array, shape: number[],
   *   latentShape: number[] | null, nearest: Uint32Array, distance: Float64Array }} Review
   */

  // ---- the data ----

  /** @param {string} text base64 @returns {ArrayBuffer} */
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer;

  /** What the program wrote, with its arrays unpacked. */
  class Data {
    /** @param {any} written */
    constructor(written) {
      /** @type {number} */
      this.d = written.shape[0] * written.shape[1];
      /** @type {number[]} */
      this.sides = written.shape;
      this.train = Float64Array.from(new Uint8Array(bytes(written.train)));
      this.heldOut = Float64Array.from(new Uint8Array(bytes(written.held_out)));
      /** Distance of each held-out digit to its nearest training digit. */
      this.usual = new Float64Array(bytes(written.usual));
      /** Samples to try a review with: those of the smallest model. */
      this.example = Float64Array.from(new Uint8Array(bytes(written.example)));
      const weights = (/** @type {string} */ name) => new Float64Array(bytes(written.classifier[name]));
      this.classifier = { hiddenWeight: weights("hidden_weight"), hiddenBias: weights("hidden_bias"), weight: weights("weight"), bias: weights("bias") };
      /** @type {number[]} */
      this.classes = written.classes;
      /** @type {number} */
      this.top = written.top;
      /** @type {Record<string, number>} */
      this.thresholds = written.thresholds;
      /** @type {Record<string, string>} */
      this.words = written.words;
      /** @type {Record<string, string>} */
      this.fields = written.fields;
      /** @type {Record<string, [number, string][]>} */
      this.tiers = written.tiers;
      /** @type {Record<string, [string, string][]>} */
      this.scale = written.scale;
      /** @type {Record<string, string>} */
      this.rules = written.rules;
      /** @type {{ real: Spaces, noise: Spaces }} of as many samples as there are held-out digits */
      this.controls = written.controls;
      this.directions = new Float64Array(bytes(written.directions));
      /** @type {{ state: string, increment: string }} */
      this.random = written.random;
    }

    /** A generator at its beginning: `np.random.default_rng(0)`. */
    rng() {
      return new glNumpyRandom.Generator(this.random.state, this.random.increment);
    }
  }

  // ---- distances ----

  /**
   * Distances of rows of one set to all of another: row i stands at i * m. Equal points, and those whose difference is
   * rounding in the library's formula, are 0 apart.
   * @param {Float64Array} a (n, d)
   * @param {Float64Array} b (m, d), or a itself
   * @param {number} d
   * @returns {Work<Float64Array>}
   */
  function* distances(a, b, d) {
    const [n, m] = [a.length / d, b.length / d];
    const out = new Float64Array(n * m);
    for (let i = 0; i < n; i++) {
      distanceRow(a, i, b, d, out, i * m, a === b ? i + 1 : 0);
      if (i % 32 === 31) yield;
    }
    if (a !== b) return out;
    mirror(out, Float64Array.from({ length: n }, (_, i) => rounding(a, i, d)));
    return out;
  }

  /** What is right of the diagonal, also left of it. @param {Float64Array} apart (n, n) @param {Float64Array} small (n,) */
  function mirror(apart, small) {
    const n = small.length;
    for (let j = 1; j < n; j++) {
      for (let i = 0; i < j; i++) {
        const both = apart[i * n + j];
        apart[j * n + i] = both <= small[j] ? 0 : both;
      }
    }
  }

  /**
   * @param {Float64Array} a
   * @param {number} i
   * @param {Float64Array} b
   * @param {number} d
   * @param {Float64Array} out
   * @param {number} at where the first of them goes
   * @param {number} from the first row of b
   */
  function distanceRow(a, i, b, d, out, at, from) {
    const m = b.length / d;
    const start = i * d;
    const small = rounding(a, i, d);
    let j = from;
    for (; j + 3 < m; j += 4) {
      let one = 0;
      let two = 0;
      let three = 0;
      let four = 0;
      const at1 = j * d;
      for (let k = 0; k < d; k++) {
        const value = a[start + k];
        const off1 = value - b[at1 + k];
        const off2 = value - b[at1 + d + k];
        const off3 = value - b[at1 + 2 * d + k];
        const off4 = value - b[at1 + 3 * d + k];
        one += off1 * off1;
        two += off2 * off2;
        three += off3 * off3;
        four += off4 * off4;
      }
      out[at + j] = Math.sqrt(one);
      out[at + j + 1] = Math.sqrt(two);
      out[at + j + 2] = Math.sqrt(three);
      out[at + j + 3] = Math.sqrt(four);
    }
    for (; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (a[start + k] - b[j * d + k]) ** 2;
      out[at + j] = Math.sqrt(sum);
    }
    for (j = from; j < m; j++) if (out[at + j] <= small) out[at + j] = 0;
  }

  /**
   * The distance from a point that may be rounding.
   * @param {Float64Array} x
   * @param {number} i
   * @param {number} d
   */
  function rounding(x, i, d) {
    let sum = 0;
    for (let k = i * d; k < (i + 1) * d; k++) sum += x[k] * x[k];
    return Math.sqrt(d * EPSILON) * Math.sqrt(sum);
  }

  /**
   * Distance of each point to its k-th neighbor in its own set, for k = 1 to `most`: (n, most).
   * @param {Float64Array} apart (n, n)
   * @param {number} n
   * @param {number} most
   */
  function ownNeighbors(apart, n, most) {
    const found = new Float64Array(n * most).fill(Infinity);
    for (let i = 0; i < n; i++) {
      const at = i * most;
      for (let j = 0; j < n; j++) {
        const value = apart[i * n + j];
        if (j === i || value >= found[at + most - 1]) continue;
        let k = at + most - 1;
        for (; k > at && found[k - 1] > value; k--) found[k] = found[k - 1];
        found[k] = value;
      }
    }
    return found;
  }

  /**
   * Distance of each point of one set to its nearest in another, and that one's row.
   * @param {Float64Array} x
   * @param {Float64Array} to
   * @param {number} d
   * @param {Uint8Array} [offered] rows of `to` that count as well on their own
   * @returns {Work<{ distance: Float64Array, row: Uint32Array, offered: Float64Array }>}
   */
  function* nearest(x, to, d, offered) {
    const [n, m] = [x.length / d, to.length / d];
    const distance = new Float64Array(n).fill(Infinity);
    const amongOffered = new Float64Array(n).fill(Infinity);
    const row = new Uint32Array(n);
    const line = new Float64Array(m);
    for (let i = 0; i < n; i++) {
      distanceRow(x, i, to, d, line, 0, 0);
      for (let j = 0; j < m; j++) {
        if (line[j] < distance[i]) {
          distance[i] = line[j];
          row[i] = j;
        }
        if (offered && offered[j] === 1 && line[j] < amongOffered[i]) amongOffered[i] = line[j];
      }
      if (i % 32 === 31) yield;
    }
    return { distance, row, offered: amongOffered };
  }

  // ---- statistics ----

  /**
   * The value that would stand at a place of the sorted numbers; the numbers are moved about.
   * @param {Float64Array} x
   * @param {number} place
   */
  function select(x, place) {
    let [left, right] = [0, x.length - 1];
    while (left < right) {
      const pivot = x[(left + right) >> 1];
      let [i, j] = [left, right];
      while (i <= j) {
        while (x[i] < pivot) i += 1;
        while (x[j] > pivot) j -= 1;
        if (i > j) break;
        const kept = x[i];
        x[i++] = x[j];
        x[j--] = kept;
      }
      if (place <= j) right = j;
      else if (place >= i) left = i;
      else break;
    }
    return x[place];
  }

  /** @param {Float64Array} x whose numbers are moved about */
  function median(x) {
    const half = x.length >> 1;
    const high = select(x, half);
    return x.length % 2 === 1 ? high : (select(x, half - 1) + high) / 2;
  }

  /** As `np.quantile`: between two numbers in a straight line. @param {Float64Array} x @param {number} q */
  function quantile(x, q) {
    const sorted = x.slice().sort();
    const at = (x.length - 1) * q;
    const low = Math.floor(at);
    const [a, b] = [sorted[low], sorted[Math.min(low + 1, x.length - 1)]];
    const t = at - low;
    return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
  }

  /**
   * Ranks from 1, equal values share theirs; and how many stand at each value.
   * @param {Float64Array} x
   */
  function ranks(x) {
    const order = Uint32Array.from({ length: x.length }, (_, i) => i).sort((a, b) => x[a] - x[b]);
    const found = new Float64Array(x.length);
    const ties = [];
    for (let i = 0; i < order.length;) {
      let end = i + 1;
      while (end < order.length && x[order[end]] === x[order[i]]) end += 1;
      for (let k = i; k < end; k++) found[order[k]] = (i + end + 1) / 2;
      ties.push(end - i);
      i = end;
    }
    return { found, ties };
  }

  /** ln(n!), by Stirling's series from 30 on. @param {number} n */
  function logFactorial(n) {
    if (n < 30) {
      let product = 1;
      for (let i = 2; i <= n; i++) product *= i;
      return Math.log(product);
    }
    const x = n + 1;
    return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
  }

  /** P(X >= k) of a binomial distribution. @param {number} k @param {number} n @param {number} p */
  function binomialAtLeast(k, n, p) {
    if (k <= 0) return 1;
    if (k > n || p <= 0) return 0;
    if (p >= 1) return 1;
    const term = (/** @type {number} */ i) =>
      Math.exp(logFactorial(n) - logFactorial(i) - logFactorial(n - i) + i * Math.log(p) + (n - i) * Math.log1p(-p));
    let sum = 0;
    if (k > n * p) {
      for (let i = k; i <= n; i++) sum += term(i);
      return sum;
    }
    for (let i = k - 1; i >= 0; i--) sum += term(i);
    return 1 - sum;
  }

  /**
   * The p at which P(X >= k) of n is a given share: the upper end of a confidence interval, `beta.ppf(share, k, n - k + 1)`.
   * @param {number} share
   * @param {number} k
   * @param {number} n
   */
  function atMost(share, k, n) {
    let [low, high] = [0, 1];
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (binomialAtLeast(k, n, middle) < share) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  /** P(Z <= z) of a standard normal. @param {number} z */
  function normalBelow(z) {
    const x = Math.abs(z);
    let tail;
    if (x < 3) {
      // A series around 0, then a continued fraction.
      let [term, sum] = [x, x];
      for (let n = 1; n < 200 && term > sum * 1e-17; n++) {
        term *= (x * x) / (2 * n + 1);
        sum += term;
      }
      tail = 0.5 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum;
    } else {
      let fraction = x;
      for (let n = 120; n > 0; n--) fraction = x + n / fraction;
      tail = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI) / fraction;
    }
    return z > 0 ? 1 - tail : tail;
  }

  /**
   * Mann and Whitney's rank test that x is smaller than y: U, and the one-sided p-value with ties and half a step.
   * @param {Float64Array} x
   * @param {Float64Array} y
   */
  function rankTest(x, y) {
    const [n, m] = [x.length, y.length];
    const both = new Float64Array(n + m);
    both.set(x);
    both.set(y, n);
    const { found, ties } = ranks(both);
    let sum = 0;
    for (let i = 0; i < n; i++) sum += found[i];
    const u = sum - (n * (n + 1)) / 2;
    const size = n + m;
    const tied = ties.reduce((all, t) => all + (t ** 3 - t), 0);
    const deviation = Math.sqrt(((n * m) / 12) * (size + 1 - tied / (size * (size - 1))));
    const z = (n * m - u - (n * m) / 2 - 0.5) / deviation;
    return { u, p: Math.min(1, normalBelow(-z)) };
  }

  /**
   * Wilcoxon's signed ranks: the one-sided p-value that differences are below 0; zeros do not count.
   * @param {Float64Array} differences
   */
  function signedRanks(differences) {
    const some = differences.filter((value) => value !== 0);
    if (some.length === 0) return 1;
    const { found, ties } = ranks(some.map(Math.abs));
    const n = some.length;
    let plus = 0;
    for (let i = 0; i < n; i++) if (some[i] > 0) plus += found[i];
    // SciPy's choice: exact for up to fifty numbers without ties and zeros.
    if (differences.length <= 50 && n === differences.length && ties.length === n) return signedRanksExactly(plus, n);
    const tied = ties.reduce((all, t) => all + (t ** 3 - t), 0);
    const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1) - tied / 2) / 24);
    return normalBelow((plus - (n * (n + 1)) / 4) / deviation);
  }

  /** P(R <= plus) if each of n ranks counts with probability 1/2. @param {number} plus @param {number} n */
  function signedRanksExactly(plus, n) {
    /** @type {Float64Array} */
    let shares = Float64Array.of(1);
    for (let k = 1; k <= n; k++) {
      const next = new Float64Array((k * (k + 1)) / 2 + 1);
      for (let i = 0; i < shares.length; i++) {
        next[i] += shares[i] / 2;
        next[i + k] += shares[i] / 2;
      }
      shares = next;
    }
    return shares.subarray(0, plus + 1).reduce((sum, share) => sum + share, 0);
  }

  // ---- the metrics ----

  /**
   * @param {Data} data
   * @param {number} n points in each set
   * @param {Float64Array} realReach (n, COVERAGE_K), distances among the real points
   * @param {Float64Array} own (n, n), distances among the generated points
   * @param {Float64Array} across (n, n), generated to real
   * @returns {Neighborhood}
   */
  function neighborhood(data, n, realReach, own, across) {
    const { PRECISION_K, COVERAGE_K, TIE } = data.thresholds;
    const most = Math.max(PRECISION_K, COVERAGE_K);
    const ownReach = ownNeighbors(own, n, PRECISION_K);
    const reach = (/** @type {Float64Array} */ of, /** @type {number} */ width, /** @type {number} */ k) =>
      Float64Array.from({ length: n }, (_, i) => of[i * width + k - 1] * (1 + TIE));
    const forPrecision = reach(realReach, most, PRECISION_K);
    const forCoverage = reach(realReach, most, COVERAGE_K);
    const forRecall = reach(ownReach, PRECISION_K, PRECISION_K);
    let [precise, inside] = [0, 0];
    const recalled = new Uint8Array(n);
    const closest = new Float64Array(n).fill(Infinity);
    for (let i = 0; i < n; i++) {
      let among = false;
      for (let j = 0; j < n; j++) {
        const value = across[i * n + j];
        among ||= value <= forPrecision[j];
        if (value <= forCoverage[j]) inside += 1;
        if (value <= forRecall[i]) recalled[j] = 1;
        if (value < closest[j]) closest[j] = value;
      }
      if (among) precise += 1;
    }
    const covered = closest.filter((value, j) => value <= forCoverage[j]).length;
    return {
      precision: precise / n,
      recall: recalled.reduce((sum, one) => sum + one, 0) / n,
      density: inside / (COVERAGE_K * n),
      coverage: covered / n,
    };
  }

  /** @param {Float64Array} own (n, n) @param {number} n */
  const meanDistance = (own, n) => own.reduce((sum, value) => sum + value, 0) / (n * (n - 1));

  /**
   * Unbiased squared MMD with the median heuristic, and its permutation p-value. Row by row of the kernel: each is made
   * once, and added to the sum of every permutation that has its point in the first set.
   * @param {number} n points in each set
   * @param {Float64Array} real (n, n), distances among the real points
   * @param {Float64Array} own (n, n), among the generated ones
   * @param {Float64Array} across (n, n), generated to real
   * @param {Uint16Array[]} firsts rows of the first set, in order, of each permutation; the sets as they are come first
   * @returns {Work<{ mmd: number, mmd_p: number }>}
   */
  function* mmdTest(n, real, own, across, firsts) {
    const size = 2 * n;
    const width = medianDistance(n, real, own, across);
    yield;
    const gamma = width > 0 ? 0.5 / width ** 2 : 0;
    const row = new Float64Array(size);
    const sums = new Float64Array(size); // of the kernel's rows
    const within = new Float64Array(firsts.length); // sums over pairs of the first set
    const next = new Uint16Array(firsts.length);
    for (let i = 0; i < size; i++) {
      kernelRow(i, n, real, own, across, gamma, row, sums);
      addRow(i, n, row, firsts, next, within);
      if (i % 16 === 15) yield;
    }
    const total = sums.reduce((sum, value) => sum + value, 0);
    const statistics = firsts.map((first, p) => {
      const inside = 2 * within[p];
      const between = first.reduce((sum, i) => sum + sums[i], 0) - inside;
      return (total - 2 * between) / (n * (n - 1)) - (2 * between) / (n * n);
    });
    const [observed, ...permuted] = statistics;
    const room = Math.abs(observed) * EPSILON * 100; // as SciPy counts ties
    const atLeast = permuted.filter((value) => value >= observed - room).length;
    return { mmd: observed, mmd_p: (atLeast + 1) / (permuted.length + 1) };
  }

  /** The median of all distances that are not 0; 0 if there are none. @param {number} n @param {Float64Array} real @param {Float64Array} own @param {Float64Array} across */
  function medianDistance(n, real, own, across) {
    const between = new Float64Array(n * (2 * n - 1));
    let count = 0;
    const take = (/** @type {Float64Array} */ of, /** @type {number} */ from, /** @type {number} */ to) => {
      for (let k = from; k < to; k++) if (of[k] > 0) between[count++] = of[k];
    };
    for (let i = 0; i < n; i++) {
      take(real, i * n + i + 1, (i + 1) * n);
      take(own, i * n + i + 1, (i + 1) * n);
      take(across, i * n, (i + 1) * n);
    }
    return count > 0 ? median(between.subarray(0, count)) : 0;
  }

  /**
   * Row i of the kernel, right of the diagonal.
   * @param {number} i
   * @param {number} n
   * @param {Float64Array} real
   * @param {Float64Array} own
   * @param {Float64Array} across
   * @param {number} gamma
   * @param {Float64Array} row
   * @param {Float64Array} sums
   */
  function kernelRow(i, n, real, own, across, gamma, row, sums) {
    let sum = 0;
    for (let j = i + 1; j < 2 * n; j++) {
      const apart = j < n ? real[i * n + j] : i < n ? across[(j - n) * n + i] : own[(i - n) * n + j - n];
      const value = Math.exp(-gamma * apart * apart);
      row[j] = value;
      sums[j] += value;
      sum += value;
    }
    sums[i] += sum;
  }

  /**
   * @param {number} i
   * @param {number} n
   * @param {Float64Array} row
   * @param {Uint16Array[]} firsts
   * @param {Uint16Array} next where each permutation stands
   * @param {Float64Array} within
   */
  function addRow(i, n, row, firsts, next, within) {
    for (let p = 0; p < firsts.length; p++) {
      const first = firsts[p];
      let k = next[p];
      if (k >= n || first[k] !== i) continue;
      k += 1;
      next[p] = k;
      let even = 0;
      let odd = 0;
      for (; k + 1 < n; k += 2) {
        even += row[first[k]];
        odd += row[first[k + 1]];
      }
      if (k < n) even += row[first[k]];
      within[p] += even + odd;
    }
  }

  /**
   * One space: all metrics of sets against the same real points, whose distances are computed once.
   */
  class Space {
    /**
     * @param {Data} data
     * @param {Float64Array} real
     * @param {number} d
     * @param {Uint16Array[]} firsts of the permutations
     */
    constructor(data, real, d, firsts) {
      this.data = data;
      this.real = real;
      this.d = d;
      this.n = real.length / d;
      this.firsts = firsts;
      /** @type {Float64Array} */
      this.apart = new Float64Array(0);
      /** @type {Float64Array} */
      this.reach = new Float64Array(0);
      this.usual = 0;
    }

    /** @returns {Work<void>} */
    *begin() {
      const { PRECISION_K, COVERAGE_K } = this.data.thresholds;
      this.apart = yield* distances(this.real, this.real, this.d);
      this.reach = ownNeighbors(this.apart, this.n, Math.max(PRECISION_K, COVERAGE_K));
      this.usual = meanDistance(this.apart, this.n);
    }

    /** @param {Float64Array} x @returns {Work<Measured>} */
    *measure(x) {
      const { n, d, data } = this;
      const own = yield* distances(x, x, d);
      const across = yield* distances(x, this.real, d);
      const found = neighborhood(data, n, this.reach, own, across);
      yield;
      const accuracy = yield* glReviewJudge.accuracy(this.real, x, d, data.thresholds.FOLDS);
      const mmd = yield* mmdTest(n, this.apart, own, across, this.firsts);
      return { neighborhood: found, two_sample: { accuracy, ...mmd }, spread: meanDistance(own, n) / this.usual };
    }
  }

  // ---- the frozen classifier ----

  /** The hidden layer. @param {Data} data @param {Float64Array} x (n, d) @returns {Float64Array} (n, hidden) */
  function features(data, x) {
    const { hiddenWeight, hiddenBias } = data.classifier;
    const width = hiddenBias.length;
    const out = new Float64Array((x.length / data.d) * width);
    for (let i = 0; i < x.length / data.d; i++) {
      const row = out.subarray(i * width, (i + 1) * width);
      for (let k = 0; k < data.d; k++) {
        const value = x[i * data.d + k] / data.top;
        if (value !== 0) for (let h = 0; h < width; h++) row[h] += value * hiddenWeight[k * width + h];
      }
      for (let h = 0; h < width; h++) row[h] = Math.max(row[h] + hiddenBias[h], 0);
    }
    return out;
  }

  /** How many rows are of each class. @param {Data} data @param {Float64Array} hidden (n, hidden) */
  function countClasses(data, hidden) {
    const { weight, bias, hiddenBias } = data.classifier;
    const width = hiddenBias.length;
    const counts = data.classes.map(() => 0);
    for (let i = 0; i < hidden.length / width; i++) {
      const values = Array.from(bias);
      for (let h = 0; h < width; h++) {
        for (let c = 0; c < values.length; c++) values[c] += hidden[i * width + h] * weight[h * values.length + c];
      }
      counts[values.indexOf(Math.max(...values))] += 1;
    }
    return counts;
  }

  /** @param {Data} data @param {number[]} real @param {number[]} generated @returns {Classes} */
  function balance(data, real, generated) {
    const { MISSING, CHANCE } = data.thresholds;
    const [reals, size] = [real, generated].map((counts) => counts.reduce((sum, count) => sum + count));
    const tv = real.reduce((sum, count, c) => sum + Math.abs(count / reals - generated[c] / size), 0) / 2;
    const missing = data.classes.filter((_, c) => generated[c] < MISSING * (real[c] / reals) * size
      && 1 - binomialAtLeast(generated[c] + 1, size, real[c] / reals) < CHANCE);
    return { classes: data.classes, real, generated, tv, missing };
  }

  // ---- copying ----

  /**
   * @param {Data} data
   * @param {Float64Array} samples
   * @returns {Work<{ copying: Copying, nearest: Uint32Array, distance: Float64Array }>}
   */
  function* copyingOf(data, samples) {
    const { COPIED_QUANTILE, CONFIDENCE } = data.thresholds;
    const { train, heldOut, usual, d } = data;
    const [known, fresh] = [train.length / d, heldOut.length / d];
    const size = Math.min(known, fresh);
    const rng = data.rng();
    const [offeredTrain, offeredFresh] = [known, fresh].map((count) => {
      const offered = new Uint8Array(count);
      for (const row of rng.permutation(count).subarray(0, size)) offered[row] = 1;
      return offered;
    });
    const made = yield* nearest(samples, train, d, offeredTrain);
    const toFresh = yield* nearest(samples, heldOut, d, offeredFresh);
    const apart = made.offered.map((value, i) => value - toFresh.offered[i]);
    const near = quantile(usual, COPIED_QUANTILE);
    const count = (/** @type {Float64Array} */ of) => of.filter((value) => (near === 0 ? value <= near : value < near)).length;
    const test = rankTest(made.distance, usual);
    const n = samples.length / d;
    const copies = count(made.distance);
    const among = count(usual);
    const least = Math.max(1, fresh - among);
    return {
      copying: {
        median: median(made.distance.slice()),
        median_held_out: median(usual.slice()),
        closer: 1 - test.u / (n * fresh),
        closer_p: test.p,
        prefers_train: apart.filter((value) => value < 0).length / n + apart.filter((value) => value === 0).length / n / 2,
        prefers_train_p: signedRanks(apart),
        copied: copies / n,
        copied_by_chance: Math.min(1, ((count(toFresh.distance) / n) * known) / fresh),
        copied_p: binomialAtLeast(copies, n, atMost(CONFIDENCE, among + 1, among + least)),
      },
      nearest: made.row,
      distance: made.distance,
    };
  }

  /**
   * Spearman's rank correlation of the distances of latents and of what was made of them.
   * @param {Data} data
   * @param {Float64Array} latents
   * @param {number} z numbers in a latent
   * @param {Float64Array} samples
   */
  function latentUse(data, latents, z, samples) {
    const n = samples.length / data.d;
    const { PAIRS } = data.thresholds;
    const rng = data.rng();
    const drawn = Uint32Array.from({ length: 2 * PAIRS }, () => rng.below(n));
    const pairs = Array.from({ length: PAIRS }, (_, i) => [drawn[i], drawn[PAIRS + i]]).filter(([one, two]) => one !== two);
    const apart = (/** @type {Float64Array} */ x, /** @type {number} */ d) => Float64Array.from(pairs, ([one, two]) => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (x[one * d + k] - x[two * d + k]) ** 2;
      return Math.sqrt(sum);
    });
    const [ofLatents, ofSamples] = [apart(latents, z), apart(samples, data.d)];
    if ([ofLatents, ofSamples].some((x) => x.every((value) => value === x[0]))) return 0;
    return correlation(ranks(ofLatents).found, ranks(ofSamples).found);
  }

  /** @param {Float64Array} x @param {Float64Array} y */
  function correlation(x, y) {
    const [a, b] = [x, y].map((values) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return values.map((value) => value - mean);
    });
    const dot = (/** @type {Float64Array} */ one, /** @type {Float64Array} */ two) => one.reduce((sum, value, i) => sum + value * two[i], 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  }

  // ---- the whole ----

  /**
   * `genloop.review.review` with the digits of the chapter and their classifier, of inputs that were checked.
   * @param {Data} data
   * @param {{ samples: Float64Array, shape: number[], latents: Float64Array | null, latentShape: number[] | null }} given
   * @param {(share: number) => void} [progress]
   * @param {boolean} [useReady] the controls that the library computed, where they are those of this review
   * @returns {Work<Review>}
   */
  function* review(data, given, progress = () => {}, useReady = true) {
    const { d, train, heldOut } = data;
    const [n, known, fresh] = [given.samples, train, heldOut].map((x) => x.length / d);
    const size = Math.min(n, known, fresh);
    const rng = data.rng();
    const some = (/** @type {Float64Array} */ x) => {
      if (x.length === size * d) return x;
      const rows = rng.permutation(x.length / d).slice(0, size).sort();
      const out = new Float64Array(size * d);
      rows.forEach((row, i) => out.set(x.subarray(row * d, (row + 1) * d), i * d));
      return out;
    };
    const made = some(given.samples);
    const control = some(train);
    const real = some(heldOut);
    const low = train.reduce((least, value) => Math.min(least, value));
    const range = train.reduce((most, value) => Math.max(most, value)) - low;

    const permuting = data.rng();
    const firsts = [Uint16Array.from({ length: size }, (_, i) => i)];
    while (firsts.length <= data.thresholds.RESAMPLES) {
      firsts.push(Uint16Array.from(permuting.permutation(2 * size).subarray(0, size)).sort());
      if (firsts.length % 32 === 0) yield;
    }
    const hidden = data.classifier.hiddenBias.length;
    const pixels = new Space(data, real, d, firsts);
    const inFeatures = new Space(data, features(data, real), hidden, firsts);
    yield* pixels.begin();
    yield* inFeatures.begin();
    let done = 0;
    const ready = useReady && n === fresh; // then the controls are always the same
    const steps = ready ? 3 : 7;
    /** @param {Float64Array} x @returns {Work<Spaces>} */
    function* measured(x) {
      const here = yield* pixels.measure(x);
      progress(++done / steps);
      const there = yield* inFeatures.measure(features(data, x));
      progress(++done / steps);
      return { pixels: here, features: there };
    }
    const ofReal = ready ? data.controls.real : yield* measured(control);
    const { APART } = data.thresholds;
    const told = ofReal.pixels.two_sample.accuracy;
    if (told >= APART) {
      const why = `train and held_out are not of one kind: a classifier tells them apart with accuracy ${glPython.fixed(told, 2)}`;
      throw new glReviewInputs.Refused([`${why}; split real data at random, and prepare both in the same way`]);
    }
    const samples = yield* measured(made);
    const ofNoise = ready ? data.controls.noise : yield* measured(Float64Array.from(made, () => low + range * rng.uniform()));
    const copies = yield* copyingOf(data, given.samples);
    progress(1);
    const heldOutCounts = countClasses(data, features(data, heldOut));
    return {
      data,
      compared: size,
      samples,
      real: ofReal,
      noise: ofNoise,
      ...copies,
      classes: balance(data, heldOutCounts, countClasses(data, features(data, made))),
      realClasses: balance(data, heldOutCounts, countClasses(data, features(data, control))),
      latentUse: given.latents && given.latentShape ? latentUse(data, given.latents, given.latents.length / n, given.samples) : null,
      given: given.samples,
      shape: given.shape,
      latentShape: given.latentShape,
    };
  }

  /** Every number of a review, by the names that the library's `review.json` has. @param {Review} review */
  function numbers(review) {
    const { classes, realClasses } = review;
    return {
      compared: review.compared,
      copying: review.copying,
      latent_use: review.latentUse,
      samples: review.samples,
      real: review.real,
      noise: review.noise,
      class_tv: { samples: classes.tv, real: realClasses.tv },
      class_counts: { classes: classes.classes, held_out: classes.real, samples: classes.generated },
    };
  }

  return { Data, review, numbers, quantile };
})();
