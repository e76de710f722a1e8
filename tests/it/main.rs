//! Tests of the whole, one binary.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod audit;
mod command_line;
mod conflicts;
mod decisions;
mod demo;
mod demographics;
mod durability;
mod events;
mod fhir_api;
mod fhir_documents;
mod headers;
mod history;
mod hostile;
mod http;
mod imports;
mod journeys;
mod launch;
mod logs;
mod organisations;
mod pathway;
mod peer;
mod plan_desk;
mod prints;
mod publication;
mod revocation;
mod rights;
mod sections;
mod service;
mod sharing;
mod simulation;
mod suggestions;
mod tidy;
mod tls;
mod vault;
