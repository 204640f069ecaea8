//! The files of the build: what may be kept, and in which form they come.

use crate::support::person::Answer;
use crate::support::site::Site;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const FILES: [(&str, &[u8]); 9] = [
    ("pkg/chat-chat.a1.wasm", b"plain"),
    ("pkg/chat-chat.a1.wasm.br", b"by brotli"),
    ("pkg/chat-chat.a1.wasm.gz", b"by gzip"),
    ("pkg/only.b2.js", b"plain"),
    ("pkg/only.b2.js.gz", b"by gzip"),
    ("post.js", b"plain"),
    ("post.js.br", b"by brotli"),
    ("post.js.gz", b"by gzip"),
    ("favicon.ico", b"icon"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_build_is_asked_for_again() {
    let site = Site::start_with(None, &FILES).await;
    for encodings in ["", "gzip", "br", "gzip, br"] {
        let get = async |path: &str| Answer::of(site.get(path).header("Accept-Encoding", encodings)).await;
        for nowhere in ["/pkg/chat-chat.c3.wasm", "/pkg/", "/pkg/chat-chat.a1.wasm/x", "/pkg/%FF"] {
            let answer = get(nowhere).await.expect_status(404);
            assert_eq!(answer.header("cache-control"), "no-store", "{nowhere} in {encodings:?}");
        }
        let there = get("/pkg/chat-chat.a1.wasm").await.expect_status(200);
        assert_eq!(there.header("cache-control"), FOR_EVER);
    }
    // The next build brings it while this process still serves.
    std::fs::write(site.files.join("pkg/chat-chat.c3.wasm"), "new").unwrap();
    let come = Answer::of(site.get("/pkg/chat-chat.c3.wasm")).await.expect_status(200);
    assert_eq!((come.text.as_str(), come.header("cache-control")), ("new", FOR_EVER));
    let wrong = Answer::of(site.get("/pkg/only.b2.js").header("Range", "bytes=99-")).await.expect_status(416);
    assert_eq!(wrong.header("cache-control"), "no-store");
    site.app.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_in_the_smallest_form_that_is_understood() {
    let site = Site::start_with(None, &FILES).await;
    for (path, accepted, encoding, text) in [
        ("/pkg/chat-chat.a1.wasm", "gzip, br", "br", "by brotli"),
        ("/pkg/chat-chat.a1.wasm", "gzip", "gzip", "by gzip"),
        ("/pkg/chat-chat.a1.wasm", "br;q=0, gzip", "gzip", "by gzip"),
        ("/pkg/chat-chat.a1.wasm", "zstd", "", "plain"),
        ("/pkg/chat-chat.a1.wasm", "", "", "plain"),
        ("/pkg/only.b2.js", "br, gzip;q=0.5", "gzip", "by gzip"),
        ("/pkg/only.b2.js", "br", "", "plain"),
        ("/post.js", "br", "br", "by brotli"),
        ("/post.js", "gzip", "gzip", "by gzip"),
        ("/post.js", "", "", "plain"),
    ] {
        let answer = Answer::of(site.get(path).header("Accept-Encoding", accepted)).await.expect_status(200);
        let got = (answer.header("content-encoding"), answer.text.as_str());
        assert_eq!(got, (encoding, text), "{path} for {accepted:?}");
        assert!(answer.header("vary").starts_with("Accept-Encoding"), "what a cache keeps is for some only: {path}");
        let since = answer.header("last-modified").to_owned();
        let again = site.get(path).header("Accept-Encoding", accepted).header("If-Modified-Since", since);
        assert_eq!(Answer::of(again).await.expect_status(304).header("vary"), answer.header("vary"));
    }
    let part = site.get("/pkg/chat-chat.a1.wasm").header("Range", "bytes=1-2");
    assert_eq!(Answer::of(part).await.expect_status(206).text, "la");
    Answer::of(site.get("/post.js.br")).await.expect_status(404);
    assert_eq!(Answer::of(site.get("/favicon.ico")).await.expect_status(200).header("content-type"), "image/x-icon");
    site.app.shutdown.cancel();
}
