// A new copy of the page, for where something else has changed this one before the program could start on it.

const TEXTS = "textarea, input[type=text], input[type=search]";

/** Tells the server that the program failed. What people wrote does not go along. */
export function report(kind, place = "") {
  const body = new URLSearchParams({ kind, place });
  fetch("/api/report_fault", { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true }).catch(() => null);
}

/** Fetches the page. What this gives puts it in place in one go, so that nothing comes between it and the program. */
export async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (answer.redirected) location.replace(answer.url);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("meta[name=shape]")) throw new Error("this is another page");
  return () => {
    const typed = typedTexts();
    document.body.replaceWith(page.body);
    // Scripts of a parsed document never run by themselves; these hold what the program begins with.
    document.body.querySelectorAll("script:not([type])").forEach(({ text }) => run(text));
    typed.forEach(putBack);
  };
}

function run(text) {
  const script = document.createElement("script");
  script.nonce = document.querySelector("script[nonce]").nonce;
  script.text = text;
  document.head.append(script);
  script.remove();
}

const nameOf = (field) => `${field.form?.getAttribute("action")} ${field.name}`;

function typedTexts() {
  const fields = [...document.querySelectorAll(TEXTS)].filter((field) => field.name && field.value);
  return fields.map((field) => ({
    name: nameOf(field),
    text: field.value,
    selection: field === document.activeElement ? [field.selectionStart, field.selectionEnd] : null,
  }));
}

function putBack({ name, text, selection }) {
  const field = [...document.querySelectorAll(TEXTS)].find((field) => nameOf(field) === name);
  if (!field) return;
  field.value = text;
  if (!selection) return;
  field.focus({ preventScroll: true });
  field.setSelectionRange(...selection);
}
