// What a review is given, checked before anything is measured: the refusals of genloop.review, in its words.
// Here only the samples and their latents can be wrong; the digits beside them are those of the chapter.
const glReviewInputs = (() => {
  const { fixed, general, grouped, tuple } = glPython;

  /**
   * An array as a file has it: `kind` is NumPy's, and `values` are there for floats and integers alone.
   * @typedef {{ kind: string, dtype: string, shape: number[], values: Float64Array }} Given
   * @typedef {InstanceType<typeof glReviewNumbers.Data>} Data
   */

  /** The input cannot be reviewed; every reason, each with what to do about it. */
  class Refused extends Error {
    /** @param {string[]} problems */
    constructor(problems) {
      super(problems.join("\n"));
      this.problems = problems;
    }
  }

  /**
   * What is wrong with one array by itself.
   * @param {string} name
   * @param {Given} given
   * @returns {string[]}
   */
  function wrongArray(name, { kind, dtype, shape, values }) {
    if (!"fiu".includes(kind)) return [`${name}: holds ${dtype}, not numbers; give floats or integers`];
    if (shape.length < 2 || shape.includes(0)) {
      return [`${name}: has shape ${tuple(shape)}; give (N, D) or (N, height, width), one sample per row`];
    }
    const first = values.findIndex((value) => !Number.isFinite(value));
    if (first < 0) return [];
    const bad = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
    const at = [];
    for (let axis = shape.length - 1, rest = first; axis >= 0; axis--) {
      at.unshift(rest % shape[axis]);
      rest = Math.floor(rest / shape[axis]);
    }
    const are = bad === 1 ? "is" : "are";
    return [`${name}: ${grouped(bad)} of its values ${are} NaN or infinite, the first at ${tuple(at)}; mend the model first`];
  }

  /** @param {Data} data @param {Given} samples */
  function wrongShape(data, { shape }) {
    const one = shape.slice(1);
    const size = one.reduce((product, side) => product * side, 1);
    if (size === data.d) return [];
    const why = `samples: one sample has shape ${tuple(one)}, that is ${size} numbers, and one of train ${tuple([data.d])}, ${data.d} numbers`;
    return [`${why}; they must be the same`];
  }

  /** @param {Data} data @param {Given} samples */
  function tooFew(data, { shape }) {
    const { FEWEST, PRECISION_K, COVERAGE_K } = data.thresholds;
    const nearest = Math.max(PRECISION_K, COVERAGE_K);
    const needed = Math.max(FEWEST, nearest + 1);
    if (shape[0] >= needed) return [];
    const why = nearest + 1 > FEWEST ? `; neighbor ${nearest} needs ${nearest + 1}` : "";
    return [`samples: holds ${shape[0]} sample${shape[0] === 1 ? "" : "s"}; at least ${needed} are needed${why}`];
  }

  // ---- scale ----

  /** Where values lie, beside those of the training data. */
  class Beside {
    /** @param {Float64Array} x @param {Float64Array} train */
    constructor(x, train) {
      const least = (/** @type {Float64Array} */ of) => of.reduce((a, b) => (b < a ? b : a));
      const greatest = (/** @type {Float64Array} */ of) => of.reduce((a, b) => (b > a ? b : a));
      this.x = x;
      this.low = least(x);
      this.high = greatest(x);
      this.realLow = least(train);
      this.realHigh = greatest(train);
    }

    get span() {
      return this.realHigh - this.realLow;
    }

    /** @param {number} top */
    realTopIs(top) {
      return 0.75 * top <= this.realHigh && this.realHigh <= top;
    }

    get realFromMinusOne() {
      return -1.05 <= this.realLow && this.realLow < -0.9;
    }

    get fromTanh() {
      const most = Math.max(-this.low, this.high);
      return -1.05 <= this.low && this.low < -0.5 * Math.max(this.high, 0) && 0.75 <= most && most <= 1.05;
    }

    get outside() {
      return this.x.reduce((count, value) => count + (value < this.realLow || value > this.realHigh ? 1 : 0), 0) / this.x.length;
    }

    get far() {
      const [first, last] = [0.01, 0.99].map((q) => glReviewNumbers.quantile(this.x, q));
      return first < this.realLow - 0.45 * this.span || last > this.realHigh + 0.45 * this.span;
    }
  }

  /** @typedef {(at: Beside) => boolean} Seen */
  /** @type {(top: number) => Seen} */
  const tanh = (top) => (at) => at.fromTanh && at.realLow >= 0 && at.realTopIs(top);
  /** Samples were divided, or the training data was. @type {(top: number) => Seen[]} */
  const divided = (top) => [
    (at) => at.realTopIs(top) && at.low >= -0.05 && at.high <= 1.05,
    (at) => at.realHigh <= 1.05 && at.realLow >= -0.05 && 2 < at.high && at.high <= 1.05 * top && at.low >= -0.05 * top,
  ];

  /** How each mistake looks, in the order of the library's lists; the data has what is told of each. @type {Seen[]} */
  const FACTORS = [
    (at) => at.realLow < -0.1 * at.span && !at.realFromMinusOne && at.low >= 0 && at.high <= 1.05,
    (at) => at.realTopIs(255) && at.low >= -0.05 && 1.05 < at.high && at.high <= 16.8,
    tanh(1), tanh(16), tanh(255),
    (at) => at.realFromMinusOne && at.realHigh <= 1.05 && at.low >= -0.05 && 0.75 <= at.high && at.high <= 1.05,
    (at) => at.realTopIs(16) && at.low >= -0.05 && 2 * 16 < at.high && at.high <= 255,
    ...divided(16),
    ...divided(255),
  ];
  /** @type {Seen[]} */
  const RANGES = [
    (at) => Math.max(-at.low, at.high) < 0.25 * Math.max(-at.realLow, at.realHigh),
    (at) => at.far,
    (at) => at.outside > 0.5,
  ];

  /** @param {Data} data @param {Float64Array} x */
  function wrongScale(data, x) {
    const at = new Beside(x, data.train);
    if (data.d < data.thresholds.PICTURE || at.span === 0 || at.low === at.high) return [];
    const told = [...data.scale.FACTORS, ...data.scale.RANGES];
    const seen = [...FACTORS, ...RANGES].findIndex((look) => look(at));
    if (seen < 0) return [];
    const [what, mend] = told[seen];
    const lie = `values lie in ${general(at.low, 3)} to ${general(at.high, 3)}`;
    const beside = `samples: ${lie}, those of train in ${general(at.realLow, 3)} to ${general(at.realHigh, 3)}`;
    const share = `${fixed(at.outside * 100, 0)}%`;
    return [`${beside}: ${what.replaceAll("{outside:.0%}", share)}; ${mend.replaceAll("{name}", "samples")}`];
  }

  // ---- samples that are held-out data ----

  /** @param {Data} data @param {Float64Array} samples */
  function givenAway(data, samples) {
    const { SAME, COINCIDENCE, DIRECTIONS } = data.thresholds;
    const { d, heldOut, directions } = data;
    const count = samples.length / d;
    const norms = Float64Array.from({ length: heldOut.length / d }, (_, i) => Math.hypot(...heldOut.subarray(i * d, (i + 1) * d))).sort();
    const half = norms.length >> 1;
    const reach = SAME * (norms.length % 2 === 1 ? norms[half] : (norms[half - 1] + norms[half]) / 2);
    const along = (/** @type {Float64Array} */ x) => {
      const out = new Float64Array((x.length / d) * DIRECTIONS);
      for (let i = 0; i < x.length / d; i++) {
        for (let k = 0; k < d; k++) {
          const value = x[i * d + k];
          if (value !== 0) for (let c = 0; c < DIRECTIONS; c++) out[i * DIRECTIONS + c] += value * directions[k * DIRECTIONS + c];
        }
      }
      return out;
    };
    const [some, others] = [along(samples), along(heldOut)];
    let shared = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < norms.length; j++) {
        let sum = 0;
        for (let c = 0; c < DIRECTIONS && sum < reach * reach; c++) sum += (some[i * DIRECTIONS + c] - others[j * DIRECTIONS + c]) ** 2;
        if (Math.sqrt(sum) < reach) {
          shared += 1;
          break;
        }
      }
    }
    if (shared <= Math.max(1, COINCIDENCE * count)) return [];
    const why = `samples: ${grouped(shared)} of its ${grouped(count)} samples stand in held_out`;
    return [`${why}: the wrong file, or the model was trained on them; give held-out data that it never saw`];
  }

  /**
   * What a review may use, or Refused with all reasons at once.
   * @param {Data} data
   * @param {Given} samples
   * @param {Given | null} latents
   */
  function check(data, samples, latents) {
    let problems = wrongArray("samples", samples);
    const usable = problems.length === 0;
    const wrongLatents = latents ? wrongArray("latents", latents) : [];
    problems.push(...wrongLatents);
    if (usable) problems.push(...tooFew(data, samples), ...wrongShape(data, samples));
    if (usable && latents && wrongLatents.length === 0 && latents.shape[0] !== samples.shape[0]) {
      problems.push(`latents: ${latents.shape[0]} rows for ${samples.shape[0]} samples; give the latents that these samples came from`);
    }
    if (problems.length > 0) throw new Refused(problems);
    problems = [...wrongScale(data, samples.values), ...givenAway(data, samples.values)];
    if (problems.length > 0) throw new Refused(problems);
    return {
      samples: samples.values,
      shape: samples.shape,
      latents: latents ? latents.values : null,
      latentShape: latents ? latents.shape : null,
    };
  }

  return { Refused, check };
})();
