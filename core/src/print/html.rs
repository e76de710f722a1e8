//! Writing HTML.
//!
//! INVARIANT: whatever somebody wrote goes through `text`; only words of this program are written as they are, which the
//! lifetime of `raw` holds it to.

/// A document that is being written.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Mark-up of this program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Anything, with every character that means something in HTML written as what it is.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                _ => self.0.push(character),
            }
        }
        self
    }

    /// Words in any script, kept from turning the line around them to the other side.
    pub(super) fn words(&mut self, text: &str) -> &mut Self {
        self.raw("<bdi>").text(text).raw("</bdi>")
    }

    /// Words between two tags.
    pub(super) fn within(&mut self, open: &'static str, text: &str, close: &'static str) -> &mut Self {
        self.raw(open).words(text).raw(close)
    }

    /// A number of this program.
    pub(super) fn number(&mut self, number: impl Into<u64>) -> &mut Self {
        self.text(&number.into().to_string())
    }

    /// Another document's mark-up.
    pub(super) fn append(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// How much room it takes on paper, in characters of Latin script: what stands outside tags, and the half of a line
    /// that is left over where a paragraph ends.
    pub(super) fn length(&self) -> usize {
        let mut length = 0;
        let mut rest = self.0.as_str();
        while let Some((text, tag)) = rest.split_once('<') {
            length += text.chars().map(width).sum::<usize>();
            let ends = ["li", "p", "h2", "h3"].iter().any(|name| tag.strip_prefix(name).is_some_and(starts_no_name));
            length += if ends { HALF_A_LINE } else { 0 };
            rest = tag.split_once('>').map_or("", |(_, rest)| rest);
        }
        length
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// East Asian characters are twice as wide as Latin ones.
const fn width(character: char) -> usize {
    if character >= '\u{2e80}' { 2 } else { 1 }
}

fn starts_no_name(rest: &str) -> bool {
    rest.starts_with([' ', '>'])
}

/// Of a column's line of about 55 characters.
const HALF_A_LINE: usize = 25;
