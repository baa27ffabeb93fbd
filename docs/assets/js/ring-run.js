// The program gan/ring.py, number by number: several games side by side, and the lines that it prints. What they learn
// is its ring or another set of ring-sets.js.
const glRing = (() => {
  const { TorchRandom } = glRandom;
  const { Adam, softplus, slopeOfSoftplus } = glNets;
  const { fixed } = glPython;
  const { Mlp } = glMlp;

  const LATENT_DIM = 16;
  const SAMPLES = 10000;
  const SHOWN = 500;
  const GRID = 2 ** -20;
  const EVEN = 1.5 * 2 ** 52; // added and taken away again, it rounds to a whole number, and halves to an even one

  const { PROGRAM } = glRingProgram;

  /** @typedef {typeof PROGRAM} Constants */

  /** Spectral norm: weights divided by their largest singular values, and the vectors that gave these. */
  class Division {
    /** @param {InstanceType<typeof Mlp>} net */
    constructor(net) {
      this.divided = net.room();
      this.left = net.sizes.slice(0, 3).map((size) => new Float64Array(size));
      this.right = net.sizes.slice(1).map((size) => new Float64Array(size));
      this.norms = [1, 1, 1];
    }

    /**
     * One step of the power iteration.
     * @param {InstanceType<typeof Mlp>} net
     * @param {Float64Array[]} lefts of the last call; they move
     */
    divide(net, lefts) {
      this.divided.all.set(net.weights);
      for (let l = 0; l < 3; l++) {
        const [n, m] = [net.sizes[l], net.sizes[l + 1]];
        const w = net.layers.w[l];
        const left = lefts[l];
        const right = this.right[l];
        right.fill(0);
        for (let i = 0; i < n; i++) for (let o = 0; o < m; o++) right[o] += left[i] * w[i * m + o];
        normalize(right);
        for (let i = 0; i < n; i++) {
          let sum = 0;
          for (let o = 0; o < m; o++) sum += w[i * m + o] * right[o];
          left[i] = sum;
        }
        normalize(left);
        this.left[l].set(left);
        let norm = 0;
        for (let i = 0; i < n; i++) for (let o = 0; o < m; o++) norm += left[i] * w[i * m + o] * right[o];
        this.norms[l] = norm;
        const out = this.divided.layers.w[l];
        for (let e = 0; e < out.length; e++) out[e] /= norm;
      }
    }

    /**
     * From the gradient in the divided weights to that in the weights.
     * @param {InstanceType<typeof Mlp>} net
     * @param {InstanceType<typeof Mlp>["layers"]} from
     * @param {InstanceType<typeof Mlp>["layers"]} to
     */
    backward(net, from, to) {
      for (let l = 0; l < 3; l++) {
        const [n, m] = [net.sizes[l], net.sizes[l + 1]];
        const w = net.layers.w[l];
        const norm = this.norms[l];
        let along = 0;
        for (let e = 0; e < w.length; e++) along += from.w[l][e] * w[e];
        along /= norm * norm;
        for (let i = 0, e = 0; i < n; i++) {
          for (let o = 0; o < m; o++, e++) to.w[l][e] += from.w[l][e] / norm - along * this.left[l][i] * this.right[l][o];
        }
        for (let o = 0; o < m; o++) to.b[l][o] += from.b[l][o];
      }
    }
  }

  /** One of the games: two nets and what they need to learn. */
  class Game {
    /** @param {Constants} c */
    constructor(c) {
      this.generator = new Mlp(LATENT_DIM, c.WIDTH, 2);
      this.discriminator = new Mlp(2 * c.PACK, c.WIDTH, 1);
      this.gGradients = this.generator.room();
      this.dGradients = this.discriminator.room();
      this.gOptimizer = new Adam(this.generator.weights, c.G_RATE, [0.5, 0.999]);
      this.dOptimizer = new Adam(this.discriminator.weights, c.RATE_RATIO * c.G_RATE, [0.5, 0.999]);
      /** Of each layer of D, for its largest singular value. @type {Float64Array[]} */
      this.left = [];
      /** What a call of D on real and on generated points has divided its weights by. */
      this.onReal = new Division(this.discriminator);
      this.onFake = new Division(this.discriminator);
      this.byDivided = this.discriminator.room();
      this.dLoss = NaN;
      this.gLoss = NaN;
    }
  }

  /** @param {Float64Array} v */
  function normalize(v) {
    let sum = 0;
    for (let k = 0; k < v.length; k++) sum += v[k] * v[k];
    const norm = Math.max(Math.sqrt(sum), 1e-12);
    for (let k = 0; k < v.length; k++) v[k] /= norm;
  }

  /** @param {Float64Array} weights */
  function snap(weights) {
    for (let k = 0; k < weights.length; k++) weights[k] = (weights[k] / GRID + EVEN - EVEN) * GRID;
  }

  /**
   * In torch's order: by fours, the first four of these apart, then the four lanes one after another. A sum that lies on
   * the edge between two last digits is printed alike only if it is rounded alike.
   * @param {Float64Array} x
   */
  function torchSum(x) {
    const whole = x.length >> 2;
    const apart = whole < 4 ? 1 : 4;
    const lanes = new Float64Array(4 * apart);
    const even = apart * Math.floor(whole / apart);
    for (let v = 0; v < whole; v++) for (let i = 0; i < 4; i++) lanes[4 * (v < even ? v % apart : 0) + i] += x[4 * v + i];
    for (let k = 1; k < apart; k++) for (let i = 0; i < 4; i++) lanes[i] += lanes[4 * k + i];
    let all = 0;
    for (let k = 4 * whole; k < x.length; k++) all += x[k];
    for (let i = 0; i < 4; i++) all += lanes[i];
    return all;
  }

  class RingRun {
    /**
     * @param {Partial<Constants>} [given]
     * @param {typeof glRingSets.ring} [target] what it learns
     */
    constructor(given = {}, target = glRingSets.ring) {
      this.target = target;
      /** @type {Constants} */
      const c = { ...PROGRAM, ...given };
      this.constants = c;
      this.random = new TorchRandom(c.SEED);
      this.games = Array.from({ length: c.GAMES }, () => new Game(c));
      this.start("generator", false);
      this.start("discriminator", c.SPECTRAL);

      const packs = c.BATCH / c.PACK;
      this.z = new Float64Array(c.GAMES * c.BATCH * LATENT_DIM);
      this.real = new Float64Array(c.GAMES * c.BATCH * 2);
      this.fake = this.games[0].generator.tape(c.BATCH);
      this.onReal = this.games[0].discriminator.tape(packs);
      this.onFake = this.games[0].discriminator.tape(packs);
      this.slopeOfReal = new Float64Array(packs);
      this.slopeOfFake = new Float64Array(packs);

      this.points = new Float64Array(c.GAMES * SAMPLES * 2);
      /** @type {string[]} */
      this.lines = [];
      this.fixedZ = new Float64Array(c.GAMES * SHOWN * LATENT_DIM);
      this.many = this.games[0].generator.tape(SHOWN);
      this.shown = this.games[0].generator.tape(SHOWN);
      /** d_loss and g_loss of every step, as means over the games. */
      this.dLosses = new Float64Array(c.STEPS);
      this.gLosses = new Float64Array(c.STEPS);
      /** At every twentieth of the steps: four numbers for each game. @type {number[][][]} */
      this.trace = [];
      this.step = 0;
      this.finished = false;
      /** The program, in pieces of a few milliseconds. */
      this.work = this.play();
    }

    /**
     * Weights and biases of one net in all games, as the program draws them: layer by layer, game after game.
     * @param {"generator" | "discriminator"} which
     * @param {boolean} spectral
     */
    start(which, spectral) {
      for (let l = 0; l < 3; l++) {
        const bound = this.games[0][which].sizes[l] ** -0.5;
        for (const { [which]: net } of this.games) this.random.fillUniform(net.layers.w[l], bound);
        for (const { [which]: net } of this.games) this.random.fillUniform(net.layers.b[l], bound);
        if (!spectral) continue;
        const size = this.games[0][which].sizes[l];
        const all = new Float64Array(this.games.length * size);
        this.random.fillNormal(all);
        this.games.forEach((game, k) => {
          game.left.push(all.slice(k * size, (k + 1) * size));
          normalize(game.left[l]);
        });
      }
    }

    get text() {
      return this.lines.map((line) => `${line}\n`).join("");
    }

    /** All that the program does, from its first line to its last. @returns {Generator<void, void>} */
    *play() {
      const { STEPS } = this.constants;
      this.target.fillReal(this.random, this.points);
      if (!this.target.instead) this.lines.push(`ceiling_of_valid_fraction: ${fixed(1 - Math.exp(-4.5), 4)}`);
      this.lines.push(`real_points ${this.told(this.means(this.count()), [1, 1, 3, 3])}`);
      this.random.fillNormal(this.fixedZ);
      yield* this.look();
      while (this.step < STEPS) {
        yield* this.moves();
        this.step += 1;
        if (this.step % Math.floor(STEPS / 20) === 0) yield* this.look();
      }
      this.report();
      this.finished = true;
    }

    /** One step of all games. @returns {Generator<void, void>} */
    *moves() {
      const { D_STEPS, PAIRED } = this.constants;
      for (let d = 0; d < D_STEPS; d++) {
        this.target.fillReal(this.random, this.real);
        this.random.fillNormal(this.z);
        for (let k = 0; k < this.games.length; k++) {
          this.moveD(k);
          yield;
        }
      }
      this.random.fillNormal(this.z);
      if (PAIRED) this.target.fillReal(this.random, this.real);
      for (let k = 0; k < this.games.length; k++) {
        this.moveG(k);
        yield;
      }
      this.dLosses[this.step] = this.games.reduce((sum, game) => sum + game.dLoss, 0) / this.games.length;
      this.gLosses[this.step] = this.games.reduce((sum, game) => sum + game.gLoss, 0) / this.games.length;
    }

    /** @param {number} k */
    generate(k) {
      this.fake.x.set(this.z.subarray(k * this.fake.x.length, (k + 1) * this.fake.x.length));
      this.games[k].generator.forward(this.fake);
    }

    /**
     * D's logits. With spectral norm each call makes one step of the power iteration, and divides.
     * @param {Game} game
     * @param {"onReal" | "onFake"} on
     */
    judge(game, on) {
      const { discriminator } = game;
      if (this.constants.SPECTRAL) game[on].divide(discriminator, game.left);
      discriminator.forward(this[on], this.constants.SPECTRAL ? game[on].divided.layers : discriminator.layers);
    }

    /**
     * The gradient of a loss, and of a penalty, in D's weights, from the logits of the last call on these points.
     * @param {Game} game
     * @param {"onReal" | "onFake"} on
     * @param {Float64Array} slope
     * @param {number} penalty
     */
    learn(game, on, slope, penalty) {
      const { discriminator, dGradients, byDivided } = game;
      const { SPECTRAL, BATCH } = this.constants;
      const layers = SPECTRAL ? game[on].divided.layers : discriminator.layers;
      const into = SPECTRAL ? byDivided : dGradients;
      if (SPECTRAL) byDivided.all.fill(0);
      discriminator.backward(this[on], slope, into.layers, false, layers);
      if (penalty) discriminator.penalty(this[on], penalty / BATCH, into.layers, layers);
      if (SPECTRAL) game[on].backward(discriminator, byDivided.layers, dGradients.layers);
    }

    /** @param {number} k */
    moveD(k) {
      const game = this.games[k];
      const { onReal, onFake, slopeOfReal, slopeOfFake } = this;
      const { PAIRED, R1, R2 } = this.constants;
      this.generate(k);
      onReal.x.set(this.real.subarray(k * onReal.x.length, (k + 1) * onReal.x.length));
      onFake.x.set(this.fake.out);
      game.dGradients.all.fill(0);
      const rows = onReal.rows;
      this.judge(game, "onReal");
      this.judge(game, "onFake");
      let sum = 0;
      for (let r = 0; r < rows; r++) {
        const [real, fake] = [onReal.out[r], onFake.out[r]];
        if (PAIRED) {
          sum += softplus(fake - real);
          slopeOfFake[r] = slopeOfSoftplus(fake - real) / rows;
          slopeOfReal[r] = -slopeOfFake[r];
        } else {
          sum += softplus(-real) + softplus(fake);
          slopeOfReal[r] = -slopeOfSoftplus(-real) / rows;
          slopeOfFake[r] = slopeOfSoftplus(fake) / rows;
        }
      }
      game.dLoss = sum / rows;
      this.learn(game, "onReal", slopeOfReal, R1);
      this.learn(game, "onFake", slopeOfFake, R2);
      game.dOptimizer.step(game.dGradients.all);
      snap(game.discriminator.weights);
      for (const left of game.left) snap(left);
    }

    /** @param {number} k */
    moveG(k) {
      const game = this.games[k];
      const { onReal, onFake, slopeOfFake } = this;
      const { PAIRED, SATURATING, SPECTRAL } = this.constants;
      this.generate(k);
      onFake.x.set(this.fake.out);
      this.judge(game, "onFake");
      if (PAIRED) {
        onReal.x.set(this.real.subarray(k * onReal.x.length, (k + 1) * onReal.x.length));
        this.judge(game, "onReal");
      }
      const rows = onFake.rows;
      let sum = 0;
      for (let r = 0; r < rows; r++) {
        const fake = onFake.out[r];
        const margin = PAIRED ? onReal.out[r] - fake : -fake;
        sum += SATURATING && !PAIRED ? -softplus(fake) : softplus(margin);
        slopeOfFake[r] = -(SATURATING && !PAIRED ? slopeOfSoftplus(fake) : slopeOfSoftplus(margin)) / rows;
      }
      game.gLoss = sum / rows;
      game.discriminator.backward(onFake, slopeOfFake, null, true, SPECTRAL ? game.onFake.divided.layers : undefined);
      game.gGradients.all.fill(0);
      game.generator.backward(this.fake, onFake.slope, game.gGradients.layers, false);
      game.gOptimizer.step(game.gGradients.all);
      snap(game.generator.weights);
    }

    /** Ten thousand points of each game, and their modes. @returns {Generator<void, void>} */
    *look() {
      const { many } = this;
      for (let k = 0; k < this.games.length; k++) {
        for (let from = 0; from < SAMPLES; from += SHOWN) {
          this.random.fillNormal(many.x); // a multiple of sixteen numbers: the same as all of them at once
          this.games[k].generator.forward(many);
          this.points.set(many.out, 2 * (k * SAMPLES + from));
          yield;
        }
      }
      const counted = this.count();
      this.trace.push(counted);
      if (this.step % Math.floor(this.constants.STEPS / 5) === 0) {
        this.lines.push(`step=${this.step} ${this.told(this.means(counted), [1, 1, 2, 2])}`);
      }
    }

    /**
     * Where one game sends the same 500 latents now: x and y in turns.
     * @param {number} k
     */
    show(k) {
      const { shown } = this;
      shown.x.set(this.fixedZ.subarray(k * shown.x.length, (k + 1) * shown.x.length));
      this.games[k].generator.forward(shown);
      return shown.out;
    }

    /** modes_hit, modes_covered, valid_fraction and mode_tv of the points of each game. */
    count() {
      const { target } = this;
      return this.games.map((_, k) => {
        const shares = target.shares(this.points.subarray(2 * k * SAMPLES, 2 * (k + 1) * SAMPLES));
        const valid = torchSum(shares);
        const away = torchSum(shares.map((share) => Math.abs(share - 1 / target.parts)));
        return [shares.filter((share) => share > 0).length, shares.filter((share) => share >= 0.01).length, valid,
          (away + (1 - valid)) / 2];
      });
    }

    /** @param {number[][]} rows */
    means(rows) {
      return this.target.labels.map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);
    }

    /**
     * @param {number[]} row
     * @param {number[]} digits
     */
    told(row, digits) {
      return this.target.labels.map((label, i) => `${label}=${fixed(row[i], digits[i])}`).join(" ");
    }

    report() {
      const rows = this.trace[this.trace.length - 1];
      rows.forEach((row, k) => this.lines.push(`game=${k} ${this.told(row, [0, 0, 3, 3])}`));
      this.target.labels.forEach((label, i) => {
        const column = rows.map((row) => row[i]);
        const shown = [this.means(rows)[i], Math.min(...column), Math.max(...column)].map((x) => fixed(x, i < 2 ? 1 : 3));
        this.lines.push(`${label} mean, least, greatest: ${shown.join(" ")}`);
      });
      const from = Math.max(0, this.step - 100);
      const last = [this.dLosses, this.gLosses].map((all) => all.subarray(from).reduce((sum, x) => sum + x, 0) / (this.step - from));
      this.lines.push(`last_losses d_loss=${fixed(last[0], 2)} g_loss=${fixed(last[1], 2)}`);
    }
  }

  return { SHOWN, RingRun, torchSum };
})();
