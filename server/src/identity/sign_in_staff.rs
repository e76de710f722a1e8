//! Members of staff, by the claims that CIS2 makes of them: national roles at organisations, and how sure it is.

use super::{
    Refusal, RoleRule,
    oidc::Told,
    sign_in::{Recognition, fresh_account, tidy},
};
use crate::store::{GrantedRole, Organisation, Store, Vouched, VouchedStaff};
use coplan_core::{policy::Assurance, time::UtcMillis};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A role as the national directory has it.
#[derive(Debug, Clone, Deserialize)]
struct NationalRole {
    person_roleid: String,
    org_code: String,
    #[serde(default)]
    role_code: String,
    #[serde(default)]
    role_name: String,
    #[serde(default)]
    activity_codes: Vec<String>,
}

/// Finds or makes the account, with those of the roles that are any here.
pub(super) async fn recognise(
    provider: &str,
    rules: &[RoleRule],
    told: &Told,
    store: &Store,
    now: UtcMillis,
) -> Result<Recognition, Refusal> {
    let claims = &told.claims;
    if level(claims, "id_assurance_level").is_none_or(|level| level < ID_ASSURANCE_MIN) {
        return Err(Refusal::Assurance("id_assurance_level"));
    }
    let national = national_roles(claims)?;
    let codes: Vec<_> = national.iter().map(|role| role.org_code.clone()).collect();
    let organisations = store.organisations_known(&codes).await.map_err(|_| Refusal::Internal)?;
    let roles = roles_here(&national, rules, &organisations);
    let known = !roles.is_empty();
    let identity = Vouched { provider: provider.to_owned(), subject: told.subject.clone() };
    if !known && !store.is_linked(&identity).await.map_err(|_| Refusal::Internal)? {
        return Err(Refusal::NoRole);
    }
    let staff = VouchedStaff { identity, name: name(claims)?, registration: registration(claims), roles };
    // Also with no role left: whatever they had here ends now.
    let recognised = store.recognise_staff(&staff, &fresh_account(), now).await?;
    let selected = text(claims, "selected_roleid");
    let role = match (selected, recognised.roles.len()) {
        (Some(selected), _) => recognised.roles.get(selected).copied(),
        (None, 1) => recognised.roles.values().next().copied(),
        (None, _) => None,
    };
    Ok(Recognition { user: recognised.user, role, assurance: assurance(claims), ended: recognised.ended, known })
}

fn national_roles(claims: &Map<String, Value>) -> Result<Vec<NationalRole>, Refusal> {
    let Some(Value::Array(roles)) = claims.get("nhsid_nrbac_roles") else {
        return Err(Refusal::Claim("nhsid_nrbac_roles"));
    };
    // One that cannot be read is none that we know.
    let read = |role: &Value| NationalRole::deserialize(role).ok();
    let fits = |role: &NationalRole| !role.person_roleid.is_empty() && role.person_roleid.len() <= ROLE_ID_BYTES_MAX;
    Ok(roles.iter().take(ROLES_MAX).filter_map(read).filter(fits).collect())
}

fn roles_here(
    national: &[NationalRole],
    rules: &[RoleRule],
    organisations: &BTreeMap<String, Organisation>,
) -> BTreeMap<String, GrantedRole> {
    let here = national.iter().filter_map(|role| {
        let organisation = organisations.get(&role.org_code)?.clone();
        let rule = rules.iter().find(|rule| role.fits(rule))?;
        let job_title = rule.title.clone().unwrap_or_else(|| role.title());
        Some((
            role.person_roleid.clone(),
            GrantedRole { role: rule.role, job_title, organisation, senior: rule.senior },
        ))
    });
    here.collect()
}

impl NationalRole {
    fn fits(&self, rule: &RoleRule) -> bool {
        match (&rule.activity, &rule.role_code) {
            (Some(activity), _) => self.activity_codes.contains(activity),
            (None, Some(code)) => self.role_code.starts_with(code.as_str()),
            (None, None) => false,
        }
    }

    /// The last part of its name: `"Clinical":"Clinical Provision":"General Medical Practitioner"`.
    fn title(&self) -> String {
        let last = self.role_name.rsplit(':').next().unwrap_or_default();
        match tidy(last.trim().trim_matches('"')) {
            title if title.is_empty() => "Member of staff".to_owned(),
            title => title,
        }
    }
}

fn name(claims: &Map<String, Value>) -> Result<String, Refusal> {
    let parts = || [text(claims, "given_name"), text(claims, "family_name")].into_iter().flatten();
    let whole = text(claims, "name").map_or_else(|| parts().collect::<Vec<_>>().join(" "), str::to_owned);
    match tidy(&whole) {
        name if name.is_empty() => Err(Refusal::Claim("name")),
        name => Ok(name),
    }
}

fn registration(claims: &Map<String, Value>) -> Option<String> {
    let found = REGISTERS.iter().find_map(|(claim, body)| Some((body, text(claims, claim)?)));
    found.map(|(body, number)| format!("{body} {}", tidy(number)))
}

fn assurance(claims: &Map<String, Value>) -> Assurance {
    let by_name = || match text(claims, "acr").unwrap_or_default() {
        acr if acr.starts_with("AAL3") => Some(3),
        acr if acr.starts_with("AAL2") => Some(2),
        _ => None,
    };
    match level(claims, "authentication_assurance_level").or_else(by_name) {
        Some(3..) => Assurance::Aal3,
        Some(2) => Assurance::Aal2,
        _ => Assurance::Aal1,
    }
}

/// A level, which providers write as a text or as a number.
fn level(claims: &Map<String, Value>, claim: &str) -> Option<u64> {
    let value = claims.get(claim)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn text<'c>(claims: &'c Map<String, Value>, claim: &str) -> Option<&'c str> {
    claims.get(claim)?.as_str().filter(|text| !text.trim().is_empty())
}

/// How sure the provider must be of who somebody is, as CIS2 counts it.
const ID_ASSURANCE_MIN: u64 = 3;

/// Most roles that are looked at.
const ROLES_MAX: usize = 200;

/// Longest id of a role.
const ROLE_ID_BYTES_MAX: usize = 64;

/// Claims that hold a number in a professional register, and the body that keeps it.
const REGISTERS: [(&str, &str); 5] =
    [("gmc_id", "GMC"), ("nmc_id", "NMC"), ("gphc_id", "GPhC"), ("hcpc_id", "HCPC"), ("gdc_id", "GDC")];

#[cfg(test)]
mod tests {
    use super::*;
    use coplan_core::policy::Role;
    use serde_json::json;

    fn rule(activity: Option<&str>, role_code: Option<&str>, role: Role) -> RoleRule {
        let own = |text: Option<&str>| text.map(str::to_owned);
        RoleRule { activity: own(activity), role_code: own(role_code), role, senior: false, title: None }
    }

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn the_first_rule_that_fits_says_what_a_national_role_is_and_the_rest_are_skipped() {
        let national = claims(json!({"nhsid_nrbac_roles": [
            {"person_roleid": "1", "org_code": "F84003", "role_code": "S8000:G8000:R8000",
             "role_name": "\"Clinical\":\"Clinical Provision\":\"General Medical Practitioner\""},
            {"person_roleid": "2", "org_code": "F84003", "role_code": "S8000:G8001:R8001", "activity_codes": ["B0264"]},
            {"person_roleid": "3", "org_code": "UNKNOWN", "role_code": "S8000:G8000:R8000"},
            {"person_roleid": "4", "org_code": "F84003", "role_code": "S9999:G9999:R9999"},
            {"org_code": "F84003"}, 7,
        ]}));
        let rules = [
            rule(Some("B0264"), None, Role::Pharmacist),
            rule(None, Some("S8000:G8000"), Role::Doctor),
            rule(None, Some("S8000"), Role::RegisteredProfessional),
        ];
        let practice = Organisation { code: "F84003".parse().unwrap(), name: "A practice".to_owned() };
        let organisations = BTreeMap::from([("F84003".to_owned(), practice)]);
        let roles = roles_here(&national_roles(&national).unwrap(), &rules, &organisations);
        let found: Vec<_> = roles.iter().map(|(id, role)| (id.as_str(), role.role, role.job_title.as_str())).collect();
        assert_eq!(
            found,
            [("1", Role::Doctor, "General Medical Practitioner"), ("2", Role::Pharmacist, "Member of staff")]
        );
    }

    #[test]
    fn levels_are_read_as_text_and_as_number_and_nothing_is_the_lowest() {
        for (given, expected) in [
            (json!({"authentication_assurance_level": "3"}), Assurance::Aal3),
            (json!({"authentication_assurance_level": 2}), Assurance::Aal2),
            (json!({"authentication_assurance_level": "1", "acr": "AAL3_ANY"}), Assurance::Aal1),
            (json!({"acr": "AAL3_ANY"}), Assurance::Aal3),
            (json!({"authentication_assurance_level": "high"}), Assurance::Aal1),
            (json!({}), Assurance::Aal1),
        ] {
            assert_eq!(assurance(&claims(given.clone())), expected, "{given}");
        }
    }
}
