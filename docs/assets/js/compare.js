// The rules by which genloop compares two terminal outputs: those of genloop/engine/compare (printed.py, rooms.py,
// verify.py and align.py), name by name. tests/pairs.json has pairs of outputs with a verdict for each line; both are tested on it.
// No page in here: text goes in, verdicts come out. Numbers are decimals (a whole number and a power of ten), no floats.
const glCompare = (() => {
  /**
   * How far the numbers of a label may lie from the accepted ones: a word ("abs", "rel", "between", "falls", "rises",
   * "any") and what it takes: an amount, two ends, or a reason.
   * @typedef {{ word: string, given: string[] }} Rule
   * @typedef {Map<string, Rule>} Rules
   * @typedef {{ label: string, text: string }} Printed
   * The name of a rule that is for no label, and where its number begins and ends.
   * @typedef {[string, number, number]} Room
   * @typedef {{ text: string, shape: string[], numbers: Printed[], labels: string[], rooms: Room[] }} Line
   * @typedef {{ c: bigint, e: number } | "nan" | "inf" | "-inf"} Decimal
   * @typedef {{ label: string, old: string, new: string, why: string, units: bigint | null }} Pair
   * @typedef {"equal" | "within" | "off" | "missing" | "more"} Verdict
   * @typedef {{ number: number, old: string | null, new: string | null, verdict: Verdict, pairs: Pair[], why: string[] }} Compared
   */

  // ---- what was printed, taken apart ----

  const MINUS = "\u2212";
  // What Python means by \w, \s and by a letter, in and out of brackets.
  const w = String.raw`\p{L}\p{N}_`;
  const W = `[${w}]`;
  const L = String.raw`[\p{L}\p{Nl}\p{No}_]`;
  const s = String.raw`\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
  /** @type {Record<string, string>} */
  const TWINS = { i: "iI\u0130\u0131", k: "kK\u212a", s: "sS\u017f", "\u00b5": "\u00b5\u03bc\u039c" };
  const anyCase = (/** @type {string} */ pattern) =>
    pattern.replace(/\p{L}/gu, (letter) => `[${TWINS[letter] ?? letter + letter.toUpperCase()}]`);

  const DIGITS = "[0-9]+(?:_[0-9]+)*";
  const DECIMAL = String.raw`(?:0[xX][0-9a-fA-F]+(?!${W})|0[oO][0-7]+(?!${W})|0[bB][01]+(?!${W})|(?!0[xX])`
    + String.raw`(?:${DIGITS}\.${DIGITS}|\.${DIGITS}|${DIGITS}(?:\.(?=[eE][-+]?[0-9]))?)(?:[eE][-+]?[0-9]{1,4})?`
    + String.raw`(?!${W}*[0-9]|_|\.[0-9]))`;
  const UNITS = anyCase("j|(?:m|u|n|p|\u00b5)?s|min|h|x|(?:k|m|g|t)?i?b|k|m|g|t|(?:k|m|g)?hz|px|nats?|bits?|db|v|w");
  const NOT_FINITE = anyCase(String.raw`(?:s?nan[0-9]*|inf(?:inity)?|∞|[0-9]\.#(?:(?:q|s)?nan|ind|inf)[0-9]*)`)
    + `(?=(?:${UNITS})?(?!${W}))`;
  const ANY_NUMBER = `(?:${NOT_FINITE}|${DECIMAL})`;
  const NUMBER = new RegExp(`(?<![${w}.])[-+${MINUS}]?${ANY_NUMBER}`
    + `|(?<=[${w}∞.])[-+${MINUS}]${ANY_NUMBER}(?=[jJ](?!${W}))|(?<=[%])(?:${NOT_FINITE})`, "gu");
  const PLAIN_INTEGER = new RegExp(String.raw`^[-+${MINUS}]?(?:${DIGITS}\.?(?:[eE][-+]?[0-9]+)?|0[xXoObB][0-9a-fA-F]+)$`);
  const PIECE = new RegExp(String.raw`(?:^|[:/@\\+%${MINUS}\-])[0-9]*(?:${NOT_FINITE})(?![.])`, "u");
  const NAME = new RegExp([
    String.raw`(?<!${W})${L}${W}*(?:[:/@\\.\-]+${W}+)+`, // arXiv:1912.04958, torch-2.13, out/0.5, v1.2
    String.raw`(?<!${W})${L}[${w}.\-]*(?:==|~=|!=|>=|<=)[0-9][${w}.*]*`, // numpy>=1.26
    String.raw`(?<!${W})${anyCase("(?:arxiv|doi|versions?)")}[${s}:=]*[0-9][${w}./\-]*`, // arXiv 1912.04958, version: 2.13
    String.raw`(?<!${W})${anyCase("python")}[${s}:=]*[23]\.[0-9]+${W}*`, // Python 3.11
    String.raw`(?<![${w}.])10\.[0-9]{4,9}/[^${s}]+`, // a DOI
    String.raw`(?<![${w}.])[0-9]+(?:\.[0-9]+){2,}[${w}.+\-]*`, // 2.13.0+cpu
    String.raw`(?<![${w}.@/\\\-])[${w}@/\\\-][\-${w}@./\\]*\.(?![eE][-+]?[0-9])${L}[\-${w}@./\\]*`, // 0.5.txt, 0.5/loss.csv
    String.raw`(?<![${w}.])[0-9][0-9.]*-${L}${W}*`, // 3.5-turbo
  ].join("|"), "gu");
  // What is not finite as a number, and may be a word: "my nan bakes", "no nan found", "dropped nan values".
  const WORD = new RegExp(`^${anyCase("(?:nan|inf(?:inity)?)")}$`, "u");
  const ARTICLE = anyCase("(?:the|this|that|these|those|no|any|every|each|some|my|your|his|her|our|their"
    + "|de(?:r|m|n|s)|das|(?:ein|kein|mein|dein|sein|ihr|unser)(?:e(?:n|m|r|s)?)?)");
  const BEFORE_WORD = new RegExp(`(?:^|[ ("'])${ARTICLE} $`, "u");
  const LONGEST_ARTICLE = 8;
  const AFTER_WORD = new RegExp(`^ (?!(?:${UNITS})(?!${W})|${NOT_FINITE}|(?:True|False|None)(?!${W}))`
    + String.raw`[\p{L}\p{Nl}\p{No}]{2,}(?=[ .,;:!?)"']|$)`, "u");
  const BEFORE_NOUN = new RegExp(`(?:^|[${w},] )$`, "u");
  const AFTER_NOUN = new RegExp(`^ ${anyCase("(?:values?|entry|entries|werten?|wert)")}(?=[.,;:!?)]|$| (?!per(?!${W})))`, "u");
  const PAIR = new RegExp(String.raw`([A-Za-z_][${w}./\-]*)=`, "gu");
  const COLON = new RegExp(String.raw`^([^:=]*[^${s}:=])[ \t]*:(?=[${s}]|$)`, "u");
  const ENDS = new RegExp(`^[${s}]+|[${s}]+$`, "gu");

  /** @param {string} text */
  const linesOf = (text) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

  /** Where each number of a line begins and ends. @param {string} text @returns {[number, number][]} */
  function numberSpans(text) {
    // As many letters as the name has, unless one of its pieces is not a number, which must never pass.
    const hidden = text.replace(NAME, (name) => (PIECE.test(name) ? name : "x".repeat(name.length)));
    /** @type {[number, number][]} */
    const found = [...hidden.matchAll(NUMBER)].map((one) => [one.index, one.index + one[0].length]);
    return found.filter(([first, last]) => !(WORD.test(text.slice(first, last)) && isWord(text, first, last)));
  }

  /** Whether words around "nan" or "inf" say that it is one. @param {string} text @param {number} first @param {number} last */
  function isWord(text, first, last) {
    const [before, after] = [text.slice(Math.max(0, first - LONGEST_ARTICLE - 2), first), text.slice(last)];
    return (BEFORE_WORD.test(before) && AFTER_WORD.test(after)) || (BEFORE_NOUN.test(before) && AFTER_NOUN.test(after));
  }

  /** Each label of a line, and where its value begins and ends. @param {string} text @returns {[string, number, number][]} */
  function spans(text) {
    /** @type {[number, string][]} */
    const marks = text.includes("=")
      ? [...text.matchAll(PAIR)].map((found) => [found.index + found[0].length, found[1]]) : [];
    const colon = COLON.exec(marks.length > 0 ? text.slice(0, marks[0][0]) : text);
    if (colon) marks.unshift([colon[0].length, colon[1].replace(ENDS, "")]);
    return marks.map(([start, label], i) =>
      [label, start, i + 1 < marks.length ? marks[i + 1][0] - marks[i + 1][1].length - 1 : text.length]);
  }

  /** Its numbers, in order: those that have room, and all others, which have "" for a name. @param {string} text @param {Room[]} rooms */
  function numbersOf(text, rooms) {
    const own = rooms.filter((room, i) => i === 0 || rooms[i - 1][2] <= room[1]);
    /** @type {Room[]} */
    const others = [];
    for (const [first, last] of numberSpans(text)) {
      if (!own.some(([, start, end]) => first < end && start < last)) others.push(["", first, last]);
    }
    return own.length > 0 ? [...own, ...others].sort((a, b) => a[1] - b[1]) : others;
  }

  /** @param {string} text @param {Room[]} [rooms] @returns {Line} */
  function parseLine(text, rooms = []) {
    const labelled = spans(text);
    /** @type {[string, number, number][]} */
    const values = labelled.length > 0 ? labelled : [["", 0, text.length]];
    const front = values[0][1] > 0 && text[values[0][1] - 1] === "=" ? values[0][1] - values[0][0].length - 1 : 0;
    const numbers = [];
    const shape = [];
    let end = 0;
    let place = 0;
    for (const [name, first, last] of numbersOf(text, rooms)) {
      while (place < values.length && values[place][2] <= first) place += 1;
      // A number inside a label ("seed 3: 0.91") belongs to the label: it is text. So is one in front of "a=1", but for
      // what is not finite, which must never pass.
      const inside = place < values.length && values[place][1] <= first;
      const never = last <= front && WORD.test(text.slice(first, last).replace(/^[-+\u2212]+/, ""));
      if (name || inside || never) {
        numbers.push({ label: name || (inside ? values[place][0] : ""), text: text.slice(first, last) });
        shape.push(text.slice(end, first).replace(/ +$/, ""));
        end = last;
      }
    }
    shape.push(text.slice(end));
    return { text, shape, numbers, labels: [...new Set([...labelled, ...rooms].map(([label]) => label))], rooms };
  }

  /** @param {string} text */
  const labels = (text) => [...new Set(linesOf(text).flatMap((line) => spans(line).map(([label]) => label)))];

  // ---- room for what has no label: lines of a pattern, columns of a table ----

  const LINE = "line: ";
  const COLUMN = "column: ";
  const SLOT = `(?<![0-9.])[-+${MINUS}]?${ANY_NUMBER}`;
  const RULER = /^[ \t|+:=-]*[=-][ \t|+:=-]*$/;
  const [WIDE, NARROW, PIPED] = [/[^ \t]+(?: [^ \t]+)*/g, /[^ \t]+/g, /[^|]+/g];

  /** @param {string} text @param {Rules} rules @returns {Line[]} */
  function parse(text, rules) {
    const texts = linesOf(text);
    const names = [...rules.keys()];
    const patterns = names.filter((name) => name.startsWith(LINE))
      .map((name) => /** @type {[string, RegExp]} */ ([name, patternOf(name.slice(LINE.length))]));
    const heads = names.filter((name) => name.startsWith(COLUMN)).map((name) => name.slice(COLUMN.length));
    if (patterns.length + heads.length === 0) return texts.map((one) => parseLine(one));
    const columns = columnsOf(texts, new Set(heads));
    return texts.map((one, i) => {
      const rooms = columns[i];
      for (const [name, pattern] of patterns) {
        for (const found of one.matchAll(pattern)) {
          for (const [start, end] of (found.indices ?? []).slice(1)) rooms.push([name, start, end]);
        }
      }
      return parseLine(one, rooms.sort((a, b) => a[1] - b[1] || a[2] - b[2]));
    });
  }

  /** Finds what is written as "Epoch #: * s": a number with room at each star, any number at each #. @param {string} pattern */
  function patternOf(pattern) {
    const written = pattern.split(/([*#]| +)/).map((part) => {
      if (part === "*") return `(${SLOT})`;
      if (part === "#") return `(?:${SLOT})`;
      return part.startsWith(" ") ? " +" : part.replace(/[\\^$.|?*+()[\]{}/]/g, "\\$&");
    });
    const edges = new RegExp(`^([${w}*#])?.*?(${W})?$`, "su").exec(pattern) ?? [];
    return new RegExp(`${edges[1] ? `(?<!${W})` : ""}${written.join("")}${edges[2] ? `(?!${W})` : ""}`, "dgu");
  }

  /**
   * For each line the numbers that stand below one of these heads.
   * @param {string[]} texts
   * @param {Set<string>} names
   */
  function columnsOf(texts, names) {
    /** @typedef {{ cells: RegExp, heads: string[], indented: boolean, rows: string[] }} Table */
    /** @type {Table | null} */
    let table = null;
    return texts.map((text) => {
      /** @type {Room[]} */
      const found = [];
      if (table && RULER.test(text)) return found;
      const cells = table ? rowOf(table, text) : null;
      if (table && cells) {
        table.rows.push(kindsOf(text, cells));
        table.heads.forEach((head, i) => {
          if (names.has(head)) numbersIn(text, cells[i]).forEach(([start, end]) => found.push([COLUMN + head, start, end]));
        });
      } else table = headOf(text, names);
      return found;
    });
  }

  /** @param {string} text @param {Set<string>} names */
  function headOf(text, names) {
    for (const cells of text.includes("|") ? [PIPED] : [WIDE, NARROW]) {
      const heads = cellsOf(cells, text).map(([start, end]) => text.slice(start, end));
      if (heads.some((head) => names.has(head))) return { cells, heads, indented: /^[ \t]/.test(text), rows: [] };
    }
    return null;
  }

  /**
   * The cells of a line, one below each head; null if it is no row of the table.
   * @param {{ cells: RegExp, heads: string[], indented: boolean, rows: string[] }} table
   * @param {string} text
   */
  function rowOf(table, text) {
    const piped = table.cells === PIPED;
    if (!piped && spans(text).length > 0) return null;
    for (const cells of piped ? [PIPED] : [...new Set([table.cells, NARROW])]) {
      let found = cellsOf(cells, text);
      if (found.length === table.heads.length + 1 && !piped) {
        // A name or a number in front that has no head: in a table that is text, or in a frame of a notebook.
        if (table.indented || text.slice(...found[0]) === String(table.rows.length)) found = found.slice(1);
      }
      const fits = cells !== NARROW || table.rows.length === 0 || kindsOf(text, found) === table.rows[0];
      if (found.length === table.heads.length && fits) return found;
    }
    return null;
  }

  /** @param {RegExp} cells @param {string} text @returns {[number, number][]} */
  function cellsOf(cells, text) {
    const inner = cells === PIPED ? text.replace(/^[ \t|]+|[ \t|]+$/g, "") : text;
    const shift = text.indexOf(inner);
    return [...inner.matchAll(cells)].map((found) => {
      const cell = found[0].replace(/^[ \t]+/, "");
      const start = shift + found.index + found[0].length - cell.length;
      return [start, start + cell.replace(/[ \t]+$/, "").length];
    });
  }

  /** @param {string} text @param {[number, number]} cell */
  const numbersIn = (text, cell) => numberSpans(text).filter(([start, end]) => cell[0] <= start && end <= cell[1]);

  /** Which cells hold numbers, a letter for each. @param {string} text @param {[number, number][]} cells */
  const kindsOf = (text, cells) => cells.map((cell) => (numbersIn(text, cell).length > 0 ? "n" : "t")).join("");

  /**
   * Where two rules are for one number: its line, and why. Each pair of rules once.
   * @param {Line[]} lines
   * @param {Rules} rules
   */
  function clashes(lines, rules) {
    /** @type {Map<string, [number, string]>} */
    const found = new Map();
    lines.forEach(({ text, rooms }, i) => {
      const labelled = rooms.length > 0 ? spans(text).filter(([label]) => rules.has(label)) : [];
      rooms.forEach(([name, start, end], place) => {
        for (const [other, begin, stop] of [...labelled, ...rooms.slice(0, place)]) {
          const pair = JSON.stringify([other, name]);
          if (start < stop && begin < end && other !== name && !found.has(pair)) {
            found.set(pair, [i + 1, `two rules for one number, "${other}" and "${name}"`]);
          }
        }
      });
    });
    return [...found.values()];
  }

  // ---- decimals ----

  /** A printed number, exactly. @param {string} text @returns {Decimal} */
  function decimal(text) {
    const plain = text.replace(MINUS, "-").toLowerCase();
    const based = /^([-+]?)(0[xob][0-9a-f]+)$/.exec(plain);
    if (based) return { c: BigInt(based[2]) * (based[1] === "-" ? -1n : 1n), e: 0 };
    if (/nan|ind/.test(plain)) return "nan";
    const parts = /^([-+]?)([0-9_]*)\.?([0-9_]*)(?:e([-+]?[0-9]+))?$/.exec(plain);
    if (!parts) return plain.startsWith("-") ? "-inf" : "inf";
    const [whole, fraction] = [parts[2], parts[3]].map((digits) => digits.replaceAll("_", ""));
    return { c: BigInt(`${whole}${fraction}`) * (parts[1] === "-" ? -1n : 1n), e: Number(parts[4] ?? 0) - fraction.length };
  }

  const isFinite = (/** @type {Decimal} */ number) => typeof number !== "string";

  /** Both with one power of ten. @param {{ c: bigint, e: number }} a @param {{ c: bigint, e: number }} b */
  function aligned(a, b) {
    const e = Math.min(a.e, b.e);
    return { a: a.c * 10n ** BigInt(a.e - e), b: b.c * 10n ** BigInt(b.e - e), e };
  }

  /** Below zero, zero, or above. @param {Decimal} a @param {Decimal} b */
  function order(a, b) {
    if (typeof a === "string" || typeof b === "string") {
      const rank = (/** @type {Decimal} */ one) => (one === "inf" ? 1 : one === "-inf" ? -1 : 0);
      return rank(a) - rank(b);
    }
    const both = aligned(a, b);
    return both.a < both.b ? -1 : both.a > both.b ? 1 : 0;
  }

  const abs = (/** @type {bigint} */ n) => (n < 0n ? -n : n);

  // ---- one number, one line ----

  /** What a rule allows, in words. @param {Rule} rule */
  function roomOf(rule) {
    switch (rule.word) {
      case "between": return `between ${rule.given[0]} and ${rule.given[1]}`;
      case "abs": case "rel": return `${rule.word} ${rule.given[0]}`;
      default: return rule.word;
    }
  }

  /** A power of ten as it is written. @param {number} e */
  const power = (e) => (e >= 0 ? `1${"0".repeat(e)}` : `0.${"0".repeat(-e - 1)}1`);

  /**
   * Why the printed number does not pass, in a few words, "" if it does; and how many units of its last digit it is off.
   * @param {Printed} accepted
   * @param {Printed} printed
   * @param {Rule | undefined} rule
   * @returns {Pair}
   */
  function judge(accepted, printed, rule) {
    const [was, now] = [decimal(accepted.text), decimal(printed.text)];
    const whole = [accepted, printed].some((one) => PLAIN_INTEGER.test(one.text));
    const pair = { label: printed.label, old: accepted.text, new: printed.text, why: "", units: /** @type {bigint | null} */ (null) };
    const because = (/** @type {boolean} */ good, /** @type {string} */ why) => ({ ...pair, why: good ? "" : why });
    const both = typeof was !== "string" && typeof now !== "string" ? aligned(was, now) : null;
    if (both && !whole) pair.units = abs(both.a - both.b);
    if (typeof now === "string") return because(false, "never a number that is not finite");
    if (rule && (rule.word === "falls" || rule.word === "rises")) return pair; // judged over all lines of the label
    if (rule?.word === "between") {
      return because(order(decimal(rule.given[0]), now) <= 0 && order(now, decimal(rule.given[1])) <= 0, roomOf(rule));
    }
    if (accepted.text === printed.text) return pair;
    if (typeof was === "string" || !both) return because(false, "the accepted number is not finite");
    const distance = { c: abs(both.a - both.b), e: both.e };
    if (rule?.word === "abs") return because(order(distance, decimal(rule.given[0])) <= 0, roomOf(rule));
    if (rule?.word === "rel") {
      const share = decimal(rule.given[0]);
      const room = typeof share === "string" ? share : { c: share.c * abs(was.c), e: share.e + was.e };
      return because(order(distance, room) <= 0, roomOf(rule));
    }
    if (whole) return because(accepted.text.replace(/^\++/, "") === printed.text.replace(/^\++/, ""), "exact");
    return because(distance.c <= 1n, `within ${power(both.e)}`);
  }

  /** A line without what has `any`: the values of labels, and numbers. @param {Line} line @param {Rules} rules */
  function freed(line, rules) {
    if (rules.size === 0) return line;
    let { text } = line;
    const goes = (/** @type {string} */ name) => rules.get(name)?.word === "any";
    const cuts = spans(text).filter(([label]) => goes(label)).map(([, start, end]) => [start, end]);
    // Where a number needs a digit more, it has a space less before it.
    for (const [name, start, end] of line.rooms) {
      if (goes(name)) cuts.push([text.slice(0, start).replace(/ +$/, "").length, end]);
    }
    if (cuts.length === 0) return line;
    let rooms = line.rooms.filter(([, at]) => !cuts.some(([start, end]) => start <= at && at < end));
    for (const [start, end] of cuts.sort((a, b) => b[0] - a[0] || b[1] - a[1])) {
      text = `${text.slice(0, start)} ${text.slice(end)}`;
      const less = end - start - 1;
      rooms = rooms.map(([name, at, stop]) => (at >= end ? [name, at - less, stop - less] : [name, at, stop]));
    }
    return parseLine(text, rooms);
  }

  /**
   * The same text, and neither a rule nor a number that is not finite can make that wrong.
   * @param {Line} old
   * @param {Line} now
   * @param {Rules} rules
   */
  const needsNoLook = (old, now, rules) => old.text === now.text && !now.labels.some((label) => rules.has(label))
    && !["nan", "inf", "∞", "#ind"].some((word) => now.text.toLowerCase().includes(word));

  /** What must be the same text. @param {Line} line @param {Rules} rules */
  const shapeOf = (line, rules) => JSON.stringify(freed(line, rules).shape);

  /**
   * @param {number} number
   * @param {Line | null} old
   * @param {Line | null} now
   * @param {Rules} rules
   * @returns {Compared}
   */
  function compareLine(number, old, now, rules) {
    const told = { number, old: old?.text ?? null, new: now?.text ?? null, pairs: /** @type {Pair[]} */ ([]), why: /** @type {string[]} */ ([]) };
    if (!old || !now) return { ...told, verdict: now ? "more" : "missing" };
    if (needsNoLook(old, now, rules)) {
      return { ...told, verdict: "equal", pairs: now.numbers.map((one) => judge(one, one, undefined)) };
    }
    const [accepted, printed] = [freed(old, rules), freed(now, rules)];
    if (JSON.stringify(accepted.shape) !== JSON.stringify(printed.shape)) return { ...told, verdict: "off", why: ["text is exact"] };
    const pairs = accepted.numbers.map((one, i) => judge(one, printed.numbers[i], rules.get(printed.numbers[i].label)));
    const wrong = pairs.filter((pair) => pair.why);
    const why = wrong.map((pair) => (pairs.length > 1 && pair.label ? `${pair.label}: ${pair.why}` : pair.why));
    const verdict = wrong.length > 0 ? "off" : old.text === now.text ? "equal" : "within";
    return { ...told, verdict, pairs, why: [...new Set(why)] };
  }

  // ---- all lines ----

  /**
   * The accepted and the printed output, line by line; and what no line can be blamed for.
   * @param {string} expected
   * @param {string} actual
   * @param {Rules} rules
   */
  function compare(expected, actual, rules) {
    const [before, now] = [parse(expected, rules), parse(actual, rules)];
    const known = new Set([...before, ...now].flatMap((line) => line.labels));
    const whole = [...rules.keys()].filter((label) => !known.has(label))
      .map((label) => `Something is expected of "${label}", which is not printed.`);
    const lines = matched(before, now, rules).map(([number, old, line]) => compareLine(number, old, line, rules));
    for (const [number, why] of [...clashes(now, rules), ...trends(now, rules)]) {
      const line = lines.find((one) => one.number === number && one.new !== null);
      if (!line) whole.push(why);
      else {
        line.why.push(why);
        if (line.verdict !== "more") line.verdict = "off";
      }
    }
    const good = whole.length === 0 && lines.every(({ verdict }) => verdict === "equal" || verdict === "within");
    if (good && actual && expected.endsWith("\n") !== actual.endsWith("\n")) {
      whole.push("The end of the last line differs: a line break more or less.");
    }
    return { lines, whole, passes: good && whole.length === 0 };
  }

  /** @param {Line[]} now @param {Rules} rules @returns {[number, string][]} */
  function trends(now, rules) {
    /** @type {[number, string][]} */
    const found = [];
    for (const [label, { word }] of rules) {
      if (word !== "falls" && word !== "rises") continue;
      const rows = now
        .map((line, i) => ({ number: i + 1, row: line.numbers.filter((one) => one.label === label) }))
        .filter(({ row }) => row.length > 0);
      if (rows.length < 2) found.push([0, `"${label}" must be printed on several lines, since it ${word}.`]);
      rows.slice(1).forEach(({ number, row }, i) => {
        const last = rows[i].row;
        if (last.length !== row.length) {
          found.push([number, `"${label}" has ${row.length} numbers here and ${last.length} on the line before, and it ${word}`]);
        }
        row.slice(0, last.length).forEach((one, at) => {
          const [old, here] = [decimal(last[at].text), decimal(one.text)];
          if (!isFinite(old) || !isFinite(here)) return; // that is told already
          const turn = order(here, old);
          if (word === "falls" ? turn >= 0 : turn <= 0) found.push([number, `"${label}" goes from ${last[at].text} to ${one.text}, and it ${word}`]);
        });
      });
    }
    return found;
  }

  /**
   * Line number in what was printed, the accepted line and the printed one; null for one that the other has not.
   * @param {Line[]} before
   * @param {Line[]} now
   * @param {Rules} rules
   * @returns {[number, Line | null, Line | null][]}
   */
  function matched(before, now, rules) {
    const shapes = [before, now].map((lines) => lines.map((line) => shapeOf(line, rules)));
    let same = 0;
    while (same < Math.min(before.length, now.length) && (before[same].text === now[same].text || shapes[0][same] === shapes[1][same])) same += 1;
    /** @type {[number, Line | null, Line | null][]} */
    const found = before.slice(0, same).map((line, i) => [i + 1, line, now[i]]);
    for (const [start, end, begin, stop] of blocks(shapes[0].slice(same), shapes[1].slice(same))) {
      for (let i = 0; i < Math.max(end - start, stop - begin); i += 1) {
        found.push([same + begin + i + 1, start + i < end ? before[same + start + i] : null, begin + i < stop ? now[same + begin + i] : null]);
      }
    }
    return found;
  }

  // ---- which lines belong together ----

  /** @typedef {[number, number, number, number]} Block begin and end in the one, begin and end in the other */
  const SMALL = 40_000;

  /** @param {string[]} one @param {string[]} other @returns {Block[]} */
  function blocks(one, other) {
    let [a, b] = [0, 0];
    /** @type {Block[]} */
    const found = [];
    for (const [x, y] of [...anchors(one, other), [one.length, other.length]]) {
      found.push(...between(one, other, a, x, b, y));
      [a, b] = [x, y];
    }
    return found;
  }

  /** @param {string[]} one @param {string[]} other @param {number} start @param {number} end @param {number} begin @param {number} stop @returns {Block[]} */
  function between(one, other, start, end, begin, stop) {
    /** @type {Block[]} */
    const found = [];
    let same = 0;
    while (same < Math.min(end - start, stop - begin) && one[start + same] === other[begin + same]) same += 1;
    found.push([start, start + same, begin, begin + same]);
    [start, begin, same] = [start + same, begin + same, 0];
    while (same < Math.min(end - start, stop - begin) && one[end - 1 - same] === other[stop - 1 - same]) same += 1;
    const [last, lastOther] = [end - same, stop - same];
    if ((last - start) * (lastOther - begin) <= SMALL) found.push(...parts(one, other, start, last, begin, lastOther));
    else found.push([start, last, begin, lastOther]);
    found.push([last, end, lastOther, stop]);
    return found;
  }

  /** As difflib.SequenceMatcher: equal parts, longest first, and what lies between. @param {string[]} one @param {string[]} other @param {number} start @param {number} end @param {number} begin @param {number} stop @returns {Block[]} */
  function parts(one, other, start, end, begin, stop) {
    /** @type {[number, number, number][]} */
    const equal = [];
    const queue = [[start, end, begin, stop]];
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [a1, a2, b1, b2] = next;
      const [i, j, size] = longest(one, other, a1, a2, b1, b2);
      if (size === 0) continue;
      equal.push([i, j, size]);
      if (a1 < i && b1 < j) queue.push([a1, i, b1, j]);
      if (i + size < a2 && j + size < b2) queue.push([i + size, a2, j + size, b2]);
    }
    equal.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
    // Equal parts that touch are one: what follows would be the same without, but for parts that are empty.
    /** @type {Block[]} */
    const found = [];
    let [a, b] = [start, begin];
    for (const [i, j, size] of [...equal, [end, stop, 0]]) {
      found.push([a, i, b, j], [i, i + size, j, j + size]);
      [a, b] = [i + size, j + size];
    }
    return found;
  }

  /** The longest equal part, the first of those. @param {string[]} one @param {string[]} other @param {number} a1 @param {number} a2 @param {number} b1 @param {number} b2 @returns {[number, number, number]} */
  function longest(one, other, a1, a2, b1, b2) {
    let [besti, bestj, size] = [a1, b1, 0];
    let before = new Array(b2 - b1 + 1).fill(0);
    for (let i = a1; i < a2; i += 1) {
      const row = new Array(b2 - b1 + 1).fill(0);
      for (let j = b1; j < b2; j += 1) {
        if (one[i] !== other[j]) continue;
        const length = (row[j - b1 + 1] = before[j - b1] + 1);
        if (length > size) [besti, bestj, size] = [i - length + 1, j - length + 1, length];
      }
      before = row;
    }
    return [besti, bestj, size];
  }

  /** Places of what stands once in each, as many as have the same order in both. @param {string[]} one @param {string[]} other @returns {[number, number][]} */
  function anchors(one, other) {
    const [once, places] = [one, other].map((items) => {
      /** @type {Map<string, number>} */
      const found = new Map();
      items.forEach((item, place) => found.set(item, found.has(item) ? -1 : place));
      return found;
    });
    /** @type {[number, number][]} */
    const pairs = [];
    one.forEach((item, place) => {
      const there = places.get(item) ?? -1;
      if (once.get(item) === place && there >= 0) pairs.push([place, there]);
    });
    /** @type {number[]} */
    const lasts = [];
    /** @type {number[]} */
    const piles = [];
    /** @type {number[]} */
    const before = [];
    pairs.forEach(([, place], number) => {
      let [pile, end] = [0, lasts.length];
      while (pile < end) {
        const middle = (pile + end) >> 1;
        if (lasts[middle] < place) pile = middle + 1;
        else end = middle;
      }
      before.push(pile > 0 ? piles[pile - 1] : -1);
      [lasts[pile], piles[pile]] = [place, number];
    });
    const chain = [];
    for (let number = piles.length > 0 ? piles[piles.length - 1] : -1; number >= 0; number = before[number]) chain.push(pairs[number]);
    return chain.reverse();
  }

  /** The rules of a page's output: [label, word, what it takes] for each. @param {string} json @returns {Rules} */
  const readRules = (json) =>
    new Map(/** @type {string[][]} */ (JSON.parse(json || "[]")).map(([label, word, ...given]) => [label, { word, given }]));

  return { compare, labels, linesOf, parseLine, readRules, roomOf };
})();
