//! XML, as little of it as feeds need: elements, attributes and text, escaped.

/// A text as it may stand in an element or, within `"`, in an attribute; in HTML, too.
pub fn escaped(text: &str) -> String {
    let mut xml = Xml(String::with_capacity(text.len()));
    xml.text(text);
    xml.0
}

pub struct Xml(String);

impl Xml {
    pub fn begin() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".to_owned())
    }

    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, ">");
    }

    pub fn close(&mut self, name: &str) {
        self.0.extend(["</", name, ">\n"]);
    }

    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, "/>\n");
    }

    pub fn element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.text(text);
        self.close(name);
    }

    pub fn end(self) -> String {
        self.0
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        self.0.extend(["<", name]);
        for (attribute, value) in attributes {
            self.0.extend([" ", attribute, "=\""]);
            self.text(value);
            self.0.push('"');
        }
        self.0.push_str(end);
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                // Only "]]>" has to be; nobody minds.
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                // Written as it is, it would be read as a line feed.
                '\r' => self.0.push_str("&#13;"),
                c => self.0.push(if is_allowed(c) { c } else { char::REPLACEMENT_CHARACTER }),
            }
        }
    }
}

/// XML 1.0, 2.2: a document with any other character is none, however it is written.
const fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut xml = Xml::begin();
        xml.element("a", &[("b", text)], text);
        xml.end()
    }

    #[test]
    fn no_text_is_markup() {
        let xml = written("</a>\"'&amp;]]><!--");
        let text = "&lt;/a&gt;&quot;'&amp;amp;]]&gt;&lt;!--";
        assert_eq!(xml, format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a b=\"{text}\">{text}</a>\n"));
    }

    #[test]
    fn what_xml_forbids_is_replaced() {
        assert!(
            written("a\0\u{1}\u{b}\u{1f}\u{fffe}\u{ffff}b")
                .contains(">a\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}b<")
        );
        assert!(written("\t\n\u{7f}가👍\u{10ffff}").contains(">\t\n\u{7f}가👍\u{10ffff}<"));
    }
}
