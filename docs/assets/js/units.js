// The converter of vae/units.html. Loaded by that page only; without it the page's tables say the same.
// No network, no storage, no markup from strings: elements are created, and text is set by textContent.
(() => {
  const place = document.getElementById("gl-units");
  if (!place) return;

  // How a printed number relates to nats per image: printed = factor * nats.
  const RECON = [
    ["summed over pixels, mean over images", () => 1],
    ["mean over pixels and images", (n) => 1 / n.pixels],
    ["summed over everything, images too", (n) => n.batch],
  ];
  const KL = [
    ["summed over latents, mean over images", () => 1],
    ["mean over latents and images", (n) => 1 / n.latents],
    ["summed over everything, images too", (n) => n.batch],
    ["summed over latents, divided by pixels", (n) => 1 / n.pixels],
  ];
  const NUMBERS = [
    ["recon", "Reconstruction, as printed", 0],
    ["kl", "KL, as printed, before its weight", 0],
    ["weight", "Weight of the KL in the loss", 0],
    ["unit", "Nats in one unit of the summed reconstruction", Number.MIN_VALUE],
    ["pixels", "Pixels times channels", 1],
    ["latents", "Latents", 1],
    ["batch", "Images in a batch", 1],
  ];
  const RESULTS = ["recon_nll, nats per image", "kl, nats per image", "−ELBO, nats per image",
    "−ELBO, nats per pixel", "−ELBO, bits per dimension", "effective beta"];

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const table = (caption, rows) => {
    const whole = make("table", {}, make("caption", { textContent: caption }), make("tbody", {}, ...rows));
    Object.assign(whole.style, { display: "table", width: "100%", tableLayout: "fixed" });
    return whole;
  };
  const row = (heading, cell) => {
    const head = make("th", { scope: "row" }, heading);
    return make("tr", {}, head, make("td", {}, cell));
  };
  const labelled = (name, text, control) => {
    control.id = `gl-units-${name}`;
    // The theme takes borders off all controls; a field has to look like one.
    Object.assign(control.style, { font: "inherit", width: "100%", border: "1px solid currentColor", borderRadius: "3px", padding: "0 0.3em" });
    return row(make("label", { htmlFor: control.id, textContent: text }), control);
  };

  const fields = {};
  const selects = {};
  const rows = NUMBERS.map(([name, text, least]) => {
    fields[name] = make("input", { type: "text", inputMode: "decimal", autocomplete: "off", size: 10 });
    fields[name].value = place.dataset[name];
    fields[name].least = least;
    return labelled(name, text, fields[name]);
  });
  for (const [name, text, options, at] of [["kl-rule", "How the KL is reduced", KL, 1], ["recon-rule", "How the reconstruction is reduced", RECON, 0]]) {
    selects[name] = make("select", {}, ...options.map(([label], i) => make("option", { value: i, textContent: label })));
    rows.splice(at + 1, 0, labelled(name, text, selects[name]));
  }

  const cells = RESULTS.map(() => make("output"));
  const message = make("p", { role: "status" });
  const digits = (value) => String(Number(value.toPrecision(5)));

  const update = () => {
    const n = {};
    const wrong = [];
    for (const [name, text, least] of NUMBERS) {
      const typed = fields[name].value.trim().replace(",", ".");
      n[name] = typed === "" ? NaN : Number(typed);
      // A reconstruction may be below zero: a density can be greater than one.
      const good = Number.isFinite(n[name]) && (name === "recon" || n[name] >= least);
      fields[name].setAttribute("aria-invalid", String(!good));
      if (!good) wrong.push(text);
    }
    if (wrong.length > 0) {
      message.textContent = `Not a number that fits: ${wrong.join("; ")}.`;
      for (const cell of cells) cell.textContent = "–";
      return;
    }
    const a = RECON[selects["recon-rule"].value][1](n) / n.unit;
    const b = KL[selects["kl-rule"].value][1](n);
    const recon = n.recon / a;
    const kl = n.kl / b;
    const total = recon + kl;
    const values = [recon, kl, total, total / n.pixels, total / n.pixels / Math.LN2, (n.weight * b) / a];
    values.forEach((value, i) => { cells[i].textContent = digits(value); });
    message.textContent = "";
  };

  const form = make("form", {},
    table("What your program prints", rows),
    message,
    table("What it means", RESULTS.map((name, i) => row(name, cells[i]))));
  form.setAttribute("aria-label", "Converter for VAE losses");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  place.replaceChildren(form);
  update();
})();
