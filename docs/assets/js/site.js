// Two repairs for readers who use a keyboard or a screen reader, and figures that can be enlarged. Without this file
// the pages read the same.
(() => {
  const WIDE = ".md-typeset__scrollwrap, div.gl-math, .highlight-ipynb";

  // What scrolls sideways must be reachable by Tab, and only while it scrolls.
  const widths = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.setAttribute("tabindex", "0");
      else target.removeAttribute("tabindex");
    }
  });

  // The theme puts a nameless <nav> around every copy button; a page full of such landmarks helps nobody.
  const repair = () => {
    for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) {
      nav.setAttribute("role", "presentation");
    }
    for (const box of document.querySelectorAll(WIDE)) widths.observe(box);
  };

  const article = document.querySelector("article");
  if (!article) return;

  // A figure in the whole window, at least twice as wide as a phone: it scrolls, and Escape or a tap closes it.
  const enlarge = (/** @type {HTMLImageElement} */ image) => {
    const large = /** @type {HTMLImageElement} */ (image.cloneNode());
    large.style.width = `${Math.max(image.width, Math.min(2 * image.width, 1.6 * innerWidth), 760)}px`;
    const close = document.createElement("button");
    close.textContent = "Close";
    const dialog = document.createElement("dialog");
    dialog.className = "gl-large";
    dialog.setAttribute("aria-label", "Enlarged figure");
    dialog.append(close, large);
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    article.append(dialog);
    dialog.showModal();
  };
  const figures = /** @type {NodeListOf<HTMLImageElement>} */ (article.querySelectorAll(".gl-figure img:not(.gl-hero *)"));
  for (const image of figures) {
    const button = document.createElement("button");
    button.className = "gl-enlarge";
    button.textContent = "Enlarge";
    button.setAttribute("aria-label", "Enlarge this figure");
    button.addEventListener("click", () => enlarge(image));
    image.addEventListener("click", () => enlarge(image));
    image.after(button);
  }
  new MutationObserver(repair).observe(article, { childList: true, subtree: true });
  repair();
})();
