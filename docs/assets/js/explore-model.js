// What the latent explorer computes: nets from packed weights, classes, nats, bounds, ways between two latents.
// A digit is 64 counts from 0 to 16 or 64 chances p in (0, 1), row by row. Latents are Float64Arrays.
const glExplore = (() => {
  const { TorchRandom } = glRandom;

  const PIXELS = 64;
  const MAX_COUNT = 16;
  const FOLDER = "explore/decoders/";

  /**
   * As explore/decoders.py writes them.
   * @typedef {{ top: number, text: string }} Vector
   * @typedef {{ bits: number, inputs: number, weights: string, steps: Vector, bias: Vector }} Layer
   * @typedef {{ name: string, title: string, run: string, kind: "vae" | "autoencoder" | "gan", latents: number }} Entry
   * @typedef {{ base: number[], axes: number[][], reach: number, latents: number, between: "silu" | "leaky",
   *   layers: Layer[], codes?: Vector, points?: Vector }} Written
   */

  // ---- numbers from text ----

  const ALPHABET = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter((one) => one !== '"' && one !== "\\").join("");
  const PLACE = new Int16Array(128);
  [...ALPHABET].forEach((one, i) => { PLACE[one.charCodeAt(0)] = i; });

  /**
   * Whole numbers from -2^(bits-1) on, as `pack` of explore/decoders.py wrote them: two characters hold 13 bits.
   * @param {string} text
   * @param {number} bits
   */
  function unpack(text, bits) {
    const half = 2 ** (bits - 1);
    const found = new Int32Array(Math.floor(((text.length / 2) * 13) / bits));
    let kept = 0; // bits that were read and belong to the next number
    let value = 0;
    let next = 0;
    for (let i = 0; i < text.length; i += 2) {
      value = value * 8192 + PLACE[text.charCodeAt(i)] * 93 + PLACE[text.charCodeAt(i + 1)];
      kept += 13;
      while (kept >= bits && next < found.length) {
        const rest = 2 ** (kept - bits);
        const whole = Math.floor(value / rest);
        found[next++] = whole - half;
        value -= whole * rest;
        kept -= bits;
      }
    }
    return found;
  }

  /** Numbers of 16 bits each. @param {Vector} written */
  const vector = ({ top, text }) => Float64Array.from(unpack(text, 16), (whole) => (whole / 32767) * top);

  // ---- nets ----

  const silu = (/** @type {number} */ x) => x / (1 + Math.exp(-x));
  const leaky = (/** @type {number} */ x) => (x > 0 ? x : 0.2 * x);
  const relu = (/** @type {number} */ x) => (x > 0 ? x : 0);

  /** Linear layers with a function between them, for one row at a time. */
  class Net {
    /**
     * @param {Layer[]} layers
     * @param {(x: number) => number} between
     */
    constructor(layers, between) {
      this.between = between;
      this.layers = layers.map(({ bits, inputs, weights, steps, bias }) => {
        const whole = unpack(weights, bits);
        const size = vector(steps);
        const rows = size.length;
        const all = new Float64Array(rows * inputs);
        for (let i = 0; i < all.length; i++) all[i] = whole[i] * size[Math.floor(i / inputs)];
        return { inputs, rows, weights: all, bias: vector(bias), out: new Float64Array(rows) };
      });
    }

    /** The last layer's outputs; the next call overwrites them. @param {ArrayLike<number>} x */
    run(x) {
      const { layers, between } = this;
      let given = x;
      for (let l = 0; l < layers.length; l++) {
        const { inputs, rows, weights, bias, out } = layers[l];
        const last = l === layers.length - 1;
        for (let r = 0, w = 0; r < rows; r++) {
          let sum = bias[r];
          for (let i = 0; i < inputs; i++, w++) sum += weights[w] * given[i];
          out[r] = last ? sum : between(sum);
        }
        given = out;
      }
      return layers[layers.length - 1].out;
    }
  }

  /** A trained decoder, the plane that is shown of its latents, and the encoder once it is loaded. */
  class Model {
    /**
     * @param {Entry} entry
     * @param {Written} written
     */
    constructor(entry, written) {
      this.entry = entry;
      this.latents = written.latents;
      this.reach = written.reach;
      /** Where the plane meets the latents that it does not show. */
      this.home = Float64Array.from(written.base);
      this.base = this.home;
      this.axes = written.axes.map((axis) => Float64Array.from(axis));
      this.decoder = new Net(written.layers, written.between === "leaky" ? leaky : silu);
      /** @type {Net | null} */
      this.encoder = null;
      /** mu and logvar of the held-out digits as the trained encoder gave them, where the file has them. */
      this.codes = written.codes ? vector(written.codes) : null;
      /** Where the held-out digits lie on the plane, two numbers each. */
      this.points = this.codes ? this.codes.filter((_, i) => i % 4 < 2) : written.points ? vector(written.points) : new Float64Array(0);
    }

    /** @param {{ layers: Layer[] }} written */
    addEncoder({ layers }) {
      this.encoder = new Net(layers, silu);
    }

    get hasPrior() {
      return this.entry.kind !== "autoencoder";
    }

    get hasEncoder() {
      return this.entry.kind !== "gan";
    }

    /** Logits of the 64 pixels; the next call overwrites them. @param {ArrayLike<number>} z */
    logits(z) {
      return this.decoder.run(z);
    }

    /** Chances p of the 64 pixels: 16 p is the mean count. @param {ArrayLike<number>} z */
    decode(z) {
      return Float64Array.from(this.logits(z), (logit) => 1 / (1 + Math.exp(-logit)));
    }

    /**
     * mu and logvar of q(z|x). A held-out digit by its number has those of the trained encoder, where they are there.
     * @param {ArrayLike<number>} counts
     * @param {number} [heldOut] the number of a held-out digit, or -1
     */
    encode(counts, heldOut = -1) {
      const n = this.latents;
      if (this.codes && heldOut >= 0) {
        const from = heldOut * 2 * n;
        return { mu: this.codes.slice(from, from + n), logvar: this.codes.slice(from + n, from + 2 * n) };
      }
      if (!this.encoder) throw new Error(`the encoder of ${this.entry.name} is not loaded`);
      const out = this.encoder.run(Float64Array.from(counts, (count) => count / MAX_COUNT));
      return { mu: out.slice(0, n), logvar: out.slice(n, 2 * n) };
    }

    /** The latent at a place of the plane. @param {readonly [number, number]} place */
    at([a, b]) {
      const [u, v] = this.axes;
      return this.base.map((start, i) => start + a * u[i] + b * v[i]);
    }

    /** The place of the plane that is nearest to a latent. @param {ArrayLike<number>} z @returns {[number, number]} */
    placeOf(z) {
      const along = (/** @type {Float64Array} */ axis) => axis.reduce((sum, part, i) => sum + part * (z[i] - this.base[i]), 0);
      return [along(this.axes[0]), along(this.axes[1])];
    }

    /** Moves the plane, without turning it, so that it goes through a latent. @param {Float64Array} z */
    through(z) {
      this.base = this.home;
      const [a, b] = this.placeOf(z);
      const [u, v] = this.axes;
      this.base = z.map((part, i) => part - a * u[i] - b * v[i]);
    }

    goHome() {
      this.base = this.home;
    }
  }

  // ---- classes ----

  /** The chapter's frozen classifier: ten probabilities for chances p. */
  class Classifier {
    /** @param {Layer[]} layers */
    constructor(layers) {
      this.net = new Net(layers, relu);
    }

    /** @param {ArrayLike<number>} p */
    probabilities(p) {
      const logits = this.net.run(p);
      const most = logits.reduce((a, b) => Math.max(a, b));
      const odds = logits.map((logit) => Math.exp(logit - most));
      const sum = odds.reduce((a, b) => a + b);
      return odds.map((one) => one / sum);
    }
  }

  /** The place of the greatest number. @param {ArrayLike<number>} numbers */
  function best(numbers) {
    let found = 0;
    for (let i = 1; i < numbers.length; i++) if (numbers[i] > numbers[found]) found = i;
    return found;
  }

  /**
   * The class at each place of a grid over the plane, row by row from the top left; gives way after every row.
   * @param {Model} model
   * @param {Classifier} classifier
   * @param {number} cells along one side
   * @returns {Generator<void, Uint8Array>}
   */
  function* classMap(model, classifier, cells) {
    const found = new Uint8Array(cells * cells);
    const { reach } = model;
    for (let row = 0; row < cells; row++) {
      for (let column = 0; column < cells; column++) {
        const place = /** @type {[number, number]} */ ([((2 * column + 1) / cells - 1) * reach, (1 - (2 * row + 1) / cells) * reach]);
        found[row * cells + column] = best(classifier.probabilities(model.decode(model.at(place))));
      }
      yield;
    }
    return found;
  }

  // ---- nats ----

  const LOG_WAYS = (() => {
    const found = [0];
    for (let k = 1, ways = 1; k <= MAX_COUNT; k++) {
      ways = (ways * (MAX_COUNT - k + 1)) / k;
      found.push(Math.log(ways));
    }
    return found;
  })();

  const softplus = (/** @type {number} */ x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

  /**
   * -log p(x|z) in nats: Binomial(16, sigmoid(logits)), summed over pixels.
   * @param {ArrayLike<number>} logits
   * @param {ArrayLike<number>} counts whole numbers
   */
  function nll(logits, counts) {
    let sum = 0;
    for (let i = 0; i < PIXELS; i++) sum += MAX_COUNT * softplus(logits[i]) - counts[i] * logits[i] - LOG_WAYS[counts[i]];
    return sum;
  }

  /**
   * KL(N(mu, exp(logvar)) || N(0, I)) in nats.
   * @param {ArrayLike<number>} mu
   * @param {ArrayLike<number>} logvar
   */
  function kl(mu, logvar) {
    let sum = 0;
    for (let i = 0; i < mu.length; i++) sum += 0.5 * (mu[i] * mu[i] + Math.expm1(logvar[i]) - logvar[i]);
    return sum;
  }

  /** log of the standard normal density at z, in nats. @param {ArrayLike<number>} z */
  function logPrior(z) {
    let sum = 0;
    for (let i = 0; i < z.length; i++) sum -= 0.5 * (z[i] * z[i] + Math.log(2 * Math.PI));
    return sum;
  }

  /**
   * What a digit costs, in nats, from draws of q(z|x) with torch's numbers: torch.manual_seed(seed), then
   * torch.randn(draws, latents). An importance weight is p(x|z) p(z) / q(z|x); Burda et al. 2016, section 3.
   * @param {Model} model
   * @param {ArrayLike<number>} counts
   * @param {{ mu: Float64Array, logvar: Float64Array }} q
   * @param {number} draws
   * @param {number} seed
   */
  function bound(model, counts, { mu, logvar }, draws, seed) {
    const n = model.latents;
    const eps = new Float64Array(draws * n);
    new TorchRandom(seed).fillNormal(eps);
    const z = new Float64Array(n);
    const logWeights = new Float64Array(draws);
    let recon = 0;
    for (let k = 0; k < draws; k++) {
      let logQ = 0;
      for (let i = 0; i < n; i++) {
        const e = eps[k * n + i];
        z[i] = mu[i] + Math.exp(0.5 * logvar[i]) * e;
        logQ -= 0.5 * (e * e + logvar[i] + Math.log(2 * Math.PI));
      }
      const nats = nll(model.logits(z), counts);
      recon += nats / draws;
      logWeights[k] = logPrior(z) - logQ - nats;
    }
    const most = logWeights.reduce((a, b) => Math.max(a, b));
    const mean = logWeights.reduce((sum, one) => sum + Math.exp(one - most), 0) / draws;
    const divergence = kl(mu, logvar);
    return { recon, kl: divergence, negElbo: recon + divergence, weighted: -(most + Math.log(mean)) };
  }

  /**
   * The shape of q(z|x) on the plane: half axes of one standard deviation, and the angle of the first.
   * @param {Model} model
   * @param {ArrayLike<number>} logvar
   */
  function ellipse(model, logvar) {
    const [u, v] = model.axes;
    let [aa, ab, bb] = [0, 0, 0];
    for (let i = 0; i < u.length; i++) {
      const variance = Math.exp(logvar[i]);
      aa += variance * u[i] * u[i];
      ab += variance * u[i] * v[i];
      bb += variance * v[i] * v[i];
    }
    const middle = (aa + bb) / 2;
    const away = Math.hypot((aa - bb) / 2, ab);
    return { major: Math.sqrt(middle + away), minor: Math.sqrt(Math.max(0, middle - away)), angle: 0.5 * Math.atan2(2 * ab, aa - bb) };
  }

  // ---- ways ----

  const length = (/** @type {Float64Array} */ z) => Math.hypot(...z);

  /** @param {Float64Array} from @param {Float64Array} to @param {number} share */
  const straight = (from, to, share) => from.map((one, i) => (1 - share) * one + share * to[i]);

  /**
   * The direction turns at an even pace (slerp, Shoemake 1985), the length grows at an even pace. A straight line
   * where there is no one shortest turn: from the center, or to the opposite side.
   * @param {Float64Array} from
   * @param {Float64Array} to
   * @param {number} share
   */
  function onSphere(from, to, share) {
    const [a, b] = [length(from), length(to)];
    const cos = from.reduce((sum, one, i) => sum + one * to[i], 0) / (a * b);
    if (!(Math.abs(cos) < 1 - 1e-9)) return straight(from, to, share);
    const turn = Math.acos(cos);
    const size = ((1 - share) * a + share * b) / Math.sin(turn);
    const [one, other] = [(size * Math.sin((1 - share) * turn)) / a, (size * Math.sin(share * turn)) / b];
    return from.map((part, i) => one * part + other * to[i]);
  }

  /**
   * Latents from one end to the other, both among them.
   * @param {"straight" | "sphere"} way
   * @param {Float64Array} from
   * @param {Float64Array} to
   * @param {number} count
   */
  function between(way, from, to, count) {
    const step = way === "straight" ? straight : onSphere;
    return Array.from({ length: count }, (_, i) => step(from, to, i / (count - 1)));
  }

  /**
   * Latents from the prior: the rows of torch.randn(count, latents).
   * @param {InstanceType<typeof TorchRandom>} random
   * @param {number} latents
   * @param {number} count
   */
  function samples(random, latents, count) {
    const all = new Float64Array(count * latents);
    random.fillNormal(all);
    return Array.from({ length: count }, (_, i) => all.slice(i * latents, (i + 1) * latents));
  }

  // ---- what the program wrote ----

  /** What a data script of explore/decoders.py left. @param {string} file @returns {any} */
  const written = (file) => /** @type {any} */ (globalThis).glData?.[FOLDER + file];

  /** Models, held-out digits and the classifier. */
  function shared() {
    const { models, digits, labels, classifier } = written("shared.json");
    const counts = Uint8Array.from(unpack(digits, 5), (whole) => whole + 8);
    return {
      models: /** @type {Entry[]} */ (models),
      labels: /** @type {number[]} */ (labels),
      digit: (/** @type {number} */ number) => counts.slice(number * PIXELS, (number + 1) * PIXELS),
      classifier: new Classifier(classifier),
    };
  }

  return {
    Model, Classifier, PIXELS, MAX_COUNT, unpack, best, classMap, nll, kl, logPrior, bound, ellipse, between, samples, written, shared,
  };
})();
