// The upload widget: a card for each chosen file. What pages say to it is in widgets.py.

const FIELD = "input[type=file][data-max-bytes]:enabled";
const GOAL = `.upload:has(${FIELD}), [data-drop-to]`;
const AT_ONCE = 2;
const PATIENCE = 30000; // milliseconds
const DRAWN = 24; // thumbnails
const AT_WORK = "waiting sending processing";
const SHOWN = { // in which states of a card
  retry: "failed refused cancelled stalled",
  cancel: `${AT_WORK} leaving stalled`,
  remove: "ready bad failed refused cancelled",
  bar: "sending processing leaving",
  fields: "ready failed refused cancelled stalled",
};

const part = (element, name) => element.querySelector(`.upload-${name}`);
const write = (element, name, text) => (part(element, name).textContent = text);
const boxOf = (input) => input.closest(".upload");
const cardsOf = (place, states) =>
  [...place.querySelectorAll(".upload-card")].filter(
    ({ dataset: { state } }) => !states || states.includes(state),
  );
const isEach = (input) => input.form.dataset.uploadEach;
const word = (input, name, values) =>
  input.getAttribute(`data-text-${name}`).replace(/%\((\w+)\)s/g, (_, key) => values[key]);
const focusOn = (card) => card.querySelector("button:not([hidden]), a[href]").focus();

// Choosing

const add = (input, files) => {
  for (const file of files) {
    if (!input.multiple) part(boxOf(input), "cards").replaceChildren();
    addCard(input, file);
  }
  judge(input);
};

const addCard = (input, file) => {
  const { name, size, type } = file;
  const box = boxOf(input);
  const card = part(box, "blank").content.firstElementChild.cloneNode(true);
  part(box, "cards").append(Object.assign(card, { input, file }));
  write(card, "name", name);
  write(card, "thumb", name.split(".").pop().slice(0, 4));
  part(card, "thumb").className += ` ${type.replace("/", " ")}`;
  const megabytes = Math.ceil(size / 104857.6) / 10;
  write(card, "size", megabytes.toLocaleString([], { style: "unit", unit: "megabyte" }));
  part(card, "fields").innerHTML = part(input.form, "asked")?.innerHTML ?? "";
  for (const control of card.querySelectorAll("button, progress, [name]")) {
    control.ariaLabel = `${(control.labels[0] ?? control).textContent.trim()}: ${name}`;
    control.removeAttribute("id");
    if (control.name === "title") control.placeholder = name.replace(/\.\w+$/, "");
  }
  const tag = { image: "img", video: "video" }[type.split("/")[0]];
  if (tag && cardsOf(box).length <= DRAWN) draw(card, tag, URL.createObjectURL(file));
};

const draw = (card, tag, src) => {
  const picture = document.createElement(tag);
  picture.onerror = () => picture.remove(); // HEIC, mostly
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

// The browser sends what the input holds, and has it again after Back.
const judge = (input) => {
  const held = new DataTransfer();
  let error = "";
  for (const card of cardsOf(boxOf(input))) {
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
  const { input, file } = card;
  const focused = card.contains(document.activeElement) && document.activeElement;
  // Read aloud at once, and once.
  if (error && error !== part(card, "state").textContent && error !== input.error)
    write(boxOf(input), "alarm", `${file.name}: ${(input.error = error)}`);
  card.dataset.state = state;
  write(card, "state", error ?? word(input, state));
  part(card, "state").classList.toggle("errorlist", !!error);
  for (const name in SHOWN) part(card, name).hidden = !SHOWN[name].includes(state);
  if (focused && !focused.checkVisibility()) focusOn(card);
};

// Read aloud, of sixty files a few times.
const report = (input) => {
  const box = boxOf(input);
  const count = cardsOf(box).length;
  const done = cardsOf(box, "done").length;
  if (done < count && done % Math.ceil(count / 8)) return;
  write(box, "status", count ? word(input, done ? "count" : "chosen", { done, count }) : "");
};

// Sending

const start = async (input, cards, button) => {
  write(boxOf(input), "alarm", (input.error = ""));
  write(boxOf(input), "status", word(input, "sending"));
  for (const card of cards) {
    stop(card);
    set(card, "waiting");
  }
  const trouble = await renew(input);
  const waiting = cards.filter(({ dataset }) => dataset.state === "waiting"); // or cancelled
  if (trouble) waiting.forEach((card) => set(card, "failed", trouble));
  if (trouble || isEach(input) || !waiting.length) return next(input);
  waiting.forEach((card) => set(card, "leaving"));
  input.form.requestSubmit(button);
};

const pageAt = async (address) => {
  const answer = await fetch(address);
  return [new DOMParser().parseFromString(await answer.text(), "text/html"), answer];
};

// The session or the token may have expired. Returns what is wrong.
const renew = async (input) => {
  const own = input.form.elements.csrfmiddlewaretoken;
  if (!own) return;
  try {
    const [page, answer] = await pageAt(input.form.action);
    const token = page.querySelector("[name=csrfmiddlewaretoken]");
    if (answer.redirected && page.querySelector("[type=password]")) return word(input, 401);
    if (token) own.value = token.value;
    else if (isEach(input)) return word(input, "server", answer);
  } catch {
    return word(input, 0);
  }
};

const next = (input) => {
  const { form } = input;
  const free = AT_ONCE - cardsOf(form, "sending processing").length;
  cardsOf(form, "waiting").slice(0, Math.max(free, 0)).forEach(send);
  report(input);
  if (cardsOf(form, AT_WORK).length) return;
  const left = cardsOf(form).find(({ dataset }) => dataset.state !== "done");
  const list = part(form, "list");
  if (list) list.hidden = left;
  if (document.activeElement.matches("body, [type=submit]")) left ? focusOn(left) : list.focus();
};

const send = (card) => {
  const { input, file } = card;
  const data = new FormData(input.form);
  data.delete(`${input.name}-kept`); // goes with the form itself
  data.set(input.name, file);
  for (const { name, value } of card.querySelectorAll("[name]")) data.set(name, value);
  const request = (card.request = new XMLHttpRequest());
  request.upload.onprogress = ({ loaded, total }) => {
    part(card, "bar").value = loaded / total;
    expect(card, loaded < total ? "sending" : "processing");
  };
  request.onloadend = () => request === card.request && answered(card, request);
  request.responseType = "json"; // null when it is a proxy's page
  request.open("POST", input.form.action);
  request.setRequestHeader("Accept", "application/json");
  request.send(data);
  expect(card, "sending");
};

const expect = (card, state) => {
  if (card.dataset.state !== state) set(card, state);
  clearTimeout(card.timer);
  card.timer = setTimeout(() => {
    set(card, "stalled", word(card.input, "stalled"));
    next(card.input);
  }, PATIENCE);
};

const stop = (card) => {
  const { request } = card;
  clearTimeout(card.timer);
  card.request = null; // whose end nobody waits for
  request?.abort();
};

const answered = (card, { status, response }) => {
  const { input } = card;
  const said = Object.values(response?.errors ?? {}).flat().join(" ");
  stop(card);
  if (response?.url) done(card, response);
  else if (status === 422) set(card, "refused", said);
  else if ([0, 401, 403].includes(status)) set(card, "failed", word(input, status));
  else set(card, "failed", said || word(input, "server", { status }));
  next(input);
};

const done = (card, { title, url, preview }) => {
  write(card, "name", title);
  part(card, "name").href = url;
  part(card, "fields").replaceChildren();
  if (preview) draw(card, "img", preview);
  set(card, "done");
  judge(card.input);
};

// What visitors do

const on = (types, act) => types.split(" ").forEach((type) => addEventListener(type, act));

const retry = (card) =>
  isEach(card.input) ? start(card.input, [card]) : card.input.form.requestSubmit();

const cancel = (card) => {
  stop(card);
  set(card, "cancelled");
  isEach(card.input) ? next(card.input) : window.stop();
};

const remove = (card) => {
  const beside = card.nextElementSibling ?? card.previousElementSibling;
  card.remove();
  write(boxOf(card.input), "alarm", (card.input.error = ""));
  judge(card.input);
  beside ? focusOn(beside) : card.input.focus();
};

on("click", ({ target }) => {
  const act = { retry, cancel, remove }[target.dataset.do];
  if (act) act(target.closest(".upload-card"));
});

on("change", ({ target }) => {
  if (target.matches(FIELD)) add(target, target.files);
});

on("submit", (event) => {
  const { target: form, submitter } = event;
  const input = form.querySelector(FIELD);
  if (event.defaultPrevented || !cardsOf(form).length || cardsOf(form, "leaving").length) return;
  const cards = cardsOf(form, "ready failed cancelled stalled"); // none for a second click
  if (!cards.length && !cardsOf(form, AT_WORK).length && form.querySelector("[name$=-kept]")) return;
  event.preventDefault();
  if (cards.length) start(input, cards, submitter);
  else if (isEach(input)) next(input);
});

on("beforeunload", (event) => {
  if (cardsOf(document, `${AT_WORK} ready stalled failed cancelled`).length) event.preventDefault();
});

on("pageshow", () => { // after Back, too
  cardsOf(document, "leaving").forEach((card) => set(card, "ready"));
  for (const input of document.querySelectorAll(FIELD))
    if (!cardsOf(boxOf(input)).length && input.files.length) add(input, input.files);
});

const bring = async (goal, files) => {
  const input = goal.querySelector(FIELD);
  if (input) return add(input, files);
  const { dropTo } = goal.dataset;
  const [page] = await pageAt(dropTo);
  const form = page.querySelector("[data-upload-each]");
  if (!form) return location.assign(dropTo); // a login's
  goal.insertAdjacentHTML("afterbegin", form.outerHTML.replaceAll('"id_', `"${dropTo}id_`));
  const field = goal.querySelector(FIELD);
  field.form.action = dropTo;
  add(field, files);
  field.focus();
};

on("dragover dragleave drop paste", (event) => {
  const { type, target, relatedTarget } = event;
  const { files, types } = event.dataTransfer ?? event.clipboardData;
  const goal = target.closest?.(GOAL) ?? document.querySelector(GOAL);
  // A picture of a page is no file, nor is a text.
  const other = type === "paste" ? "text/plain" : "text/html";
  if (!goal || !types.includes("Files") || types.includes(other)) return;
  event.preventDefault();
  if (type === "dragover") document.body.dataset.drop = goal.dataset.dropText;
  else if (!relatedTarget) delete document.body.dataset.drop;
  if (files.length) bring(goal, [...files]);
});
