//! Fields, items and what is disputed about them, as one audience reads them.

use super::{
    Authors, ViewKind,
    body::{ContenderBody, FieldBody, ItemBody, words},
};
use crate::{
    conflict::{Conflict, ConflictKind, Contender},
    content::{FieldContent, FieldValue, Item, List, Plain},
    decision,
    section::{Audience, Field},
};

/// One section as one audience reads it.
pub(super) struct Reading<'a> {
    pub kind: ViewKind,
    pub conflicts: &'a [Conflict],
    pub records: &'a [decision::Kind],
    pub authors: &'a Authors,
    /// Whether the content is what somebody signed, which stays beside what is disputed since.
    pub signed: bool,
    /// Whether what says where the person lives is left out.
    pub withheld: bool,
}

impl<'a> Reading<'a> {
    /// The fields that this audience sees. `around` is who sees what they stand in, `path` where that is.
    pub(super) fn fields(
        &self,
        definitions: &'a [Field],
        around: &'a [Audience],
        contents: &'a [FieldContent],
        path: &str,
    ) -> Vec<FieldBody<'a>> {
        let mut bodies = Vec::new();
        for definition in definitions {
            let Some(seen_by) = self.seen_by(definition, around) else { continue };
            let path = format!("{path}{}", definition.id);
            let content = contents.iter().find(|content| content.field == definition.id);
            bodies.extend(if definition.record.is_some() {
                self.decisions(definition, seen_by)
            } else if let Some(conflict) = self.conflict(&path) {
                self.disputed(definition, definitions, around, content, conflict)
            } else {
                content.and_then(|content| self.value(definition, seen_by, &content.value, &path))
            });
        }
        bodies
    }

    /// Who sees a field that stands in something which `around` see, if this audience is among them and it is not withheld.
    fn seen_by(&self, field: &'a Field, around: &'a [Audience]) -> Option<&'a [Audience]> {
        let seen_by = if field.audiences.is_empty() { around } else { field.audiences.as_slice() };
        let withheld = self.withheld && field.locates;
        (self.kind.shows(seen_by) && !withheld).then_some(seen_by)
    }

    fn conflict(&self, path: &str) -> Option<&'a Conflict> {
        self.conflicts.iter().find(|conflict| conflict.path == path)
    }

    fn value(
        &self,
        definition: &'a Field,
        around: &'a [Audience],
        value: &'a FieldValue,
        path: &str,
    ) -> Option<FieldBody<'a>> {
        let mut body = FieldBody::of(definition);
        match value {
            FieldValue::Text(text) => {
                body.display = Some(text);
            }
            FieldValue::Single(single) => {
                // A value that is what people read stands there once: a phone on a weak signal reads it too.
                let said = matches!(&single.value, Plain::Text(text) if *text == single.display);
                body.value = (!said).then_some(&single.value);
                body.display = Some(&single.display);
            }
            FieldValue::Group(parts) => {
                let parts = self.fields(&definition.parts, around, parts, &format!("{path}."));
                body.fields = Some(parts).filter(|parts| !parts.is_empty());
                body.fields.as_ref()?;
            }
            FieldValue::List(list) => {
                body.item_name = definition.item_name.as_deref();
                body.items = Some(self.items(definition, around, list, path)).filter(|items| !items.is_empty());
                body.items.as_ref()?;
            }
        }
        Some(body)
    }

    /// A field without an agreed value. One that somebody signed keeps what they signed, unless it denies something
    /// that is there now.
    fn disputed(
        &self,
        definition: &'a Field,
        beside: &'a [Field],
        around: &'a [Audience],
        content: Option<&'a FieldContent>,
        conflict: &'a Conflict,
    ) -> Option<FieldBody<'a>> {
        let seen_by = self.seen_by(definition, around)?;
        let signed = content.filter(|_| self.signed && conflict.kind != ConflictKind::Denied);
        let mut body = signed
            .and_then(|content| self.value(definition, seen_by, &content.value, &conflict.path))
            .unwrap_or_else(|| FieldBody::of(definition));
        let list = definition.denies.as_ref().and_then(|list| beside.iter().find(|field| field.id == *list));
        let contenders = self.contenders(conflict, |contender, value| {
            // Of the two that a denial is about, the list is whatever has items.
            let of = if matches!(value, FieldValue::List(_)) { list.unwrap_or(definition) } else { definition };
            let seen_by = self.seen_by(of, around)?;
            let said = Reading { conflicts: &[], ..*self };
            let body = said.value(of, seen_by, value, "")?;
            Some(match value {
                FieldValue::List(_) => ContenderBody { fields: Some(vec![body]), ..contender },
                _ => ContenderBody { value: body.value, fields: body.fields, ..contender },
            })
        })?;
        body.label = self.label(definition);
        body.disputed = true;
        body.contenders = Some(contenders);
        Some(body)
    }

    fn label(&self, definition: &Field) -> String {
        let since = if self.signed { "disputed since it was signed" } else { "not agreed" };
        format!("{} ({since})", definition.label)
    }

    /// The items that stand, and those that one removed while another worked on them.
    fn items(&self, list: &'a Field, around: &'a [Audience], value: &'a List, path: &str) -> Vec<ItemBody<'a>> {
        let conflict = |item: &Item| self.conflict(&format!("{path}.{}", item.id));
        let torn = value.removed.iter().map(|removed| &removed.item).filter(|item| conflict(item).is_some());
        let mut items: Vec<&Item> = value.items.iter().chain(torn).collect();
        items.sort_by(|a, b| a.order.total_cmp(&b.order).then_with(|| a.id.cmp(&b.id)));
        let body = |item| self.item(list, around, item, conflict(item), &format!("{path}.{}.", item.id));
        items.into_iter().filter_map(body).collect()
    }

    fn item(
        &self,
        list: &'a Field,
        around: &'a [Audience],
        item: &'a Item,
        conflict: Option<&'a Conflict>,
        path: &str,
    ) -> Option<ItemBody<'a>> {
        // An item that two people made under one id has no agreed content; one that was edited and removed has.
        let agreed = self.signed || conflict.is_none_or(|conflict| conflict.kind == ConflictKind::EditedAndRemoved);
        let shown = if agreed { item.fields.as_slice() } else { &[] };
        let fields = if agreed { self.fields(&list.items, around, shown, path) } else { Vec::new() };
        let contenders = conflict.and_then(|conflict| {
            self.contenders(conflict, |contender, value| {
                let FieldValue::Group(parts) = value else { return None };
                let said = Reading { conflicts: &[], ..*self };
                let parts = said.fields(&list.items, around, parts, "");
                (!parts.is_empty()).then_some(ContenderBody { fields: Some(parts), ..contender })
            })
        });
        let disputed = conflict.is_some();
        (!fields.is_empty() || contenders.is_some()).then_some(ItemBody { id: &item.id, disputed, fields, contenders })
    }

    /// Everything that stands against each other, as far as this audience sees it; `None` if it sees nothing of it.
    /// `say` fills in a value, or refuses it.
    fn contenders(
        &self,
        conflict: &'a Conflict,
        say: impl Fn(ContenderBody<'a>, &'a FieldValue) -> Option<ContenderBody<'a>>,
    ) -> Option<Vec<ContenderBody<'a>>> {
        let mut bodies = Vec::new();
        let mut says_something = false;
        for (at, contender) in conflict.contenders.iter().enumerate() {
            let mut body = self.contender(contender, conflict.applies == Some(at));
            if let Some(value) = &contender.value {
                let Some(mut said) = say(body, value) else { continue };
                // Only what this audience sees; the whole in words may hold more.
                said.display = match (value, &said.fields) {
                    (FieldValue::Single(single), _) => single.display.clone(),
                    (FieldValue::Text(text), _) => text.clone(),
                    (_, fields) => words(fields.as_deref().unwrap_or_default()),
                };
                body = said;
                says_something = true;
            }
            bodies.push(body);
        }
        says_something.then_some(bodies)
    }

    fn contender(&self, contender: &Contender, applies: bool) -> ContenderBody<'a> {
        let author = self.authors.get(&contender.change);
        ContenderBody {
            display: TAKEN_AWAY.to_owned(),
            taken_away: contender.value.is_none(),
            value: None,
            fields: None,
            by: author.map(|author| author.by.name.as_str()),
            job_title: author.map(|author| author.by.job_title.as_str()),
            organisation: author.map(|author| super::organisation(&author.by.organisation_name, self.withheld)),
            at: author.map(|author| author.at.to_rfc3339()),
            applies,
        }
    }
}

/// What people read where one of those who disagree took the value away.
const TAKEN_AWAY: &str = "(taken away)";
