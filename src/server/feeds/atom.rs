//! An Atom feed (RFC 4287).

use super::xml::Xml;
use crate::model::civil::iso;
use crate::model::ids::Millis;

pub struct Feed {
    pub title: String,
    /// Its own address, by which it is also known.
    pub own: String,
    /// The page that shows the same.
    pub page: String,
    /// Newest first.
    pub entries: Vec<Entry>,
}

pub struct Entry {
    /// Never changes, whatever its page is called later.
    pub id: String,
    pub link: String,
    pub title: String,
    pub author: String,
    pub published: Millis,
    pub updated: Millis,
    /// Key and name.
    pub category: Option<(String, String)>,
    /// HTML.
    pub content: String,
}

impl Feed {
    pub fn xml(&self) -> String {
        // A feed has to say when it changed last; an empty one never did.
        let updated = self.entries.iter().map(|entry| entry.updated).max().unwrap_or_default();
        let mut xml = Xml::begin();
        xml.open("feed", &[("xmlns", "http://www.w3.org/2005/Atom")]);
        xml.element("id", &[], &self.own);
        xml.element("title", &[], &self.title);
        xml.element("updated", &[], &iso(updated));
        xml.empty("link", &[("rel", "self"), ("type", super::ATOM), ("href", &self.own)]);
        xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &self.page)]);
        for entry in &self.entries {
            entry.write(&mut xml);
        }
        xml.close("feed");
        xml.end()
    }
}

impl Entry {
    fn write(&self, xml: &mut Xml) {
        xml.open("entry", &[]);
        xml.element("id", &[], &self.id);
        xml.element("title", &[], &self.title);
        xml.element("published", &[], &iso(self.published));
        xml.element("updated", &[], &iso(self.updated));
        xml.open("author", &[]);
        xml.element("name", &[], &self.author);
        xml.close("author");
        if let Some((key, name)) = &self.category {
            xml.empty("category", &[("term", key), ("label", name)]);
        }
        xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &self.link)]);
        xml.element("content", &[("type", "html")], &self.content);
        xml.close("entry");
    }
}
