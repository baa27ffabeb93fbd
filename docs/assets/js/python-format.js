// Numbers as Python prints them.
const glPython = (() => {
  /**
   * A number as Python's format with this many decimals: a tie goes to the even digit, and zero has a sign.
   * @param {number} x
   * @param {number} decimals
   */
  function fixed(x, decimals) {
    if (Number.isNaN(x)) return "nan";
    if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
    const sign = x < 0 || Object.is(x, -0) ? "-" : "";
    const size = Math.abs(x);
    const scaled = size * 10 ** decimals;
    const tie = scaled % 1 === 0.5 && (size * 2 ** (decimals + 1)) % 1 === 0;
    const shown = tie && Math.floor(scaled) % 2 === 0 ? Math.floor(scaled) / 10 ** decimals : size;
    return sign + shown.toFixed(decimals);
  }

  /**
   * A number as Python's `{:.3g}`: so many digits that count, without zeros at the end.
   * @param {number} x
   * @param {number} digits
   */
  function general(x, digits) {
    if (!Number.isFinite(x) || x === 0) return fixed(x, 0);
    // A tie, as 2.5e5 with one digit, goes to the even one; toExponential takes the greater.
    const down = Number(x.toExponential(digits - 1)) - x;
    const [mantissa, power] = x.toExponential(digits - 1).split("e");
    const step = 10 ** (Number(power) - digits + 1);
    const isTie = step >= 1 && Math.abs(down) * 2 === step && Math.abs(Math.round(Number(mantissa) * 10 ** (digits - 1))) % 2 === 1;
    const [digitsOf, exponent] = isTie ? (x - Math.sign(x) * step / 2).toExponential(digits - 1).split("e") : [mantissa, power];
    const at = Number(exponent);
    const trimmed = (/** @type {string} */ text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
    if (at >= -4 && at < digits) return trimmed(fixed(x, digits - 1 - at));
    return `${trimmed(digitsOf)}e${at < 0 ? "-" : "+"}${String(Math.abs(at)).padStart(2, "0")}`;
  }

  /** A whole number as `{:,}`. @param {number} n */
  const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

  /** Whole numbers as a tuple. @param {readonly number[]} numbers */
  const tuple = (numbers) => `(${numbers.join(", ")}${numbers.length === 1 ? "," : ""})`;

  return { fixed, general, grouped, tuple };
})();
