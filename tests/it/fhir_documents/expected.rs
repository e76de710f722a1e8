//! What a document must say of a plan, worked out from the plan's content alone.

use coplan_core::{
    conflict::{Conflict, ConflictKind},
    content::{FieldContent, FieldValue, List, Plain},
    decision::Kind,
    section::{Audience, Field},
};
use coplan_tests::generated_plan::{GeneratedPlan, GeneratedSection};
use serde_json::{Map, Value, json};

/// The fields of each section that clinicians see, by section.
pub(super) fn expected(plan: &GeneratedPlan) -> Vec<(String, Map<String, Value>)> {
    let mut sections: Vec<&GeneratedSection> = plan.sections.iter().collect();
    sections.sort_by_key(|generated| (generated.section.order, generated.section.id.clone()));
    let seen = sections.into_iter().filter(|generated| {
        let section = &generated.section;
        section.audiences.contains(&Audience::Clinician) && !(plan.person.withheld && section.locates_throughout)
    });
    let fields = seen.map(|generated| {
        let section = &generated.section;
        let seen = Seen { generated, withheld: plan.person.withheld, disputes: true };
        (section.id.to_string(), seen.fields(&section.fields, &section.audiences, &generated.content.fields, ""))
    });
    fields.filter(|(_, fields)| !fields.is_empty()).collect()
}

struct Seen<'p> {
    generated: &'p GeneratedSection,
    withheld: bool,
    /// Whether disputes are looked for: what is inside of one has none.
    disputes: bool,
}

impl Seen<'_> {
    fn fields(&self, fields: &[Field], around: &[Audience], held: &[FieldContent], path: &str) -> Map<String, Value> {
        let mut said = Map::new();
        for field in fields.iter().filter(|field| self.sees(field, around)) {
            let around = if field.audiences.is_empty() { around } else { &field.audiences };
            let path = format!("{path}{}", field.id);
            let content = held.iter().find(|content| content.field == field.id).map(|content| &content.value);
            let conflicts = &self.generated.conflicts;
            let conflict = conflicts.iter().find(|conflict| self.disputes && conflict.path == path);
            let value = match (field.record.is_some(), conflict) {
                (true, _) => self.records(field, around),
                (_, Some(conflict)) => self.disputed(field, fields, around, content, conflict),
                _ => content.and_then(|value| self.value(field, around, value, &path)),
            };
            said.extend(value.map(|value| (field.id.to_string(), value)));
        }
        said
    }

    fn sees(&self, field: &Field, around: &[Audience]) -> bool {
        let audiences = if field.audiences.is_empty() { around } else { &field.audiences };
        audiences.contains(&Audience::Clinician) && !(self.withheld && field.locates)
    }

    fn value(&self, field: &Field, around: &[Audience], value: &FieldValue, path: &str) -> Option<Value> {
        match value {
            FieldValue::Text(text) => Some(json!(text)),
            FieldValue::Single(single) => Some(plain(&single.value)),
            FieldValue::Group(parts) => {
                some(self.fields(&field.parts, around, parts, &format!("{path}."))).map(Value::Object)
            }
            FieldValue::List(list) => self.list(field, around, list, path),
        }
    }

    fn list(&self, field: &Field, around: &[Audience], list: &List, path: &str) -> Option<Value> {
        let items = list.items.iter().filter_map(|item| {
            let path = format!("{path}.{}", item.id);
            let conflict = self.generated.conflicts.iter().find(|conflict| self.disputes && conflict.path == path);
            let fields = self.fields(&field.items, around, &item.fields, &format!("{path}."));
            let disputed = conflict.and_then(|conflict| {
                self.contenders(conflict, |value| {
                    let FieldValue::Group(parts) = value else { return None };
                    some(self.inside().fields(&field.items, around, parts, ""))
                        .map(|fields| json!({ "fields": fields }))
                })
            });
            if fields.is_empty() && disputed.is_none() {
                return None;
            }
            let mut said = json!({ "id": item.id, "fields": fields });
            if let Some(disputed) = disputed {
                said["disputed"] = disputed;
            }
            Some(said)
        });
        let items: Vec<Value> = items.collect();
        (!items.is_empty()).then_some(Value::Array(items))
    }

    fn disputed(
        &self,
        field: &Field,
        beside: &[Field],
        around: &[Audience],
        held: Option<&FieldValue>,
        conflict: &Conflict,
    ) -> Option<Value> {
        let list = field.denies.as_ref().and_then(|list| beside.iter().find(|field| field.id == *list));
        let contenders = self.contenders(conflict, |value| {
            let of = if matches!(value, FieldValue::List(_)) { list? } else { field };
            let said = self.sees(of, around).then(|| self.inside().value(of, around, value, ""))??;
            Some(match value {
                FieldValue::List(_) => json!({ "fields": { of.id.as_str(): said } }),
                FieldValue::Group(_) => json!({ "fields": said }),
                _ => json!({ "value": said }),
            })
        })?;
        let mut all = Map::from_iter([("disputed".to_owned(), contenders)]);
        let signed = self.generated.signed.is_some() && conflict.kind != ConflictKind::Denied;
        if let Some(value) = held.filter(|_| signed)
            && let Some(said) = self.value(field, around, value, &conflict.path)
        {
            let name = if matches!(value, FieldValue::Group(_)) { "fields" } else { "value" };
            all.insert(name.to_owned(), said);
        }
        Some(Value::Object(all))
    }

    /// The sides that clinicians see something of, without their words; nothing if they see nothing of any.
    fn contenders(&self, conflict: &Conflict, say: impl Fn(&FieldValue) -> Option<Value>) -> Option<Value> {
        let mut says_something = false;
        let mut sides = Vec::new();
        for contender in &conflict.contenders {
            match &contender.value {
                None => sides.push(json!({})),
                Some(value) => {
                    let Some(said) = say(value) else { continue };
                    says_something = true;
                    sides.push(said);
                }
            }
        }
        says_something.then_some(Value::Array(sides))
    }

    fn records(&self, field: &Field, around: &[Audience]) -> Option<Value> {
        let kind: &Kind = self.generated.records.iter().find(|kind| kind.field == field.id)?;
        let records = kind.standing().filter_map(|record| {
            let fields = self.inside().fields(&field.items, around, &record.fields, "");
            let said = json!({ "id": record.id, "state": record.state.as_str(), "fields": fields });
            (!said["fields"].as_object()?.is_empty()).then_some(said)
        });
        let records: Vec<Value> = records.collect();
        (!records.is_empty()).then_some(Value::Array(records))
    }

    fn inside(&self) -> Self {
        Self { generated: self.generated, withheld: self.withheld, disputes: false }
    }
}

fn some(fields: Map<String, Value>) -> Option<Map<String, Value>> {
    (!fields.is_empty()).then_some(fields)
}

fn plain(value: &Plain) -> Value {
    match value {
        Plain::Text(text) => json!(text),
        Plain::Bool(yes) => json!(yes),
        Plain::Whole(number) => json!(number),
        Plain::Number(number) => json!(number),
    }
}
