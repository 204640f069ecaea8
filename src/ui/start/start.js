// Starts the program on the page as the server has sent it, and lets nothing of it run after it has failed.

// Sent with every page: the program would take an element that something else has put there for one of its own. What
// others add behind the end of the page is in nobody's way.
function isAsSent() {
  const sent = Number.parseInt(document.querySelector("meta[name=shape]").content, 16);
  let hash = 0x811c9dc5;
  const add = (token) => {
    for (let at = 0; at < token.length; at++) hash = Math.imul(hash ^ token.charCodeAt(at), 0x01000193);
  };
  const walk = (node) => {
    if (node.nodeType !== 1) return add(node.nodeType === 3 ? "#" : "!");
    add(`<${node.localName}`);
    if (!/^(script|style|textarea|title)$/.test(node.localName)) node.childNodes.forEach(walk);
    add("/");
  };
  return [...document.body.childNodes].some((node) => {
    walk(node);
    return hash >>> 0 === sent;
  });
}

// The only way into the program. Once `fails` says that an error was the end of it, its listeners and timers do nothing.
function guard(exports, fails) {
  let isDead = false;
  const guarded = (run) => (...values) => {
    if (isDead) return;
    try {
      return run(...values);
    } catch (error) {
      isDead ||= fails(error);
      throw error;
    }
  };
  const entries = Object.entries(exports);
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === "function" ? guarded(value) : value]));
}

async function load(code, module, fails) {
  const program = await import(code);
  const { instantiate } = WebAssembly;
  // wasm-bindgen takes what this gives for the instance.
  WebAssembly.instantiate = async (...given) => ({ instance: { exports: guard((await instantiate(...given)).exports, fails) } });
  try {
    await program.default({ module_or_path: module });
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  return program;
}

// Added behind the end of the page, in the reader's language.
function say() {
  const { notLive, reload } = document.querySelector("meta[name=shape]").dataset;
  const note = Object.assign(document.createElement("p"), { className: "page-note", textContent: `${notLive} ` });
  note.setAttribute("role", "alert");
  note.setAttribute("data-testid", "not-live");
  note.append(Object.assign(document.createElement("a"), { className: "link", href: "", textContent: reload }));
  document.body.append(note);
}

function start(code, wasm) {
  // Turns that the program has had: at first with the page as it is here, then with a new copy of it.
  let turn = 0;
  let state = "starting";
  let unused;
  let module;

  async function run(put) {
    module ??= await WebAssembly.compileStreaming(fetch(wasm));
    const isFatal = (error) => {
      const isTrap = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
      if (state === "live" && !isTrap) return false;
      fail("stopped");
      return true;
    };
    const program = unused ?? (await load(turn ? `${code}?${turn}` : code, module, isFatal));
    if (put) put();
    else if (!isAsSent()) {
      unused = program;
      return fail("changed");
    }
    unused = undefined;
    state = "starting";
    const mine = ++turn;
    try {
      program.hydrate();
    } catch {
      return;
    }
    // By then its first effects have run.
    setTimeout(() => {
      if (state === "starting" && mine === turn) state = "live";
    });
  }

  async function fail(kind) {
    const isLast = state === "live" || turn > 1;
    if (state === "failed") return;
    state = "failed";
    document.documentElement.removeAttribute("data-hydrated");
    console.warn(`The page was not hydrated as it was sent: ${kind}.`);
    try {
      const { renew, report } = await import("/renew.js");
      report(kind, window.panickedAt);
      if (!isLast) return await run(await renew());
    } catch {
      // Without the network there is no other copy.
    }
    say();
  }

  run().catch(() => fail("not_loaded"));
}
