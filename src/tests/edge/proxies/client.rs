//! Somebody at an address of their own who reaches the site through a proxy, over TLS.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use reqwest::RequestBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite;

use super::program::Proxy;
use super::{NAME, PUBLIC};
use crate::support::Socket;
use crate::support::person::Answer;

/// A connection to the proxy from the address `from` of this machine, which believes in `root` only.
pub async fn tls(proxy: SocketAddr, root: &Path, from: Ipv4Addr) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(root).map_err(io::Error::other)?;
    roots.add(certificate).map_err(io::Error::other)?;
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let stream = socket.connect(proxy).await?;
    let name = ServerName::try_from(NAME).expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// The test's HTTP client and its sockets know no TLS: this speaks it for whoever connects to the address returned.
async fn tunnel(proxy: SocketAddr, root: PathBuf, from: Ipv4Addr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let root = root.clone();
            tokio::spawn(async move {
                if let Ok(mut far) = tls(proxy, &root, from).await {
                    // Ends when either side does.
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
    });
    address
}

pub struct Client {
    http: reqwest::Client,
    origin: String,
    /// As the browser would send them. They are for TLS, which the HTTP client does not know of.
    pub cookies: String,
}

impl Client {
    pub async fn new(proxy: &Proxy, from: &str) -> Self {
        let from = from.parse().expect("an address");
        let address = tunnel(proxy.secure, proxy.root.clone(), from).await;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { http, origin: format!("http://{address}"), cookies: String::new() }
    }

    /// Asks again and again over one connection, which nobody may close meanwhile.
    pub async fn ask_over_one_connection(&self, times: usize) {
        let address = self.origin.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {NAME}\r\n\r\n");
        for _ in 0..times {
            stream.write_all(request.as_bytes()).await.expect("a request sent");
            let mut answer = String::new();
            while !answer.ends_with("\r\n\r\nok") {
                let mut part = [0; 1024];
                let length = stream.read(&mut part).await.expect("an answer");
                assert!(length > 0, "closed after {answer:?}");
                answer.push_str(&String::from_utf8_lossy(&part[..length]));
            }
        }
    }

    async fn answer(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.header("Host", NAME).header("Cookie", &self.cookies)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.origin));
        let response = request.header("Accept-Encoding", "br, gzip");
        self.answer(response).await
    }

    /// Calls a server function as a page of the site does.
    pub async fn post(&mut self, name: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}/api/{name}", self.origin)).header("Origin", PUBLIC);
        let answer = self.answer(request.form(fields)).await;
        if let Some((cookie, _)) = answer.header("set-cookie").split_once(';') {
            self.cookies = cookie.to_owned();
        }
        answer
    }

    /// Opens a socket; `forwarded` is what this client says about who it asks for.
    pub async fn socket(&self, forwarded: &str) -> Result<Socket, tungstenite::Error> {
        let mut request = Socket::upgrade(&self.origin, &self.cookies);
        for (name, value) in [("Host", NAME), ("Origin", PUBLIC), ("X-Forwarded-For", forwarded)] {
            if !value.is_empty() {
                request.headers_mut().insert(name, value.parse().expect("a header"));
            }
        }
        Socket::try_open(request).await
    }
}
