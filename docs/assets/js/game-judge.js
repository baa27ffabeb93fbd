// The program gan/game_judge.py: a test that the losses of the game are not.
const glJudge = (() => {
  const { TorchRandom } = glRandom;
  const { Net, Gradients, Adam, meanSoftplus } = glNets;
  const { MEASURED } = glGame;
  const { fixed } = glPython;
  const SEED = 100; // a judge that has nothing in common with the game's
  const UPDATES = 400;
  const BATCH = 256;

  /** The fresh judge of gan/game_judge.py: the generator stands still, and a new discriminator learns from nothing. */
  class FreshJudge {
    /** @param {InstanceType<typeof glGame.GameRun>} run */
    constructor(run) {
      const { LATENT_DIM, HIDDEN, REAL_MEAN, REAL_STD } = run.constants;
      this.run = run;
      this.random = new TorchRandom(SEED);
      // The program makes a generator first and then loads the finished one into it: the draws count.
      this.generator = new Net(LATENT_DIM, HIDDEN, this.random);
      this.generator.weights.set(run.generator.weights);
      this.net = new Net(1, 16, this.random);
      this.gradients = new Gradients(this.net);
      this.optimizer = new Adam(this.net.weights, 0.02, [0.9, 0.999]);
      this.mean = REAL_MEAN;
      this.std = REAL_STD;
      this.inGame = run.recent()[0];
      this.updates = 0;
      this.real = this.net.tape(BATCH);
      this.fakeTape = this.net.tape(BATCH);
      this.z = new Float64Array(BATCH * LATENT_DIM);
      this.slope = new Float64Array(BATCH);
    }

    get finished() {
      return this.updates >= UPDATES;
    }

    /** @param {Float64Array} out */
    drawReal(out) {
      this.random.fillNormal(out);
      for (let i = 0; i < out.length; i++) out[i] = this.mean + this.std * out[i];
    }

    update() {
      const { net, real, fakeTape, slope, gradients } = this;
      this.drawReal(real.x);
      this.random.fillNormal(this.z);
      this.generator.apply(this.z, fakeTape.x);
      gradients.clear();
      net.forward(real);
      meanSoftplus(real.out, BATCH, -1, 1, slope);
      net.backward(real, slope, gradients, null);
      net.forward(fakeTape);
      meanSoftplus(fakeTape.out, BATCH, 1, 1, slope);
      net.backward(fakeTape, slope, gradients, null);
      this.optimizer.step(gradients.all);
      this.updates += 1;
    }

    /**
     * The verdict on numbers that it never saw, in the program's words.
     * @param {string} name
     */
    verdict(name) {
      const x = new Float64Array(MEASURED);
      const z = new Float64Array(MEASURED * this.run.constants.LATENT_DIM);
      const slope = new Float64Array(MEASURED);
      const realLogits = new Float64Array(MEASURED);
      const fakeLogits = new Float64Array(MEASURED);
      this.drawReal(x);
      this.net.apply(x, realLogits);
      this.random.fillNormal(z);
      this.generator.apply(z, x);
      this.net.apply(x, fakeLogits);
      const dLoss = meanSoftplus(realLogits, MEASURED, -1, 1, slope) + meanSoftplus(fakeLogits, MEASURED, 1, 1, slope);
      let right = 0;
      for (let i = 0; i < MEASURED; i++) right += Number(realLogits[i] > 0) + Number(fakeLogits[i] < 0);
      return [
        `${name} d_loss_in_game=${fixed(this.inGame, 2)} d_loss_fresh=${fixed(dLoss, 2)} fresh_is_right=${fixed(right / MEASURED / 2, 2)}`,
        `${name} jsd_at_least: ${fixed((Math.log(4) - dLoss) / 2, 2)}`,
      ];
    }
  }

  return { FreshJudge };
})();
