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

  return { fixed };
})();
