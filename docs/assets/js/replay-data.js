// What a training saved, as the programs explore/replay_*.py write it, and the links to its steps. No page is needed.

/**
 * Pictures (steps, count, side * side), one byte for a pixel, from 0 to `top`. labels: what the classifier takes each
 * of them for, one string of digits for each step.
 * @typedef {{ title: string, columns: number, count: number, side: number, top: number, data: string, labels: string[] }} GlPictures
 *
 * Places (steps, moments, count, 2): whole numbers of 16 bits, `scale` of them to a unit.
 * @typedef {{ title: string, reach: number, count: number, scale: number, data: string, moments?: number[],
 *   modes?: [number, number][], radius?: number, labels?: string, circle?: number }} GlPlaces
 *
 * Bars at each step. real: what held-out data has; even: what each should have; top: where the picture ends.
 * @typedef {{ title: string, name: string, of: string, counts: number[][], real?: number[], even?: number, top: number }} GlBars
 *
 * Curves over steps, each with its name.
 * @typedef {{ title: string, from?: number, to: number, at: number[], curves: Record<string, number[]>, levels?: [number, string][] }} GlLosses
 *
 * One run. values: a text for each name at each step; "" where there is none. measures: the names that are drawn.
 * @typedef {{ key: string, name: string, values: string[][], bars: GlBars, losses: GlLosses,
 *   measures: { title: string, curves: string[] }, pictures?: GlPictures, points?: GlPlaces, plane?: GlPlaces,
 *   decoded?: GlPictures }} GlRun
 *
 * @typedef {{ id: string, kind: "digits" | "points" | "plane", unit: string, steps: number[], names: string[], runs: GlRun[] }} GlReplay
 *
 * Where a reader is: the place of the step among those that were saved, of the run, and of the moment.
 * @typedef {{ at: number, run: number, moment: number }} GlWhere
 */

const glReplayData = (() => {
  /** @param {string} base64 */
  const bytes = (base64) => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

  /**
   * The places of a file, in its unit: x and y in turns.
   * @param {GlPlaces} given
   */
  function places(given) {
    const raw = new DataView(bytes(given.data).buffer);
    return Float64Array.from({ length: raw.byteLength / 2 }, (_, i) => raw.getInt16(2 * i, true) / given.scale);
  }

  /**
   * The place of the saved step that is nearest to a step; of two, the first.
   * @param {GlReplay} replay
   * @param {number} step
   */
  function nearest({ steps }, step) {
    const far = steps.map((saved) => Math.abs(saved - step));
    return far.indexOf(Math.min(...far));
  }

  /** @param {GlReplay} replay @param {number} run */
  const moments = ({ runs }, run) => runs[run].points?.moments ?? [1];

  /**
   * The part of an address that leads to a step: #replay-gan-digits=800, and the run and the moment if there are more.
   * @param {GlReplay} replay
   * @param {GlWhere} where
   */
  function link(replay, { at, run, moment }) {
    const all = moments(replay, run);
    const more = replay.runs.length > 1 ? `&run=${replay.runs[run].key}` : "";
    return `#replay-${replay.id}=${replay.steps[at]}${more}${all.length > 1 ? `&t=${all[moment]}` : ""}`;
  }

  /**
   * Where such a part leads, and what to say if it names something that is not there; null if it is no link to this.
   * @param {GlReplay} replay
   * @param {string} hash
   * @returns {{ where: GlWhere, said: string } | null}
   */
  function follow(replay, hash) {
    const given = new URLSearchParams(hash.replace(/^#/, ""));
    const asked = given.get(`replay-${replay.id}`);
    if (asked === null) return null;
    const step = /^\d{1,9}$/.test(asked) ? Number(asked) : NaN;
    const at = Number.isNaN(step) ? 0 : nearest(replay, step);
    const key = given.get("run");
    const run = key === null ? 0 : replay.runs.findIndex((one) => one.key === key);
    const all = moments(replay, Math.max(0, run));
    const t = given.get("t");
    const moment = t === null ? all.length - 1 : all.indexOf(Number(t));
    const said = [
      Number.isNaN(step) ? `The link names no ${replay.unit}; this is the first.` : "",
      !Number.isNaN(step) && replay.steps[at] !== step ? `No ${replay.unit} ${step} was saved; this is the nearest.` : "",
      run < 0 ? "The link names a run that is not here; this is the first." : "",
      moment < 0 ? "The link names a time that was not saved; this is the last." : "",
    ].filter(Boolean).join(" ");
    return { where: { at, run: Math.max(0, run), moment: moment < 0 ? all.length - 1 : moment }, said };
  }

  return { bytes, places, nearest, moments, link, follow };
})();
