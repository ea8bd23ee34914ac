// What pages do by themselves: tell the time, copy, choose all. Without it they are as complete, only quieter.
"use strict";

(() => {
  const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

  // As `words/when.rs` says it.
  function span(ms) {
    if (ms < MINUTE) return `${Math.ceil(ms / SECOND)} s`;
    if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
    if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
    return `${Math.floor(ms / DAY)} d`;
  }

  // Of what is about to happen every second counts.
  function countdown(ms) {
    if (ms >= HOUR) return `in ${Math.floor(ms / HOUR)} h ${Math.floor(ms % HOUR / MINUTE)} min`;
    if (ms >= MINUTE) return `in ${Math.floor(ms / MINUTE)} min ${Math.floor(ms % MINUTE / SECOND)} s`;
    return `in ${Math.ceil(ms / SECOND)} s`;
  }

  function tellTime() {
    const now = Date.now();
    for (const element of document.querySelectorAll("time[data-relative], time[data-countdown]")) {
      const ms = Date.parse(element.dateTime) - now;
      const words = ms > 0
        ? ("countdown" in element.dataset ? countdown(ms) : `in ${span(ms)}`)
        : "countdown" in element.dataset ? "now" : -ms < SECOND ? "just now" : `${span(-ms)} ago`;
      if (element.textContent !== words) element.textContent = words;
    }
  }

  // Shows what only works with scripts.
  function reveal() {
    for (const element of document.querySelectorAll("button.copy[hidden], [data-scripted][hidden]")) element.hidden = false;
    tellTime();
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText("value" in source ? source.value : source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  });

  // A box that stands for all of its form.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("input[data-all]")) return;
    for (const box of event.target.form.querySelectorAll("input[type=checkbox]:not([data-all]):enabled")) box.checked = event.target.checked;
  });

  // Nothing moves under the hand of somebody who is choosing, typing or reading something that was opened. (A box that
  // is not ticked any more gets the focus back, as it has an id.)
  const BUSY = "input[type=checkbox]:checked, details[open][data-keep], :is(input:not([type=checkbox]), textarea, select):focus-within";
  const isBusy = (region) => region.querySelector(BUSY) !== null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const region = event.detail.elt;
    if (region.hasAttribute("data-live") && (document.hidden || isBusy(region))) event.preventDefault();
  });
  // Who has begun while the answer was on its way is not disturbed either.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const region = event.detail.target;
    if (region.hasAttribute("data-live") && isBusy(region)) event.detail.shouldSwap = false;
  });

  // Hears whether something has happened, while somebody looks: browsers keep few connections to a server, and a page
  // in the background must not take one from the page in front.
  let updates = null;
  function refresh() {
    for (const region of document.querySelectorAll("[data-live]")) htmx.trigger(region, "changed");
  }
  function listen() {
    if (document.hidden || !document.querySelector("[data-live]")) {
      updates?.close();
      updates = null;
    } else if (!updates || updates.readyState === EventSource.CLOSED) {
      updates = new EventSource(document.body.dataset.updates);
      updates.addEventListener("changed", refresh);
      // Browsers go on by themselves where the server cannot be reached. Where it refuses, they stop: it is asked for the
      // page, which leads to the sign-in if that is why, and for updates again a little later.
      updates.addEventListener("error", ({ target }) => {
        if (target.readyState !== EventSource.CLOSED) return;
        refresh();
        setTimeout(listen, 10_000);
      });
    }
  }
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => updates?.close());
  document.addEventListener("DOMContentLoaded", listen);

  document.addEventListener("htmx:afterSettle", reveal);
  document.addEventListener("DOMContentLoaded", reveal);
  setInterval(tellTime, 1000);
})();
