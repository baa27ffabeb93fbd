// Two layers with tanh between them, forward and backward, the losses of the game, and Adam: float64, as in torch.
// A batch is a Float64Array, row after row. Nothing is allocated while a net trains.
const glNets = (() => {
  /**
   * What a pass leaves for the way back: inputs, hidden values and outputs of up to `rows` rows.
   * @typedef {{ rows: number, x: Float64Array, hidden: Float64Array, out: Float64Array }} Tape
   */

  /** nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, 1)) */
  class Net {
    /**
     * Drawn as torch draws it: layer by layer, the weights row by row, then the bias.
     * @param {number} inputs
     * @param {number} hidden
     * @param {{ fillUniform(out: Float64Array, bound: number): void }} random
     */
    constructor(inputs, hidden, random) {
      this.inputs = inputs;
      this.hidden = hidden;
      /** All weights in one array; the four below are views of it. */
      this.weights = new Float64Array(inputs * hidden + hidden + hidden + 1);
      this.parts = split(this.weights, inputs, hidden);
      const { w1, b1, w2, b2 } = this.parts;
      for (const [w, b, count] of /** @type {const} */ ([[w1, b1, inputs], [w2, b2, hidden]])) {
        // Kaiming's bound with a = sqrt(5), step by step: 1 / sqrt(count), but for its last bit.
        const gain = Math.sqrt(2 / (1 + Math.sqrt(5) ** 2));
        random.fillUniform(w, Math.sqrt(3) * (gain / Math.sqrt(count)));
        random.fillUniform(b, 1 / Math.sqrt(count));
      }
    }

    /**
     * @param {number} rows
     * @returns {Tape}
     */
    tape(rows) {
      return {
        rows,
        x: new Float64Array(rows * this.inputs),
        hidden: new Float64Array(rows * this.hidden),
        out: new Float64Array(rows),
      };
    }

    /**
     * From tape.x to tape.out.
     * @param {Tape} tape
     */
    forward({ rows, x, hidden, out }) {
      const { inputs, hidden: units } = this;
      const { w1, b1, w2, b2 } = this.parts;
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let h = 0; h < units; h++) {
          let a = 0;
          for (let i = 0; i < inputs; i++) a += x[r * inputs + i] * w1[h * inputs + i];
          const t = Math.tanh(a + b1[h]);
          hidden[r * units + h] = t;
          sum += t * w2[h];
        }
        out[r] = sum + b2[0];
      }
    }

    /**
     * The outputs alone, for measuring.
     * @param {Float64Array} x
     * @param {Float64Array} out
     */
    apply(x, out) {
      const { inputs, hidden: units } = this;
      const { w1, b1, w2, b2 } = this.parts;
      for (let r = 0; r < out.length; r++) {
        let sum = 0;
        for (let h = 0; h < units; h++) {
          let a = 0;
          for (let i = 0; i < inputs; i++) a += x[r * inputs + i] * w1[h * inputs + i];
          sum += Math.tanh(a + b1[h]) * w2[h];
        }
        out[r] = sum + b2[0];
      }
    }

    /**
     * Adds to the gradients of the weights, and writes those of the inputs; either may be null.
     * @param {Tape} tape
     * @param {Float64Array} slope of the loss in each output
     * @param {Gradients | null} gradients
     * @param {Float64Array | null} slopeOfX
     */
    backward({ rows, x, hidden }, slope, gradients, slopeOfX) {
      const { inputs, hidden: units } = this;
      const { w1, w2 } = this.parts;
      const g = gradients && gradients.parts;
      if (slopeOfX) slopeOfX.fill(0, 0, rows * inputs);
      for (let r = 0; r < rows; r++) {
        const s = slope[r];
        if (g) g.b2[0] += s;
        for (let h = 0; h < units; h++) {
          const t = hidden[r * units + h];
          const a = s * w2[h] * (1 - t * t);
          if (g) {
            g.w2[h] += s * t;
            g.b1[h] += a;
            for (let i = 0; i < inputs; i++) g.w1[h * inputs + i] += a * x[r * inputs + i];
          }
          if (slopeOfX) for (let i = 0; i < inputs; i++) slopeOfX[r * inputs + i] += a * w1[h * inputs + i];
        }
      }
    }
  }

  /** The gradients of a net's weights, in the same order. */
  class Gradients {
    /** @param {Net} net */
    constructor(net) {
      this.all = new Float64Array(net.weights.length);
      this.parts = split(this.all, net.inputs, net.hidden);
    }

    clear() {
      this.all.fill(0);
    }

    /** Their length, taken as one vector. */
    norm() {
      let sum = 0;
      for (let i = 0; i < this.all.length; i++) sum += this.all[i] * this.all[i];
      return Math.sqrt(sum);
    }
  }

  /**
   * @param {Float64Array} all
   * @param {number} inputs
   * @param {number} hidden
   */
  function split(all, inputs, hidden) {
    const first = inputs * hidden;
    return {
      w1: all.subarray(0, first),
      b1: all.subarray(first, first + hidden),
      w2: all.subarray(first + hidden, first + 2 * hidden),
      b2: all.subarray(first + 2 * hidden),
    };
  }

  /** torch.optim.Adam without weight decay. */
  class Adam {
    /**
     * @param {Float64Array} weights
     * @param {number} rate
     * @param {readonly number[]} betas
     */
    constructor(weights, rate, betas) {
      this.weights = weights;
      this.rate = rate;
      this.betas = betas;
      this.mean = new Float64Array(weights.length);
      this.square = new Float64Array(weights.length);
      this.updates = 0;
    }

    /** @param {Float64Array} gradients */
    step(gradients) {
      const { weights, mean, square } = this;
      const [beta1, beta2] = this.betas;
      this.updates += 1;
      const size = this.rate / (1 - beta1 ** this.updates);
      const root = Math.sqrt(1 - beta2 ** this.updates);
      for (let i = 0; i < weights.length; i++) {
        const g = gradients[i];
        mean[i] += (1 - beta1) * (g - mean[i]);
        square[i] = square[i] * beta2 + (1 - beta2) * g * g;
        weights[i] -= (size * mean[i]) / (Math.sqrt(square[i]) / root + 1e-8);
      }
    }
  }

  /** log(1 + exp(x)), straight where torch makes it straight. @param {number} x */
  const softplus = (x) => (x > 20 ? x : Math.log1p(Math.exp(x)));

  /** Its slope, the sigmoid. @param {number} x */
  const slopeOfSoftplus = (x) => {
    if (x > 20) return 1;
    const e = Math.exp(x);
    return e / (e + 1);
  };

  /**
   * The mean of sign * softplus(flip * logit), and its slope in each logit.
   * @param {Float64Array} logits
   * @param {number} rows
   * @param {number} flip
   * @param {number} sign
   * @param {Float64Array} slope
   */
  function meanSoftplus(logits, rows, flip, sign, slope) {
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      const x = flip * logits[r];
      sum += softplus(x);
      slope[r] = (sign * flip * slopeOfSoftplus(x)) / rows;
    }
    return (sign * sum) / rows;
  }

  // ---- the inverse of the normal distribution function, as in Cephes, which torch.special.ndtri follows ----

  const MIDDLE = [
    [-5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1, 1.39312609387279679503e1,
      -1.23916583867381258016],
    [1, 1.95448858338141759834, 4.67627912898881538453, 8.63602421390890590575e1, -2.25462687854119370527e2,
      2.00260212380060660359e2, -8.20372256168333339912e1, 1.59056225126211695515e1, -1.18331621121330003142],
  ];
  const TAIL = [
    [4.05544892305962419923, 3.15251094599893866154e1, 5.71628192246421288162e1, 4.408050738932008347e1,
      1.46849561928858024014e1, 2.18663306850790267539, -1.40256079171354495875e-1, -3.50424626827848203418e-2,
      -8.57456785154685413611e-4],
    [1, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.1317203825467203044e1, 1.50425385692907503408e1,
      2.50464946208309415979, -1.42182922854787788574e-1, -3.80806407691578277194e-2, -9.33259480895457427372e-4],
  ];
  const FAR = [
    [3.2377489177694603597, 6.91522889068984211695, 3.93881025292474443415, 1.33303460815807542389,
      2.01485389549179081538e-1, 1.23716634817820021358e-2, 3.01581553508235416007e-4, 2.65806974686737550832e-6,
      6.2397453918498329373e-9],
    [1, 6.02427039364742014255, 3.67983563856160859403, 1.37702099489081330271, 2.1623699359449663589e-1,
      1.34204006088543189037e-2, 3.28014464682127739104e-4, 2.89247864745380683936e-6, 6.79019408009981274425e-9],
  ];

  /**
   * @param {number[][]} ratio
   * @param {number} x
   */
  const rational = ([above, below], x) => above.reduce((y, c) => y * x + c) / below.reduce((y, c) => y * x + c);

  /**
   * The standard normal number below which a share of all lies.
   * @param {number} share between 0 and 1
   */
  function normalQuantile(share) {
    const low = Math.exp(-2);
    const y = share > 1 - low ? 1 - share : share;
    if (y > low) {
      const m = y - 0.5;
      return (m + m * (m * m * rational(MIDDLE, m * m))) * 2.50662827463100050242;
    }
    const x = Math.sqrt(-2 * Math.log(y));
    const z = x - Math.log(x) / x - rational(x < 8 ? TAIL : FAR, 1 / x) / x;
    return share > 1 - low ? z : -z;
  }

  return { Net, Gradients, Adam, meanSoftplus, softplus, slopeOfSoftplus, normalQuantile };
})();
