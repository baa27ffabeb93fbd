// What the latent explorer computes: nets from packed weights, classes, nats, bounds, ways between two latents.
// A digit is a count for each pixel, or a chance p in (0, 1), row by row: 64 pixels with counts from 0 to 16, or 784
// with ink or without, 1 or 0. Latents are Float64Arrays.
const glExplore = (() => {
  const { TorchRandom } = glRandom;

  /**
   * By pixels along one side: the greatest count, the program and its file with digits and the classifier, and how the
   * digits are packed: so many bits for a count less so much.
   * @type {Record<number, { most: number, program: string, common: string, bits: number, less: number }>}
   */
  const SETS = {
    8: { most: 16, program: "explore/decoders", common: "shared.json", bits: 5, less: 8 },
    28: { most: 1, program: "explore/mnist_decoders", common: "digits.json", bits: 1, less: 1 },
  };
  /** Who wrote models of so many pixels, and the file with their names. @type {[string, string, number][]} */
  const LISTS = [
    ["explore/decoders", "shared.json", 8],
    ["explore/flow_decoder", "models.json", 8],
    ["explore/mnist_decoders", "models.json", 28],
  ];

  /**
   * As the programs of LISTS write them. kb: KB of a decoder, of an encoder, and of what all of a list need, where they
   * are large enough to be told before they are loaded. parities: a transposed convolution of 4x4 in steps of two.
   * flow: the layers are a velocity, which leads a latent to a digit in so many midpoint steps, in fewer if roughly.
   * @typedef {{ top: number, text: string }} Vector
   * @typedef {{ bits: number, inputs: number, weights: string, steps: Vector, bias: Vector }} Layer
   * @typedef {{ side: number, parities: Layer[] }} Growing
   * @typedef {{ center: number[], spread: number, steps: number, rough: number }} Led
   * @typedef {{ name: string, title: string, run: string, kind: "vae" | "autoencoder" | "gan" | "flow", latents: number,
   *   side: number, program: string, kb?: number, encoder_kb?: number, common_kb?: number }} Entry
   * @typedef {{ base: number[], axes: number[][], reach: number, latents: number, between: "silu" | "leaky" | "relu",
   *   layers: (Layer | Growing)[], codes?: Vector, points?: Vector, flow?: Led }} Written
   */

  // ---- numbers from text ----

  const ALPHABET = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter((one) => one !== '"' && one !== "\\").join("");
  const PLACE = new Int16Array(128);
  [...ALPHABET].forEach((one, i) => { PLACE[one.charCodeAt(0)] = i; });

  /**
   * Whole numbers from -2^(bits-1) on, as `pack` of genloop.shrink wrote them: two characters hold 13 bits.
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

  class Linear {
    /** @param {Layer} layer */
    constructor({ bits, inputs, weights, steps, bias }) {
      const whole = unpack(weights, bits);
      const size = vector(steps);
      this.inputs = inputs;
      this.rows = size.length;
      this.weights = new Float64Array(this.rows * inputs);
      for (let i = 0; i < this.weights.length; i++) this.weights[i] = whole[i] * size[Math.floor(i / inputs)];
      this.bias = vector(bias);
      this.out = new Float64Array(this.rows);
    }

    /** The outputs; the next call overwrites them. @param {ArrayLike<number>} given */
    run(given) {
      const { inputs, rows, weights, bias, out } = this;
      for (let r = 0, w = 0; r < rows; r++) {
        let sum = bias[r];
        for (let i = 0; i < inputs; i++, w++) sum += weights[w] * given[i];
        out[r] = sum;
      }
      return out;
    }
  }

  /**
   * A transposed convolution of 4x4 in steps of two, channels of side by side to twice that: the pixels of each parity,
   * down and across, are a linear layer of 2x2 places.
   */
  class Grown {
    /** @param {Growing} layer */
    constructor({ side, parities }) {
      this.side = side;
      this.four = parities.map((one) => new Linear(one));
      this.seen = new Float64Array(this.four[0].inputs);
      this.out = new Float64Array(this.four[0].rows * 4 * side * side);
    }

    /** The outputs; the next call overwrites them. @param {ArrayLike<number>} given */
    run(given) {
      const { side, four, seen, out } = this;
      four.forEach((layer, parity) => {
        const [down, across] = [parity >> 1, parity & 1];
        for (let row = 0; row < side; row++) {
          for (let column = 0; column < side; column++) {
            for (let k = 0; k < seen.length; k++) {
              const [y, x] = [row + down - 1 + ((k >> 1) & 1), column + across - 1 + (k & 1)];
              seen[k] = y < 0 || x < 0 || y >= side || x >= side ? 0 : given[((k >> 2) * side + y) * side + x];
            }
            const made = layer.run(seen);
            for (let c = 0; c < made.length; c++) out[(c * 2 * side + 2 * row + down) * 2 * side + 2 * column + across] = made[c];
          }
        }
      });
      return out;
    }
  }

  /** Layers with a function between them, for one row at a time. */
  class Net {
    /**
     * @param {(Layer | Growing)[]} layers
     * @param {(x: number) => number} between
     */
    constructor(layers, between) {
      this.between = between;
      this.layers = layers.map((one) => ("parities" in one ? new Grown(one) : new Linear(one)));
    }

    /** The last layer's outputs; the next call overwrites them. @param {ArrayLike<number>} x */
    run(x) {
      const { layers, between } = this;
      let out = layers[0].run(x);
      for (let l = 1; l < layers.length; l++) {
        for (let i = 0; i < out.length; i++) out[i] = between(out[i]);
        out = layers[l].run(out);
      }
      return out;
    }
  }

  /** A velocity, followed from noise at t = 0 to a digit at t = 1 or back, as bridge/flow_digits.py does it. */
  class Flow {
    /**
     * @param {Net} velocity of a point and a time
     * @param {Led} led
     */
    constructor(velocity, { center, spread, steps, rough }) {
      this.velocity = velocity;
      this.center = center;
      this.spread = spread;
      this.steps = steps;
      this.rough = rough;
      this.size = center.length;
      this.seen = new Float64Array(/** @type {Linear} */ (velocity.layers[0]).inputs);
    }

    /** Where x moves at time t; the next call overwrites it. @param {ArrayLike<number>} x @param {number} t */
    at(x, t) {
      const { seen, size } = this;
      const waves = (seen.length - size) / 2;
      seen.set(x);
      for (let k = 0; k < waves; k++) {
        seen[size + k] = Math.sin(t * Math.PI * (k + 1));
        seen[size + waves + k] = Math.cos(t * Math.PI * (k + 1));
      }
      return this.velocity.run(seen);
    }

    /**
     * By the midpoint rule.
     * @param {ArrayLike<number>} from
     * @param {number} steps
     * @param {boolean} back
     */
    lead(from, steps, back) {
      const x = Float64Array.from(from);
      const half = new Float64Array(x.length);
      const dt = (back ? -1 : 1) / steps;
      for (let step = 0; step < steps; step++) {
        const t = (back ? 1 : 0) + step * dt;
        let v = this.at(x, t);
        for (let i = 0; i < x.length; i++) half[i] = x[i] + (dt / 2) * v[i];
        v = this.at(half, t + dt / 2);
        for (let i = 0; i < x.length; i++) x[i] += dt * v[i];
      }
      return x;
    }

    /** Mean counts for a latent. @param {ArrayLike<number>} z @param {boolean} roughly */
    decode(z, roughly) {
      return this.lead(z, roughly ? this.rough : this.steps, false).map((one, i) => one * this.spread + this.center[i]);
    }

    /** The latent of a digit. @param {ArrayLike<number>} counts */
    encode(counts) {
      return this.lead(Float64Array.from(counts, (count, i) => (count - this.center[i]) / this.spread), this.steps, true);
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
      this.side = entry.side;
      this.most = SETS[entry.side].most;
      this.between = { silu, leaky, relu }[written.between];
      this.latents = written.latents;
      this.reach = written.reach;
      /** Where the plane meets the latents that it does not show. */
      this.home = Float64Array.from(written.base);
      this.base = this.home;
      this.axes = written.axes.map((axis) => Float64Array.from(axis));
      this.decoder = new Net(written.layers, this.between);
      /** What leads latents to digits with this net, if it is no decoder but a velocity. */
      this.flow = written.flow ? new Flow(this.decoder, written.flow) : null;
      /** @type {Net | null} */
      this.encoder = null;
      /** mu and logvar of the held-out digits as the trained encoder gave them, where the file has them. */
      this.codes = written.codes ? vector(written.codes) : null;
      /** Where the held-out digits lie on the plane, two numbers each. */
      this.points = this.codes ? this.placesOf(this.codes) : written.points ? vector(written.points) : new Float64Array(0);
    }

    /** @param {{ layers: Layer[] }} written */
    addEncoder({ layers }) {
      this.encoder = new Net(layers, this.between);
    }

    get hasPrior() {
      return this.entry.kind !== "autoencoder";
    }

    get hasEncoder() {
      return this.entry.kind !== "gan";
    }

    /**
     * Whether a digit is encoded without its encoder: by a flow, which goes back, and where the file has its code.
     * @param {number} heldOut
     */
    knows(heldOut) {
      return this.flow !== null || this.encoder !== null || (this.codes !== null && heldOut >= 0);
    }

    /** Logits of the pixels; the next call overwrites them. @param {ArrayLike<number>} z */
    logits(z) {
      return this.decoder.run(z);
    }

    /**
     * Chances p of the pixels: p times the greatest count is the mean count.
     * @param {ArrayLike<number>} z
     * @param {boolean} [roughly] in fewer steps, by what takes many
     */
    decode(z, roughly = false) {
      if (this.flow) return this.flow.decode(z, roughly).map((count) => Math.max(0, Math.min(1, count / this.most)));
      return Float64Array.from(this.logits(z), (logit) => 1 / (1 + Math.exp(-logit)));
    }

    /**
     * mu and logvar of q(z|x). A held-out digit by its number has those of the trained encoder, where they are there. A
     * flow has one latent for a digit: mu, without any spread.
     * @param {ArrayLike<number>} counts
     * @param {number} [heldOut] the number of a held-out digit, or -1
     */
    encode(counts, heldOut = -1) {
      const n = this.latents;
      if (this.flow) return { mu: this.flow.encode(counts), logvar: new Float64Array(n).fill(-Infinity) };
      if (this.codes && heldOut >= 0) {
        const from = heldOut * 2 * n;
        return { mu: this.codes.slice(from, from + n), logvar: this.codes.slice(from + n, from + 2 * n) };
      }
      if (!this.encoder) throw new Error(`the encoder of ${this.entry.name} is not loaded`);
      const out = this.encoder.run(Float64Array.from(counts, (count) => count / this.most));
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

    /** Where the mu of all codes lie on the plane, two numbers each. @param {Float64Array} codes */
    placesOf(codes) {
      const n = this.latents;
      const found = new Float64Array(codes.length / n);
      for (let i = 0; i < found.length; i += 2) found.set(this.placeOf(codes.subarray(i * n, (i + 1) * n)), i);
      return found;
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
   * The class at each place of a grid over the plane, row by row from the top left, of what is roughly decoded there;
   * gives way after every place.
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
        found[row * cells + column] = best(classifier.probabilities(model.decode(model.at(place), true)));
        yield;
      }
    }
    return found;
  }

  // ---- nats ----

  /** The log of the number of ways to have each count. @param {number} most */
  const logWays = (most) => {
    const found = [0];
    for (let k = 1, ways = 1; k <= most; k++) {
      ways = (ways * (most - k + 1)) / k;
      found.push(Math.log(ways));
    }
    return found;
  };
  /** @type {Record<number, number[]>} */
  const LOG_WAYS = { 1: logWays(1), 16: logWays(16) };

  const softplus = (/** @type {number} */ x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

  /**
   * -log p(x|z) in nats: Binomial(most, sigmoid(logits)), summed over pixels.
   * @param {ArrayLike<number>} logits
   * @param {ArrayLike<number>} counts whole numbers
   * @param {number} most the greatest count
   */
  function nll(logits, counts, most) {
    const ways = LOG_WAYS[most];
    let sum = 0;
    for (let i = 0; i < logits.length; i++) sum += most * softplus(logits[i]) - counts[i] * logits[i] - ways[counts[i]];
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
      const nats = nll(model.logits(z), counts, model.most);
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

  // ---- what the programs wrote ----

  /**
   * What a data script of a program left, if it is loaded.
   * @param {string} file
   * @param {string} program
   * @returns {any}
   */
  const written = (file, program) => /** @type {any} */ (globalThis).glData?.[`${program}/${file}`];

  /** All models whose names are loaded. @returns {Entry[]} */
  function catalog() {
    return LISTS.flatMap(([program, file, side]) => {
      const list = written(file, program);
      return (list?.models ?? []).map((/** @type {Entry} */ one) => ({ ...one, side, program, common_kb: list.kb ?? 0 }));
    });
  }

  /** Held-out digits of so many pixels, and the classifier. @param {number} [side] */
  function shared(side = 8) {
    const { bits, less, common, program } = SETS[side];
    const { digits, labels, classifier } = written(common, program);
    const counts = Uint8Array.from(unpack(digits, bits), (whole) => whole + less);
    const pixels = side * side;
    return {
      labels: /** @type {number[]} */ (labels),
      digit: (/** @type {number} */ number) => counts.slice(number * pixels, (number + 1) * pixels),
      classifier: new Classifier(classifier),
    };
  }

  return {
    Model, Classifier, SETS, unpack, best, classMap, nll, kl, logPrior, bound, ellipse, between, samples, written, catalog, shared,
  };
})();
