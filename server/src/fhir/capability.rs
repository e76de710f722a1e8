//! What this server can do: `GET /fhir/R4/metadata`, and `/.well-known/smart-configuration`. Open to everybody.

use super::{
    FhirProblem,
    content::{self, Resource},
    kind::{KINDS, Kind, Parameter, Source},
};
use crate::{identity::ClientContext, state::AppState};
use axum::{
    Json,
    extract::{RawQuery, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

/// The CapabilityStatement, made from the table that the routes come from.
pub(super) async fn metadata(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Resource, FhirProblem> {
    content::check_accepted(query.as_deref().unwrap_or_default(), &headers)?;
    Ok(Resource(statement(&super::base(&state), &state.identity.token_url(), &state.identity.authorize_url())))
}

fn statement(base: &str, token_url: &str, authorize_url: &str) -> Value {
    let oauth = json!({
        "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        "extension": [{ "url": "token", "valueUri": token_url }, { "url": "authorize", "valueUri": authorize_url }],
    });
    json!({
        "resourceType": "CapabilityStatement",
        "url": format!("{base}/metadata"),
        "name": "Coplan",
        "title": "Care plans, as they were published",
        "status": "active",
        "date": STATED,
        "publisher": "Coplan",
        "description": "Read only. A search names a plan by the NHS number of the person or by the id of the plan.",
        "kind": "instance",
        "software": { "name": "Coplan", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "This service", "url": base },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{
            "mode": "server",
            "security": {
                "extension": [oauth],
                "cors": true,
                "service": [{ "coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                    "code": "SMART-on-FHIR",
                    "display": "SMART-on-FHIR",
                }] }],
                "description": "A session of this service, or a token of SMART Backend Services or of SMART App Launch.",
            },
            "resource": KINDS.iter().map(resource).collect::<Vec<_>>(),
        }],
    })
}

fn resource(kind: &Kind) -> Value {
    let mut interactions = vec![json!({ "code": "read" })];
    if kind.has_versions() {
        interactions.push(json!({ "code": "vread" }));
    }
    interactions.push(json!({ "code": "search-type" }));
    let mut resource = json!({ "type": kind.name });
    if let Some(profile) = kind.profile {
        resource["supportedProfile"] = json!([profile]);
    }
    resource["interaction"] = json!(interactions);
    resource["versioning"] = json!(if kind.has_versions() { "versioned" } else { "no-version" });
    resource["readHistory"] = json!(kind.has_versions());
    resource["conditionalRead"] = json!(match kind.source {
        Source::Document | Source::Entry | Source::Pointer => "full-support",
        Source::Definitions | Source::Trail => "not-supported",
    });
    let last_updated = (kind.source != Source::Definitions).then_some(&LAST_UPDATED);
    resource["searchParam"] = kind.parameters.iter().chain(last_updated).map(parameter).collect();
    resource
}

fn parameter(parameter: &Parameter) -> Value {
    json!({ "name": parameter.name, "type": parameter.kind, "documentation": parameter.about })
}

/// What SMART clients look for first.
pub(super) async fn smart_configuration(State(state): State<AppState>) -> Json<Value> {
    let scopes =
        [ClientContext::System, ClientContext::User].map(ClientContext::as_str).into_iter().flat_map(|context| {
            let every = ["*.rs", "*.read"].map(|each| format!("{context}/{each}"));
            every.into_iter().chain(KINDS.iter().map(move |kind| format!("{context}/{}.rs", kind.name)))
        });
    Json(json!({
        "authorization_endpoint": state.identity.authorize_url(),
        "token_endpoint": state.identity.token_url(),
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
        "grant_types_supported": ["client_credentials", "authorization_code"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": scopes.collect::<Vec<_>>(),
        "capabilities": [
            "client-confidential-asymmetric",
            "client-public",
            "launch-standalone",
            "permission-user",
            "permission-v1",
            "permission-v2",
        ],
    }))
}

/// Every type with versions can be searched by it.
const LAST_UPDATED: Parameter = Parameter {
    name: "_lastUpdated",
    kind: "date",
    means: super::kind::Means::Date,
    about: "When it was published, or what happened",
};

/// When this description last changed.
const STATED: &str = "2026-11-22";
