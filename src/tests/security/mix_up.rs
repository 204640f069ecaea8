//! Many people at once: nobody gets a page that was made for somebody else.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::support::html::Html;
use crate::support::{Person, start};

const PEOPLE: usize = 20;
const PAGES_EACH: usize = 100;

/// All of our cast that a text names.
fn names_in(text: &str) -> BTreeSet<&str> {
    text.match_indices("person-").filter_map(|(at, _)| text.get(at..at + 9)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_page_names_whom_it_was_made_for_and_nobody_else() {
    let (app, _db) = start().await;
    let mut people: Vec<(String, i64, Arc<Person>)> = Vec::new();
    for n in 0..PEOPLE {
        let name = format!("person-{n:02}");
        let person = app.person(&name).await;
        let lang = if n % 2 == 0 { "ko" } else { "en" };
        person.post("preferences", &[("lang", lang)]).await.expect_status(200);
        let room = person.room(&format!("Diary of {name}"), "private").await;
        people.push((name, room, Arc::new(person)));
    }
    let visitor = Arc::new(app.visitor());
    let mut asking = Vec::new();
    for round in 0..PAGES_EACH {
        let path = ["/", "/settings", "/rooms/new", "/login", "/rooms/4242"][round % 5];
        for (n, (name, room, person)) in people.iter().enumerate() {
            let (name, person, diary) = (name.clone(), Arc::clone(person), format!("/rooms/{room}"));
            asking.push(tokio::spawn(async move {
                let page = match round % 10 {
                    1 | 4 | 6 => {
                        let page = person.get(&diary).await.expect_status(200);
                        let title = format!("<title>Diary of {name} · Chat Chat</title>");
                        assert!(page.text.contains(&title), "somebody else's title");
                        page
                    }
                    7 => person.submit("create_room", &[("title", "")]).await,
                    _ => person.get(path).await,
                };
                assert_eq!(names_in(&page.text), BTreeSet::from([&*name]), "{path}");
                let html = Html::read(&page.text);
                assert!(html.only("a", "data-testid", "me").text.ends_with(&name));
                let lang = html.all("html").next().unwrap().attribute("lang");
                assert_eq!(lang, Some(if n % 2 == 0 { "ko" } else { "en" }), "{name} {path}");
                html.expect_harmless(page.nonce());
            }));
        }
        let visitor = Arc::clone(&visitor);
        asking.push(tokio::spawn(async move {
            assert_eq!(names_in(&visitor.get(path).await.text), BTreeSet::new(), "a visitor at {path}");
        }));
        // Many at once, but no more than a debug build on a busy machine answers within the time limit.
        if asking.len() > 40 {
            for asked in asking.drain(..) {
                asked.await.expect("the right page");
            }
        }
    }
    for asked in asking {
        asked.await.expect("the right page");
    }
    app.stop().await;
}
