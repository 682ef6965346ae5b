"use strict";

const SHOWN = 5; // labels
const COVER = 0.65; // most that a colour hides, as in explanations on disk
const at = (id) => document.getElementById(id);
const state = { facts: null, input: null, asked: 0 };

async function ask(path, input) {
  const init = input === undefined ? {} : { method: "POST", body: input };
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Error("the server does not answer: is it still running?");
  }
  const said = await response.json().catch(() => ({ error: `the server answers ${response.status}` }));
  if (!response.ok) throw new Error(said.hint ? `${said.error}: ${said.hint}` : said.error);
  return said;
}

async function predict(input) {
  const mine = ++state.asked; // an answer that comes after a newer question is dropped
  state.input = input;
  at("answers").replaceChildren();
  at("why").hidden = true;
  at("note").textContent = "asking …";
  try {
    if ((input.size ?? input.length) > state.facts.largest) throw new Error("that is too large");
    const said = await ask("predict", input);
    if (mine !== state.asked) return;
    const below = state.facts.unsure_below;
    at("note").textContent = said.unsure ? `unsure: below ${below.toFixed(4)}` : "";
    at("answers").replaceChildren(...said.predictions.slice(0, SHOWN).map(row));
    await explain(said.predictions[0].label, mine);
  } catch (error) {
    if (mine === state.asked) at("note").textContent = error.message;
  }
}

function row({ label, probability }) {
  const button = document.createElement("button");
  const bar = span("bar", "");
  bar.style.width = `${100 * probability}%`;
  button.append(span("label", label), span("part", probability.toFixed(4)), bar);
  button.title = "show what speaks for it";
  button.addEventListener("click", () => explain(label, state.asked));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function span(kind, text) {
  const made = document.createElement("span");
  made.className = kind;
  made.textContent = text;
  return made;
}

async function explain(label, mine) {
  for (const button of at("answers").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", button.querySelector(".label").textContent === label);
  }
  at("why").hidden = false;
  at("reason").textContent = `What speaks for ${label} …`;
  let said;
  try {
    said = await ask(`explain?label=${encodeURIComponent(label)}`, state.input);
  } catch (error) {
    if (mine === state.asked) at("reason").textContent = error.message;
    return;
  }
  if (mine !== state.asked) return;
  at("reason").textContent = `What speaks for ${said.label}`;
  if (said.picture) at("picture").src = said.picture;
  else at("pieces").replaceChildren(...shade(said.pieces));
}

function shade(pieces) {
  const most = Math.max(...pieces.map(([, part]) => Math.abs(part))) || 1;
  return pieces.map(([piece, part]) => {
    const made = span("", piece);
    const colour = part > 0 ? "213, 94, 0" : "0, 114, 178";
    made.style.background = `rgba(${colour}, ${(COVER * Math.abs(part)) / most})`;
    made.title = part.toFixed(2);
    return made;
  });
}

function take(files) {
  const [file] = files;
  if (!file) return;
  URL.revokeObjectURL(at("shown").src);
  at("shown").src = URL.createObjectURL(file);
  at("shown").hidden = false;
  predict(file);
}

function forImages() {
  const drop = document.querySelector(".drop");
  at("shown").addEventListener("error", () => (at("shown").hidden = true));
  at("file").addEventListener("change", () => take(at("file").files));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") take(event.dataTransfer.files);
    });
  }
  document.addEventListener("paste", (event) => take(event.clipboardData.files));
}

function forTexts() {
  const send = () => predict(at("text").value);
  at("form").addEventListener("submit", (event) => (event.preventDefault(), send()));
  at("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
  });
}

async function begin() {
  try {
    state.facts = await ask("run");
  } catch (error) {
    at("note").textContent = error.message;
    return;
  }
  const { run, backbone, takes, labels } = state.facts;
  document.title = at("title").textContent = run;
  at("about").textContent = `${backbone}, tuned to tell ${labels.length} labels apart`;
  for (const part of document.querySelectorAll(`.${takes}`)) part.hidden = false;
  if (takes === "image") forImages();
  else forTexts();
}

begin();
