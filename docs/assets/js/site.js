// Two repairs for readers who use a keyboard or a screen reader. Without this file the pages read the same.
(() => {
  const WIDE = ".md-typeset__scrollwrap, div.gl-math, .highlight-ipynb";

  // What scrolls sideways must be reachable by Tab, and only while it scrolls.
  const widths = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
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
  new MutationObserver(repair).observe(article, { childList: true, subtree: true });
  repair();
})();
