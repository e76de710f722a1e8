//! Figures of a scenario, over several runs, beside what was hoped for and what others do.

use serde_json::{Value, json};

/// What one run of a scenario gave, in the order of the table.
#[derive(Debug, Default, Clone)]
pub(crate) struct Figures(Vec<(&'static str, f64)>);

impl Figures {
    /// Adds a figure; its name ends in its unit.
    pub(crate) fn add(&mut self, name: &'static str, value: f64) {
        self.0.push((name, value));
    }

    pub(crate) fn with(mut self, name: &'static str, value: f64) -> Self {
        self.add(name, value);
        self
    }

    /// The figure of that name; `NaN` if there is none.
    pub(crate) fn value(&self, name: &str) -> f64 {
        self.0.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, value)| *value)
    }
}

/// A scenario: its name, and what its first figure is measured against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// What is hoped for, as text.
    pub(crate) goal: &'static str,
    /// A figure, and what the best automerge-repo server measured gives for it.
    pub(crate) best_peer: Option<(&'static str, f64)>,
}

/// All runs of a scenario.
#[derive(Debug)]
pub(crate) struct Result {
    pub(crate) scenario: Scenario,
    runs: Vec<Figures>,
}

impl Result {
    pub(crate) fn new(scenario: Scenario) -> Self {
        Self { scenario, runs: Vec::new() }
    }

    pub(crate) fn add(&mut self, run: Figures) {
        self.runs.push(run);
    }

    /// Each figure's name, and its values in the order of the runs.
    fn figures(&self) -> Vec<(&'static str, Vec<f64>)> {
        let names = self.runs.first().map(|run| run.0.iter().map(|(name, _)| *name)).into_iter().flatten();
        let of =
            |name| self.runs.iter().flat_map(move |run| run.0.iter().filter(move |(n, _)| *n == name).map(|(_, v)| *v));
        names.map(|name| (name, of(name).collect())).collect()
    }

    pub(crate) fn print(&self) {
        let Scenario { id, title, goal, best_peer } = self.scenario;
        println!("\n{id:<4} {title}   (goal {goal})");
        for (name, values) in self.figures() {
            let middle = median(&values);
            let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
            let spread = if values.len() > 1 { format!("{} to {}", number(low), number(high)) } else { String::new() };
            let ratio = best_peer
                .filter(|(of, _)| *of == name)
                .map(|(_, peer)| format!("{}x the best peer's {}", number(middle / peer), number(peer)));
            println!("     {name:<34} {:>12}   {spread:<24} {}", number(middle), ratio.unwrap_or_default());
        }
    }

    pub(crate) fn json(&self) -> Value {
        let figures: Vec<Value> = self
            .figures()
            .into_iter()
            .map(|(name, values)| json!({ "name": name, "median": median(&values), "runs": values }))
            .collect();
        json!({ "id": self.scenario.id, "title": self.scenario.title, "goal": self.scenario.goal, "figures": figures })
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len() / 2, sorted.len() % 2) {
        (0, 0) => f64::NAN,
        (half, 0) => f64::midpoint(sorted[half - 1], sorted[half]),
        (half, _) => sorted[half],
    }
}

/// Three significant digits, or all before the point.
fn number(value: f64) -> String {
    match value.abs() {
        _ if value.is_nan() => "-".to_owned(),
        v if v >= 100.0 || value == 0.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
