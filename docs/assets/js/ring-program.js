// The constants of gan/ring.py, the settings that the chapter has runs of, and what to change in its text to get others.
const glRingProgram = (() => {
  /**
   * @typedef {{ SEED: number, GAMES: number, WIDTH: number, STEPS: number, BATCH: number, D_STEPS: number,
   *   G_RATE: number, RATE_RATIO: number, SATURATING: boolean, R1: number, R2: number, PAIRED: boolean,
   *   SPECTRAL: boolean, PACK: number }} Constants
   */

  /** @type {Readonly<Constants>} */
  const PROGRAM = Object.freeze({
    SEED: 0, GAMES: 5, WIDTH: 64, STEPS: 2000, BATCH: 128, D_STEPS: 1, G_RATE: 0.001, RATE_RATIO: 4,
    SATURATING: false, R1: 0, R2: 0, PAIRED: false, SPECTRAL: false, PACK: 1,
  });

  /**
   * Settings that the chapter has runs of, by the name of the run.
   * @type {[string, string, Partial<Constants>][]}
   */
  const PRESETS = [
    ["gan/ring", "The program as it is", {}],
    ["gan/ring@even", "Even rates", { RATE_RATIO: 1 }],
    ["gan/ring@r1", "R1", { R1: 0.1 }],
    ["gan/ring@paired", "Relativistic, R1 and R2", { PAIRED: true, R1: 0.02, R2: 0.02 }],
    ["gan/ring@spectral", "Spectral norm", { SPECTRAL: true }],
    ["gan/ring@packed", "Packing by two", { PACK: 2 }],
    ["gan/ring@saturating", "The saturating loss", { SATURATING: true }],
    ["gan/ring@collapse", "Five D steps, 3e-4", { D_STEPS: 5, G_RATE: 3e-4, RATE_RATIO: 1 }],
  ];

  /** Settings that are no constants of the program: a repair changes its text. */
  const REPAIRS = ["SATURATING", "R1", "R2", "PAIRED", "SPECTRAL", "PACK"];
  const PENALTY = `
def slope_penalty(points: Tensor, answers: Tensor) -> Tensor:
    """Half the squared slope of the logit at each point."""
    (slope,) = torch.autograd.grad(answers.sum(), points, create_graph=True)
    return slope.square().sum(dim=2).mean(dim=1) / 2


`;
  const BOUNDED = `
class BoundedLinear(Linear):
    """A layer divided by its largest singular value, so that it stretches no direction."""

    def __init__(self, size_in: int, size_out: int) -> None:
        super().__init__(size_in, size_out)
        self.register_buffer("left", F.normalize(torch.randn(GAMES, 1, size_in), dim=2))

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():  # one step of the power iteration per call finds the singular value in time
            right = F.normalize(self.left @ self.weight, dim=2)
            self.left = F.normalize(right @ self.weight.mT, dim=2)
        return torch.baddbmm(self.bias, x, self.weight / (self.left @ self.weight @ right.mT))


`;
  const D_LOSS = "def discriminator_loss(";
  const NETWORK = "def network(size_in: int, size_out: int";
  const G_LOSS = "F.softplus(-fake_logits).mean(dim=1)  # -ln D, the non-saturating loss";
  const SATURATING = "-F.softplus(fake_logits).mean(dim=1)  # ln(1 - D), the saturating loss";

  /**
   * What to change in the program to get the same lines: constants as Python writes them, and pieces of its text, each
   * of which stands there once.
   * @param {Constants} c
   * @returns {{ constants: [string, string][], patches: [string, string][] }}
   */
  const changes = (c) => {
    const penalties = [c.R1 ? ` + ${c.R1} * slope_penalty(real, real_logits)` : "", c.R2 ? ` + ${c.R2} * slope_penalty(fake, fake_logits)` : ""].join("");
    const [real, fake] = [c.R1, c.R2].map((weight) => (weight ? ".requires_grad_()" : ""));
    const size = c.PACK > 1 ? `2 * ${c.PACK}` : "2";
    const answers = "discriminator(points)[:, :, 0]";
    /** @type {[string, string][]} */
    const pieces = [
      [D_LOSS, (penalties ? PENALTY : "") + D_LOSS],
      ["real_points(BATCH), generate(BATCH).detach()", `real_points(BATCH)${real}, generate(BATCH).detach()${fake}`],
      ["d_loss.sum().backward()", penalties ? `(d_loss${penalties}).sum().backward()` : "d_loss.sum().backward()"],
      [NETWORK, c.SPECTRAL ? `${BOUNDED}${NETWORK}, layer: type[Linear] = Linear` : NETWORK],
      ["Linear(*pair)", c.SPECTRAL ? "layer(*pair)" : "Linear(*pair)"],
      ["for weight in net.parameters():", c.SPECTRAL ? "for weight in (*net.parameters(), *net.buffers()):" : "for weight in net.parameters():"],
      ["network(2, 1)", `network(${size}, 1${c.SPECTRAL ? ", BoundedLinear" : ""})`],
      [answers, c.PACK > 1 ? `discriminator(points.reshape(GAMES, -1, ${size}))[:, :, 0]` : answers],
      [G_LOSS, c.SATURATING && !c.PAIRED ? SATURATING : G_LOSS],
    ];
    if (c.PAIRED) {
      pieces.push(
        ["(F.softplus(-real_logits) + F.softplus(fake_logits)).mean(dim=1)", "F.softplus(fake_logits - real_logits).mean(dim=1)"],
        ["def generator_loss(fake_logits: Tensor)", "def generator_loss(fake_logits: Tensor, real_logits: Tensor)"],
        ["generator_loss(logits(generate(BATCH)))", "generator_loss(logits(generate(BATCH)), logits(real_points(BATCH)))"],
      );
      pieces[pieces.findIndex(([old]) => old === G_LOSS)][1] = "F.softplus(real_logits - fake_logits).mean(dim=1)";
    }
    return {
      constants: /** @type {(keyof Constants)[]} */ (Object.keys(PROGRAM))
        .filter((name) => !REPAIRS.includes(name) && c[name] !== PROGRAM[name]).map((name) => [name, String(c[name])]),
      patches: pieces.filter(([old, now]) => old !== now),
    };
  };

  return { PROGRAM, PRESETS, changes };
})();
