//! What comes from others: libraries without known faults, from the one registry; and nothing secret goes out.

use std::process::Command;

type Version = [u64; 3];

/// The three numbers of a version; what it says beside them does not matter here.
fn version(text: &str) -> Version {
    let mut numbers = text.split(['.', '-', '+']).map(|number| number.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

/// What may replace what without a change of the program: the same major version, or below 1 the same minor one.
fn line([major, minor, _]: Version) -> [u64; 2] {
    [major, if major == 0 { minor } else { 0 }]
}

/// Whether `used` is one of the versions `from` on: on its own line, or beyond all of them.
fn is_mended(used: Version, from: &[Version]) -> bool {
    from.iter().any(|from| used >= *from && line(used) == line(*from)) || from.iter().all(|from| used >= *from)
}

fn locked() -> Vec<toml::Value> {
    let lock: toml::Table = std::fs::read_to_string("Cargo.lock").unwrap().parse().unwrap();
    lock["package"].as_array().unwrap().clone()
}

#[test]
fn no_library_has_a_known_fault() {
    let known: toml::Table = std::fs::read_to_string("docs/advisories.toml").unwrap().parse().unwrap();
    let mut faulty = Vec::new();
    for package in locked() {
        let name = package["name"].as_str().unwrap();
        let Some(advised) = known["from"].get(name) else { continue };
        let from: Vec<_> =
            advised["versions"].as_array().unwrap().iter().map(|from| version(from.as_str().unwrap())).collect();
        let used = package["version"].as_str().unwrap();
        if !is_mended(version(used), &from) {
            faulty.push(format!("{name} {used}: {}", advised["because"]));
        }
    }
    assert!(faulty.is_empty(), "\n{}", faulty.join("\n"));
    let from = [version("0.8.6"), version("0.9.3"), version("0.10.1")];
    for (used, mended) in [("0.8.5", false), ("0.8.6", true), ("0.9.2", false), ("0.9.5", true), ("0.11.0", true)] {
        assert_eq!(is_mended(version(used), &from), mended, "{used}");
    }
}

#[test]
fn libraries_come_from_the_registry_with_their_checksums() {
    for package in locked() {
        let is_own = package["name"].as_str() == Some(env!("CARGO_PKG_NAME"));
        let source = package.get("source").and_then(|source| source.as_str());
        let is_registry = source == Some("registry+https://github.com/rust-lang/crates.io-index");
        assert!(is_own || is_registry && package.get("checksum").is_some(), "{package}");
    }
    for lock in [".ci/wasm-opt/package-lock.json", "end2end/package-lock.json"] {
        let lock: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(lock).unwrap()).unwrap();
        for (path, package) in lock["packages"].as_object().unwrap().iter().filter(|(path, _)| !path.is_empty()) {
            assert!(package["integrity"].as_str().is_some_and(|sum| sum.starts_with("sha512-")), "{path}");
            // Of the registry that is set up: another machine has another one.
            assert!(package.get("resolved").is_none(), "{path}");
        }
    }
}

/// What keys and tokens of well-known services begin with, and how many characters follow at least.
const TOKENS: [(&str, usize); 12] = [
    ("AKIA", 16),
    ("AIza", 35),
    ("ghp_", 36),
    ("gho_", 36),
    ("ghs_", 36),
    ("github_pat_", 22),
    ("glpat-", 20),
    ("npm_", 36),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("sk_live_", 20),
    ("eyJhbGciOi", 40),
];

/// What in `text` looks like a secret.
fn secret(text: &str) -> Option<&str> {
    let key = text.find(concat!("PRIVATE KEY", "-----"));
    let token = TOKENS.iter().find_map(|(begin, least)| {
        let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let mut found = text.match_indices(begin).map(|(at, _)| at);
        // Not in the middle of a longer word, such as a checksum's.
        found.find(|&at| {
            !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
                && text[at + begin.len()..].chars().take_while(|c| is_token(*c)).count() >= *least
        })
    });
    key.or(token).map(|at| text[at..].lines().next().unwrap_or_default())
}

#[test]
fn no_file_holds_a_secret() {
    let listed = Command::new("git").args(["ls-files", "-z"]).output().expect("git");
    assert!(listed.status.success(), "{listed:?}");
    let names = String::from_utf8(listed.stdout).unwrap();
    let mut files = 0;
    for name in names.split_terminator('\0') {
        // A file that is deleted but not yet committed is in the list; pictures are no text.
        let Ok(text) = std::fs::read_to_string(name) else { continue };
        files += 1;
        // The name only: the log of a test is no place for it either.
        assert!(secret(&text).is_none(), "{name} holds something that looks like a key or a token");
        let is_key =
            [".pem", ".key", ".p12", ".pfx", "id_rsa", "id_ed25519", ".env"].iter().any(|end| name.ends_with(end));
        assert!(!is_key, "{name}");
    }
    assert!(files > 300, "{files} files");
    assert!(secret(&format!("token = \"ghp_{}\"", "x".repeat(36))).is_some());
    assert!(secret(&["-----BEGIN RSA ", "PRIVATE KEY", "-----"].concat()).is_some());
    assert!(secret("ghp_short xghp_ AKIA").is_none());
}
