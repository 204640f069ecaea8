//! Reads pages as strictly as can be: only what every HTML parser reads alike, so that what is found here is what a
//! browser finds. Anything else (a stray `<`, an attribute without quotes, an element that no page has) is a failure.

/// Every element that a page of ours may have. None of them loads, embeds or runs anything by itself.
const ELEMENTS: &str = "\
    a article aside bdi blockquote body br button circle code datalist dd details dialog div dl dt em fieldset \
    footer form h1 h2 h3 h4 h5 h6 head header hr html input kbd label legend li line link main mark meta nav ol \
    option output p path pre rect s script section select span strong summary svg table tbody td textarea th \
    thead time title tr ul";
/// Elements that hold phrases only, and those that are none.
const PHRASES: &str = "p h1 h2 h3 h4 h5 h6 span strong em s code pre kbd label time bdi summary button";
const BLOCKS: &str = "\
    article aside blockquote details dialog div dl fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre \
    section table ul";
const VOID: &[&str] = &["br", "hr", "input", "link", "meta"];
/// Inside an `<svg>` other rules hold for everything but shapes.
const SHAPES: &[&str] = &["circle", "line", "path", "rect"];
const ADDRESSES: &[&str] = &["href", "src", "action", "formaction", "poster", "xlink:href", "data", "cite", "ping"];

#[derive(Debug)]
pub struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
    /// Those around it, the outermost first.
    around: Vec<String>,
    /// The text directly and indirectly within, without scripts.
    pub text: String,
}

impl Element {
    /// The value of an attribute; "" for one that only stands there.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn is(&self, name: &str, attribute: &str, value: &str) -> bool {
        self.name == name && self.attribute(attribute) == Some(value)
    }
}

/// A page, its elements in the order in which they open.
#[derive(Debug)]
pub struct Html {
    pub elements: Vec<Element>,
    pub scripts: Vec<String>,
}

impl Html {
    #[track_caller]
    pub fn read(page: &str) -> Self {
        let mut reader = Reader { page, at: 0, elements: Vec::new(), scripts: Vec::new(), open: Vec::new() };
        reader.literal("<!DOCTYPE html>");
        while reader.at < page.len() {
            reader.piece();
        }
        assert!(reader.open.is_empty(), "left open: {:?}", reader.open);
        let after = page.split_once("</html>").map_or("", |(_, after)| after);
        assert_eq!(after.trim(), "", "nothing follows the end of a page");
        let html = Self { elements: reader.elements, scripts: reader.scripts };
        html.expect_valid();
        html
    }

    /// What the HTML standard asks of the places of elements, beyond their syntax. Leptos' own marks, `<!>`, are left out:
    /// parsers read them as empty comments.
    #[track_caller]
    fn expect_valid(&self) {
        let mut ids: Vec<&str> = self.elements.iter().filter_map(|element| element.attribute("id")).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "an id stands there twice: {ids:?}");
        for element in &self.elements {
            let Element { name, around, .. } = element;
            let inside = |names: &str| around.iter().any(|outer| names.split(' ').any(|name| name == outer));
            let parent = around.last().map_or("", String::as_str);
            let is_block = BLOCKS.split(' ').any(|block| block == name);
            assert!(!(is_block && inside(PHRASES)), "a block in a phrase: {around:?} {element:?}");
            let is_pressed = matches!(&**name, "a" | "button" | "input" | "select" | "textarea" | "label" | "details");
            assert!(!(is_pressed && inside("a button")), "what is pressed in what is pressed: {around:?} {element:?}");
            let has_its_place = match &**name {
                "li" => matches!(parent, "ul" | "ol"),
                "dt" | "dd" => matches!(parent, "dl" | "div"),
                "tr" => matches!(parent, "tbody" | "thead"),
                "td" | "th" => parent == "tr",
                "option" => matches!(parent, "select" | "datalist"),
                "legend" => parent == "fieldset",
                "summary" => parent == "details",
                "meta" | "title" => parent == "head",
                "main" => !inside("main article aside nav header footer"),
                "form" => !inside("form"),
                _ => {
                    !matches!(parent, "ul" | "ol" | "table" | "tbody" | "thead" | "tr" | "select")
                        || matches!(&**name, "script" | "thead" | "tbody")
                }
            };
            assert!(has_its_place || parent.is_empty(), "in the wrong place: {around:?} {element:?}");
            for reference in ["for", "aria-labelledby", "aria-describedby", "aria-controls", "list", "form"] {
                let named = element.attribute(reference).unwrap_or_default();
                assert!(named.split_whitespace().all(|id| ids.binary_search(&id).is_ok()), "of nothing: {element:?}");
            }
        }
        assert!(self.all("main").count() <= 1 && self.all("title").count() <= 1);
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |element| element.name == name)
    }

    /// The only element with this attribute.
    #[track_caller]
    pub fn only(&self, name: &str, attribute: &str, value: &str) -> &Element {
        let found: Vec<_> = self.elements.iter().filter(|element| element.is(name, attribute, value)).collect();
        assert_eq!(found.len(), 1, "<{name} {attribute}={value:?}>");
        found[0]
    }

    /// The content of the one `<meta>` of this name or property.
    #[track_caller]
    pub fn meta(&self, name: &str) -> Option<&str> {
        let named = |meta: &&Element| meta.attribute("name").or(meta.attribute("property")) == Some(name);
        let found: Vec<_> = self.all("meta").filter(named).collect();
        assert!(found.len() <= 1, "{name} stands there twice");
        found.first().and_then(|meta| meta.attribute("content"))
    }

    /// Where the page says that it is.
    pub fn canonical(&self) -> Option<&str> {
        self.all("link").find(|link| link.attribute("rel") == Some("canonical"))?.attribute("href")
    }

    /// Whether some element shows exactly this text.
    pub fn shows(&self, text: &str) -> bool {
        self.elements.iter().any(|element| element.text == text)
    }

    /// Nothing in the page runs but scripts with the page's `nonce`, and no address leads to code.
    #[track_caller]
    pub fn expect_harmless(&self, nonce: &str) {
        for element in &self.elements {
            for (name, value) in &element.attributes {
                let runs = name.starts_with("on") || matches!(name.as_str(), "style" | "srcdoc" | "http-equiv" | "is");
                assert!(!runs, "{element:?}");
                if ADDRESSES.contains(&name.as_str()) {
                    assert!(leads_nowhere_bad(element, value), "{element:?}");
                }
            }
            if element.name == "script" {
                assert_eq!(element.attribute("nonce"), Some(nonce), "{element:?}");
            }
        }
    }
}

/// An address on this site, or, for links only, one of another with a scheme that runs nothing.
fn leads_nowhere_bad(element: &Element, address: &str) -> bool {
    let plain = address.chars().all(|c| !c.is_control() && !c.is_whitespace() && c != '\\');
    let own = address.starts_with('#') || (address.starts_with('/') && !address.starts_with("//"));
    // `/login` and `/register` link to each other relatively, with a plain name and perhaps a query.
    let name = address.split('?').next().unwrap_or_default();
    let relative = !name.contains([':', '/']);
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    // Where the page itself is, in full; nothing is loaded from there.
    let canonical = element.is("link", "rel", "canonical") && matches!(scheme.as_deref(), Some("http" | "https"));
    let foreign = element.name == "a"
        && matches!(scheme.as_deref(), Some("http" | "https" | "mailto"))
        && element.attribute("rel").is_some_and(|rel| rel.contains("noopener") && rel.contains("noreferrer"));
    plain && (own || relative || canonical || foreign)
}

struct Reader<'a> {
    page: &'a str,
    at: usize,
    elements: Vec<Element>,
    scripts: Vec<String>,
    /// Indices of the elements that are open.
    open: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.page[self.at..]
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        let before = self.page[..self.at].char_indices().rev().nth(60).map_or(0, |(at, _)| at);
        let after: String = self.rest().chars().take(120).collect();
        panic!("{what}: {:?} >>> {after:?}", &self.page[before..self.at])
    }

    #[track_caller]
    fn literal(&mut self, text: &str) {
        if !self.rest().starts_with(text) {
            self.fail(&format!("expected {text:?}"));
        }
        self.at += text.len();
    }

    /// Everything up to `end`, which is passed over, too.
    fn until(&mut self, end: &str) -> &'a str {
        let Some(length) = self.rest().find(end) else { self.fail(&format!("no {end:?}")) };
        let text = &self.rest()[..length];
        self.at += length + end.len();
        text
    }

    fn while_(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest().find(|c| !fits(c)).unwrap_or(self.rest().len());
        let text = &self.rest()[..length];
        self.at += length;
        text
    }

    fn piece(&mut self) {
        let rest = self.rest();
        if rest.starts_with("<!>") {
            self.at += 3;
        } else if rest.starts_with("<!--") {
            self.at += 4;
            let comment = self.until("-->");
            if comment.contains(['<', '>', '-', '!']) {
                self.fail("a strange comment");
            }
        } else if rest.starts_with("</") {
            self.at += 2;
            let name = self.name();
            self.literal(">");
            self.close(name);
        } else if rest.starts_with('<') {
            self.at += 1;
            self.element();
        } else {
            let text = self.while_(|c| c != '<');
            let text = self.decoded(text);
            self.say(&text);
        }
    }

    fn name(&mut self) -> &'a str {
        let name = self.while_(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == ':');
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            self.fail("not a name");
        }
        name
    }

    fn element(&mut self) {
        let name = self.name();
        let in_svg = self.open.iter().any(|index| self.elements[*index].name == "svg");
        if !ELEMENTS.split(' ').any(|known| known == name) || in_svg != SHAPES.contains(&name) {
            self.fail(&format!("<{name}> has no place here"));
        }
        let mut attributes: Vec<(String, String)> = Vec::new();
        while !self.rest().starts_with('>') {
            self.literal(" ");
            // SVG's `viewBox` is the one name in mixed case.
            let attribute = if self.rest().starts_with("viewBox=") { self.while_(|c| c != '=') } else { self.name() };
            let value = if self.rest().starts_with("=\"") {
                self.at += 2;
                let value = self.until("\"");
                self.decoded(value)
            } else {
                String::new()
            };
            if attributes.iter().any(|(known, _)| known == attribute) {
                self.fail(&format!("{attribute} stands there twice"));
            }
            attributes.push((attribute.to_owned(), value));
        }
        self.literal(">");
        let around = self.open.iter().map(|index| self.elements[*index].name.clone()).collect();
        self.elements.push(Element { name: name.to_owned(), attributes, around, text: String::new() });
        if VOID.contains(&name) {
            return;
        }
        self.open.push(self.elements.len() - 1);
        match name {
            "script" => {
                let script = self.until("</script>");
                self.scripts.push(script.to_owned());
                let script = script.to_ascii_lowercase();
                // These would begin states in which a script ends elsewhere.
                if ["<!--", "<script", "</script"].iter().any(|bad| script.contains(bad)) {
                    self.fail("a strange script");
                }
                self.open.pop();
            }
            "textarea" | "title" => {
                let text = self.while_(|c| c != '<');
                let text = self.decoded(text);
                self.say(text.strip_prefix('\n').filter(|_| name == "textarea").unwrap_or(&text));
                self.literal(&format!("</{name}>"));
                self.close(name);
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match self.open.pop().map(|index| self.elements[index].name.as_str()) {
            Some(open) if open == name => {}
            open => self.fail(&format!("</{name}> closes {open:?}")),
        }
    }

    fn say(&mut self, text: &str) {
        for index in &self.open {
            self.elements[*index].text.push_str(text);
        }
    }

    /// Text with its references resolved. Another `&` might begin one that only some parsers know.
    fn decoded(&self, text: &str) -> String {
        let mut decoded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            decoded.push_str(&rest[..at]);
            let known =
                [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#x27;", '\''), ("&#39;", '\'')];
            let Some((reference, c)) = known.iter().find(|(reference, _)| rest[at..].starts_with(reference)) else {
                self.fail(&format!("a stray & in {text:?}"))
            };
            decoded.push(*c);
            rest = &rest[at + reference.len()..];
        }
        decoded.push_str(rest);
        decoded
    }
}

#[test]
fn what_browsers_might_read_otherwise_is_refused() {
    let page = "<!DOCTYPE html><html><head><title>a &lt;b&gt;</title></head>\
                <body><p class=\"x\">1 > 0<!></p><textarea>\n\na</textarea></body></html>";
    let html = Html::read(page);
    assert!(html.shows("a <b>") && html.shows("1 > 0") && html.shows("\na"));
    for bad in [
        "<p onclick=x>",
        "<p>",
        "<P></P>",
        "<p></p",
        "<img>",
        "<p a=\"\" a=\"\"></p>",
        "</p>",
        "a < b",
        "a&copy",
        "<p/>",
        "<title><b></title>",
        "<textarea><!----></textarea>",
        "<script><!--</script>",
        "<style></style>",
        "<!-- > -->",
        "<svg><title></title></svg>",
        "<path></path>",
        "<p\n></p>",
        "<?x>",
        "<p a='b'></p>",
        "<p></div></p>",
        "<p><div></div></p>",
        "<a href=\"/\"><button></button></a>",
        "<ul><p></p></ul>",
        "<p id=\"a\"></p><p id=\"a\"></p>",
        "<label for=\"nothing\"></label>",
        "<html></html><script></script>",
    ] {
        let read = std::panic::catch_unwind(|| Html::read(&format!("<!DOCTYPE html>{bad}")));
        assert!(read.is_err(), "{bad}");
    }
}

#[test]
fn what_runs_is_noticed() {
    for bad in [
        "<p onclick=\"x\"></p>",
        "<a href=\"javascript:x\"></a>",
        "<a href=\"//evil\"></a>",
        "<a href=\"/\\evil\"></a>",
        "<a href=\"https://evil\"></a>",
        "<script></script>",
        "<script nonce=\"other\"></script>",
        "<p style=\"x\"></p>",
        "<form action=\"https://evil\" rel=\"noopener noreferrer\"></form>",
        "<a href=\"data:text/html,x\"></a>",
        "<a href=\"java\tscript:x\"></a>",
        "<link href=\"https://evil\">",
        "<link href=\"https://evil\" rel=\"stylesheet\">",
        "<a href=\"&quot;javascript:x\"></a>",
    ] {
        let html = Html::read(&format!("<!DOCTYPE html>{bad}"));
        assert!(std::panic::catch_unwind(|| html.expect_harmless("own")).is_err(), "{bad}");
    }
    let fine =
        "<a href=\"/\"></a><a href=\"register?next=%2Fx\"></a><a href=\"https://a\" rel=\"noopener noreferrer\"></a>";
    Html::read(&format!("<!DOCTYPE html>{fine}<script nonce=\"own\"></script>")).expect_harmless("own");
}
