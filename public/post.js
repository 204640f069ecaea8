// Writing a post with script: what is typed is kept, and preview and sending leave the page as it is. Without script the
// same form works by itself, so that whatever fails here can be left to the browser.

export const form = document.getElementById("post-form");
const KEPT = ["title", "body", "category", "tags", "visibility", "indexed"];

export const field = (name) => form.elements.namedItem(name);
export const part = (name) => document.querySelector(`[data-part="${name}"]`);

/** Sends fields to a function of the server; nothing comes back where it cannot be reached. */
export const send = (address, fields, accept) =>
  fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: accept } }).catch(() => null);

/** Calls `then` once nothing has happened for a while. */
export function later(ms, then) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
  };
}

// A draft is kept from the first change on, and dropped when the post is stored or is what it was again.
const key = form.dataset.draft;
const value = (control) => (control.type === "checkbox" ? control.checked : control.value);
const typed = () => JSON.stringify(Object.fromEntries(KEPT.filter(field).map((name) => [name, value(field(name))])));
const drop = () => key && storage((kept) => kept.removeItem(key));
let isOver = false;
let blank = null;

/** Storage may be full or forbidden; then a draft lives as long as its page. */
function storage(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}

function keep() {
  if (!key || isOver) return;
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

async function submit(event) {
  if (!event.submitter) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "true";
  part("not-reached").hidden = true;
  const action = form.getAttribute("action");
  const address = event.submitter.getAttribute("formaction") ?? action;
  const isPreview = address !== action;
  const answer = await send(address, new FormData(form), isPreview ? "text/html" : "application/json");
  delete form.dataset.busy;
  if (!answer || answer.status === 503) part("not-reached").hidden = false;
  else if (!answer.ok) sendPlainly(address);
  else if (isPreview) show(await answer.text());
  else leave(await answer.json());
}

/** The server answers with the page, and what is wrong beside each field. */
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

/** The post is stored. */
function leave({ id, slug }) {
  isOver = true;
  drop();
  location.assign(field("next")?.value ?? `/rooms/${id}${slug && "-"}${slug}`);
}

function startOver() {
  form.reset();
  drop();
  part("draft").hidden = true;
  field("title").focus();
  form.dispatchEvent(new Event("input"));
}

if (form.dataset.fresh) bringBack();
else keep();
form.addEventListener("input", later(300, keep));
form.addEventListener("submit", submit);
part("draft").querySelector("button").addEventListener("click", startOver);
addEventListener("pagehide", keep);
// What session.js has removed is not written down again by leaving.
document.addEventListener("submit", ({ target }) => (isOver ||= target.getAttribute("action") === "/api/logout"));
