//! Where the document comes from: who signed what it holds, and exactly what that was.

use super::{
    bundle::Bundle,
    people,
    systems::{CONTENT_HASH, HEADS, SECTION, uk_core},
};
use crate::view::{Header, SectionView};
use serde_json::{Value, json};

/// Adds the Provenance of the Composition: agents are those who signed and the service; entities are the publication's
/// content by its hash, and each section by the heads of its change log.
pub(super) fn provenance(
    bundle: &mut Bundle<'_>,
    header: &Header<'_>,
    sections: &[SectionView<'_>],
    signed: &[(Value, String)],
    content_hash: &[u8; 32],
) {
    let service = people::service(bundle);
    let mut agents: Vec<Value> = signed.iter().map(|(who, _)| agent("attester", who)).collect();
    agents.push(agent("assembler", &service));
    let hash = json!({ "identifier": { "system": CONTENT_HASH, "value": hex::encode(content_hash) } });
    let mut entities = vec![json!({ "role": "source", "what": hash })];
    entities.extend(sections.iter().map(|view| entity(header, view)));
    let provenance = json!({
        "resourceType": "Provenance",
        "meta": { "profile": [uk_core("Provenance")] },
        "target": [bundle.reference(&["composition"])],
        "recorded": header.published_at.to_rfc3339(),
        "agent": agents,
        "entity": entities,
    });
    bundle.add(&["provenance"], provenance);
}

fn agent(kind: &str, who: &Value) -> Value {
    let system = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
    json!({ "type": { "coding": [{ "system": system, "code": kind }] }, "who": who })
}

fn entity(header: &Header<'_>, view: &SectionView<'_>) -> Value {
    let heads: Vec<Value> =
        view.heads.iter().map(|head| json!({ "url": HEADS, "valueString": head.to_string() })).collect();
    let what = json!({ "identifier": { "system": SECTION, "value": format!("{}/{}", header.plan, view.section.id) } });
    if heads.is_empty() {
        return json!({ "role": "source", "what": what });
    }
    json!({ "extension": heads, "role": "source", "what": what })
}
