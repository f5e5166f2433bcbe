/* Refreshes the page while one looks. Without it, everything works; one loads the page anew by hand. */
"use strict";
(() => {
  const EVERY = 5000, SLOWEST = 60000, LONGEST = 15000;
  const FOCUS = "a[href], button, input, select, textarea, summary, [tabindex]";

  const login = document.querySelector("form.login");
  if (login) { // a link from elsewhere brings no cookie, though one is logged in
    fetch(login.dataset.session, { credentials: "same-origin", redirect: "error" })
      .then((answer) => { if (answer.status === 204) location.replace(login.dataset.next); })
      .catch(() => {});
    return;
  }

  const main = document.querySelector("main[data-live]");
  if (!main) return;
  const told = document.getElementById("told"), fresh = document.getElementById("fresh");
  const pause = document.getElementById("pause");
  let timer = 0, wait = EVERY, away = false, busy = false, paused = false, seen = "";

  const clock = () => new Date().toISOString().slice(11, 19);
  const say = (text) => { if (told.textContent !== text) told.textContent = text; };
  const asked = new URL(location.href);
  if (asked.searchParams.has("did")) { // said once, and said aloud: what is there from the start is not
    const done = told.textContent;
    told.textContent = "";
    setTimeout(() => say(done), 150);
    asked.searchParams.delete("did");
    history.replaceState(null, "", asked);
  }
  const summary = (root) => root.querySelector("[data-summary]")?.dataset.summary ?? "";
  let last = summary(main);
  let updated = clock();
  fresh.textContent = `Refreshed ${updated}`;

  const keep = (old, fresher) => { // what the reader has opened or moved stays so
    for (const one of old.querySelectorAll("details[id]")) {
      const other = fresher.querySelector(`#${CSS.escape(one.id)}`);
      if (other) other.open = one.open;
    }
  };
  const selects = (part) => {
    const chosen = getSelection();
    return chosen && !chosen.isCollapsed && chosen.containsNode(part, true);
  };
  const twin = (old, fresher, active) => {
    if (active.id) return fresher.querySelector(`#${CSS.escape(active.id)}`);
    const place = [...old.querySelectorAll(FOCUS)].indexOf(active);
    const all = [...fresher.querySelectorAll(FOCUS)];
    const href = active.getAttribute("href");
    return (href && all.find((one) => one.getAttribute("href") === href)) || all[place];
  };
  const replace = (old, fresher) => {
    keep(old, fresher);
    if (old.isEqualNode(fresher) || selects(old)) return;
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const then = active && twin(old, fresher, active);
    const moved = [...old.querySelectorAll(".scroll[id]")].map((one) => [one.id, one.scrollLeft]);
    old.replaceWith(fresher);
    for (const [id, left] of moved) {
      const other = document.getElementById(id);
      if (other) other.scrollLeft = left;
    }
    if (then) then.focus({ preventScroll: true });
    else if (active) main.focus({ preventScroll: true });
  };
  const show = (text) => {
    const found = new DOMParser().parseFromString(text, "text/html");
    const parts = [...found.querySelectorAll("[data-part]")].map((part) => document.adoptNode(part));
    const known = [...main.querySelectorAll("[data-part]")];
    const names = (all) => all.map((part) => part.dataset.part).join("\n");
    if (names(parts) !== names(known)) { location.reload(); return; }
    const top = scrollY;
    parts.forEach((part, number) => replace(known[number], part));
    if (scrollY !== top && !CSS.supports("overflow-anchor", "auto")) scrollTo(scrollX, top);
    const now = summary(main);
    if (now !== last) { last = now; say(now); }
  };

  const look = async () => {
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    try {
      const answer = await fetch(location.pathname + location.search, {
        headers: { "X-Labelwright-Part": "main", "Accept": "*/*" },
        credentials: "same-origin", redirect: "error", cache: "no-store", signal: AbortSignal.timeout(LONGEST),
      });
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (paused) return;
      if (text !== seen) { seen = text; show(text); }
      updated = clock();
      fresh.textContent = `Refreshed ${updated}`;
      if (away) { away = false; document.body.classList.remove("away"); say("The service answers again."); }
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, SLOWEST);
      if (!away) {
        away = true;
        document.body.classList.add("away");
        say(`The service does not answer. What you see is of ${updated}; it is tried again.`);
      }
    } finally {
      busy = false;
      if (!document.hidden && !paused) timer = setTimeout(look, wait);
    }
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden && !paused) look();
  });
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    clearTimeout(timer);
    fresh.textContent = paused ? `Paused; as of ${updated}` : `Refreshed ${updated}`;
    if (!paused) look();
  });
  timer = setTimeout(look, EVERY);
})();
