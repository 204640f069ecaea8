//! Rules about the sources themselves: what a reviewer would otherwise have to say twice.

mod supply;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(folder), ending, &mut found);
    assert!(!found.is_empty(), "no {ending} under {folder}");
    found
}

fn sources() -> Vec<(PathBuf, String)> {
    files("src", ".rs")
}

/// The rule holds for every source line: `rule` says what is wrong with one.
#[track_caller]
fn every_line(rule: impl Fn(&str, &str) -> Option<&'static str>) {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let path = path.to_string_lossy().replace('\\', "/");
        // The rules name what they forbid.
        if path == "src/tests/tidy.rs" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(why) = rule(&path, code) {
                broken.push(format!("{path}:{}: {why}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{}", path.display());
    }
}

#[test]
fn libraries_stay_in_their_places() {
    let homes = [
        ("sqlx::", &["src/server/store", "src/tests/"] as &[_]),
        ("redis::", &["src/server/bus"]),
        ("gloo_net::", &["src/client/socket"]),
        ("axum_login::", &["src/server/auth.rs", "src/server/sessions.rs", "src/server/accounts.rs", "src/router.rs"]),
        ("comrak::", &["src/server/markdown/full.rs"]),
    ];
    every_line(|path, code| {
        homes
            .iter()
            .any(|(library, homes)| code.contains(library) && !homes.iter().any(|home| path.starts_with(home)))
            .then_some("this library is used elsewhere only")
    });
}

#[test]
fn no_query_goes_round_the_door_of_the_store() {
    // Upkeep takes as long as it takes, and knows which engine it looks after.
    let upkeep = ["backup", "health.rs", "schema.rs", "sqlite.rs", "postgres.rs"];
    every_line(|path, code| {
        let inside = path.strip_prefix("src/server/store/")?;
        if upkeep.iter().any(|name| inside.starts_with(name)) {
            return None;
        }
        let takes_pool = ["Pool::Sqlite(", "Pool::Postgres("]
            .iter()
            .any(|variant| code.split(variant).skip(1).any(|rest| !rest.starts_with("_)")));
        (takes_pool || code.contains("on_db_unhurried")).then_some("every call has a deadline: use on_db!")
    });
}

#[test]
fn use_cases_know_who_acts_and_no_request() {
    // Signing in and out is about the request's session and cookies; the others answer requests.
    let edge = ["accounts.rs", "known_browser.rs", "forms.rs", "request.rs", "actor.rs"];
    every_line(|path, code| {
        let inside = path.strip_prefix("src/server/")?;
        let names_it =
            ["request::Request", "request::{Request", "request::current"].iter().any(|name| code.contains(name));
        (names_it && !edge.contains(&inside)).then_some("take an Actor")
    });
}

#[test]
fn who_may_do_what_is_decided_in_one_place() {
    // The commit compares a role that somebody is given with the one that they have; tests say what they expect.
    let compares = ["src/model/policy.rs", "src/server/store/commit/member.rs"];
    every_line(|path, code| {
        let is_elsewhere = !path.starts_with("src/tests") && !compares.contains(&path);
        let signs = ["!= Role::", "== Role::", "matches!(role", "Role::Owner |"];
        (is_elsewhere && signs.iter().any(|sign| code.contains(sign))).then_some("ask model::policy")
    });
}

#[test]
fn layers_import_downwards_only() {
    let pure = |path: &str| {
        path.starts_with("src/model")
            || path.starts_with("src/i18n")
            || path.starts_with("src/protocol")
            || ["timeline", "outbox", "backoff"].iter().any(|name| path.starts_with(&format!("src/client/{name}")))
    };
    every_line(|path, code| {
        let names = |module: &str| code.contains(&format!("crate::{module}"));
        if path.starts_with("src/model") && (names("protocol") || names("client")) {
            return Some("model stands below protocol and client");
        }
        if path.starts_with("src/ui") && names("server") {
            return Some("pages never name the server");
        }
        if path.starts_with("src/server") && names("ui") {
            return Some("the server never names the pages");
        }
        if pure(path) && (code.contains("leptos::") || names("server") || names("ui")) {
            return Some("this is pure");
        }
        if path.starts_with("src/server/hub") && code.contains("store::") {
            return Some("the hub knows no store");
        }
        None
    });
}

#[test]
fn what_the_libraries_make_dangerous_is_not_used() {
    every_line(|path, code| {
        if code.contains("<Title") && path != "src/ui/title.rs" {
            return Some("leptos_meta does not escape titles: use PageTitle");
        }
        let dangerous = [
            ("inner_html", "text only: no HTML is ever put into a page"),
            ("protocol = Websocket", "it checks no Origin and takes 64 MiB messages"),
            ("input = GetUrl", "a change by GET gets past SameSite cookies"),
            ("leptos_axum::redirect", "it panics on bytes that no header may hold"),
        ];
        dangerous.iter().find(|(what, _)| code.contains(what)).map(|(_, why)| *why)
    });
}

#[test]
fn the_browser_is_given_little_code() {
    let in_browser = |path: &str| {
        let is_plain = path.starts_with("src/ui/pages/plain/") || path == "src/ui/form.rs";
        path.starts_with("src/client/") || (path.starts_with("src/ui/") && !is_plain)
    };
    every_line(|path, code| {
        if !in_browser(path) || path.contains("/tests") || path == "src/client/effect.rs" {
            return None;
        }
        let costly = [
            ("Effect::new", "a kilobyte for each: effect() of client/effect.rs"),
            (".collect_view()", "a list of its own kind is kilobytes: collect AnyViews"),
            ("serde_json::from_", "the browser reads by crate::json"),
            (".to_lowercase()", "tables that a browser has already"),
            (".to_uppercase()", "tables that a browser has already"),
            ("is_combining_mark(c)", "tables that a browser has already"),
        ];
        costly.iter().find(|(what, _)| code.contains(what)).map(|(_, why)| *why)
    });
}

#[test]
fn what_is_typed_into_a_textarea_is_escaped() {
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("src/ui")) {
        let textareas = text.lines().filter(|line| line.trim() == "</textarea>").count();
        assert_eq!(textareas, text.matches("{textarea_text(").count(), "{}", path.display());
    }
}

#[test]
fn features_are_told_apart_at_the_door_only() {
    let count = sources()
        .iter()
        .filter(|(path, _)| !path.ends_with("tests/tidy.rs"))
        .map(|(_, text)| text.matches("cfg(feature").count() + text.matches("cfg(not(feature").count())
        .sum::<usize>();
    // Two of them swap locks and tasks for those of shuttle, in one file of the hub.
    assert!(count <= 8, "{count} cfg(feature) in the crate");
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |dialect: &str| {
        files(&format!("migrations/{dialect}"), ".sql")
            .into_iter()
            .map(|(path, _)| path.file_name().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn the_deployed_configuration_agrees_with_the_build() {
    let options = |file: &str| -> toml::Table {
        let table: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
        table["package"]["metadata"]["leptos"].as_table().unwrap().clone()
    };
    let (build, deployed) = (options("Cargo.toml"), options("Leptos.toml"));
    for (key, value) in &deployed {
        assert_eq!(build.get(key), Some(value), "{key}");
    }
    let text = std::fs::read_to_string("Leptos.toml").unwrap();
    assert!(text.lines().any(|line| line == "[package.metadata.leptos]"), "leptos_config looks for this line");
}

#[test]
fn the_stylesheet_imports_each_file_once() {
    let main = std::fs::read_to_string("style/main.css").unwrap();
    let imported: BTreeSet<_> = main.lines().filter_map(|line| line.split('"').nth(1)).collect();
    let there: BTreeSet<_> = files("style", ".css")
        .iter()
        .map(|(path, _)| path.strip_prefix("style").unwrap().display().to_string())
        .collect();
    let imported: BTreeSet<_> = imported.iter().map(|name| name.trim_start_matches("./").to_owned()).collect();
    assert_eq!(imported, there.into_iter().filter(|name| name != "main.css").collect());
}

#[test]
fn licences_allow_what_we_do() {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--offline", "--features", "ssr"])
        // What other systems would need is not on this machine.
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let allowed = [
        "MIT",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Zlib",
        "0BSD",
        "Unicode-3.0",
        "Unicode-DFS-2016",
        "Unlicense",
        "CC0-1.0",
        "CDLA-Permissive-2.0",
        "MPL-2.0",
        "BSL-1.0",
        "MIT-0",
    ];
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or_default().replace('/', " OR ").replace(['(', ')'], "");
        // Every part of an "AND" must be allowed; one of an "OR" is enough.
        let fits = licence.split(" AND ").all(|part| part.split(" OR ").any(|one| allowed.contains(&one.trim())));
        assert!(fits, "{}: {licence:?}", package["name"]);
    }
}

#[test]
fn the_heavy_libraries_are_there_once() {
    let lock = std::fs::read_to_string("Cargo.lock").unwrap();
    for name in [
        "leptos",
        "axum",
        "axum-core",
        "hyper",
        "tower",
        "tower-http",
        "http",
        "sqlx",
        "tower-sessions",
        "redis",
        "wasm-bindgen",
        "tokio",
        "rustls",
    ] {
        let copies = lock.matches(&format!("name = \"{name}\"\n")).count();
        assert_eq!(copies, 1, "{copies} copies of {name}");
    }
}
