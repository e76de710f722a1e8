//! A value for each kind of field.

use crate::chance::Chance;
use coplan_core::{
    content::{FieldContent, FieldValue, Item, List, Plain, Single},
    section::{Field, Kind},
};

/// What some of these fields hold.
pub(super) fn fields(fields: &[Field], chance: &mut Chance, filled_once_in: usize) -> Vec<FieldContent> {
    let mut contents = Vec::new();
    for field in fields.iter().filter(|field| field.record.is_none()) {
        if field.required || chance.once_in(filled_once_in) {
            contents.extend(value(field, chance).map(|value| of(field, value)));
        }
    }
    contents
}

pub(super) fn of(field: &Field, value: FieldValue) -> FieldContent {
    FieldContent { field: field.id.clone(), value, others: Vec::new() }
}

/// Something that this field may hold; nothing for one that would be empty.
pub(super) fn value(field: &Field, chance: &mut Chance) -> Option<FieldValue> {
    Some(match field.kind {
        Kind::Text => FieldValue::Text((*chance.one(TEXTS)).to_owned()),
        Kind::Group => {
            let parts = fields(&field.parts, chance, 2);
            if parts.is_empty() {
                return None;
            }
            FieldValue::Group(parts)
        }
        Kind::List => {
            let items = (0..=chance.below(3)).map(|nth| Item {
                id: format!("item-{nth}"),
                order: nth as f64,
                fields: fields(&field.items, chance, 2),
            });
            let items: Vec<Item> = items.filter(|item| !item.fields.is_empty()).collect();
            FieldValue::List(List { items, removed: Vec::new() })
        }
        _ => FieldValue::Single(single(field, chance)),
    })
}

fn single(field: &Field, chance: &mut Chance) -> Single {
    let value = match field.kind {
        Kind::Coded if chance.once_in(40) => Plain::Text("a code of before".to_owned()),
        Kind::Coded => Plain::Text(chance.one(&field.codes).code.clone()),
        Kind::YesNo => Plain::Bool(chance.once_in(2)),
        Kind::Integer => Plain::Whole(whole(field, chance)),
        Kind::Decimal if chance.once_in(3) => Plain::Whole(whole(field, chance)),
        Kind::Decimal => Plain::Number(*chance.one(&[0.5, 2.0, 37.25, 1e-7, 123_456_789.125])),
        Kind::Date if chance.once_in(30) => Plain::Text("0000-01-01".to_owned()),
        Kind::Date => {
            Plain::Text(format!("20{:02}-{:02}-{:02}", chance.below(40), 1 + chance.below(12), 1 + chance.below(28)))
        }
        Kind::Phone => {
            Plain::Text((*chance.one(&["020 7946 0000", "+44 7700 900002", "01632 960001 ext 12"])).to_owned())
        }
        _ => Plain::Text((*chance.one(LINES)).to_owned()),
    };
    Single { display: display(field, &value), value }
}

fn whole(field: &Field, chance: &mut Chance) -> i64 {
    let _ = field;
    *chance.one(&[0, 1, 7, 42, 100, -3, 2_147_483_647, 2_147_483_648, 9_007_199_254_740_991])
}

fn display(field: &Field, value: &Plain) -> String {
    match value {
        Plain::Text(text) => field.code(text).map_or_else(|| text.clone(), |code| code.display.clone()),
        Plain::Bool(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
        Plain::Whole(number) => format!("{number} {}", field.unit.as_deref().unwrap_or_default()),
        Plain::Number(number) => format!("{number} {}", field.unit.as_deref().unwrap_or_default()),
    }
}

/// Lines that a field may hold and a program may stumble over.
pub const LINES: &[&str] = &[
    "Penicillin",
    "Ring the ward; 24/7",
    "<script>alert(1)</script>",
    "A & B \"quoted\" 'single' &amp; already",
    "أدوية الصباح قبل الطعام",
    "糖尿病 2型",
    "Zażółć gęślą jaźń",
    "👩🏽‍🦽 family 👨‍👩‍👧‍👦",
    "non\u{a0}breaking\u{2003}space",
    "zero\u{200b}width\u{200d}join",
    "\u{feff}",
    "not a character \u{fffe}\u{ffff} here",
    "]]> and <!-- and ${x} and {{y}}",
    "  leading and trailing  ",
    "e\u{301}\u{327}\u{323} stacked",
    "40% of 2 × 5 mg ≥ 10 µg",
];

/// Texts that several people write together.
pub const TEXTS: &[&str] = &[
    "My garden, and the radio in the morning.",
    "First line\nsecond line\r\nthird\tline",
    "<p onclick=\"x()\">no markup</p> & <b>bold",
    "\n \n",
    "Ich möchte zu Hause bleiben.\n\n我想留在家裡。\nأريد البقاء في المنزل.",
    "\u{2028}line separator\u{2029}paragraph separator",
    "a\u{fffe}b\u{10ffff}c",
    "0",
];
