// The index of the search is larger than the page: the theme asks for it at once, and gets it when the reader searches.
(() => {
  const INDEX = /\/search\/search_index\.js(on)?$/;
  /** @type {(() => void)[]} */
  let held = [];
  // A link into results, or from one (?q=, ?h=), is a search already.
  let opened = /[?&][qh]=/.test(location.search);
  const later = (/** @type {() => void} */ ask) => { if (opened) ask(); else held.push(ask); };

  const { open, send } = XMLHttpRequest.prototype;
  /** @type {WeakSet<XMLHttpRequest>} */
  const asking = new WeakSet();
  XMLHttpRequest.prototype.open = function (/** @type {any[]} */ ...given) {
    if (INDEX.test(String(given[1]))) asking.add(this);
    return open.apply(this, /** @type {any} */ (given));
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (asking.has(this)) later(() => send.call(this, body));
    else send.call(this, body);
  };

  // From disk the theme loads it as a script.
  const append = document.head.appendChild;
  document.head.appendChild = (/** @type {any} */ node) => {
    if (node instanceof HTMLScriptElement && INDEX.test(node.src)) later(() => append.call(document.head, node));
    else append.call(document.head, node);
    return node;
  };

  const start = (/** @type {Event} */ event) => {
    if (opened || !(event.target instanceof Element) || !event.target.closest('#__search, [for="__search"], .md-search')) return;
    opened = true;
    for (const ask of held) ask();
    held = [];
  };
  for (const kind of ["focusin", "pointerdown", "change"]) document.addEventListener(kind, start, true);
})();
