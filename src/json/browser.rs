//! Reads what the browser's own parser has made of JSON: one that is not what was asked for is unreadable, and why would be
//! said in more code than all of this.

use std::fmt::Display;

use js_sys::{Array, Object, Reflect};
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use wasm_bindgen::{JsCast, JsValue};

use super::Unreadable;

/// Whole numbers up to here are exact in a browser.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// JSON that may be read as more than one type.
pub struct Json(JsValue);

impl Json {
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        js_sys::JSON::parse(text).map(Self).map_err(|_| Unreadable)
    }

    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Unreadable> {
        T::deserialize(Value(self.0.clone()))
    }
}

impl Error for Unreadable {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

struct Value(JsValue);

impl<'de> Deserializer<'de> for Value {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let Self(value) = self;
        if let Some(text) = value.as_string() {
            visitor.visit_string(text)
        } else if let Some(number) = value.as_f64() {
            match number {
                _ if number.trunc() != number || number.abs() > EXACT => visitor.visit_f64(number),
                _ if number < 0.0 => visitor.visit_i64(number as i64),
                _ => visitor.visit_u64(number as u64),
            }
        } else if let Some(is_true) = value.as_bool() {
            visitor.visit_bool(is_true)
        } else if value.is_null() {
            visitor.visit_unit()
        } else if Array::is_array(&value) {
            visitor.visit_seq(Elements { array: value.unchecked_into(), at: 0 })
        } else {
            visitor.visit_map(entries(&value))
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    /// Asks for the fields by name, rather than for all that there are.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        if !self.0.is_object() {
            return Err(Unreadable);
        }
        visitor.visit_map(fields(self.0, names))
    }

    /// `"Name"`, or `{"Name": content}`.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        match self.0.as_string() {
            Some(name) => visitor.visit_enum(StringDeserializer::new(name)),
            None if self.0.is_object() => visitor.visit_enum(MapAccessDeserializer::new(entries(&self.0))),
            None => Err(Unreadable),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

struct Elements {
    array: Array,
    at: u32,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unreadable> {
        if self.at == self.array.length() {
            return Ok(None);
        }
        self.at += 1;
        seed.deserialize(Value(self.array.get(self.at - 1))).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some((self.array.length() - self.at) as usize)
    }
}

/// Keys and values, one after the other.
struct Pairs<I> {
    pairs: I,
    value: JsValue,
}

impl<I> Pairs<I> {
    fn new(pairs: I) -> Self {
        Self { pairs, value: JsValue::NULL }
    }
}

impl<'de, K, I> MapAccess<'de> for Pairs<I>
where
    K: IntoDeserializer<'de, Unreadable>,
    I: Iterator<Item = (K, JsValue)>,
{
    type Error = Unreadable;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unreadable> {
        let Some((key, value)) = self.pairs.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Unreadable> {
        seed.deserialize(Value(std::mem::replace(&mut self.value, JsValue::NULL)))
    }
}

/// All that an object has.
fn entries(object: &JsValue) -> Pairs<impl Iterator<Item = (String, JsValue)>> {
    let entries = Object::entries(object.unchecked_ref());
    Pairs::new((0..entries.length()).map(move |at| {
        let entry: Array = entries.get(at).unchecked_into();
        (entry.get(0).as_string().unwrap_or_default(), entry.get(1))
    }))
}

/// Those fields of an object that it has.
fn fields(object: JsValue, names: &'static [&'static str]) -> Pairs<impl Iterator<Item = (&'static str, JsValue)>> {
    Pairs::new(names.iter().filter_map(move |name| {
        let value = Reflect::get(&object, &JsValue::from_str(name)).ok()?;
        (!value.is_undefined()).then_some((*name, value))
    }))
}
