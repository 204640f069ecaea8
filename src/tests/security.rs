//! What one person's browser must never do for another: other sites' requests, other people's text, mixed-up requests.

mod headers;
mod matrix;
mod mix_up;
mod origin;
mod queries;
mod stored_text;
