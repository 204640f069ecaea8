// What there is already, while a post is being written: rooms about the same, and tags that others use.

import { field, form, later, part, send } from "./post.js";

const TAGS = 8;

async function ask(name, fields) {
  const answer = await send(`/api/${name}`, fields, "application/json");
  return answer?.ok ? answer.json() : [];
}

function element(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** Fills the list in a part of the page, which is there only if something is in it. */
function list(box, items) {
  box.querySelector("ul").replaceChildren(...items.map((item) => element("li", {}, item)));
  box.hidden = items.length === 0;
}

let turn = 0;
async function findSimilar() {
  const mine = ++turn;
  const title = field("title").value.trim();
  const rooms = title ? await ask("similar_rooms", { title }) : [];
  // A later question may have been answered before.
  if (mine !== turn) return;
  const others = rooms.filter(({ room }) => String(room) !== field("room")?.value);
  const link = ({ path, title }) => element("a", { href: path, className: "link", target: "_blank", rel: "noopener" }, title);
  list(part("similar").querySelector(".similar"), others.map(link));
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
  const button = (tag) => element("button", { type: "button", className: "tag", onclick: () => addTag(tag) }, `#${tag}`);
  list(part("suggested"), fitting.map(button));
}

function addTag(tag) {
  const tags = field("tags");
  const before = tags.value.split(",").slice(0, -1).map((one) => one.trim());
  tags.value = [...before, tag, ""].join(", ");
  tags.focus();
  tags.dispatchEvent(new Event("input", { bubbles: true }));
}

field("title").addEventListener("input", later(400, findSimilar));
field("tags").addEventListener("input", showTags);
field("category").addEventListener("input", suggest);
form.addEventListener("input", ({ target }) => {
  // All fields at once are somebody starting over.
  if (target !== form) return;
  findSimilar();
  showTags();
});
findSimilar();
suggest();
