//! How the browser's program is loaded and started, and what a page says where that fails.

use std::sync::{LazyLock, OnceLock};

use leptos::config::LeptosOptions;
use leptos::html::meta;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

use super::page;

/// Stands for the shape of a page until the server has rendered it.
pub const SHAPE: &str = "-shape--";

/// The script that starts the program. Its comments stay here.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let lines = include_str!("start/start.js").lines().map(str::trim_start);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).collect::<Vec<_>>().join("\n")
});

/// Loads the program, and starts it once the page is there and equals what the server has sent.
#[component]
pub fn Start(options: LeptosOptions) -> impl IntoView {
    let texts = page::plain_texts();
    let (code, wasm) = files(&options);
    // Both are fetched as the script fetches them: preloads of another kind would be thrown away. (Leptos' own
    // `HydrationScripts` gives the nonce as `crossorigin`.)
    view! {
        {meta().name("shape").content(SHAPE).attr("data-not-live", texts.not_live).attr("data-reload", texts.reload)}
        <link rel="modulepreload" href=code.clone() nonce=use_nonce()/>
        <link rel="preload" href=wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" nonce=use_nonce()>{format!("{}\nstart({code:?},{wasm:?})", *SCRIPT)}</script>
    }
}

/// The addresses of the program's JavaScript and of its WASM, whose names change with their content.
pub fn files(options: &LeptosOptions) -> &'static (String, String) {
    static FILES: OnceLock<(String, String)> = OnceLock::new();
    FILES.get_or_init(|| {
        let hashes = std::env::current_exe().ok().filter(|_| options.hash_files);
        let hashes =
            hashes.and_then(|program| std::fs::read_to_string(program.with_file_name(&*options.hash_file)).ok());
        let address = |kind: &str| {
            let hash = hashes
                .as_deref()
                .unwrap_or_default()
                .lines()
                .find_map(|line| line.trim().strip_prefix(kind)?.strip_prefix(':'));
            let hash = hash.map_or_else(String::new, |hash| format!(".{}", hash.trim()));
            format!("/{}/{}{hash}.{kind}", options.site_pkg_dir, options.output_name)
        };
        (address("js"), address("wasm"))
    })
}
