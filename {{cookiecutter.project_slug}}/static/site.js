// One item's page: arrow keys and a swipe go to its neighbours, and the way back to its folder
// leads to where the visitor was. All of these are links, too.
"use strict";

(() => {
  const stage = document.querySelector(".stage");
  if (!stage) return;
  const forward = document.dir === "rtl" ? -1 : 1;
  const go = (step) => document.querySelector(`.way [rel=${step === forward ? "next" : "prev"}]`)?.click();

  addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const busy = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (step && !busy && !event.target.closest("audio, input, textarea, video")) go(step);
  });

  let start = null;
  stage.addEventListener("touchstart", ({ touches }) => {
    start = touches.length === 1 && visualViewport.scale < 1.1 ? touches[0] : null; // not while zoomed
  }, { passive: true });
  stage.addEventListener("touchend", ({ changedTouches: [end] }) => {
    if (!start || stage.matches(".audio, .video")) return;
    const x = end.clientX - start.clientX;
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(end.clientY - start.clientY)) go(x < 0 ? 1 : -1);
  });

  const back = document.querySelector(".back");
  back.addEventListener("click", (event) => {
    const from = document.referrer && new URL(document.referrer);
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey);
    if (plain && from.origin === location.origin && from.pathname === back.pathname) {
      event.preventDefault();
      history.back();
    }
  });
})();
