//! What loads the browser's program.
//!
//! Leptos' own `HydrationScripts` names the page's nonce where browsers look for the mode of a request, and gives the policy
//! of the page none: what was to be loaded early is refused, and loaded once the script asks for it.

use std::sync::OnceLock;

use leptos::config::LeptosOptions;
use leptos::html::link;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

/// The program and what has it loaded early.
pub fn program(options: &LeptosOptions) -> impl IntoView + use<> {
    static ADDRESSES: OnceLock<(String, String)> = OnceLock::new();
    let (js, wasm) = ADDRESSES.get_or_init(|| addresses(options));
    let script = format!("import init,{{hydrate}} from\"{js}\";await init({{module_or_path:\"{wasm}\"}});hydrate()");
    view! {
        {link().rel("modulepreload").href(js.as_str()).attr("nonce", use_nonce())}
        // As the script asks for it, or it would be loaded twice.
        <link rel="preload" href=wasm.as_str() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" nonce=use_nonce()>{script}</script>
    }
}

/// Where script and program are: their names change with their content, as the build has written down beside the server.
fn addresses(options: &LeptosOptions) -> (String, String) {
    let beside = |name: &str| Some(std::env::current_exe().ok()?.parent()?.join(name));
    let hashes = beside(&options.hash_file).filter(|_| options.hash_files);
    let hashes = hashes.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    let hash = |kind: &str| {
        let found = hashes.lines().find_map(|line| line.trim().strip_prefix(kind)?.strip_prefix(':'));
        found.map_or_else(String::new, |hash| format!(".{}", hash.trim()))
    };
    let (folder, name) = (&options.site_pkg_dir, &options.output_name);
    // The name that wasm-bindgen gives, if nothing but it has built the program.
    let bg = if options.hash_files || option_env!("LEPTOS_OUTPUT_NAME").is_some() { "" } else { "_bg" };
    (format!("/{folder}/{name}{}.js", hash("js")), format!("/{folder}/{name}{bg}{}.wasm", hash("wasm")))
}
