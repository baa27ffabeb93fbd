// What can be told from two terminal outputs about why they differ. Loaded with compare.js; no page in here.
// What a difference may mean was measured, with runs of the chapter's programs: docs/about/design.md, 2026-11-26.
const glMineHints = (() => {
  const CONTROL = /\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;
  const PROMPT = new RegExp([
    String.raw`^(?:\([\w.-]+\) ?)?[\w.-]+@[\w.-]+[^$#%>]*[$#%>](?: |$)`, // me@laptop:~/course$
    String.raw`^(?:\([\w.-]+\) ?)?[$❯➜](?: |$)`,
    String.raw`^(?:\([\w.-]+\) ?)?(?:PS )?[A-Za-z]:\\[^>]*>`, // PS C:\course>
    String.raw`^(?:>>>|In \[\d+\]:|Out\[\d+\]:)(?: |$)`,
  ].join("|"));
  const WARNING = /\w*Warning: /;
  const LONGEST = 5000;
  const MOST = 100_000;

  const count = (/** @type {number} */ n, /** @type {string} */ one, more = `${one}s`) => `${n} ${n === 1 ? one : more}`;

  /** Without what a terminal adds: empty lines around it, colors, lines with a prompt. @param {string} text */
  const trimmed = (text) => text.replace(/^(?:[ \t]*\n)+/, "").replace(/\s*$/, "");

  /**
   * The pasted text as it is compared, what was done to it, and why it cannot be compared, if it cannot.
   * @param {string} pasted
   * @param {string} accepted
   * @param {string[]} asked labels of the lines that the page shows; none if it shows all
   */
  function prepare(pasted, accepted, asked) {
    /** @type {string[]} */
    const said = [];
    let text = pasted.replace(/\r\n?/g, "\n");
    if (text.trim() === "") return { text: "", said, refused: pasted === "" ? "" : "There are only spaces and empty lines." };
    if (text.length > MOST || text.split("\n").some((line) => line.length > LONGEST)) {
      return { text: "", said, refused: "This is too long to be the output of this program." };
    }
    if (CONTROL.test(text)) {
      text = text.replace(CONTROL, "");
      said.push("Color codes of the terminal were left out.");
    }
    const known = new Set(accepted.split("\n"));
    let lines = trimmed(text).split("\n");
    const prompts = lines.filter((line) => PROMPT.test(line) && !known.has(line));
    if (prompts.length > 0) {
      lines = trimmed(lines.filter((line) => !prompts.includes(line)).join("\n")).split("\n");
      said.push(`${count(prompts.length, "line")} with a prompt ${prompts.length === 1 ? "was" : "were"} left out.`);
      if (lines.join("") === "") return { text: "", said, refused: "There is a prompt, and nothing that the program printed." };
    }
    if (asked.length > 0) {
      const wanted = lines.filter((line) => glCompare.labels(line).some((label) => asked.includes(label)));
      if (wanted.length > 0 && wanted.length < lines.length) {
        said.push(`This page shows a part of the output here: ${count(lines.length - wanted.length, "other line")} of yours ${lines.length - wanted.length === 1 ? "was" : "were"} left out.`);
        lines = wanted;
      }
    }
    return { text: `${lines.join("\n")}\n`, said, refused: "" };
  }

  /**
   * @param {ReturnType<typeof glCompare.compare>} found
   * @returns {string[]}
   */
  function hints({ lines }) {
    const missing = lines.filter((line) => line.verdict === "missing");
    const more = lines.filter((line) => line.verdict === "more");
    const text = lines.filter((line) => line.verdict === "off" && line.why.includes("text is exact"));
    return [...ofErrors(lines), ...ofLines(lines, missing, more, text), ...ofNumbers(lines, missing.length + more.length + text.length)];
  }

  /** @typedef {ReturnType<typeof glCompare.compare>["lines"]} Lines */

  /** @param {Lines} lines */
  function ofErrors(lines) {
    const said = [];
    const mine = lines.filter((line) => line.new !== null && line.verdict !== "equal" && line.verdict !== "within").map((line) => line.new ?? "");
    if (mine.some((line) => line.startsWith("Traceback (most recent call last)"))) {
      said.push(`The program stopped with an error: ${[...mine].reverse().find((line) => /^\w[\w.]*(?:Error|Exception|Interrupt)\b/.test(line)) ?? "see the end of your text"}`);
    } else if (mine.some((line) => WARNING.test(line))) {
      said.push("Some of your lines are warnings. Python writes them to the same terminal; they are not the program's output.");
    }
    if (mine.some((line) => /(?<![\w.])[-+]?(?:nan|inf)(?![\w.])/i.test(line))) {
      said.push("A number of yours is not finite: there the training has diverged, or something was divided by zero. That never passes.");
    }
    return said;
  }

  /** @param {Lines} lines @param {Lines} missing @param {Lines} more @param {Lines} text */
  function ofLines(lines, missing, more, text) {
    const said = [];
    const bare = (/** @type {string | null} */ line) => (line ?? "").replace(/\s+/g, "");
    const spaces = text.filter((line) => bare(line.old) === bare(line.new));
    if (spaces.length > 0) {
      said.push(`${count(spaces.length, "line differs", "lines differ")} in spaces alone; copying from a terminal can do that.`);
    }
    const others = text.filter((line) => !spaces.includes(line) && !WARNING.test(line.new ?? ""));
    const accepted = new Set(lines.map((line) => line.old));
    const shifted = lines.filter((line) => line.verdict === "off" && accepted.has(line.new) && bare(line.old) !== bare(line.new));
    if (shifted.length > 0) {
      said.push(`${count(shifted.length, "line")} of yours ${shifted.length === 1 ? "is an accepted line" : "are accepted lines"} of another place: before them a line is missing, or there is one more.`);
    }
    const agree = lines.filter((line) => line.old !== null && line.new !== null).length - text.length;
    const shape = (/** @type {string | null} */ line) => glCompare.parseLine(line ?? "").shape.join("#");
    const sorted = (/** @type {Lines} */ some, /** @type {"old" | "new"} */ side) => some.map((line) => shape(line[side])).sort().join("\n");
    const moved = [...missing, ...text];
    if (moved.length > 1 && sorted(moved, "old") === sorted([...more, ...text], "new")) {
      return [...said, "Your text has the same lines in another order: an older or changed version of the program, or two parts pasted the wrong way round."];
    }
    if (agree === 0) return [...said, "No line of yours has the text of an accepted one: this is the output of another program, or of another version of this one."];
    const there = lines.map((line) => line.verdict !== "missing");
    const [first, last] = [there.indexOf(true), there.lastIndexOf(true)];
    if (missing.length > 0 && more.length === 0) {
      if (lines.slice(0, first).length === missing.length) said.push("The beginning is not in your text; it may have scrolled away or was not selected.");
      else if (lines.length - 1 - last === missing.length) said.push("Your text ends early: it was cut off when it was copied, or the program had not come to its end.");
      else said.push("Lines are missing in between: an older or changed version of the program prints fewer, or some were not selected.");
    } else if (missing.length > 0 || others.length > 0) {
      said.push("Some lines have another text: another version of the program prints other lines.");
    } else if (more.length > 0 && more.every((line) => lines.some((one) => one !== line && (one.old === line.new || shape(one.old) === shape(line.new))))) {
      said.push("Some lines stand there more than once: two runs were pasted, or the program ran longer.");
    }
    return said;
  }

  /** @param {Lines} lines @param {number} others lines whose text does not agree */
  function ofNumbers(lines, others) {
    const pairs = lines.flatMap((line) => line.pairs);
    const decimals = pairs.filter((pair) => pair.units !== null);
    const units = decimals.map((pair) => pair.units ?? 0n);
    const moved = decimals.filter((pair) => pair.units !== 0n);
    const off = pairs.filter((pair) => pair.why);
    if (off.length === 0) {
      return moved.length > 0 ? [`${count(moved.length, "decimal differs", "decimals differ")} in the last digit, as another processor or release of torch makes them. That is allowed and changes nothing.`] : [];
    }
    const wide = decimals.filter((pair) => (pair.units ?? 0n) > 1n);
    const whole = off.filter((pair) => pair.units === null);
    if (decimals.length >= 4 && 2 * wide.length >= decimals.length) {
      const same = others === 0 ? "The lines agree and most decimals are others" : "Most decimals are others";
      return [`${same}. In runs of this chapter that was another seed or none, a random number drawn more or less, float32 for float64 (which draws other random numbers), or another constant. The values of another seed are as good as these; what this page says in numbers was measured with its own.`];
    }
    if (whole.length === 0 && units.every((unit) => unit <= 5n)) {
      return ["Only last digits differ, some by more than their room. Another processor or release of torch can do that, and so can another seed where a program prints few digits (gan/digits does). It matters where a sentence depends on such a digit."];
    }
    const names = [...new Set(off.map((pair) => pair.label))].filter((label) => label);
    const agree = decimals.some((pair) => pair.units === 0n && !names.includes(pair.label));
    return agree && names.length > 0 && names.length <= 3
      ? [`All that is off belongs to ${names.join(", ")}; the other numbers agree.`] : [];
  }

  return { prepare, hints, trimmed, count };
})();
