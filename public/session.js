// Whose page this is. Once they have signed out, here or in another tab, nothing of theirs is left on the screen or in
// storage; and whoever has signed in instead does not go on with a page that is not theirs.

const MARK = "me";
const STRANGER = "stranger";
const meta = document.querySelector("meta[name=me]");
const me = meta.content;
let isLeaving = false;

/** Storage may be forbidden: then nothing is in it. */
function kept(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}

const send = (address, fields) =>
  fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json" } }).catch(() => null);

const mark = () => kept((storage) => storage.getItem(MARK));
const veil = (on) => document.documentElement.toggleAttribute("data-veiled", on);
const toDoor = () => leave(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);

function leave(address) {
  isLeaving = true;
  veil(true);
  location.replace(address);
}

function forget() {
  kept((storage) => storage.clear());
  kept(() => sessionStorage.clear());
}

async function signOut(event) {
  const form = event.target;
  if (form.getAttribute("action") !== "/api/logout" || isLeaving) return;
  event.preventDefault();
  isLeaving = true;
  const answer = await send("/api/logout", new FormData(form));
  // What went wrong the server says better; meanwhile nothing is lost.
  if (!answer?.ok) return form.submit();
  forget();
  leave("/");
}

/** Another tab has signed out, or signed in somebody else. */
function changed() {
  if (isLeaving || mark() === me) return;
  if (mark()) meet();
  else toDoor();
}

/** The session of this page has been ended: by signing in as somebody else, or for good. */
async function revoked() {
  if (isLeaving) return;
  veil(true);
  // Signing in ends the former session a moment before the browser has the next one.
  await new Promise((done) => setTimeout(done, 1_000));
  if (isLeaving) return;
  const answer = await send("/api/account");
  if (answer?.ok) return meet();
  forget();
  toDoor();
}

/** Somebody else is signed in by now, or nobody: the page is theirs. Not over and over again, should the server not agree. */
function meet() {
  if (isLeaving) return;
  if (kept(() => sessionStorage.getItem(STRANGER))) return veil(false);
  isLeaving = true;
  kept(() => sessionStorage.setItem(STRANGER, me));
  veil(true);
  location.reload();
}

/** The socket is not this person's: somebody else is signed in. Where nobody is, the page says so, and what was written stays. */
async function strange() {
  const answer = await send("/api/account");
  if (answer?.ok) meet();
}

/** Says whose page it has become, where it was somebody else's before. */
function introduce() {
  const before = kept(() => sessionStorage.getItem(STRANGER));
  if (!before) return;
  // Kept for a moment: it also stops a page that the server takes for another one's again and again.
  setTimeout(() => kept(() => sessionStorage.removeItem(STRANGER)), 10_000);
  if (before === me) return;
  const bar = Object.assign(document.createElement("p"), { className: "page-note", textContent: meta.dataset.now });
  bar.setAttribute("role", "status");
  document.body.append(bar);
}

// What no name is in belongs to the one who was here last.
if (mark() && mark() !== me) kept((storage) => storage.removeItem("emoji"));
kept((storage) => storage.setItem(MARK, me));
introduce();
document.addEventListener("submit", signOut);
addEventListener("storage", ({ key }) => (key === null || key === MARK) && changed());
// The program has heard it from the server.
addEventListener("revoked", revoked);
addEventListener("stranger", strange);
// A page that the browser brings back as it was left is not shown before it is known whose it is.
addEventListener("pagehide", ({ persisted }) => persisted && veil(true));
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  if (!navigator.onLine && mark() === me) veil(false);
  else location.reload();
});
