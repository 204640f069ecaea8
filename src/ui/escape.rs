//! Escaping, for the two places where the server writes text as it stands.

/// Whether this code runs where pages are made of text. Leptos' `is_server` asks the current owner, and says "no" where
/// there is none, as when a title is written into the head: it would leave out the escaping just there.
const WRITES_TEXT: bool = cfg!(not(target_arch = "wasm32"));

/// `text` for a place that the server writes without escaping, and that the browser sets as text.
pub fn as_text(text: &str) -> String {
    if WRITES_TEXT { escaped(text) } else { text.to_owned() }
}

/// The content of a `<textarea>`. Leptos 0.8 does not escape it; and the first line end of a textarea is not part of
/// its text (HTML, 13.1.2.5), so there is always one that may be lost.
pub fn textarea_text(text: &str) -> String {
    if WRITES_TEXT { format!("\n{}", escaped(text)) } else { text.to_owned() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_typed_is_markup() {
        assert_eq!(as_text("</title><b>&lt;"), "&lt;/title&gt;&lt;b&gt;&amp;lt;");
        assert_eq!(textarea_text("\n</textarea>"), "\n\n&lt;/textarea&gt;");
    }
}
