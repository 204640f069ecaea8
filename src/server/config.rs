//! The configuration: environment over `Leptos.toml` over defaults. A bad value stops the start with one line that
//! names the variable and the fix.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// A limit of `burst` at once and `per_second` in the long run; `None` is no limit.
pub type Rate = Option<RateLimit>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    pub burst: f64,
    pub per_second: f64,
}

#[derive(Clone, Debug)]
pub struct Config {
    pub database_url: String,
    pub redis_url: Option<String>,
    pub site_addr: SocketAddr,
    /// Absent on a loopback address: then the loopback names with the port that was bound.
    pub public_url: Option<String>,
    pub metrics_addr: Option<SocketAddr>,
    pub trusted_proxies: Vec<IpNet>,
    pub rate_send: Rate,
    pub rate_frames: Rate,
    pub rate_auth: bool,
    pub connections_per_user: Option<usize>,
    pub connections_per_ip: Option<usize>,
    /// Connections that are no sockets, or not yet.
    pub http_connections_per_ip: Option<usize>,
    /// What pages and functions may cost one address, in units of [`fair`](super::fair).
    pub rate_pages: Rate,
    /// Whether what one account may store is limited.
    pub quotas: bool,
}

/// What is wrong: the variable, and what to write instead.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{variable}: {fix}")]
pub struct ConfigError {
    pub variable: &'static str,
    pub fix: String,
}

impl ConfigError {
    pub fn new(variable: &'static str, fix: impl Into<String>) -> Self {
        Self { variable, fix: fix.into() }
    }
}

type Result<T> = std::result::Result<T, ConfigError>;

impl Config {
    /// Reads the environment and, below it, the `[chat]` section of `Leptos.toml` in the working directory.
    pub fn load() -> Result<Self> {
        let file = match std::fs::read_to_string("Leptos.toml") {
            Ok(text) => text
                .parse::<toml::Table>()
                .map_err(|error| ConfigError::new("Leptos.toml", format!("not valid TOML: {}", error.message())))?,
            Err(_) => toml::Table::new(),
        };
        Self::read(&|variable| {
            // What is no text becomes a text that is wrong: it must not count as absent.
            let set = std::env::var_os(variable).map(|value| value.to_string_lossy().into_owned());
            set.or_else(|| in_file(&file, variable))
        })
    }

    /// From any source of values: `get` answers for a variable.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        // A secret that was not filled in: an empty database would be served in the place of the one that is meant.
        if get("DATABASE_URL").is_some_and(|value| value.trim().is_empty()) {
            return Err(ConfigError::new("DATABASE_URL", "it is empty: name a database, or leave it unset"));
        }
        // A line feed at the end is what a file with a secret brings along; nothing is what is set to be unset.
        let get: &dyn Fn(&str) -> Option<String> =
            &|variable| get(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let site_addr = parsed(get, "LEPTOS_SITE_ADDR", "use an address with a port, such as 127.0.0.1:3000")?
            .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 3000)));
        let rate_send = rate(get, "CHAT_RATE_SEND", RateLimit { burst: 10.0, per_second: 2.0 })?;
        let rate_frames = rate(get, "CHAT_RATE_FRAMES", RateLimit { burst: 20.0, per_second: 4.0 })?;
        let connections_per_ip = count(get, "CHAT_CONNECTIONS_PER_IP", 100)?;
        // A load test that lifts the limit of one kind lifts the others of that kind, unless it says something of them.
        let or_off = |lifted: bool| move |variable: &str| get(variable).or_else(|| lifted.then(|| "off".to_owned()));
        let config = Self {
            database_url: get("DATABASE_URL").unwrap_or_else(|| "sqlite:data/chat.db".into()),
            redis_url: get("REDIS_URL"),
            site_addr,
            public_url: get("CHAT_PUBLIC_URL").map(|url| origin(&url)).transpose()?,
            metrics_addr: parsed(get, "CHAT_METRICS_ADDR", "use an address with a port, such as 127.0.0.1:9100")?,
            trusted_proxies: proxies(get("CHAT_TRUSTED_PROXIES").unwrap_or_default().as_str())?,
            rate_send,
            rate_frames,
            rate_auth: switch(get, "CHAT_RATE_AUTH")?,
            connections_per_user: count(get, "CHAT_CONNECTIONS_PER_USER", 20)?,
            connections_per_ip,
            http_connections_per_ip: count(&or_off(connections_per_ip.is_none()), "CHAT_HTTP_CONNECTIONS_PER_IP", 300)?,
            rate_pages: rate(
                &or_off(rate_frames.is_none()),
                "CHAT_RATE_PAGES",
                RateLimit { burst: 3_000.0, per_second: 100.0 },
            )?,
            quotas: switch(&or_off(rate_send.is_none()), "CHAT_QUOTAS")?,
        };
        if config.public_url.is_none() && !config.site_addr.ip().is_loopback() {
            return Err(ConfigError::new(
                "CHAT_PUBLIC_URL",
                "set it to the address that people type, such as https://chat.example.org",
            ));
        }
        let database = &config.database_url;
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| database.starts_with(scheme)) {
            return Err(ConfigError::new("DATABASE_URL", "use sqlite:path/to/file.db or postgres://user@host/name"));
        }
        if let Some(url) = &config.redis_url
            && !["redis://", "rediss://", "unix://"].iter().any(|scheme| url.starts_with(scheme))
        {
            return Err(ConfigError::new("REDIS_URL", "use redis://host:6379"));
        }
        Ok(config)
    }

    /// The origins whose pages may talk to this server, once the port is known.
    pub fn allowed_origins(&self, bound: SocketAddr) -> Vec<String> {
        match &self.public_url {
            Some(url) => vec![url.clone()],
            None => {
                let port = bound.port();
                ["localhost", "127.0.0.1", "[::1]"].iter().map(|host| format!("http://{host}:{port}")).collect()
            }
        }
    }

    /// Whether people reach this server over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https:"))
    }
}

/// `CHAT_RATE_SEND` is `rate_send` in the section `[chat]`; variables of other programs keep their own names.
fn in_file(file: &toml::Table, variable: &str) -> Option<String> {
    let (section, key) = match variable {
        "LEPTOS_SITE_ADDR" => {
            let leptos = file.get("package")?.get("metadata")?.get("leptos")?;
            return leptos.get("site-addr")?.as_str().map(str::to_owned);
        }
        _ => ("chat", variable.trim_start_matches("CHAT_").to_ascii_lowercase()),
    };
    match file.get(section)?.get(key)? {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Array(items) => Some(items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(",")),
        other => Some(other.to_string()),
    }
}

fn parsed<T: std::str::FromStr>(
    get: &dyn Fn(&str) -> Option<String>,
    name: &'static str,
    fix: &str,
) -> Result<Option<T>> {
    get(name).map(|value| value.parse().map_err(|_| ConfigError::new(name, fix))).transpose()
}

fn rate(get: &dyn Fn(&str) -> Option<String>, name: &'static str, default: RateLimit) -> Result<Rate> {
    let Some(value) = get(name) else { return Ok(Some(default)) };
    if value == "off" {
        return Ok(None);
    }
    let parse = || {
        let (burst, per_second) = value.split_once('/')?;
        let (burst, per_second) = (burst.parse::<u32>().ok()?, per_second.parse::<u32>().ok()?);
        (burst > 0 && per_second > 0).then(|| RateLimit { burst: burst.into(), per_second: per_second.into() })
    };
    parse().map(Some).ok_or_else(|| ConfigError::new(name, "use burst/per second, such as 10/2, or off"))
}

fn switch(get: &dyn Fn(&str) -> Option<String>, name: &'static str) -> Result<bool> {
    match get(name).as_deref() {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(_) => Err(ConfigError::new(name, "use on or off")),
    }
}

fn count(get: &dyn Fn(&str) -> Option<String>, name: &'static str, default: usize) -> Result<Option<usize>> {
    match get(name).as_deref() {
        None => Ok(Some(default)),
        Some("off") => Ok(None),
        Some(value) => match value.parse() {
            Ok(count) if count > 0 => Ok(Some(count)),
            _ => Err(ConfigError::new(name, "use a number from 1, or off")),
        },
    }
}

fn proxies(list: &str) -> Result<Vec<IpNet>> {
    let fix = "use networks such as 10.0.0.0/8, separated by commas";
    list.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| item.parse().or_else(|_| item.parse::<IpAddr>().map(IpNet::from)))
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| ConfigError::new("CHAT_TRUSTED_PROXIES", fix))
}

/// The origin of a URL as browsers write it: scheme, lower-case host, a port only if it is not the scheme's own.
fn origin(url: &str) -> Result<String> {
    let fix = || ConfigError::new("CHAT_PUBLIC_URL", "use an address such as https://chat.example.org, without a path");
    let (scheme, rest) = url.trim_end_matches('/').split_once("://").ok_or_else(fix)?;
    let scheme = scheme.to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return Err(fix()),
    };
    let place = rest.to_ascii_lowercase();
    // A colon within brackets belongs to an address.
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (&*place, None),
    };
    if !is_host(host) {
        return Err(fix());
    }
    match port {
        None => Ok(format!("{scheme}://{host}")),
        Some(port) => match port.parse::<u16>() {
            Ok(number) if number > 0 && !port.starts_with('+') => Ok(if number == own_port {
                format!("{scheme}://{host}")
            } else {
                format!("{scheme}://{host}:{number}")
            }),
            _ => Err(ConfigError::new("CHAT_PUBLIC_URL", "use a port from 1 to 65535, or none")),
        },
    }
}

/// A name as browsers send it (those in other scripts in their ASCII form), or an address, that of IPv6 in brackets.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    host.len() <= 253 && host.strip_suffix('.').unwrap_or(host).split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config> {
        Config::read(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn defaults_serve_one_machine() {
        let config = read(&[]).unwrap();
        assert_eq!(config.database_url, "sqlite:data/chat.db");
        assert_eq!(
            config.allowed_origins(config.site_addr),
            ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"]
        );
        assert!(!config.is_https());
    }

    #[test]
    fn a_bad_value_names_its_variable() {
        for (name, value) in [
            ("LEPTOS_SITE_ADDR", "3000"),
            ("LEPTOS_SITE_ADDR", "0.0.0.0:3000"),
            ("DATABASE_URL", "mysql://x"),
            ("DATABASE_URL", ""),
            ("DATABASE_URL", " \n"),
            ("REDIS_URL", "localhost"),
            ("CHAT_PUBLIC_URL", "chat.example.org"),
            ("CHAT_PUBLIC_URL", "https://chat.example.org/chat"),
            ("CHAT_METRICS_ADDR", "x"),
            ("CHAT_TRUSTED_PROXIES", "10.0.0.0/8,x"),
            ("CHAT_RATE_SEND", "10"),
            ("CHAT_RATE_FRAMES", "0/1"),
            ("CHAT_RATE_AUTH", "maybe"),
            ("CHAT_CONNECTIONS_PER_USER", "0"),
            ("CHAT_CONNECTIONS_PER_IP", "-1"),
            ("CHAT_HTTP_CONNECTIONS_PER_IP", "0"),
            ("CHAT_RATE_PAGES", "many"),
            ("CHAT_QUOTAS", "none"),
        ] {
            let error = read(&[(name, value)]).expect_err(value);
            let expected = if value.starts_with("0.0.0.0") { "CHAT_PUBLIC_URL" } else { name };
            assert_eq!(error.variable, expected);
        }
    }

    #[test]
    fn who_lifts_one_limit_lifts_the_others_of_its_kind() {
        let lifted = [("CHAT_RATE_SEND", "off"), ("CHAT_RATE_FRAMES", "off"), ("CHAT_CONNECTIONS_PER_IP", "off")];
        let config = read(&lifted).unwrap();
        assert!(!config.quotas && config.rate_pages.is_none() && config.http_connections_per_ip.is_none());
        let own = [("CHAT_QUOTAS", "on"), ("CHAT_RATE_PAGES", "5/1"), ("CHAT_HTTP_CONNECTIONS_PER_IP", "3")];
        let config = read(&[lifted, own].concat()).unwrap();
        assert!(config.quotas && config.rate_pages.is_some() && config.http_connections_per_ip == Some(3));
    }

    #[test]
    fn the_public_url_is_an_origin_as_browsers_write_it() {
        assert_eq!(origin("https://Chat.Example.org:443/").unwrap(), "https://chat.example.org");
        assert_eq!(origin("http://[::1]:8080").unwrap(), "http://[::1]:8080");
        assert_eq!(origin("https://[2001:db8::1]").unwrap(), "https://[2001:db8::1]");
        assert_eq!(origin("http://chat.kr:080").unwrap(), "http://chat.kr");
        for wrong in [
            "https://a.kr:99999",
            "https://a.kr:0",
            "https://a.kr:",
            "https://a.kr:+80",
            "https://a.kr:80:80",
            "https://:443",
            "https://a..kr",
            "https://[::1",
            "https://::1",
            "https://채팅.한국",
            "https://a.kr?x",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn blanks_around_a_value_are_none_of_it() {
        let config = read(&[
            ("DATABASE_URL", " sqlite:chat.db\n"),
            ("REDIS_URL", "\tredis://cache \r\n"),
            ("CHAT_PUBLIC_URL", "https://a.kr\n"),
            ("CHAT_RATE_SEND", " off "),
            ("CHAT_METRICS_ADDR", " \n"),
        ])
        .unwrap();
        assert_eq!((&*config.database_url, config.redis_url.as_deref()), ("sqlite:chat.db", Some("redis://cache")));
        assert_eq!((config.public_url.as_deref(), config.rate_send), (Some("https://a.kr"), None));
        assert_eq!(config.metrics_addr, None);
    }
}
