// NumPy's random numbers: what a Generator (PCG64) gives, and the shuffle of the older RandomState, which scikit-learn's
// folds draw. Equal to NumPy to the last bit: all of it is whole numbers.
const glNumpyRandom = (() => {
  /**
   * 128 bits as eight parts of 16, the lowest first: their products and sums are exact in a float.
   * @param {string} hex of 32 digits
   */
  const parts = (hex) => Float64Array.from({ length: 8 }, (_, i) => parseInt(hex.slice(28 - 4 * i, 32 - 4 * i), 16));
  const MULTIPLIER = parts("2360ed051fc65da44385df649fccf645"); // of PCG64

  /** `np.random.default_rng`, from the state that a seed gives. */
  class Generator {
    /**
     * @param {string} state 128 bits, as 32 hexadecimal digits
     * @param {string} increment
     */
    constructor(state, increment) {
      this.state = parts(state);
      this.increment = parts(increment);
      this.next = new Float64Array(8);
      this.high = 0;
      this.low = 0;
      /** The upper half of a word of 64 bits, kept for the next one of 32. */
      this.kept = -1;
    }

    /** One step; `high` and `low` are the halves of the next 64 bits. */
    step() {
      const { state, increment, next } = this;
      let carry = 0;
      for (let k = 0; k < 8; k++) {
        let sum = increment[k] + carry;
        for (let i = 0; i <= k; i++) sum += state[i] * MULTIPLIER[k - i];
        carry = Math.floor(sum / 65536);
        next[k] = sum - carry * 65536;
      }
      this.state = next;
      this.next = state;
      const low = (next[0] + next[1] * 65536) ^ (next[4] + next[5] * 65536);
      const high = (next[2] + next[3] * 65536) ^ (next[6] + next[7] * 65536);
      const turn = next[7] >>> 10;
      const by = turn & 31;
      const [one, two] = turn < 32 ? [low, high] : [high, low];
      this.low = (by === 0 ? one : (one >>> by) | (two << (32 - by))) >>> 0;
      this.high = (by === 0 ? two : (two >>> by) | (one << (32 - by))) >>> 0;
    }

    /** A float64 in [0, 1): `rng.random()`. */
    uniform() {
      this.step();
      return (this.high * 2097152 + (this.low >>> 11)) * 2 ** -53;
    }

    /** 32 bits: a word of 64 is used up before the next one is drawn. */
    word() {
      if (this.kept >= 0) {
        const kept = this.kept;
        this.kept = -1;
        return kept;
      }
      this.step();
      this.kept = this.high;
      return this.low;
    }

    /**
     * A whole number below n, as `rng.integers(n)`: Lemire's method.
     * @param {number} n at most 2^21, so that products are exact
     */
    below(n) {
      if (n === 1) return 0;
      const least = 4294967296 % n;
      for (;;) {
        const product = this.word() * n;
        if (product % 4294967296 >= least) return Math.floor(product / 4294967296);
      }
    }

    /** 0 to n - 1 in random order: `rng.permutation(n)`. @param {number} n */
    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, i) => i);
      shuffle(order, this);
      return order;
    }
  }

  /**
   * In place: `shuffle` of a Generator, and of the older `np.random.RandomState`.
   * @param {Uint8Array | Uint32Array} x
   * @param {{ word(): number }} source of words of 32 bits: a Generator, or a Mersenne Twister
   */
  function shuffle(x, source) {
    for (let i = x.length - 1; i > 0; i--) {
      const mask = 2 ** (32 - Math.clz32(i)) - 1;
      let other = source.word() & mask;
      while (other > i) other = source.word() & mask;
      const kept = x[i];
      x[i] = x[other];
      x[other] = kept;
    }
  }

  return { Generator, shuffle };
})();
