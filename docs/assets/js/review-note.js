// The review note: five fields, filled from the numbers by the rules of genloop/review/note.py. Thresholds, the words of
// each verdict and the last sentence come from the library, by way of the data.
const glReviewNote = (() => {
  const { fixed, tuple } = glPython;

  /**
   * @typedef {{ precision: number, recall: number, density: number, coverage: number }} Neighborhood
   * @typedef {Parameters<typeof glReviewNumbers.numbers>[0]} Review
   */
  /** @type {("pixels" | "features")[]} */
  const SPACES = ["pixels", "features"];

  /** @param {number} x */
  const two = (x) => fixed(x, 2);

  /** "precision 0.83 (real 0.93, noise 0.00)" @param {Review} review @param {keyof Neighborhood} metric @param {"pixels" | "features"} space */
  function beside(review, metric, space) {
    const [own, real, noise] = [review.samples, review.real, review.noise].map((set) => two(set[space].neighborhood[metric]));
    return `${metric} ${own} (real ${real}, noise ${noise})`;
  }

  /** The worst of pixels and features, as a share of what real data reaches. @param {Review} review @param {keyof Neighborhood} metric */
  function share(review, metric) {
    return Math.min(...SPACES.map((space) =>
      review.samples[space].neighborhood[metric] / Math.max(review.real[space].neighborhood[metric], 1e-9)));
  }

  /** With few points everything has neighbors, noise too, and then a high precision or coverage says nothing. @param {Review} review */
  function canJudge(review) {
    const { NOISE_ROOM } = review.data.thresholds;
    return SPACES.every((space) => /** @type {const} */ (["precision", "coverage"]).every((metric) =>
      review.noise[space].neighborhood[metric] <= NOISE_ROOM * review.real[space].neighborhood[metric]));
  }

  /** @param {Review} review */
  function hasLittleRecall(review) {
    const { LITTLE } = review.data.thresholds;
    return SPACES.every((space) => review.samples[space].neighborhood.recall < LITTLE * review.real[space].neighborhood.recall);
  }

  /** The words of the first step that a share reaches. @param {number} reached @param {[number, string][]} tiers @param {string} below */
  const verdict = (reached, tiers, below) => tiers.find(([least]) => reached >= least)?.[1] ?? below;

  /** @param {Review} review */
  function isCopied({ copying, data: { thresholds } }) {
    return copying.copied - copying.copied_by_chance > thresholds.COPY_SHARE && copying.copied_p < thresholds.CHANCE;
  }

  /** @param {Review} review */
  function quality(review) {
    const { words, tiers, thresholds } = review.data;
    const parts = SPACES.map((space) => `${beside(review, "precision", space)} and ${beside(review, "density", space)} in ${space}`);
    const accuracy = SPACES.map((space) => `${two(review.samples[space].two_sample.accuracy)} in ${space}`).join(", ");
    const real = SPACES.map((space) => two(review.real[space].two_sample.accuracy)).join(", ");
    const mmd = SPACES.map((space) => `${two(review.samples[space].two_sample.mmd_p)} in ${space}`).join(", ");
    let said = verdict(share(review, "precision"), tiers.PRECISION, words.UNLIKE);
    const judged = canJudge(review) || said === words.UNLIKE; // bad news is news, even so
    if (!judged) said = words.NOT_JUDGED;
    const [made, control] = [review.samples, review.real].map((set) => set.pixels.neighborhood.precision);
    if (judged && made > thresholds.TYPICAL * control && hasLittleRecall(review)) {
      said += ", but they are more typical than the data itself: averages, or one safe kind";
    }
    return `${said}; ${parts.join("; ")}; a classifier tells them from real data with accuracy ${accuracy} (real ${real}), `
      + `an MMD test has p ${mmd}`;
  }

  /** @param {Review} review */
  function diversity(review) {
    const { words, tiers, thresholds } = review.data;
    const { classes, realClasses } = review;
    let said = verdict(share(review, "coverage"), tiers.COVERAGE, words.NARROW);
    const judged = canJudge(review) || said === words.NARROW; // bad news is news, even so
    if (!judged) said = words.NOT_JUDGED;
    const parts = SPACES.map((space) => `${beside(review, "coverage", space)} and ${beside(review, "recall", space)} in ${space}`);
    if (judged && hasLittleRecall(review)) said += ", with little variety around each sample";
    if (judged && classes.tv - realClasses.tv > thresholds.TV_ROOM) said += ", in other proportions";
    if (classes.missing.length > 0) said = `whole classes are missing or nearly so: ${classes.missing.join(", ")}`;
    const hit = `${classes.classes.length - classes.missing.length} of ${classes.classes.length} classes`;
    parts.push(`${hit}, class histogram off by ${two(classes.tv)} (real ${two(realClasses.tv)})`);
    parts.push(`pairwise distance ${two(review.samples.pixels.spread)} of the real one`);
    if (review.latentUse !== null) parts.push(`latent and output distance correlate with ${two(review.latentUse)}`);
    return `${said}; ${parts.join("; ")}`;
  }

  /** @param {Review} review */
  function trust(review) {
    const { copying, classes, data: { thresholds, tiers, words } } = review;
    const leans = copying.prefers_train_p < thresholds.LEAN_P ? ", so the model leans towards what it was trained on" : "";
    const copies = `near copies of training samples ${two(copying.copied)} (by chance ${two(copying.copied_by_chance)}), `
      + `rank test ${two(copying.closer)} (0.50 expected; blur raises it too), `
      + `nearest real sample is a training one for ${two(copying.prefers_train)} of them (0.50 expected${leans})`;
    let said = "may stand in for the data in teaching and tests, after a look; conclusions about the data need the data";
    if (isCopied(review)) {
      said = "training data was copied: these samples are not new, and not to be published if the data is private";
    } else if (share(review, "precision") < tiers.PRECISION[tiers.PRECISION.length - 1][0]) {
      said = "for looking at only: too many samples are unlike the data";
    } else if (!canJudge(review)) {
      said = "no rule: noise comes close to real data here, so look at every sample that is used, or make more";
    } else if (share(review, "coverage") < tiers.COVERAGE[1][0] || classes.missing.length > 0) {
      said = "single samples may be used after a look, but not as a stand-in for the data, which they do not cover";
    }
    return `${said}; ${copies}. ${words.UNSEEN}`;
  }

  /** The five fields. @param {Review} review @returns {Record<string, string>} */
  function note(review) {
    const range = (/** @type {Float64Array} */ x) =>
      `${two(x.reduce((a, b) => (b < a ? b : a)))} to ${two(x.reduce((a, b) => (b > a ? b : a)))}`;
    return {
      latent_shape: review.latentShape ? tuple(review.latentShape) : "not given",
      output_shape: `${tuple(review.shape)}, values ${range(review.given)} (training data ${range(review.data.train)})`,
      quality_check: quality(review),
      diversity_check: diversity(review),
      trust_rule: trust(review),
    };
  }

  /** As `print(note)` shows it. @param {Record<string, string>} answers */
  const asText = (answers) => Object.entries(answers).map(([field, answer]) => `${field}: ${answer}`).join("\n");

  /** @param {Record<string, string>} answers */
  const asJson = (answers) => `${JSON.stringify(answers, null, 1)}\n`;

  /** @param {Record<string, string>} answers @param {string} title */
  function asMarkdown(answers, title) {
    const rows = Object.entries(answers).map(([field, answer]) =>
      `| \`${field}\` | ${answer.split(/\s+/).join(" ").replaceAll("|", "/")} |`);
    return `# ${title}\n\n| Field | Answer |\n|---|---|\n${rows.join("\n")}\n`;
  }

  return { note, asText, asJson, asMarkdown };
})();
