// Writing a post with script: what is typed is kept, the preview comes in place, and the server says what there is
// already. Without it the same form works by itself; nothing here is needed, so everything is asked for first.

const form = document.getElementById("post-form");
const KEPT = ["title", "body", "category", "tags", "visibility", "indexed"];
const TAGS = 8;

const field = (name) => form.elements.namedItem(name);
const part = (name) => document.querySelector(`[data-part="${name}"]`);

/** Calls `then` once nothing has happened for a while. */
function later(ms, then) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
  };
}

/** Sends fields to a function of the server; nothing comes back where it cannot be reached. */
const send = (address, fields, accept) =>
  fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: accept } }).catch(() => null);

async function ask(name, fields) {
  const answer = await send(`/api/${name}`, fields, "application/json");
  return answer?.ok ? answer.json() : [];
}

/** Storage may be full or forbidden; then a draft lives as long as its page. */
function storage(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}

// Drafts. One is kept from the first change on, and dropped when the post is stored or is again what it was.
const key = form.dataset.draft;
const value = (control) => (control.type === "checkbox" ? control.checked : control.value);
const typed = () => JSON.stringify(Object.fromEntries(KEPT.filter(field).map((name) => [name, value(field(name))])));
const drop = () => key && storage((kept) => kept.removeItem(key));
let isStored = false;
let blank = null;

function keep() {
  if (!key || isStored) return;
  const now = typed();
  if (now === blank) drop();
  else storage((kept) => kept.setItem(key, now));
}

function bringBack() {
  // Browsers fill in what stood here before a reload; what the server says and what is kept decide alone.
  form.reset();
  blank = typed();
  const draft = key && storage((kept) => JSON.parse(kept.getItem(key)));
  if (!draft) return;
  for (const name of KEPT.filter(field)) {
    const control = field(name);
    if (control.type === "checkbox") control.checked = draft[name] === true;
    else control.value = draft[name] ?? "";
  }
  part("draft").hidden = false;
}

// Preview and sending.
async function submit(event) {
  const button = event.submitter;
  if (!button) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  part("not-reached").hidden = true;
  const address = button.getAttribute("formaction") ?? form.getAttribute("action");
  const isPreview = address !== form.getAttribute("action");
  const answer = await send(address, new FormData(form), isPreview ? "text/html" : "application/json");
  form.ariaBusy = "false";
  if (!answer || answer.status === 503) part("not-reached").hidden = false;
  else if (!answer.ok) sendPlainly(address);
  else if (isPreview) show(await answer.text());
  else {
    isStored = true;
    drop();
    const room = await answer.json();
    location.assign(field("next")?.value ?? `/rooms/${room.id}${room.slug && "-"}${room.slug}`);
  }
}

/** The server answers with the page and what is wrong beside each field. */
function sendPlainly(address) {
  keep();
  form.setAttribute("action", address);
  form.submit();
}

/** Puts the preview of the page that came back into this one. */
function show(html) {
  const preview = new DOMParser().parseFromString(html, "text/html").getElementById("preview");
  if (!preview) return;
  document.getElementById("preview").replaceWith(preview);
  preview.focus();
}

// What there is already.
let turn = 0;
async function findSimilar() {
  const mine = ++turn;
  const title = field("title").value.trim();
  const room = field("room")?.value;
  const rooms = title ? await ask("similar_rooms", { title }) : [];
  // A later question may have been answered before.
  if (mine !== turn) return;
  const others = rooms.filter((one) => String(one.room) !== room);
  const links = others.map(({ path, title }) => {
    const link = Object.assign(document.createElement("a"), { href: path, textContent: title, className: "link" });
    Object.assign(link, { target: "_blank", rel: "noopener" });
    return item(link);
  });
  const box = part("similar").querySelector(".similar");
  box.querySelector("ul").replaceChildren(...links);
  box.hidden = links.length === 0;
}

function item(...children) {
  const item = document.createElement("li");
  item.append(...children);
  return item;
}

let common = [];
async function suggest() {
  common = await ask("suggested_tags", { category: field("category").value });
  showTags();
}

/** The common tags that go on with what is being typed, each a button that puts it in. */
function showTags() {
  const pieces = field("tags").value.split(",").map((tag) => tag.trim().replace(/^#/, "").toLowerCase());
  const begun = pieces.pop();
  const fitting = common.filter((tag) => tag.startsWith(begun) && !pieces.includes(tag)).slice(0, TAGS);
  const buttons = fitting.map((tag) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: `#${tag}` });
    button.className = "tag";
    button.addEventListener("click", () => addTag(tag));
    return item(button);
  });
  part("suggested").querySelector("ul").replaceChildren(...buttons);
  part("suggested").hidden = buttons.length === 0;
}

function addTag(tag) {
  const tags = field("tags");
  const before = tags.value.split(",").slice(0, -1).map((one) => one.trim());
  tags.value = [...before, tag, ""].join(", ");
  tags.focus();
  tags.dispatchEvent(new Event("input", { bubbles: true }));
}

if (form.dataset.fresh) bringBack();
else keep();
form.addEventListener("input", later(300, keep));
addEventListener("pagehide", keep);
form.addEventListener("submit", submit);
part("draft").querySelector("button").addEventListener("click", () => {
  form.reset();
  drop();
  part("draft").hidden = true;
  showTags();
  field("title").focus();
});
field("title").addEventListener("input", later(400, findSimilar));
field("tags").addEventListener("input", showTags);
field("category").addEventListener("input", suggest);
findSimilar();
suggest();
