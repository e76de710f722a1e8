//! Extractors whose refusals are problem documents.

use crate::problem::Problem;
use axum::{
    extract::{FromRequest, FromRequestParts, Json, Path, Query},
    response::{IntoResponse, Response},
};

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(Problem))]
pub(crate) struct Body<T>(pub(crate) T);

/// The parameters of the path; one that cannot be an id names nothing.
#[derive(FromRequestParts)]
#[from_request(via(Path), rejection(Problem))]
pub(crate) struct InPath<T>(pub(crate) T);

/// The parameters of the query.
#[derive(FromRequestParts)]
#[from_request(via(Query), rejection(Problem))]
pub(crate) struct InQuery<T>(pub(crate) T);

impl<T: serde::Serialize> IntoResponse for Body<T> {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}
