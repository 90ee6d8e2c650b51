// The upload widget: a preview of what was chosen, the size check before anything is sent, and a
// progress bar. The form works without it; every listener sits on the document, so that it also
// holds for a form that arrives in an answer. Its words are the data-text attributes of the file
// input, which widgets.py writes in the visitor's language.
"use strict";

(() => {
  const WITH_PICTURE = 12; // previews that are drawn: each decodes a whole photo

  const make = (tag, className, text = "") => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  };

  const MEGABYTE = 1048576;

  // A number as people write it in the language of the page.
  const inDigits = (value, digits = {}) =>
    new Intl.NumberFormat(document.documentElement.lang || undefined, { useGrouping: false, ...digits }).format(value);
  const megabytes = (bytes) =>
    inDigits(bytes / MEGABYTE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const inWords = (bytes, { textKb, textMb }) =>
    bytes < MEGABYTE / 10
      ? textKb.replace("%s", inDigits(Math.ceil(bytes / 1024)))
      : textMb.replace("%s", megabytes(bytes));

  // The server's own sentence about what it would refuse, or an empty one.
  const problem = (input, files) => {
    const together = files.reduce((sum, file) => sum + file.size, 0);
    const largest = Math.max(0, ...files.map((file) => file.size));
    const limits = [[largest, input.dataset.maxFileBytes], [together, input.dataset.maxBytes]];
    const [size, most] = limits.find(([size, most]) => size > Number(most)) ?? [];
    if (!most) return "";
    const over = Math.max(size, Number(most) + MEGABYTE / 10); // never rounded to what is allowed
    const numbers = { size: megabytes(over), most: inDigits(most / MEGABYTE) };
    return input.dataset.textTooLarge.replace(/%\((\w+)\)s/g, (_, name) => numbers[name]);
  };

  // One element of its kind below the file input, made when it is first needed.
  const below = (input, tag, className) => {
    const box = input.closest(".upload");
    const element = box.querySelector(`.${className}`) ?? make(tag, className);
    if (!element.isConnected) box.append(element);
    return element;
  };

  const complain = (input, sentence) => {
    const alert = below(input, "p", "upload-error");
    alert.setAttribute("role", "alert");
    alert.textContent = sentence;
    alert.hidden = !sentence;
  };

  const preview = (file, words, withPicture) => {
    const row = make("li", "");
    if (withPicture && file.type.startsWith("image/")) {
      const picture = make("img", "");
      picture.alt = "";
      picture.src = URL.createObjectURL(file);
      const done = () => URL.revokeObjectURL(picture.src);
      picture.addEventListener("load", done);
      picture.addEventListener("error", () => { done(); picture.remove(); }); // HEIC, mostly
      row.append(picture);
    }
    const size = inWords(file.size, words);
    const name = make("span", "upload-name", file.name);
    name.dir = "auto";
    row.append(name, make("span", "upload-size", size));
    return row;
  };

  const chosen = (input) => {
    const files = [...input.files];
    const list = below(input, "ul", "upload-list");
    const words = input.dataset;
    list.replaceChildren(...files.map((file, n) => preview(file, words, n < WITH_PICTURE)));
    list.hidden = !files.length;
    const sentence = problem(input, files);
    input.setCustomValidity(sentence); // the browser itself then refuses to send the form
    complain(input, sentence);
  };

  const send = (event, form, input) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    const bar = below(input, "progress", "upload-progress");
    bar.setAttribute("aria-label", input.dataset.textProgress);
    bar.removeAttribute("value");
    button.disabled = true;
    complain(input, "");

    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      if (loaded < total) bar.value = loaded / total;
      else bar.removeAttribute("value"); // sent; the server is at work
    });
    request.addEventListener("loadend", () => {
      if (request.response) return show(request);
      bar.remove();
      button.disabled = false;
      complain(input, input.dataset.textBroken);
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.send(new FormData(form));
  };

  // The answer takes the place of the page, messages and all, as it would without JavaScript.
  const show = (request) => {
    if (request.responseURL !== location.href) history.pushState(null, "", request.responseURL);
    document.title = request.response.title;
    document.body.replaceWith(document.adoptNode(request.response.body));
    scrollTo(0, 0);
    document.querySelector("main")?.focus();
  };
  addEventListener("popstate", () => location.reload());

  const fileInput = (form) => form?.querySelector("input[type=file][data-max-bytes]");

  document.addEventListener("change", ({ target }) => {
    if (target.matches("input[type=file][data-max-bytes]")) chosen(target);
  });

  document.addEventListener("submit", (event) => {
    const input = fileInput(event.target);
    if (input?.files.length) send(event, event.target, input);
  });

  // Files may be dropped anywhere on the page, not on the field alone.
  const drop = (event) => {
    const input = fileInput(document.querySelector("form[data-upload]"));
    if (!input || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    input.classList.toggle("over", event.type === "dragover");
    if (event.type !== "drop" || !event.dataTransfer.files.length) return;
    const taken = new DataTransfer();
    for (const file of event.dataTransfer.files) {
      if (input.multiple || !taken.items.length) taken.items.add(file);
    }
    input.files = taken.files;
    chosen(input);
  };
  for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, drop);
})();
