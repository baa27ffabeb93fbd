// torch's random numbers: what its generator on the CPU gives after torch.manual_seed, as of torch 2.13, in float64.
// Whole numbers, uniform numbers and the start of nn.Linear are equal to the last bit. Normal numbers go through a
// logarithm, a sine and a cosine, whose last bit differs between a browser and the C library.
const glRandom = (() => {
  const N = 624;
  const M = 397;

  /** One stream of random numbers, the same as after `torch.manual_seed(seed)`. */
  class TorchRandom {
    /** @param {number} seed a whole number; as in torch, its lowest 32 bits count */
    constructor(seed) {
      this.state = new Uint32Array(N);
      this.next = N;
      /** The second of a pair of normal numbers, kept for the next short `randn`. */
      this.spare = NaN;
      this.state[0] = seed >>> 0;
      for (let i = 1; i < N; i++) {
        const before = this.state[i - 1] ^ (this.state[i - 1] >>> 30);
        this.state[i] = Math.imul(1812433253, before) + i;
      }
    }

    /** The next word of the Mersenne Twister MT19937, 0 to 2^32 - 1. */
    word() {
      const { state } = this;
      if (this.next === N) {
        for (let i = 0; i < N; i++) {
          const both = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
          state[i] = state[(i + M) % N] ^ (both >>> 1) ^ (both & 1 ? 0x9908b0df : 0);
        }
        this.next = 0;
      }
      let y = state[this.next++];
      y ^= y >>> 11;
      y ^= (y << 7) & 0x9d2c5680;
      y ^= (y << 15) & 0xefc60000;
      return (y ^ (y >>> 18)) >>> 0;
    }

    /** A float64 in [0, 1): `torch.rand(())`. The lowest 53 of 64 bits; the high word is drawn first. */
    uniform() {
      const high = this.word();
      return ((high & 0x1fffff) * 4294967296 + this.word()) * 2 ** -53;
    }

    /**
     * Fills with numbers from [-bound, bound), as `tensor.uniform_(-bound, bound)`.
     * torch multiplies and adds with a single rounding; here that is done in whole numbers, which are exact.
     * @param {Float64Array} out
     * @param {number} bound
     */
    fillUniform(out, bound) {
      const width = BigInt(2 * bound * 2 ** 80);
      const least = BigInt(bound * 2 ** 80) << 53n;
      for (let i = 0; i < out.length; i++) {
        out[i] = Number(BigInt(this.uniform() * 2 ** 53) * width - least) * 2 ** -133;
      }
    }

    /**
     * Fills with standard normal numbers, as `torch.randn(out.length)`: Box and Muller in blocks of 16, where the last
     * 16 are drawn anew if the length is no multiple of it. Fewer than 16 come in pairs, and one may be kept for later.
     * @param {Float64Array} out
     */
    fillNormal(out) {
      const n = out.length;
      if (n < 16) {
        for (let i = 0; i < n; i++) out[i] = this.normal();
        return;
      }
      for (let i = 0; i < n; i++) out[i] = this.uniform();
      for (let i = 0; i + 16 <= n; i += 16) boxMuller(out, i);
      if (n % 16 === 0) return;
      for (let i = n - 16; i < n; i++) out[i] = this.uniform();
      boxMuller(out, n - 16);
    }

    /** One normal number, as torch draws fewer than 16 of them. */
    normal() {
      if (!Number.isNaN(this.spare)) {
        const kept = this.spare;
        this.spare = NaN;
        return kept;
      }
      const angle = 2 * Math.PI * this.uniform();
      const radius = Math.sqrt(-2 * Math.log1p(-this.uniform()));
      this.spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    }

    /**
     * A whole number below n, as `torch.randint(n, ())`: from one word, or from two if n is 2^28 or more.
     * @param {number} n
     */
    integer(n) {
      const word = this.word();
      if (n < 2 ** 28) return word % n;
      return Number(((BigInt(word) << 32n) | BigInt(this.word())) % BigInt(n));
    }

    /**
     * 0 to n - 1 in random order, as `torch.randperm(n)`.
     * @param {number} n below 2^32 / 20, where torch begins to draw two words for each
     */
    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, i) => i);
      for (let i = 0; i < n - 1; i++) {
        const other = i + (this.word() % (n - i));
        [order[i], order[other]] = [order[other], order[i]];
      }
      return order;
    }
  }

  /**
   * Sixteen uniform numbers become sixteen normal ones.
   * @param {Float64Array} x
   * @param {number} from
   */
  function boxMuller(x, from) {
    for (let j = from; j < from + 8; j++) {
      const radius = Math.sqrt(-2 * Math.log(1 - x[j]));
      const angle = 2 * Math.PI * x[j + 8];
      x[j] = radius * Math.cos(angle);
      x[j + 8] = radius * Math.sin(angle);
    }
  }

  return { TorchRandom };
})();
