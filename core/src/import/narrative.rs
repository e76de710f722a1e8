//! Narrative of another system, made harmless: the words, and the few marks that give them shape.
//!
//! INVARIANT: what comes out holds no tag but those of `TAGS`, no attribute but a plain number of `colspan` or `rowspan`,
//! and no `<`, `>`, `&` or `"` that is not one of ours, whatever came in. So nothing in it runs, loads, links or styles.
//! This does not hang on the input being well-formed: nothing of it but characters of text is ever copied.
//! INVARIANT: each byte is looked at a bounded number of times, whatever came in.

/// The narrative as HTML of a few plain tags, every one closed.
#[must_use]
pub fn sanitised(narrative: &str) -> String {
    let mut out = Out::default();
    let mut rest = narrative;
    while let Some(at) = rest.find('<') {
        out.text(&rest[..at]);
        rest = &rest[at..];
        let (tag, after) = match tag(rest) {
            Begun::Tag(tag, after) => (tag, after),
            Begun::Text => {
                out.text("<");
                rest = &rest[1..];
                continue;
            }
            // All the rest is text: to look for another tag in it would look at it again for each `<`.
            Begun::NeverEnds => break,
        };
        rest = after;
        if !tag.closes && SILENT.contains(&tag.name.as_str()) && !tag.empties {
            rest = past_end_of(rest, &tag.name);
        } else {
            out.tag(&tag);
        }
    }
    out.text(rest);
    out.end()
}

/// Plain text as HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = Out::default();
    out.characters(text);
    out.html
}

/// A tag as it came: its name in lower case, and the numbers of its cells.
struct Tag {
    name: String,
    closes: bool,
    empties: bool,
    spans: Vec<(&'static str, u16)>,
}

/// What a `<` begins.
enum Begun<'t> {
    /// A tag, and what follows it.
    Tag(Tag, &'t str),
    /// No tag.
    Text,
    /// A tag without an end.
    NeverEnds,
}

#[derive(Default)]
struct Out {
    html: String,
    open: Vec<&'static str>,
}

impl Out {
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            self.characters(&rest[..at]);
            let (said, length) = reference(&rest[at..]);
            match said {
                Some(character) => self.character(character),
                None => self.html.push_str("&amp;"),
            }
            rest = &rest[at + length..];
        }
        self.characters(rest);
    }

    fn characters(&mut self, text: &str) {
        text.chars().for_each(|character| self.character(character));
    }

    fn character(&mut self, character: char) {
        match character {
            '<' => self.html.push_str("&lt;"),
            '>' => self.html.push_str("&gt;"),
            '&' => self.html.push_str("&amp;"),
            '"' => self.html.push_str("&quot;"),
            '\n' | '\t' => self.html.push(character),
            // Turns the direction of writing, so that a line can read as another (Unicode TR 36, 2.2).
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            character if character.is_control() => {}
            character => self.html.push(character),
        }
    }

    fn tag(&mut self, tag: &Tag) {
        let Some(name) = TAGS.iter().copied().find(|known| *known == tag.name) else { return };
        if VOID.contains(&name) {
            if !tag.closes {
                self.html.push_str(&format!("<{name}>"));
            }
            return;
        }
        if tag.closes {
            // Closes what was opened inside and left open; a close of nothing is nothing.
            if let Some(at) = self.open.iter().rposition(|open| *open == name) {
                self.close_down_to(at);
            }
            return;
        }
        if self.open.len() >= OPEN_MAX {
            return;
        }
        self.html.push_str(&format!("<{name}"));
        for (attribute, number) in tag.spans.iter().filter(|_| matches!(name, "td" | "th")) {
            self.html.push_str(&format!(" {attribute}=\"{number}\""));
        }
        self.html.push('>');
        self.open.push(name);
        if tag.empties {
            self.close_down_to(self.open.len() - 1);
        }
    }

    fn close_down_to(&mut self, at: usize) {
        for name in self.open.drain(at..).rev() {
            self.html.push_str(&format!("</{name}>"));
        }
    }

    fn end(mut self) -> String {
        self.close_down_to(0);
        self.html
    }
}

/// The tag that the text begins with. Comments, declarations and the like are tags of no name.
fn tag(text: &str) -> Begun<'_> {
    let inside = &text[1..];
    if let Some(comment) = inside.strip_prefix("!--") {
        let after = comment.find("-->").map_or("", |at| &comment[at + 3..]);
        return Begun::Tag(Tag { name: String::new(), closes: true, empties: false, spans: Vec::new() }, after);
    }
    let begins = |c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?');
    if !inside.starts_with(begins) {
        return Begun::Text;
    }
    let Some(end) = end_of_tag(inside) else { return Begun::NeverEnds };
    let (body, after) = (&inside[..end], &inside[end + 1..]);
    let closes = body.starts_with('/');
    let body = body.trim_start_matches('/');
    let empties = body.ends_with('/');
    let name: String = body.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    Begun::Tag(Tag { name, closes, empties, spans: spans(body) }, after)
}

/// Where the tag ends: a `>` within quotes does not end it.
fn end_of_tag(inside: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in inside.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    None
}

fn spans(body: &str) -> Vec<(&'static str, u16)> {
    let number = |attribute: &str| {
        let (_, after) = body.split_once(&format!(" {attribute}="))?;
        let digits: String = after.trim_start_matches(['"', '\'']).chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u16>().ok().filter(|number| (1..=SPAN_MAX).contains(number))
    };
    ["colspan", "rowspan"].into_iter().filter_map(|attribute| Some((attribute, number(attribute)?))).collect()
}

/// What follows the end of an element that says nothing to people; nothing, if it has no end.
fn past_end_of<'t>(text: &'t str, name: &str) -> &'t str {
    let is_end = |at: &usize| {
        let said = text.as_bytes().get(at + 2..at + 2 + name.len());
        said.is_some_and(|said| said.eq_ignore_ascii_case(name.as_bytes()))
    };
    let Some(at) = text.match_indices("</").map(|(at, _)| at).find(is_end) else { return "" };
    text[at..].find('>').map_or("", |close| &text[at + close + 1..])
}

/// The character that a reference stands for, and its length; a `&` that begins none stands for itself.
fn reference(text: &str) -> (Option<char>, usize) {
    let Some(end) = text.bytes().take(REFERENCE_BYTES_MAX).position(|byte| byte == b';') else { return (None, 1) };
    let name = &text[1..end];
    let said = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        name => name.strip_prefix('#').and_then(|number| {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }),
    };
    if said.is_some() { (said, end + 1) } else { (None, 1) }
}

/// Tags that may stand in what comes out.
const TAGS: [&str; 31] = [
    "p", "div", "span", "br", "hr", "b", "i", "em", "strong", "small", "sub", "sup", "h1", "h2", "h3", "h4", "h5",
    "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "td", "th", "caption",
];
/// Of them, those that hold nothing.
const VOID: [&str; 2] = ["br", "hr"];
/// Elements whose content is no words for people.
const SILENT: [&str; 14] = [
    "script", "style", "head", "title", "iframe", "object", "embed", "svg", "math", "template", "noscript", "textarea",
    "select", "xmp",
];
/// Elements that may stand open within each other.
const OPEN_MAX: usize = 32;
/// Cells that one may stand for.
const SPAN_MAX: u16 = 50;
/// Bytes of a character reference, with its `&` and `;`.
const REFERENCE_BYTES_MAX: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_text_and_is_looked_at_once() {
        assert_eq!(sanitised("<p>x</p><a <b"), "<p>x</p>&lt;a &lt;b");
        // Each of these took a look at all the rest for every one of its pieces: hours.
        for piece in ["<a", "<script></script>", "<a \"", "<!-", "</"] {
            let long = piece.repeat(2_000_000 / piece.len());
            assert!(sanitised(&long).len() <= 4 * long.len(), "{piece}");
        }
    }
}
