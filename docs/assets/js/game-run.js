// The program gan/game.py, number by number: the same draws, updates and printed lines. No page is needed for it.
const glGame = (() => {
  const { TorchRandom } = glRandom;
  const { Net, Gradients, Adam, meanSoftplus, normalQuantile } = glNets;
  const { fixed } = glPython;

  const MEASURED = 10000;
  const PRINTED = [50, 100, 200, 300, 600];

  /**
   * The constants of the program, by their names there, and what else its variants change.
   *
   * LOSS: what the generator makes small. DETACH: "as it is"; "missing", with one optimizer for both networks and new
   * numbers for the second update; "joint", the same with detach() put back; "wrong place", in both updates.
   * D_STEPS: the generator moves at every D_STEPS-th step.
   * @typedef {{
   *   SEED: number, REAL_MEAN: number, REAL_STD: number, LATENT_DIM: number, HIDDEN: number, STEPS: number,
   *   BATCH: number, G_RATE: number, D_RATE: number, BETAS: readonly number[],
   *   LOSS: "non-saturating" | "saturating", DETACH: "as it is" | "missing" | "joint" | "wrong place", D_STEPS: number
   * }} Constants
   */

  /** @type {Readonly<Constants>} */
  const PROGRAM = Object.freeze({
    SEED: 0, REAL_MEAN: 2, REAL_STD: 0.2, LATENT_DIM: 2, HIDDEN: 16, STEPS: 1000, BATCH: 128, G_RATE: 0.001,
    D_RATE: 0.02, BETAS: Object.freeze([0.5, 0.999]), LOSS: "non-saturating", DETACH: "as it is", D_STEPS: 1,
  });

  const OWN_OPTIMIZER = "torch.optim.Adam(discriminator.parameters(),";
  const JOINT_OPTIMIZER = "torch.optim.Adam([*discriminator.parameters(), *generator.parameters()],";
  const CUT = "discriminator(fake.detach())  # cut here: the generator is not asked to help";
  const GENERATED = "generator(torch.randn(BATCH, LATENT_DIM))";
  const G_LOSS = "F.softplus(-discriminator(fake)).mean()  # -log D(fake), the non-saturating loss";
  const SATURATING = "-F.softplus(discriminator(fake)).mean()  # log(1 - D(fake)), the saturating loss";

  /**
   * What to change in the program to get the same lines: constants, and pieces of text that stand there once.
   * @param {Constants} c
   * @returns {{ constants: [string, string][], patches: [string, string][] }}
   */
  function changes(c) {
    /** @type {[string, string][]} */
    const constants = [];
    for (const name of /** @type {(keyof Constants)[]} */ (Object.keys(PROGRAM))) {
      const value = c[name];
      if (["LOSS", "DETACH", "D_STEPS"].includes(name) || String(value) === String(PROGRAM[name])) continue;
      constants.push([name, typeof value === "object" ? `(${value.join(", ")})` : String(value)]);
    }
    /** @type {[string, string][]} */
    const patches = [];
    const anew = c.DETACH === "missing" || c.DETACH === "joint";
    if (anew) patches.push([OWN_OPTIMIZER, JOINT_OPTIMIZER]);
    if (c.DETACH === "missing") patches.push([CUT, "discriminator(fake)"]);
    if (c.DETACH === "wrong place") patches.push([GENERATED, `${GENERATED}.detach()`]);
    const gLoss = c.LOSS === "saturating" ? SATURATING : G_LOSS;
    const shown = anew ? gLoss.replace("(fake))", `(${GENERATED}))`) : gLoss;
    if (shown !== G_LOSS) patches.push([G_LOSS, shown]);
    if (c.D_STEPS > 1) patches.push(["g_optimizer.step()", `if step % ${c.D_STEPS} == 0: g_optimizer.step()`]);
    return { constants, patches };
  }

  /**
   * Settings that the chapter has runs of, by the name of the run.
   * @type {[string, string, Partial<Constants>][]}
   */
  const PRESETS = [
    ["gan/game", "The program as it is", {}],
    ["gan/game@equal", "Equal rates", { G_RATE: 0.01, D_RATE: 0.01, STEPS: 300 }],
    ["gan/game@swapped", "A slow discriminator", { G_RATE: 0.02, D_RATE: 0.001, STEPS: 600 }],
    ["gan/game@momentum", "Momentum", { BETAS: [0.9, 0.999], STEPS: 600 }],
    ["gan/game@latent1", "One latent", { LATENT_DIM: 1, STEPS: 600 }],
    ["gan/game@narrow", "Narrow data", { REAL_STD: 0.02, STEPS: 600 }],
    ["gan/game@saturating", "The saturating loss", { LOSS: "saturating", STEPS: 600 }],
    ["gan/game@far_saturating0", "Saturating loss, far data", { LOSS: "saturating", REAL_MEAN: 4, STEPS: 600 }],
    ["gan/game@far0", "Far data", { REAL_MEAN: 4, STEPS: 600 }],
    ["gan/game@no_detach0", "No detach(), one optimizer", { DETACH: "missing", STEPS: 300 }],
    ["gan/game@joint", "One optimizer, with detach()", { DETACH: "joint", STEPS: 300 }],
    ["gan/game@detached", "detach() in the wrong place", { DETACH: "wrong place", STEPS: 300 }],
  ];

  /** One run of the program, move by move. */
  class GameRun {
    /** @param {Partial<Constants>} [given] */
    constructor(given = {}) {
      /** @type {Constants} */
      const c = { ...PROGRAM, ...given };
      this.constants = c;
      this.random = new TorchRandom(c.SEED);
      this.generator = new Net(c.LATENT_DIM, c.HIDDEN, this.random);
      this.discriminator = new Net(1, c.HIDDEN, this.random);
      this.gGradients = new Gradients(this.generator);
      this.dGradients = new Gradients(this.discriminator);
      this.gOptimizer = new Adam(this.generator.weights, c.G_RATE, c.BETAS);
      this.dOptimizer = new Adam(this.discriminator.weights, c.D_RATE, c.BETAS);
      /** What d_optimizer has for the generator, where it owns both networks and detach() is gone. */
      this.helper = c.DETACH === "missing" ? new Adam(this.generator.weights, c.D_RATE, c.BETAS) : null;
      /** @type {string[]} */
      this.lines = [`weights: ${this.generator.weights.length} ${this.discriminator.weights.length}`];

      this.fixedZ = new Float64Array(MEASURED * c.LATENT_DIM);
      this.random.fillNormal(this.fixedZ);
      this.quantiles = Float64Array.from({ length: MEASURED }, (_, i) =>
        c.REAL_MEAN + c.REAL_STD * normalQuantile((i + 0.5) / MEASURED));
      this.numbers = new Float64Array(MEASURED);
      this.drawReal(this.numbers);
      this.lines.push(`distance_of_real_numbers: ${fixed(this.distance(), 3)}`);

      this.fake = this.generator.tape(c.BATCH);
      this.onReal = this.discriminator.tape(c.BATCH);
      this.onFake = this.discriminator.tape(c.BATCH);
      this.slope = new Float64Array(c.BATCH);
      this.slopeOfFake = new Float64Array(c.BATCH);
      this.scratch = new Float64Array(c.BATCH);

      /** Steps that are done. */
      this.step = 0;
      /** Whether the discriminator has made its move of the step that is being played. */
      this.dMoved = false;
      /** Whether a move was made out of turn: then this is no run of the program any more. */
      this.outOfTurn = false;
      this.dLoss = NaN;
      /** One number for each step: both losses, the length of the gradient that G gets, and mean D(fake). */
      this.dLosses = new Float64Array(c.STEPS);
      this.gLosses = new Float64Array(c.STEPS);
      this.gradients = new Float64Array(c.STEPS);
      this.answers = new Float64Array(c.STEPS);
      /** What the program has measured last: at step 0 and at every 25th. */
      this.measured = this.measure();
    }

    get finished() {
      return this.step >= this.constants.STEPS;
    }

    /** Everything printed so far, as the terminal has it. */
    get text() {
      return this.lines.map((line) => `${line}\n`).join("");
    }

    /** @param {Float64Array} out */
    drawReal(out) {
      const { REAL_MEAN, REAL_STD } = this.constants;
      this.random.fillNormal(out);
      for (let i = 0; i < out.length; i++) out[i] = REAL_MEAN + REAL_STD * out[i];
    }

    /** Wasserstein-1 distance of `numbers`, which it sorts, from the real distribution. */
    distance() {
      this.numbers.sort();
      let sum = 0;
      for (let i = 0; i < MEASURED; i++) sum += Math.abs(this.numbers[i] - this.quantiles[i]);
      return sum / MEASURED;
    }

    /** Mean, standard deviation and distance of the generator's numbers for the fixed latents; leaves them sorted. */
    measure() {
      const x = this.numbers;
      this.generator.apply(this.fixedZ, x);
      let sum = 0;
      for (let i = 0; i < MEASURED; i++) sum += x[i];
      const mean = sum / MEASURED;
      let squares = 0;
      for (let i = 0; i < MEASURED; i++) squares += (x[i] - mean) ** 2;
      return { mean, std: Math.sqrt(squares / (MEASURED - 1)), distance: this.distance() };
    }

    /** New generated numbers, in fake.out. */
    generate() {
      this.random.fillNormal(this.fake.x);
      this.generator.forward(this.fake);
    }

    /** First update: the discriminator. */
    moveD() {
      if (this.finished) return;
      if (this.dMoved) this.outOfTurn = true;
      const { BATCH } = this.constants;
      const { discriminator, onReal, onFake, slope } = this;
      this.drawReal(onReal.x);
      this.generate();
      this.dGradients.clear();
      discriminator.forward(onReal);
      this.dLoss = meanSoftplus(onReal.out, BATCH, -1, 1, slope);
      discriminator.backward(onReal, slope, this.dGradients, null);
      onFake.x.set(this.fake.out);
      discriminator.forward(onFake);
      this.dLoss += meanSoftplus(onFake.out, BATCH, 1, 1, slope);
      discriminator.backward(onFake, slope, this.dGradients, this.helper ? this.slopeOfFake : null);
      if (this.helper) {
        this.gGradients.clear();
        this.generator.backward(this.fake, this.slopeOfFake, this.gGradients, null);
      }
      this.dOptimizer.step(this.dGradients.all);
      if (this.helper) this.helper.step(this.gGradients.all);
      this.dMoved = true;
    }

    /** Second update: the generator. The step ends with it. */
    moveG() {
      if (this.finished) return;
      const { BATCH, LOSS, DETACH, D_STEPS } = this.constants;
      if (!this.dMoved) this.outOfTurn = true;
      if (!this.dMoved || DETACH === "missing" || DETACH === "joint") this.generate();
      const { discriminator, generator, onFake, slope } = this;
      onFake.x.set(this.fake.out);
      discriminator.forward(onFake);
      const gLoss = LOSS === "saturating"
        ? meanSoftplus(onFake.out, BATCH, 1, -1, slope)
        : meanSoftplus(onFake.out, BATCH, -1, 1, slope);
      this.gGradients.clear();
      if (DETACH !== "wrong place") {
        discriminator.backward(onFake, slope, null, this.slopeOfFake);
        generator.backward(this.fake, this.slopeOfFake, this.gGradients, null);
        if ((this.step + 1) % D_STEPS === 0) this.gOptimizer.step(this.gGradients.all);
      }
      let answer = 0;
      for (let r = 0; r < BATCH; r++) answer += 1 / (1 + Math.exp(-onFake.out[r]));
      this.dLosses[this.step] = this.dLoss;
      this.gLosses[this.step] = gLoss;
      this.gradients[this.step] = this.gGradients.norm();
      this.answers[this.step] = answer / BATCH;
      this.step += 1;
      this.dMoved = false;
      this.endStep();
    }

    /** What is left of a step: both moves, or the generator's alone. */
    moveBoth() {
      if (!this.dMoved) this.moveD();
      this.moveG();
    }

    endStep() {
      const { STEPS } = this.constants;
      const [d, g] = this.recent();
      if (this.step % 25 === 0) {
        this.measured = this.measure();
        if (PRINTED.includes(this.step) || this.step === STEPS) {
          const { mean, std, distance } = this.measured;
          this.lines.push(`step=${this.step} d_loss=${fixed(d, 2)} g_loss=${fixed(g, 2)} mean=${fixed(mean, 2)}`
            + ` std=${fixed(std, 2)} distance=${fixed(distance, 3)}`);
        }
      }
      if (this.step === STEPS) {
        const { mean, std, distance } = this.measured;
        this.lines.push(`final_d_loss: ${fixed(d, 3)}`, `final_g_loss: ${fixed(g, 3)}`, `final_mean: ${fixed(mean, 3)}`,
          `final_std: ${fixed(std, 3)}`, `final_distance: ${fixed(distance, 3)}`);
      }
    }

    /** Both losses, as means over the last fifty steps. */
    recent() {
      const from = Math.max(0, this.step - 50);
      let d = 0;
      let g = 0;
      for (let i = from; i < this.step; i++) {
        d += this.dLosses[i];
        g += this.gLosses[i];
      }
      return [d / (this.step - from), g / (this.step - from)];
    }
  }

  return { PROGRAM, PRESETS, MEASURED, GameRun, changes };
})();
