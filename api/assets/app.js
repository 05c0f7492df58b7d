// Tells the live parts of a page that something changed: at once, and then at most once a second.
(() => {
  const PAUSE = 1000;
  let waiting = false;
  let again = false;
  const tell = () => {
    again = false;
    waiting = true;
    htmx.trigger(document.body, "advosync:changed");
    setTimeout(() => {
      waiting = false;
      if (again) tell();
    }, PAUSE);
  };
  document.body.addEventListener("htmx:sseMessage", () => {
    if (waiting) again = true;
    else tell();
  });
})();
