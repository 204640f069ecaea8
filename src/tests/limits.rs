//! What one stranger may cost the others: work, connections, memory, and what is stored.

mod connections;
mod fields;
mod pages;
mod quotas;
