// The form of review/note.html: five fields, kept by this browser alone. Without it the page offers the same as files.
// No network, no markup from strings: elements are created, and text is set as text or as a field's value.
(() => {
  const place = document.getElementById("gl-note");
  if (!place) return;

  const KEPT = "genloop-review-note";
  const FIELDS = [
    ["latent_shape", "How many samples, and how many numbers each of them was made from."],
    ["output_shape", "What came out, and in which range."],
    ["quality_check", "Does a single sample look like the data? Which measurement says so, and what does real data get?"],
    ["diversity_check", "Do many samples differ as much as the data does? Is any kind missing?"],
    ["trust_rule", "What may this output be used for, and who must look first?"],
  ];

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // A browser may refuse to keep anything (private windows, pages opened from disk): the form works all the same.
  const keep = (note) => { try { localStorage.setItem(KEPT, JSON.stringify(note)); return true; } catch { return false; } };
  const kept = () => { try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch { return {}; } };
  const forget = () => { try { localStorage.removeItem(KEPT); } catch { /* nothing was kept */ } };

  const message = make("p", { role: "status" });
  const boxes = {};
  const rows = FIELDS.map(([name, question]) => {
    boxes[name] = make("textarea", { id: `gl-note-${name}`, rows: name.endsWith("shape") ? 1 : 3 });
    boxes[name].setAttribute("aria-describedby", `gl-note-${name}-question`);
    return make("div", {},
      make("label", { htmlFor: boxes[name].id }, make("code", { textContent: name })),
      make("span", { id: `gl-note-${name}-question`, textContent: question }),
      boxes[name]);
  });

  const read = () => Object.fromEntries(FIELDS.map(([name]) => [name, boxes[name].value.trim()]));
  const fill = (note) => FIELDS.forEach(([name]) => { boxes[name].value = typeof note[name] === "string" ? note[name] : ""; });
  const cell = (text) => text.replaceAll("|", "/").replace(/\s+/g, " ");
  const markdown = (note) => ["# Review note", "", "| Field | Answer |", "|---|---|",
    ...FIELDS.map(([name]) => `| \`${name}\` | ${cell(note[name])} |`), ""].join("\n");

  const download = (name, text) => {
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    message.textContent = `Wrote ${name} to your downloads.`;
  };

  // review_note.json, as `python -m genloop.review` writes it.
  const open = async (file) => {
    if (!file) return;
    try {
      const note = JSON.parse(await file.text());
      const missing = FIELDS.filter(([name]) => typeof note?.[name] !== "string").map(([name]) => name);
      if (missing.length > 0) throw new Error(`it has no ${missing.join(", ")}`);
      fill(note);
      keep(read());
      message.textContent = `Read ${file.name}.`;
    } catch (error) {
      message.textContent = `${file.name} is no review note: ${error.message}. The form is as it was.`;
    }
  };

  const chosen = make("input", { type: "file", accept: ".json,application/json", id: "gl-note-file" });
  chosen.addEventListener("change", () => { open(chosen.files[0]); chosen.value = ""; });
  const button = (text, action) => {
    const made = make("button", { type: "button", className: "md-button", textContent: text });
    made.addEventListener("click", action);
    return made;
  };

  const form = make("form", {},
    ...rows,
    make("p", { className: "gl-note-actions" },
      button("Save as Markdown", () => download("review_note.md", markdown(read()))),
      button("Save as JSON", () => download("review_note.json", `${JSON.stringify(read(), null, 1)}\n`)),
      button("Clear", () => {
        if (Object.values(read()).some((text) => text) && !confirm("Clear all five fields?")) return;
        fill({}); forget(); message.textContent = "Cleared, here and in this browser.";
      })),
    make("p", {}, make("label", { htmlFor: chosen.id, textContent: "Open a review_note.json: " }), chosen),
    message);
  form.setAttribute("aria-label", "Review note");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    if (!keep(read())) message.textContent = "This browser keeps nothing for this page; save the note as a file.";
  });
  place.replaceChildren(form);
  fill(kept());
})();
