//! The service: HTTP, WebSocket, SQL, delivery.

pub mod store;
