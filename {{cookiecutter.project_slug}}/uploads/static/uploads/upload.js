// The upload widget: each chosen file becomes a card, whose state is its data-state. How it looks is
// in file_input.html, card.html and upload.css, what it says in widgets.py. What pages tell it:
//   <form data-upload-each="yes">  sends each file by itself; other forms are sent by the browser
//   <template class="upload-field">  what each card of such a form asks, the title first
//   <main data-drop-to="/photos/new/" data-drop-text="...">  what is dropped here gets that form

const FIELD = "input[type=file][data-max-bytes]:enabled";
const AT_ONCE = 2; // requests
const PATIENCE = 30000; // milliseconds without a sign of life
const DRAWN = 24; // thumbnails: each decodes a whole photo
const BUTTONS = { // the states in which a card has them
  retry: "failed refused cancelled stalled",
  cancel: "waiting sending processing stalled leaving",
  remove: "ready bad failed refused cancelled",
};

const part = (element, name) => element.querySelector(`.upload-${name}`);
const inputOf = (card) => card.closest(".upload").querySelector(FIELD);
const isEach = (input) => input.form.dataset.uploadEach;
const boxPart = (input, name) => part(input.closest(".upload"), name);
const cardsOf = (input, states) =>
  [...boxPart(input, "cards").children].filter((card) => !states || states.includes(card.dataset.state));
const word = (input, name, values) =>
  input.getAttribute(`data-text-${name}`).replace(/%\((\w+)\)s/g, (_, key) => values[key]);
const focusOn = (card) => card.querySelector("button:not([hidden]), a[href]").focus();

// Choosing

const add = (input, files) => {
  if (!input.multiple) boxPart(input, "cards").replaceChildren();
  for (const file of input.multiple ? files : [files[0]]) addCard(input, file);
  judge(input);
};

let copies = 0;
const copyOf = (html) => { // with ids that the page does not have yet
  const holder = document.createElement("div");
  holder.innerHTML = html.replace(/ (id|for|aria-describedby)="/g, `$&copy${++copies}-`);
  return holder.firstElementChild;
};

const addCard = (input, file) => {
  const { name, size, type } = file;
  const card = copyOf(boxPart(input, "blank").innerHTML);
  const [amount, unit] = size < 1e5 ? [size / 1024, "kilobyte"] : [size / 1048576, "megabyte"];
  const style = { style: "unit", unit, maximumFractionDigits: 1 };
  boxPart(input, "cards").append(card);
  card.file = file;
  part(card, "name").textContent = name;
  part(card, "size").textContent = amount.toLocaleString(document.documentElement.lang || [], style);
  part(card, "thumb").textContent = name.split(".").pop().slice(0, 4);
  for (const { innerHTML } of input.form.querySelectorAll(".upload-field"))
    part(card, "fields").append(copyOf(innerHTML));
  for (const control of card.querySelectorAll("button, progress, [name]"))
    control.ariaLabel = `${(control.labels[0] ?? control).textContent.trim()}: ${name}`;
  const title = card.querySelector("[name]");
  if (title) title.placeholder = name.replace(/\.\w+$/, "");
  const tag = { image: "img", video: "video" }[type.split("/")[0]];
  if (tag && cardsOf(input).length <= DRAWN) draw(card, tag, URL.createObjectURL(file));
};

const draw = (card, tag, src) => {
  const picture = document.createElement(tag);
  picture.onerror = () => picture.remove(); // HEIC, mostly: its extension stays
  Object.assign(picture, { alt: "", muted: true, preload: "metadata", src: `${src}#t=0.1` });
  part(card, "thumb").append(picture);
};

// Why the server would refuse a file: the name of a sentence.
const problem = (input, { name, size }, before) => {
  const { most, maxFileBytes, maxBytes } = input.dataset;
  const types = input.accept.split(",").filter((type) => type.startsWith("."));
  if (types.length && !types.some((type) => name.toLowerCase().endsWith(type))) return "type";
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
  const input = inputOf(card);
  const focused = card.contains(document.activeElement);
  card.dataset.state = state;
  part(card, "state").textContent = error ?? word(input, state);
  for (const name in BUTTONS) part(card, name).hidden = !BUTTONS[name].includes(state);
  for (const field of card.querySelectorAll("[name]")) field.readOnly = BUTTONS.cancel.includes(state);
  if (focused && document.activeElement.hidden) focusOn(card);
  // Errors are read aloud at once, but each only once, however many files have it.
  if (error && input.said !== error)
    boxPart(input, "alarm").textContent = `${card.file.name}: ${(input.said = error)}`;
};

// Read aloud when there is time: of sixty files not each one.
const report = (input) => {
  const count = cardsOf(input).length;
  const done = cardsOf(input, "done").length;
  if (done < count && done % Math.ceil(count / 8)) return;
  boxPart(input, "status").textContent =
    count ? word(input, done ? "count" : "chosen", { done, count }) : "";
};

// Sending

const start = async (input, cards, button) => {
  input.said = "";
  for (const card of cards) {
    stop(card);
    set(card, "waiting");
  }
  const trouble = await renew(input);
  if (trouble) cards.forEach((card) => set(card, "failed", trouble));
  else if (isEach(input)) next(input);
  else {
    for (const card of cards) set(card, "leaving");
    input.going = true;
    input.form.requestSubmit(button);
    input.going = false;
  }
};

// A session or a token may have expired since this page came. Returns what is wrong.
const renew = async (input) => {
  try {
    const { page, redirected, status } = await pageAt(input.form.action);
    const token = page.querySelector("[name=csrfmiddlewaretoken]");
    if (redirected) return word(input, "login");
    if (!token) return word(input, "server", { status });
    input.form.elements.csrfmiddlewaretoken.value = token.value;
  } catch {
    return word(input, "broken");
  }
};

const pageAt = async (address) => {
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, redirected: answer.redirected, status: answer.status };
};

const next = (input) => {
  const free = AT_ONCE - cardsOf(input, "sending processing").length;
  cardsOf(input, "waiting").slice(0, Math.max(free, 0)).forEach(send);
  report(input);
  finish(input);
};

const send = (card) => {
  const input = inputOf(card);
  const data = new FormData(input.form);
  const fields = [...card.querySelectorAll("[name]")];
  for (const { name } of [input, ...fields]) data.delete(name);
  for (const { name, value } of fields) data.append(name, value);
  data.append(input.name, card.file);
  const request = (card.request = new XMLHttpRequest());
  request.upload.onprogress = ({ loaded, total }) => {
    part(card, "bar").value = loaded / total;
    expect(card, loaded < total ? "sending" : "processing");
  };
  request.onloadend = () => answered(card, request);
  request.responseType = "json"; // null when it is something else, such as a proxy's page
  request.open("POST", input.form.action);
  request.setRequestHeader("Accept", "application/json");
  request.send(data);
  expect(card, "sending");
};

const expect = (card, state) => {
  const input = inputOf(card);
  if (card.dataset.state !== state) set(card, state);
  clearTimeout(card.timer);
  card.timer = setTimeout(() => {
    set(card, "stalled", word(input, "stalled"));
    next(input);
  }, PATIENCE);
};

const stop = (card) => {
  clearTimeout(card.timer);
  const { request } = card;
  card.request = null; // whose end nobody waits for any longer
  request?.abort();
};

const answered = (card, request) => {
  if (card.request !== request) return;
  const input = inputOf(card);
  const { status, response } = request;
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
  part(card, "fields").remove();
  judge(inputOf(card));
};

const finish = (input) => {
  if (cardsOf(input, "waiting sending processing").length) return;
  const left = cardsOf(input).find(({ dataset }) => dataset.state !== "done");
  const list = part(input.form, "list");
  list.hidden = left;
  if (document.activeElement.matches("body, [type=submit]")) left ? focusOn(left) : list.focus();
};

// What visitors do

const ACTIONS = {
  retry: (card, input) => start(input, [card]),
  cancel: (card, input) => {
    stop(card);
    set(card, "cancelled");
    isEach(input) ? next(input) : window.stop();
  },
  remove: (card, input) => {
    const beside = card.nextElementSibling ?? card.previousElementSibling;
    card.remove();
    judge(input);
    beside ? focusOn(beside) : input.focus();
  },
};

const on = (types, act) => types.split(" ").forEach((type) => addEventListener(type, act));

on("click", ({ target }) => {
  const card = target.closest(".upload-card");
  if (card) ACTIONS[target.dataset.do]?.(card, inputOf(card));
});

on("change", ({ target }) => {
  if (target.matches(FIELD)) target.files.length ? add(target, target.files) : judge(target);
});

on("submit", (event) => {
  const input = event.target.querySelector(FIELD);
  if (!input || input.going || !cardsOf(input).length) return;
  event.preventDefault();
  const cards = cardsOf(input, "ready failed cancelled stalled"); // none for a second click
  if (cards.length) start(input, cards, event.submitter);
  else finish(input);
});

on("beforeunload", (event) => {
  for (const input of document.querySelectorAll(FIELD))
    if (cardsOf(input, "ready waiting sending processing stalled failed cancelled").length) event.preventDefault();
});

on("pageshow", () => { // Back brings a page as it was, or the files of its input
  for (const input of document.querySelectorAll(FIELD)) {
    for (const card of cardsOf(input, "leaving")) set(card, "ready");
    if (!cardsOf(input).length && input.files.length) add(input, input.files);
  }
});

const goalOf = (target) =>
  target.closest?.(".upload")?.querySelector(FIELD) ??
  target.closest?.("[data-drop-to]") ??
  document.querySelector(`${FIELD}, [data-drop-to]`);

const bring = async (goal, files) => {
  const input = goal.matches(FIELD) ? goal : goal.querySelector(FIELD);
  if (input) return add(input, files);
  const { page } = await pageAt(goal.dataset.dropTo);
  const form = page.querySelector("form[data-upload-each]");
  if (!form) return location.assign(goal.dataset.dropTo); // a login's
  form.setAttribute("action", goal.dataset.dropTo);
  goal.prepend(copyOf(form.outerHTML));
  add(goal.querySelector(FIELD), files);
};

let inside = false; // what is dragged comes from this page

on("dragstart dragend", ({ type }) => (inside = type === "dragstart"));

on("dragover dragleave drop", (event) => {
  const { type, target, relatedTarget, dataTransfer: { types, files } } = event;
  const goal = goalOf(target);
  if (!goal || inside || !types.includes("Files")) return;
  event.preventDefault();
  if (type === "dragover") document.body.dataset.drop = goal.dataset.dropText ?? goal.dataset.textDrop;
  else if (!relatedTarget) delete document.body.dataset.drop;
  if (files.length) bring(goal, [...files]);
});

on("paste", (event) => {
  const { files, types } = event.clipboardData;
  const goal = goalOf(event.target);
  if (!goal || !files.length || types.includes("text/plain")) return;
  event.preventDefault();
  bring(goal, [...files]);
});
