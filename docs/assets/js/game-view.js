// The curves of a run, as gan/game_density.py computes them, and the slope that the generator follows.
const glView = (() => {
  const { slopeOfSoftplus } = glNets;
  const GRID = 501;
  const FAR = 30;
  const BLUR = 0.03; // of both densities, before they are compared

  /** What a reader sees of a run: both densities and the answers on a grid, and which way the generator is pulled. */
  class View {
    /** @param {InstanceType<typeof glGame.GameRun>["constants"]} constants */
    constructor({ REAL_MEAN, REAL_STD, HIDDEN }) {
      this.realMean = REAL_MEAN;
      // A normal blurred by a normal is a normal, so no sample is needed for the real density.
      this.spread = Math.hypot(REAL_STD, BLUR);
      this.grid = new Float64Array(GRID);
      this.p = new Float64Array(GRID);
      this.q = new Float64Array(GRID);
      this.counts = new Float64Array(GRID);
      this.answers = new Float64Array(GRID);
      this.best = new Float64Array(GRID);
      this.kernel = new Float64Array(1);
      this.width = 0;
      this.span(Math.min(-1, REAL_MEAN - 3), Math.max(4, REAL_MEAN + 2));
      /** Some of the generated numbers, from the least to the greatest, and the slope of g_loss in each of them. */
      this.pulled = new Float64Array(9);
      this.pull = new Float64Array(9);
      this.hidden = HIDDEN;
    }

    /**
     * The grid: everything from one number to another.
     * @param {number} from
     * @param {number} to
     */
    span(from, to) {
      const width = (to - from) / (GRID - 1);
      this.width = width;
      for (let i = 0; i < GRID; i++) {
        this.grid[i] = from + width * i;
        this.p[i] = Math.exp(-0.5 * ((this.grid[i] - this.realMean) / this.spread) ** 2) / (this.spread * Math.sqrt(2 * Math.PI));
      }
      const reach = Math.ceil((4 * BLUR) / width);
      this.kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * (((i - reach) * width) / BLUR) ** 2));
      const whole = this.kernel.reduce((sum, k) => sum + k);
      for (let i = 0; i <= 2 * reach; i++) this.kernel[i] /= whole;
    }

    /**
     * Widens the grid if the generated numbers run away, by whole units and no further than FAR.
     * @param {Float64Array} numbers
     */
    follow(numbers) {
      const least = Math.max(-FAR, Math.floor(numbers[Math.floor(0.01 * numbers.length)]));
      const most = Math.min(FAR, Math.ceil(numbers[Math.floor(0.99 * numbers.length)]));
      const from = this.grid[0];
      const to = this.grid[GRID - 1];
      if (least < from || most > Math.ceil(to)) this.span(Math.min(from, least - 1), Math.max(to, most + 1));
    }

    /**
     * @param {InstanceType<typeof glGame.GameRun>} run
     * @param {Float64Array} numbers all generated numbers, sorted
     */
    update(run, numbers) {
      this.follow(numbers);
      const { grid, q, counts, kernel, width } = this;
      const reach = (kernel.length - 1) / 2;
      counts.fill(0);
      for (let i = 0; i < numbers.length; i++) {
        const at = Math.round((numbers[i] - grid[0]) / width);
        if (at >= 0 && at < GRID) counts[at] += 1 / numbers.length / width;
      }
      q.fill(0);
      for (let i = 0; i < GRID; i++) {
        if (counts[i] === 0) continue;
        const last = Math.min(GRID - 1, i + reach);
        for (let j = Math.max(0, i - reach); j <= last; j++) q[j] += counts[i] * kernel[j - i + reach];
      }
      this.answer(run.discriminator, this.answers);
      for (let i = 0; i < GRID; i++) {
        const both = this.p[i] + q[i];
        this.best[i] = both > 0.02 ? this.p[i] / both : NaN; // elsewhere no answer is better than another
      }
      this.pullOn(run, numbers);
    }

    /**
     * A discriminator's answers on the grid, as probabilities.
     * @param {{ apply(x: Float64Array, out: Float64Array): void }} net
     * @param {Float64Array} out
     */
    answer(net, out) {
      net.apply(this.grid, out);
      for (let i = 0; i < GRID; i++) out[i] = 1 / (1 + Math.exp(-out[i]));
    }

    /**
     * @param {InstanceType<typeof glGame.GameRun>} run
     * @param {Float64Array} numbers
     */
    pullOn(run, numbers) {
      const { w1, b1, w2, b2 } = run.discriminator.parts;
      for (let k = 0; k < this.pulled.length; k++) {
        const x = numbers[Math.floor(((k + 0.5) / this.pulled.length) * numbers.length)];
        let logit = b2[0];
        let slope = 0;
        for (let h = 0; h < this.hidden; h++) {
          const t = Math.tanh(w1[h] * x + b1[h]);
          logit += w2[h] * t;
          slope += w2[h] * (1 - t * t) * w1[h];
        }
        const ofLogit = run.constants.LOSS === "saturating" ? slopeOfSoftplus(logit) : slopeOfSoftplus(-logit);
        this.pulled[k] = x;
        this.pull[k] = run.constants.DETACH === "wrong place" ? 0 : slope * ofLogit;
      }
    }
  }

  return { View };
})();
