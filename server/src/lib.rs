//! The service: HTTP, WebSocket, SQL, delivery.
