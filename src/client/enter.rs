//! What the Enter key means while text is being composed: Hangul is sent once and whole, other scripts are committed.
//!
//! Browsers differ in the order of `keydown` and `compositionend`, and some report a second Enter for the same press.
//! With Hangul an Enter that ends the composition is meant to send; in Japanese or Chinese it only picks the candidate.

use crate::model::text::is_hangul;

/// What the page has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Leave it to the browser: a newline, or the input method.
    Leave,
    /// Keep the browser from acting: this press has done its work.
    Swallow,
    Send,
}

/// A press of Enter as the browser reports it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Press {
    pub shift: bool,
    pub composing: bool,
    /// `keyCode` 229: the input method has seen the key, or is just done with it (Safari).
    pub by_input_method: bool,
    /// Ctrl or ⌘ is held: meant to send, whatever Enter alone does.
    pub command: bool,
    /// Enter alone is a newline: on a touch screen, where there is a button, or because its writer wants it so.
    pub breaks: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Enter {
    composing: bool,
    /// The latest composed text.
    text: String,
    /// Send as soon as the last syllable stands in the field.
    send_when_composed: bool,
    /// One press sends once, until the key is up.
    latched: bool,
}

impl Enter {
    pub fn composition_started(&mut self) {
        self.composing = true;
        self.text.clear();
    }

    pub fn composed(&mut self, text: String) {
        self.text = text;
    }

    /// True if the text is to be sent now.
    pub fn composition_ended(&mut self, text: Option<String>) -> bool {
        self.composing = false;
        if let Some(text) = text {
            self.text = text;
        }
        std::mem::take(&mut self.send_when_composed)
    }

    pub fn pressed(&mut self, press: Press) -> Act {
        if press.shift || press.breaks && !press.command {
            return Act::Leave;
        }
        if self.latched {
            return Act::Swallow;
        }
        let hangul = self.composes_hangul();
        if self.composing || press.composing {
            self.send_when_composed = hangul;
            self.latched = hangul && !press.command;
            return Act::Leave;
        }
        if press.by_input_method && !hangul {
            return Act::Leave;
        }
        // With ⌘ held, macOS never reports that the key is up.
        self.latched = !press.command;
        self.text.clear();
        Act::Send
    }

    /// Whether what is composed, or was last, is Hangul: then there is nothing to choose from.
    pub fn composes_hangul(&self) -> bool {
        self.text.chars().next_back().is_some_and(is_hangul)
    }

    /// Whether a line break that the browser is about to insert belongs to a press that sends.
    pub fn breaks_line(&self) -> bool {
        !self.latched
    }

    /// The key is up, or will never be reported: the field has lost the focus.
    pub fn released(&mut self) {
        self.latched = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: Press =
        Press { shift: false, composing: false, by_input_method: false, command: false, breaks: false };
    const COMPOSING: Press = Press { composing: true, by_input_method: true, ..CLEAN };
    const AFTER: Press = Press { by_input_method: true, ..CLEAN };

    fn composing(text: &str) -> Enter {
        let mut enter = Enter::default();
        enter.composition_started();
        enter.composed(text.into());
        enter
    }

    #[test]
    fn hangul_is_sent_once_it_is_whole() {
        let mut enter = composing("요");
        assert_eq!(enter.pressed(COMPOSING), Act::Leave);
        assert!(enter.composition_ended(Some("요".into())));
        assert!(!enter.breaks_line());
        assert_eq!(enter.pressed(CLEAN), Act::Swallow, "Windows reports the press again");
        enter.released();
        assert_eq!(enter.pressed(CLEAN), Act::Send);
    }

    #[test]
    fn safari_ends_the_composition_first() {
        let mut enter = composing("요");
        assert!(!enter.composition_ended(None));
        assert_eq!(enter.pressed(AFTER), Act::Send);
    }

    #[test]
    fn kana_and_han_are_committed_and_the_next_enter_sends() {
        for text in ["かな", "漢字", ""] {
            let mut enter = composing(text);
            assert_eq!(enter.pressed(COMPOSING), Act::Leave);
            assert!(!enter.composition_ended(Some(text.into())));
            assert_eq!(enter.pressed(CLEAN), Act::Send, "{text}");

            let mut enter = composing(text);
            assert!(!enter.composition_ended(Some(text.into())));
            assert_eq!(enter.pressed(AFTER), Act::Leave);
            assert_eq!(enter.pressed(CLEAN), Act::Send, "{text}");
        }
    }

    #[test]
    fn a_newline_stays_a_newline() {
        let mut enter = composing("요");
        assert_eq!(enter.pressed(Press { shift: true, ..COMPOSING }), Act::Leave);
        assert!(!enter.composition_ended(Some("요".into())));
        assert_eq!(enter.pressed(Press { breaks: true, ..CLEAN }), Act::Leave);
        assert!(enter.breaks_line());
    }

    #[test]
    fn where_enter_breaks_the_line_it_sends_with_ctrl() {
        let mut enter = composing("요");
        assert_eq!(enter.pressed(Press { breaks: true, ..COMPOSING }), Act::Leave);
        assert!(!enter.composition_ended(Some("요".into())), "the syllable is committed, and no more");
        let command = Press { breaks: true, command: true, ..CLEAN };
        assert_eq!(enter.pressed(command), Act::Send);
        assert_eq!(enter.pressed(command), Act::Send, "the key was never reported to be up");
        assert!(enter.breaks_line());
    }

    #[test]
    fn a_held_key_sends_once() {
        let mut enter = Enter::default();
        assert_eq!(enter.pressed(CLEAN), Act::Send);
        assert_eq!(enter.pressed(CLEAN), Act::Swallow);
    }
}
