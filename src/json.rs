//! JSON, read the same way wherever it comes from: answers, what a page begins with, frames, and what a browser keeps.
//!
//! A browser has a parser already, and what it makes is read with less code than text: serde_json's own reader would be a
//! seventh of the program.

use codee::{Decoder, Encoder};
use leptos::prelude::Resource;
use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(target_arch = "wasm32")]
mod browser;

#[cfg(not(target_arch = "wasm32"))]
mod text {
    use serde::de::DeserializeOwned;

    use super::Unreadable;

    /// JSON that may be read as more than one type.
    pub struct Json<'a>(&'a str);

    impl<'a> Json<'a> {
        /// What is wrong with the text may be found when it is read only.
        pub fn parse(text: &'a str) -> Result<Self, Unreadable> {
            Ok(Self(text))
        }

        pub fn read<T: DeserializeOwned>(&self) -> Result<T, Unreadable> {
            serde_json::from_str(self.0).map_err(|_| Unreadable)
        }
    }
}

#[cfg(target_arch = "wasm32")]
pub use browser::Json as Parsed;
#[cfg(not(target_arch = "wasm32"))]
pub use text::Json as Parsed;

/// It is no JSON, or not that of the type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable JSON")]
pub struct Unreadable;

pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    Parsed::parse(text)?.read()
}

pub struct TextJson;

/// What a page begins with, in the form that the browser reads.
pub type Loaded<T> = Resource<T, TextJson>;

/// For `#[server(output = Json)]`.
pub type Json = Post<TextJson>;

impl ContentType for TextJson {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for TextJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for TextJson {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for TextJson {
    type Error = Unreadable;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        read(std::str::from_utf8(&bytes).map_err(|_| Unreadable)?)
    }
}

impl<T: Serialize> Encoder<T> for TextJson {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for TextJson {
    type Error = Unreadable;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        read(text)
    }
}
