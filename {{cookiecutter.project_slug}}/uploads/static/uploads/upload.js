// The upload widget: a card for each chosen file. What pages say to it is in widgets.py.

const FIELD = "input[type=file][data-max-bytes]:enabled";
const AT_ONCE = 2; // requests
const PATIENCE = 30000; // milliseconds without a sign of life
const DRAWN = 24; // thumbnails: each decodes a whole photo
const AT_WORK = "waiting sending processing";
const SHOWN = { // parts of a card, and the states in which it has them
  retry: "failed refused cancelled stalled",
  cancel: `${AT_WORK} leaving stalled`,
  remove: "ready bad failed refused cancelled",
  bar: "sending processing leaving",
  fields: "ready failed refused cancelled stalled",
};

const part = (element, name) => element.querySelector(`.upload-${name}`);
const partOf = (input, name) => part(input.closest(".upload"), name);
const cardsOf = (input, states) =>
  [...partOf(input, "cards").children].filter((card) => !states || states.includes(card.dataset.state));
const isEach = (input) => input.form.dataset.uploadEach;
const word = (input, name, values) =>
  input.getAttribute(`data-text-${name}`).replace(/%\((\w+)\)s/g, (_, key) => values[key]);
const focusOn = (card) => card.querySelector("button:not([hidden]), a[href]").focus();

// Choosing

const add = (input, files) => {
  if (!input.multiple) partOf(input, "cards").replaceChildren();
  for (const file of input.multiple ? files : [files[0]]) addCard(input, file);
  judge(input);
};

const addCard = (input, file) => {
  const { name, size, type } = file;
  const card = partOf(input, "blank").content.firstElementChild.cloneNode(true);
  const megabytes = Math.ceil(size / 104857.6) / 10;
  partOf(input, "cards").append(Object.assign(card, { input, file }));
  part(card, "name").textContent = name;
  part(card, "thumb").textContent = name.split(".").pop().slice(0, 4);
  part(card, "size").textContent =
    megabytes.toLocaleString(document.documentElement.lang || [], { style: "unit", unit: "megabyte" });
  for (const { content } of input.form.querySelectorAll(".upload-field")) part(card, "fields").append(content.cloneNode(true));
  for (const control of card.querySelectorAll("button, progress, [name]")) {
    control.ariaLabel = `${(control.labels[0] ?? control).textContent.trim()}: ${name}`;
    control.removeAttribute("id"); // another card has it, too
  }
  const title = card.querySelector("[name]");
  if (title) title.placeholder = name.replace(/\.\w+$/, "");
  const tag = { image: "img", video: "video" }[type.split("/")[0]];
  if (tag && cardsOf(input).length <= DRAWN) draw(card, tag, URL.createObjectURL(file));
};

const draw = (card, tag, src) => {
  const picture = document.createElement(tag);
  picture.onerror = () => picture.remove(); // HEIC, mostly: its extension stays
  part(card, "thumb").append(Object.assign(picture, { alt: "", muted: true, preload: "metadata", src }));
};

// Why the server would refuse a file: the name of a sentence.
const problem = (input, { name, size }, before) => {
  const { names, most, maxFileBytes, maxBytes } = input.dataset;
  if (!RegExp(names, "i").test(name)) return "type";
  if (!size) return "empty";
  if (size > maxFileBytes) return "large";
  if (before.length >= most) return "many";
  if (before.reduce((sum, file) => sum + file.size, size) > maxBytes) return "together";
};

// The input holds what is not stored: what the browser would send, and has again after Back.
const judge = (input) => {
  const held = new DataTransfer();
  let error = "";
  for (const card of cardsOf(input)) {
    const { state } = card.dataset;
    if (state === "done") continue;
    const name = problem(input, card.file, isEach(input) ? [] : [...held.files]);
    if (name) set(card, "bad", (error = word(input, name)));
    else if (!state || state === "bad") set(card, "ready");
    held.items.add(card.file);
  }
  input.files = held.files;
  input.setCustomValidity(isEach(input) ? "" : error);
  report(input);
};

const set = (card, state, error) => {
  const { dataset, input, file } = card;
  const said = part(card, "state");
  const focused = card.contains(document.activeElement);
  // Read aloud at once, but each sentence only once, however many files have it.
  if (error && error !== said.textContent && error !== input.error) {
    partOf(input, "alarm").textContent = `${file.name}: ${error}`;
    input.error = error;
  }
  dataset.state = state;
  said.textContent = error ?? word(input, state);
  said.classList.toggle("errorlist", !!error);
  for (const name in SHOWN) part(card, name).hidden = !SHOWN[name].includes(state);
  if (focused && !document.activeElement.checkVisibility()) focusOn(card);
};

// Read aloud when there is time: of sixty files not each one.
const report = (input) => {
  const count = cardsOf(input).length;
  const done = cardsOf(input, "done").length;
  if (done < count && done % Math.ceil(count / 8)) return;
  partOf(input, "status").textContent = count ? word(input, done ? "count" : "chosen", { done, count }) : "";
};

// Sending

const start = async (input, cards, button) => {
  partOf(input, "alarm").textContent = input.error = "";
  for (const card of cards) {
    stop(card);
    set(card, "waiting");
  }
  const trouble = await renew(input);
  if (trouble) cards.forEach((card) => set(card, "failed", trouble));
  if (trouble || isEach(input)) return next(input);
  cards.forEach((card) => set(card, "leaving"));
  input.form.requestSubmit(button);
};

const pageAt = async (address) => {
  const answer = await fetch(address);
  return [new DOMParser().parseFromString(await answer.text(), "text/html"), answer];
};

// A session or a token may have expired since this page came. Returns what is wrong.
const renew = async (input) => {
  try {
    const [page, answer] = await pageAt(input.form.action);
    const token = page.querySelector("[name=csrfmiddlewaretoken]");
    if (answer.redirected) return word(input, "login");
    if (!token) return word(input, "server", answer);
    input.form.elements.csrfmiddlewaretoken.value = token.value;
  } catch {
    return word(input, "broken");
  }
};

// Two at a time; behind the last, what is left to do gets the focus.
const next = (input) => {
  const free = AT_ONCE - cardsOf(input, "sending processing").length;
  cardsOf(input, "waiting").slice(0, Math.max(free, 0)).forEach(send);
  report(input);
  if (cardsOf(input, AT_WORK).length) return;
  const left = cardsOf(input).find(({ dataset }) => dataset.state !== "done");
  const list = part(input.form, "list");
  if (list) list.hidden = left;
  if (document.activeElement.matches("body, [type=submit]")) left ? focusOn(left) : list.focus();
};

const send = (card) => {
  const { input, file } = card;
  const data = new FormData(input.form);
  const fields = [...card.querySelectorAll("[name]")];
  for (const { name } of [input, ...fields]) data.delete(name);
  for (const { name, value } of fields) data.append(name, value);
  data.append(input.name, file);
  const request = (card.request = new XMLHttpRequest());
  request.upload.onprogress = ({ loaded, total }) => {
    part(card, "bar").value = loaded / total;
    expect(card, loaded < total ? "sending" : "processing");
  };
  request.onloadend = () => request === card.request && answered(card, request);
  request.responseType = "json"; // null when it is something else, such as a proxy's page
  request.open("POST", input.form.action);
  request.setRequestHeader("Accept", "application/json");
  request.send(data);
  expect(card, "sending");
};

const expect = (card, state) => {
  if (card.dataset.state !== state) set(card, state);
  clearTimeout(card.timer);
  card.timer = setTimeout(() => {
    set(card, "stalled", word(card.input, "stalled")); // its answer may come yet
    next(card.input);
  }, PATIENCE);
};

const stop = (card) => {
  const { request } = card;
  clearTimeout(card.timer);
  card.request = null; // whose end nobody waits for any longer
  request?.abort();
};

const answered = (card, { status, response }) => {
  const { input } = card;
  const said = Object.values(response?.errors ?? {}).flat().join(" ");
  const own = { 0: "broken", 401: "login", 403: "stale" }[status];
  stop(card);
  if (status === 201 && response) done(card, [response].flat()[0]);
  else if (status === 422) set(card, "refused", said);
  else set(card, "failed", (!own && said) || word(input, own ?? "server", { status }));
  next(input);
};

const done = (card, { title, url, preview }) => {
  Object.assign(part(card, "name"), { textContent: title, href: url }); // a link now
  if (preview) draw(card, "img", preview);
  set(card, "done");
  judge(card.input);
};

// What visitors do

const on = (types, act) => types.split(" ").forEach((type) => addEventListener(type, act));

const retry = (card) => start(card.input, [card]);

const cancel = (card) => {
  stop(card);
  set(card, "cancelled");
  isEach(card.input) ? next(card.input) : window.stop();
};

const remove = (card) => {
  const beside = card.nextElementSibling ?? card.previousElementSibling;
  card.remove();
  judge(card.input);
  beside ? focusOn(beside) : card.input.focus();
};

on("click", ({ target }) => {
  const act = { retry, cancel, remove }[target.dataset.do];
  if (act) act(target.closest(".upload-card"));
});

on("change", ({ target }) => {
  if (target.matches(FIELD)) target.files.length ? add(target, target.files) : judge(target);
});

on("submit", (event) => {
  const input = event.target.querySelector(FIELD);
  if (!input || !cardsOf(input).length || cardsOf(input, "leaving").length) return;
  event.preventDefault();
  const cards = cardsOf(input, "ready failed cancelled stalled"); // none for a second click
  if (cards.length) start(input, cards, event.submitter);
  else if (isEach(input)) next(input);
});

on("beforeunload", (event) => {
  for (const input of document.querySelectorAll(FIELD))
    if (cardsOf(input, `${AT_WORK} ready stalled failed cancelled`).length) event.preventDefault();
});

on("pageshow", () => { // Back brings a page as it was, or the files of its input
  for (const input of document.querySelectorAll(FIELD)) {
    cardsOf(input, "leaving").forEach((card) => set(card, "ready"));
    if (!cardsOf(input).length && input.files.length) add(input, input.files);
  }
});

const bring = async (goal, files) => {
  const input = goal.matches(FIELD) ? goal : goal.querySelector(FIELD);
  if (input) return add(input, files);
  const { dropTo } = goal.dataset;
  const [page] = await pageAt(dropTo);
  const form = page.querySelector("[data-upload-each]");
  if (!form) return location.assign(dropTo); // a login's
  form.setAttribute("action", dropTo);
  goal.insertAdjacentHTML("afterbegin", form.outerHTML.replaceAll('"id_', `"${dropTo}id_`));
  const field = goal.querySelector(FIELD);
  add(field, files);
  field.focus();
};

on("dragover dragleave drop paste", (event) => {
  const { type, target, relatedTarget } = event;
  const { files, types } = event.dataTransfer ?? event.clipboardData;
  const goal =
    target.closest(".upload")?.querySelector(FIELD) ??
    target.closest("[data-drop-to]") ??
    document.querySelector(`${FIELD}, [data-drop-to]`);
  // Pictures of this page can be dragged, too; a text is pasted as one.
  const other = type === "paste" ? "text/plain" : "text/html";
  if (!goal || !types.includes("Files") || types.includes(other)) return;
  event.preventDefault();
  if (type === "dragover") document.body.dataset.drop = goal.dataset.dropText ?? goal.dataset.textDrop;
  else if (!relatedTarget) delete document.body.dataset.drop;
  if (files.length) bring(goal, [...files]);
});
