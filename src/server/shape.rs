//! The shape of a page: by it the browser knows whether something else has changed the page before the program starts.
//!
//! The program walks the page node by node as the server has rendered it. A telephone number that a phone made a link of,
//! or what an extension has put into a form, would lead it astray: at best it stops, at worst it takes one element for
//! another. `src/ui/start/start.js` computes the same from what the browser has, and compares.

/// Elements without content (HTML, 13.1.2).
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
/// Elements whose content is no markup. It is no part of the shape: what is typed into a field is not in its way.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];

/// FNV-1a, 32 bits, over the tokens of the body: `<name` and `/` for an element, `#` for a text, `!` for a comment.
pub fn of_body(html: &str) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut add = |token: &str| {
        for byte in token.bytes() {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    };
    let mut rest = html.find("<body").map_or("", |at| tag(&html[at + 1..]).1);
    while !rest.is_empty() {
        if let Some(comment) = rest.strip_prefix("<!--") {
            add("!");
            rest = after(comment, "-->");
        } else if let Some(comment) = rest.strip_prefix("<!") {
            add("!");
            rest = after(comment, ">");
        } else if let Some(end) = rest.strip_prefix("</") {
            // What follows them, the browser puts into the body, too.
            if !end.starts_with("body") && !end.starts_with("html") {
                add("/");
            }
            rest = after(end, ">");
        } else if let Some(start) = rest.strip_prefix('<') {
            let (name, behind, is_closed) = tag(start);
            add("<");
            add(name);
            rest = behind;
            if RAW.contains(&name) {
                let end = format!("</{name}");
                rest = rest.find(&end).map_or("", |at| after(&rest[at..], ">"));
                add("/");
            } else if is_closed || VOID.contains(&name) {
                add("/");
            } else if name == "pre" {
                // The first line break of it is none.
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
        } else {
            add("#");
            rest = rest.find('<').map_or("", |at| &rest[at..]);
        }
    }
    hash
}

/// The name of a tag whose `<` is gone, what stands behind it, and whether it closes its element (SVG's `/>`).
fn tag(start: &str) -> (&str, &str, bool) {
    let name = start.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').map_or(start, |end| &start[..end]);
    let mut quote = None;
    for (at, byte) in start.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return (name, &start[at + 1..], start[..at].ends_with('/')),
            _ => {}
        }
    }
    (name, "", false)
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.find(end).map_or("", |at| &text[at + end.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(inside: &str) -> u32 {
        of_body(&format!(
            "<!DOCTYPE html><html><head><title>a < b</title></head><body class=\"x\">{inside}</body></html>"
        ))
    }

    #[test]
    fn text_and_attributes_are_no_part_of_it() {
        assert_eq!(
            body("<p class=\"a\">one</p>"),
            body("<p title='>'>two, and <!-- --></p>".replace(", and <!-- -->", "").as_str())
        );
        assert_eq!(body("<textarea>a</textarea>"), body("<textarea></textarea>"));
        assert_eq!(body("<script>\"<p>\"</script>"), body("<script></script>"));
        assert_eq!(body("<pre>\n</pre>"), body("<pre></pre>"));
        assert_eq!(body("<svg><path d=\"\"/></svg>"), body("<svg><path d=\"\"></path></svg>"));
        assert_eq!(body("<input><!>"), body("<input/><!--x-->"));
    }

    #[test]
    fn whatever_is_added_taken_away_wrapped_or_split_changes_it() {
        let shapes = [
            "<p>call 010</p><form><input></form>",
            "<p>call <a href=\"tel:010\">010</a></p><form><input></form>",
            "<p><font>call 010</font></p><form><input></form>",
            "<p>call 010</p><form><div></div><input></form>",
            "<p>call 010</p><form><input><div></div></form>",
            "<p>call 010</p><!----><form><input></form>",
            "<p>call 010</p> <form><input></form>",
            "<p></p><form><input></form>",
            "<form><input></form><p>call 010</p>",
        ];
        let known: std::collections::HashSet<u32> = shapes.iter().map(|shape| body(shape)).collect();
        assert_eq!(known.len(), shapes.len());
    }

    #[test]
    fn a_page_that_ends_early_has_one_as_well() {
        for html in ["", "<body", "<body><", "<body><p", "<body><p a=\"", "<body><!--", "<body><script>", "<body></"] {
            of_body(html);
        }
    }
}
