//! Answers that were given, so that the same question is not put to Cedar again: a plan's page asks a hundred of them.
//!
//! INVARIANT: the answer to a question depends on nothing but the question and the rules, so it makes no difference to
//! anybody whether it was kept. Time is in it only as what has come of it: a relationship that has run out is another
//! question.

use super::{
    Action,
    engine::Answer,
    request::{Asked, Asking},
    standing::Standing,
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Everything that an answer depends on, apart from the rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub asking: Asking,
    pub action: Action,
    pub asked: Asked,
    pub standing: Standing,
}

#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<HashMap<Question, Answer>>);

impl Answers {
    /// The answer that was kept, or `work` and keep it.
    pub(super) fn of(&self, question: Question, work: impl FnOnce(&Question) -> Answer) -> Answer {
        if let Some(kept) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&question) {
            return kept.clone();
        }
        let answer = work(&question);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(question, answer.clone());
        answer
    }
}

/// Answers kept; then all are asked for again. About 1 KB each.
const KEPT_MAX: usize = 8_192;
