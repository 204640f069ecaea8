//! What one person's browser must never do for another: other sites' requests, other people's text, mixed-up requests.

mod headers;
mod matrix;
mod mix_up;
mod older_members;
mod opening;
mod origin;
mod queries;
mod stored_text;
