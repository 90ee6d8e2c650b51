// Arrow keys and swipes lead to the next item, and back to where the visitor was.
"use strict";

{
  const stage = document.querySelector(".stage");
  const back = document.querySelector(".back");
  const go = (right) => {
    const next = right !== (document.dir === "rtl");
    document.querySelector(`.way [rel=${next ? "next" : "prev"}]`)?.click();
  };

  addEventListener("keydown", ({ key, altKey, ctrlKey, metaKey, shiftKey, target }) => {
    if (altKey || ctrlKey || metaKey || shiftKey || target.closest("audio, input, video")) return;
    if (key === "ArrowLeft" || key === "ArrowRight") go(key === "ArrowRight");
  });

  let start; // of one finger, unless it moves about in what is zoomed
  stage.addEventListener("touchstart", ({ touches }) => {
    start = touches.length < 2 && visualViewport.scale < 1.1 && touches[0];
  }, { passive: true });
  stage.addEventListener("touchend", ({ changedTouches: [end], target }) => {
    if (!start || target.closest("audio, video")) return;
    const x = end.clientX - start.clientX;
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(end.clientY - start.clientY)) go(x < 0);
  });

  back.addEventListener("click", (event) => {
    const same = document.referrer.split("?")[0] === back.href.split(/[?#]/)[0];
    if (!same || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.back();
  });
}
