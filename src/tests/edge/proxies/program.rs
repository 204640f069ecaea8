//! nginx and Caddy as processes on free ports, which never outlive their test.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::NAME;
use super::client::tls;
use crate::starting::program::PATIENCE;

/// Between two looks at whether it listens already.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(20);
/// A certificate that is no authority's own: clients refuse one that is both.
const CERTIFICATE: &str = "\
[req]
distinguished_name = name
x509_extensions = uses
prompt = no
[name]
CN = chat.example.org
[uses]
subjectAltName = DNS:chat.example.org
basicConstraints = critical, CA:FALSE
";

pub struct Proxy {
    /// Where it speaks TLS, and where it does not.
    pub secure: SocketAddr,
    pub plain: SocketAddr,
    /// Whom its certificate is to be believed for.
    pub root: PathBuf,
    child: Child,
    folder: TempDir,
}

/// Nobody listens on it now.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr()).expect("a free port").port()
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// The recipe with places of this test in the place of those that it names.
fn filled_in(recipe: &str, places: &[(&str, &str)]) -> String {
    places.iter().fold(recipe.to_owned(), |text, (named, place)| {
        assert!(text.contains(named), "no {named:?} in the recipe");
        text.replace(named, place)
    })
}

impl Proxy {
    /// nginx with the recipe for `server`.
    pub async fn nginx(recipe: &str, server: SocketAddr) -> Self {
        let (folder, secure, plain) = (tempfile::tempdir().expect("a folder"), local(free_port()), local(free_port()));
        certify(folder.path()).await;
        let path = folder.path().display().to_string();
        let site = filled_in(
            recipe,
            &[
                ("listen 80;", &format!("listen {plain};")),
                ("listen 443 ssl", &format!("listen {secure} ssl")),
                ("/etc/ssl/chat", &path),
                ("127.0.0.1:3000", &server.to_string()),
            ],
        );
        let root = folder.path().join("fullchain.pem");
        let child = start_nginx(folder.path(), &site);
        Self { secure, plain, root, child, folder }.listening().await
    }

    /// nginx as the first tutorial has it: plain, and with nothing but `proxy_pass`.
    pub async fn naive(port: u16, server: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let plain = local(port);
        let site = format!("server {{ listen {plain}; location / {{ proxy_pass http://{server}; }} }}");
        let child = start_nginx(folder.path(), &site);
        let root = PathBuf::new();
        Self { secure: plain, plain, root, child, folder }.listening().await
    }

    /// Caddy with the recipe for `server`, and with an authority of its own for the certificate.
    pub async fn caddy(recipe: &str, server: SocketAddr) -> Self {
        let (folder, secure, plain) = (tempfile::tempdir().expect("a folder"), local(free_port()), local(free_port()));
        let options = format!(
            "{{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n\thttp_port {}\n\t\
             https_port {}\n}}\n",
            plain.port(),
            secure.port()
        );
        let site = filled_in(recipe, &[("127.0.0.1:3000", &server.to_string())]);
        std::fs::write(folder.path().join("Caddyfile"), options + &site).expect("a file");
        let mut command = program("caddy", folder.path());
        command.args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"]);
        for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
            command.env(variable, folder.path());
        }
        let root = folder.path().join("caddy/pki/authorities/local/root.crt");
        Self { secure, plain, root, child: started(command, "caddy"), folder }.listening().await
    }

    /// Waits until it answers; a proxy that speaks TLS, until it does so with its certificate.
    async fn listening(mut self) -> Self {
        let answers = async {
            loop {
                let is_there = if self.root.as_os_str().is_empty() {
                    TcpStream::connect(self.plain).await.is_ok()
                } else {
                    tls(self.secure, &self.root, Ipv4Addr::LOCALHOST).await.is_ok()
                };
                if is_there {
                    return;
                }
                assert!(self.child.try_wait().expect("a process").is_none(), "it ended: {}", self.log());
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, answers).await.is_ok(), "it does not listen: {}", self.log());
        self
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub async fn stop(mut self) {
        self.child.kill().await.expect("an end");
    }
}

/// A program of Debian's that says what it has to say in the file `log` of `folder`.
fn program(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(name);
    let log = std::fs::File::create(folder.join("log")).expect("a log");
    command.current_dir(folder).env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    command
}

fn started(mut command: Command, name: &str) -> Child {
    command.spawn().unwrap_or_else(|error| panic!("{name}: {error}: run the tests with `make test`"))
}

/// One process, so that its end is the end of all of it. As root it would give up its rights to this folder.
fn start_nginx(folder: &Path, site: &str) -> Child {
    let path = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|of| format!("{of}_temp_path {path}/{of};\n"))
        .collect();
    let main = format!(
        "user root root;\ndaemon off;\nmaster_process off;\npid {path}/pid;\nerror_log stderr;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}include {path}/site.conf;\n}}\n"
    );
    std::fs::write(folder.join("site.conf"), site).expect("a file");
    std::fs::write(folder.join("nginx.conf"), main).expect("a file");
    let mut command = program("nginx", folder);
    command.args(["-e", "stderr", "-p"]).arg(folder).arg("-c").arg(folder.join("nginx.conf"));
    started(command, "nginx")
}

async fn certify(folder: &Path) {
    std::fs::write(folder.join("request"), CERTIFICATE).expect("a file");
    let mut command = program("openssl", folder);
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    command.args(["-config", "request", "-keyout", "privkey.pem", "-out", "fullchain.pem"]);
    assert!(command.status().await.expect("openssl").success(), "no certificate for {NAME}");
}
