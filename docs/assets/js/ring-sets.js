// What the GAN of gan/ring.py may be given to learn: its ring, a grid of 25, two moons, or modes of the reader's own.
// Each set but the ring comes with the lines that make ring.py learn it, too.
const glRingSets = (() => {
  const STD = 0.1;
  const MOST = 12; // modes of the reader's own
  /** The line of ring.py above which (or in whose place) the lines of a set stand. */
  const ANCHOR = 'print("ceiling_of_valid_fraction:", f"{1 - math.exp(-4.5):.4f}")  # 3 standard deviations in two dimensions';

  /**
   * shares: of points (x and y in turns), for each part, those within three standard deviations of it.
   * fillReal: n points of each game into `out`, drawn as the program draws them.
   * @typedef {{ name: string, parts: number, unit: string, labels: [string, string, string, string], centers: Float64Array,
   *   curve: Float64Array | null, order: string, said: string, code: string, instead: boolean,
   *   shares(points: Float64Array): Float64Array,
   *   fillReal(random: InstanceType<typeof glRandom.TorchRandom>, out: Float64Array): void }} Target
   */

  /**
   * Gaussians with one width, all equally likely.
   * @param {Float64Array} centers x and y in turns
   * @param {{ name: string, order: string, said: string, code: string }} words
   * @returns {Target}
   */
  function gaussians(centers, words) {
    const parts = centers.length / 2;
    let which = new Uint8Array(0);
    return {
      ...words, parts, unit: "mode", labels: ["modes_hit", "modes_covered", "valid_fraction", "mode_tv"], centers, curve: null, instead: false,
      shares(points) {
        const held = new Float64Array(parts);
        for (let p = 0; p < points.length; p += 2) {
          let nearest = 0;
          let least = Infinity;
          for (let mode = 0; mode < parts; mode++) {
            const dx = points[p] - centers[2 * mode];
            const dy = points[p + 1] - centers[2 * mode + 1];
            const d = dx * dx + dy * dy;
            if (d < least) {
              least = d;
              nearest = mode;
            }
          }
          if (Math.sqrt(least) <= 3 * STD) held[nearest] += 1;
        }
        return held.map((count) => count / (points.length / 2));
      },
      fillReal(random, out) {
        const count = out.length / 2;
        if (which.length < count) which = new Uint8Array(count);
        for (let k = 0; k < count; k++) which[k] = random.integer(parts);
        random.fillNormal(out);
        for (let k = 0; k < count; k++) {
          out[2 * k] = centers[2 * which[k]] + STD * out[2 * k];
          out[2 * k + 1] = centers[2 * which[k] + 1] + STD * out[2 * k + 1];
        }
      },
    };
  }

  // ---- the ring, as it is in the program ----

  const ring = gaussians(Float64Array.from({ length: 16 }, (_, k) => {
    const angle = (2 * Math.PI * (k >> 1)) / 8;
    return 2 * (k % 2 ? Math.sin(angle) : Math.cos(angle));
  }), { name: "Ring of eight", order: "From the right, counter-clockwise", said: "", code: "" });

  // ---- a grid ----

  const grid = gaussians(Float64Array.from({ length: 50 }, (_, k) => (k % 2 ? (k >> 1) % 5 : Math.floor((k >> 1) / 5)) - 2), {
    name: "Grid of 25", order: "Column by column, each from below", said: "",
    code: "MODES = 25\nside = torch.arange(-2.0, 3.0)\ncenters = torch.cartesian_prod(side, side)  # (25, 2)\n",
  });

  // ---- two moons ----

  const SIZE = 1.3; // the radius of both half circles
  const EACH = 4; // parts of a moon
  /** The middle of each half circle: the upper one is open below, the lower one above. */
  const MIDDLES = [[-0.65, -0.325], [0.65, 0.325]];
  const MOONS = `MODES = 8  # moons have no modes: these are eight parts of the curve, four of each moon
LABELS = ("parts_hit", "parts_covered", "valid_fraction", "part_tv")
moons = torch.tensor([[-0.65, -0.325, 1.0], [0.65, 0.325, -1.0]])  # x and y of the middle, and the side


def real_points(n: int) -> Tensor:
    """(GAMES, n, 2): along two half circles, with the noise of the modes."""
    x, y, side = moons[torch.randint(2, (GAMES, n))].unbind(dim=2)
    angle = math.pi * torch.rand(GAMES, n)
    curve = torch.stack((x + 1.3 * angle.cos(), y + 1.3 * side * angle.sin()), dim=2)
    return curve + STD * torch.randn(GAMES, n, 2)


def shares(points: Tensor) -> Tensor:
    """(GAMES, 8): the share of all points that lies within 3 standard deviations of each part of the curve."""
    x, y = (points[:, :, None, i] - moons[:, i] for i in (0, 1))  # (GAMES, n, 2): from the middle of each moon
    angle = torch.atan2(y * moons[:, 2], x)
    angle = torch.where(angle < -math.pi / 2, math.pi, angle).clamp(0, math.pi)  # what is beyond an end is nearest to it
    distance, moon = torch.hypot(x - 1.3 * angle.cos(), y - 1.3 * moons[:, 2] * angle.sin()).min(dim=2)
    part = 4 * moon + (angle.gather(2, moon[:, :, None])[:, :, 0] / math.pi * 4).long().clamp(max=3)
    valid = distance <= 3 * STD
    return torch.stack([(valid & (part == k)).double().mean(dim=1) for k in range(8)], dim=1)


`;
  /** @type {Target} */
  const moons = {
    name: "Two moons", parts: 2 * EACH, unit: "part", labels: ["parts_hit", "parts_covered", "valid_fraction", "part_tv"],
    centers: new Float64Array(0), instead: true, code: MOONS,
    order: "The upper moon from right to left, then the lower one",
    said: "Moons have no modes to count. Counted are eight parts of the curve, four of each moon: how many are covered, and how evenly. A point is valid within three standard deviations of the curve.",
    curve: Float64Array.from({ length: 2 * 83 }, (_, k) => {
      const [moon, step] = [k < 84 ? 0 : 1, (k >> 1) % 42];
      if (step === 41) return NaN; // between the two
      const angle = (Math.PI * step) / 40;
      return MIDDLES[moon][k % 2] + SIZE * (k % 2 ? (moon ? -1 : 1) * Math.sin(angle) : Math.cos(angle));
    }),
    shares(points) {
      const held = new Float64Array(2 * EACH);
      for (let p = 0; p < points.length; p += 2) {
        let least = Infinity;
        let part = 0;
        for (let moon = 0; moon < 2; moon++) {
          const side = moon ? -1 : 1;
          const x = points[p] - MIDDLES[moon][0];
          const y = points[p + 1] - MIDDLES[moon][1];
          let angle = Math.atan2(y * side, x);
          if (angle < -Math.PI / 2) angle = Math.PI;
          else if (angle < 0) angle = 0;
          const d = Math.hypot(x - SIZE * Math.cos(angle), y - SIZE * side * Math.sin(angle));
          if (d < least) {
            least = d;
            part = EACH * moon + Math.min(EACH - 1, Math.floor((angle / Math.PI) * EACH));
          }
        }
        if (least <= 3 * STD) held[part] += 1;
      }
      return held.map((count) => count / (points.length / 2));
    },
    fillReal(random, out) {
      const count = out.length / 2;
      const which = Uint8Array.from({ length: count }, () => random.integer(2));
      const angles = Float64Array.from({ length: count }, () => Math.PI * random.uniform());
      random.fillNormal(out);
      for (let k = 0; k < count; k++) {
        const [x, y] = MIDDLES[which[k]];
        out[2 * k] = x + SIZE * Math.cos(angles[k]) + STD * out[2 * k];
        out[2 * k + 1] = y + SIZE * (which[k] ? -1 : 1) * Math.sin(angles[k]) + STD * out[2 * k + 1];
      }
    },
  };

  // ---- modes of the reader's own ----

  /**
   * @param {[number, number][]} places of 1 to MOST modes, in tenths
   * @returns {Target}
   */
  function own(places) {
    if (places.length < 1 || places.length > MOST) throw new RangeError(`1 to ${MOST} modes, not ${places.length}`);
    const rows = places.map(([x, y]) => `[${x.toFixed(1)}, ${y.toFixed(1)}]`).join(", ");
    return gaussians(Float64Array.from(places.flat()), {
      name: "Modes of your own", order: "In the order in which you placed them", said: "",
      code: `MODES = ${places.length}\ncenters = torch.tensor([${rows}])  # (${places.length}, 2)\n`,
    });
  }

  /**
   * What to change in ring.py for a set; empty for the ring.
   * @param {Target} target
   * @returns {[string, string][]} old lines and new ones
   */
  const patches = ({ code, instead }) => (code ? [[ANCHOR, instead ? code.trimEnd() : code + ANCHOR]] : []);

  return { ring, grid, moons, own, patches, ANCHOR, MOST, STD };
})();
