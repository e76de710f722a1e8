//! The targets file: where plans are delivered, in which form, and at what pace. All its faults are said at once, a line each.
//!
//! To add a kind of target: a variant of `kinds::Kind` with its settings, its row in `kind`, a file beside this one that
//! makes what is sent, and a call in `attempt`.

use super::{
    backoff::Backoff,
    kinds::{
        FhirServer, Kind, LocatorStyle, Mesh, OnWithdraw, Payload, RecordLocator, Subscription, SubscriptionStyle,
    },
};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
use toml::{Table, Value};
use url::{Host, Url};

/// Why the service does not start with this targets file.
#[derive(Debug, thiserror::Error)]
pub enum TargetsError {
    /// The file.
    #[error("the targets file `{0}` cannot be read: {1}")]
    File(PathBuf, #[source] io::Error),
    /// What stands in it: a line for each fault.
    #[error("{}", .0.join("\n"))]
    Faults(Vec<String>),
}

/// A system that plans are delivered to.
#[derive(Debug, Clone)]
pub struct Target {
    /// What we call it, in the database, the log and the counts.
    pub id: String,
    /// What it takes.
    pub kind: Kind,
    /// How it is reached; a folder is not.
    pub http: Http,
    /// It gets nothing more, and everything that it has is taken back.
    pub retired: bool,
    /// Plans that are delivered at the same time.
    pub concurrency: u32,
    /// How long what failed waits.
    pub backoff: Backoff,
    /// After how many attempts at which the message may be at fault it is given up.
    pub failures_max: u32,
    /// After how many refusals it is given up.
    pub refusals_max: u32,
    /// Hash of where and in which form it is sent.
    pub settings: [u8; 32],
}

/// How a target is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Whether plain HTTP will do.
    pub allow_http: bool,
    /// Whether private networks and this machine may be reached.
    pub allow_private: bool,
    /// File with the bearer token, read for each request.
    pub bearer_file: Option<PathBuf>,
    /// Certificate authority, in PEM, beside those that everybody knows.
    pub ca: Option<Vec<u8>>,
    /// How long an answer may take, in milliseconds.
    pub timeout_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommonEntry {
    id: String,
    #[serde(default)]
    retired: bool,
    #[serde(default)]
    allow_http: bool,
    #[serde(default)]
    allow_private: bool,
    bearer_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    #[serde(default = "timeout_ms")]
    timeout_ms: u64,
    #[serde(default = "concurrency")]
    concurrency: u32,
    #[serde(default = "retry_first_ms")]
    retry_first_ms: i64,
    #[serde(default = "retry_max_ms")]
    retry_max_ms: i64,
    #[serde(default = "failures_max")]
    failures_max: u32,
    #[serde(default = "refusals_max")]
    refusals_max: u32,
}

/// Reads the targets file.
///
/// # Errors
/// `TargetsError` with everything that is wrong.
pub fn read(path: &Path) -> Result<Vec<Target>, TargetsError> {
    let text = fs::read_to_string(path).map_err(|error| TargetsError::File(path.to_path_buf(), error))?;
    let file = path.display().to_string();
    let folder = path.parent().unwrap_or(Path::new("."));
    parse(&text, folder)
        .map_err(|faults| TargetsError::Faults(faults.into_iter().map(|fault| format!("{file}: {fault}")).collect()))
}

fn parse(text: &str, folder: &Path) -> Result<Vec<Target>, Vec<String>> {
    let mut file: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        vec![format!("line {line}: {}", error.message().replace('\n', " "))]
    })?;
    let mut faults = Vec::new();
    let entries = match file.remove("target") {
        Some(Value::Array(entries)) => entries,
        Some(_) => {
            faults.push("`target` is not a list: write `[[target]]`".to_owned());
            Vec::new()
        }
        None => Vec::new(),
    };
    faults.extend(file.keys().map(|key| format!("`{key}` is not known; there is only `[[target]]`")));
    let (mut ids, mut targets) = (BTreeSet::new(), Vec::new());
    for (at, entry) in entries.into_iter().enumerate() {
        let name = entry.get("id").and_then(Value::as_str).map_or_else(|| format!("number {}", at + 1), str::to_owned);
        if !ids.insert(name.clone()) {
            faults.push(format!("target `{name}`: there are two of this id"));
        }
        let mut of_this = Vec::new();
        let target = entry.as_table().and_then(|table| target(table, folder, &mut of_this));
        faults.extend(of_this.into_iter().map(|fault| format!("target `{name}`: {fault}")));
        targets.extend(target);
    }
    same_pointers(&targets, &mut faults);
    if faults.is_empty() { Ok(targets) } else { Err(faults) }
}

/// Pointers are told apart by where they lead: of two targets for the same, each would take the other's away.
fn same_pointers(targets: &[Target], faults: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for target in targets {
        let Kind::RecordLocator(locator) = &target.kind else { continue };
        if !seen.insert((locator.url.as_str(), locator.ods.as_str(), locator.pointer_url.as_str())) {
            faults.push(format!("target `{}`: another target has the same pointers at the same locator", target.id));
        }
    }
}

fn target(table: &Table, folder: &Path, faults: &mut Vec<String>) -> Option<Target> {
    let (common, special): (Table, Table) =
        table.clone().into_iter().filter(|(key, _)| key != "kind").partition(|(key, _)| is_common(key));
    let common: Option<CommonEntry> = taken(common, faults);
    let kind_name = table.get("kind").and_then(Value::as_str).unwrap_or_default();
    let kind = kind(kind_name, special, faults);
    let common = common?;
    check_common(&common, faults);
    if let Some(url) = kind.as_ref().and_then(Kind::url) {
        check_url(url, &common, faults);
    }
    let ca = common.ca_file.as_ref().and_then(|file| authority(&folder.join(file), faults));
    let settings = Sha256::digest(settings_text(table).as_bytes()).into();
    let mut kind = kind?;
    if let Kind::Mesh(mesh) = &mut kind {
        mesh.dir = folder.join(&mesh.dir);
    }
    Some(Target {
        id: common.id,
        kind,
        http: Http {
            allow_http: common.allow_http,
            allow_private: common.allow_private,
            bearer_file: common.bearer_file.map(|file| folder.join(file)),
            ca,
            timeout_ms: common.timeout_ms,
        },
        retired: common.retired,
        concurrency: common.concurrency,
        backoff: Backoff { first_ms: common.retry_first_ms, most_ms: common.retry_max_ms },
        failures_max: common.failures_max,
        refusals_max: common.refusals_max,
        settings,
    })
}

/// A file that holds no certificate would be taken without a word, and no connection would come about.
fn authority(file: &Path, faults: &mut Vec<String>) -> Option<Vec<u8>> {
    let pem = fs::read(file).map_err(|error| faults.push(format!("`ca_file` cannot be read: {error}"))).ok()?;
    let mut certificates = CertificateDer::pem_slice_iter(&pem);
    let fits = certificates.next().is_some_and(|first| first.is_ok()) && certificates.all(|each| each.is_ok());
    check(fits, "`ca_file` is not a certificate in PEM", faults);
    Some(pem)
}

fn kind(name: &str, special: Table, faults: &mut Vec<String>) -> Option<Kind> {
    match name {
        "fhir-server" => {
            let server: FhirServer = taken(special, faults)?;
            check(server.entries_max > 0, "`entries_max` is at least 1", faults);
            Some(Kind::FhirServer(server))
        }
        "fhir-documents" => taken(special, faults).map(Kind::FhirDocuments),
        "record-locator" => {
            let locator: RecordLocator = taken(special, faults)?;
            let example = locator.pointer_url.replace("{plan}", "plan");
            let is_url = Url::parse(&example).is_ok_and(|url| url.scheme() == "https" || url.scheme() == "http");
            let fits = is_url && locator.pointer_url.contains("{plan}");
            check(fits, "`pointer_url` is an address with `{plan}` in it", faults);
            let marks = locator.style == LocatorStyle::Nrl && locator.on_withdraw == OnWithdraw::Mark;
            check(!marks, "`on_withdraw = \"mark\"` goes with `style = \"fhir\"` only", faults);
            Some(Kind::RecordLocator(locator))
        }
        "subscription" => {
            let subscription: Subscription = taken(special, faults)?;
            let id_only = subscription.style == SubscriptionStyle::R4 && subscription.payload == Payload::IdOnly;
            check(!id_only, "`payload = \"id-only\"` goes with `style = \"r5-backport\"` only", faults);
            Some(Kind::Subscription(subscription))
        }
        "mesh" => {
            let mesh: Mesh = taken(special, faults)?;
            for (key, text) in [("from", &mesh.from), ("to", &mesh.to), ("workflow_id", &mesh.workflow_id)] {
                let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
                let fits = !text.is_empty() && text.len() <= MESH_BYTES_MAX && text.bytes().all(plain);
                check(fits, &format!("`{key}` is letters, digits, `-` and `_`, at most {MESH_BYTES_MAX}"), faults);
            }
            Some(Kind::Mesh(mesh))
        }
        _ => {
            faults.push(format!("`kind` is none of {}", KINDS.join(", ")));
            None
        }
    }
}

fn taken<T: DeserializeOwned>(table: Table, faults: &mut Vec<String>) -> Option<T> {
    table.try_into().map_err(|error: toml::de::Error| faults.push(error.message().replace('\n', " "))).ok()
}

fn check(holds: bool, fault: &str, faults: &mut Vec<String>) {
    if !holds {
        faults.push(fault.to_owned());
    }
}

fn check_common(entry: &CommonEntry, faults: &mut Vec<String>) {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fits = !entry.id.is_empty() && entry.id.len() <= ID_BYTES_MAX && entry.id.bytes().all(plain);
    check(fits, &format!("`id` is 1 to {ID_BYTES_MAX} lower-case letters, digits and hyphens"), faults);
    check((1..=64).contains(&entry.concurrency), "`concurrency` is 1 to 64", faults);
    check((1..=600_000).contains(&entry.timeout_ms), "`timeout_ms` is 1 to 600000", faults);
    check(entry.retry_first_ms > 0, "`retry_first_ms` is at least 1", faults);
    check(entry.retry_max_ms >= entry.retry_first_ms, "`retry_max_ms` is not below `retry_first_ms`", faults);
    check(entry.failures_max > 0, "`failures_max` is at least 1", faults);
    check(entry.refusals_max > 0, "`refusals_max` is at least 1", faults);
}

fn check_url(url: &Url, entry: &CommonEntry, faults: &mut Vec<String>) {
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && entry.allow_http);
    check(scheme, "`url` is not `https`, and `allow_http` is not set", faults);
    let more =
        !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some();
    check(!more, "`url` has more than a server and a path", faults);
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
        _ => None,
    };
    let reached = address.is_none_or(|address| super::address::may_reach(address, entry.allow_private));
    check(reached, "`url` is a private address or this machine's, and `allow_private` is not set", faults);
}

/// Everything but what is about time and trust: a change of those sends nothing again.
fn settings_text(table: &Table) -> String {
    let kept: Table = table.clone().into_iter().filter(|(key, _)| !is_common(key) || key == RETIRED).collect();
    kept.to_string()
}

fn is_common(key: &str) -> bool {
    COMMON_KEYS.contains(&key)
}

const fn timeout_ms() -> u64 {
    30_000
}

const fn concurrency() -> u32 {
    4
}

const fn retry_first_ms() -> i64 {
    1_000
}

const fn retry_max_ms() -> i64 {
    300_000
}

const fn failures_max() -> u32 {
    12
}

const fn refusals_max() -> u32 {
    3
}

const KINDS: [&str; 5] = ["fhir-server", "fhir-documents", "record-locator", "subscription", "mesh"];

/// Of the common keys the one that decides what is sent.
const RETIRED: &str = "retired";

/// Keys that every target may have beside its kind; but for `retired` they decide neither where nor in which form it is sent.
const COMMON_KEYS: [&str; 12] = [
    "id",
    RETIRED,
    "allow_http",
    "allow_private",
    "bearer_file",
    "ca_file",
    "timeout_ms",
    "concurrency",
    "retry_first_ms",
    "retry_max_ms",
    "failures_max",
    "refusals_max",
];

/// Longest id of a target, in bytes.
const ID_BYTES_MAX: usize = 32;

/// Longest mailbox or workflow id, in bytes.
const MESH_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        parse(text, Path::new(".")).map(|targets| targets.len()).unwrap_err()
    }

    #[test]
    fn the_example_of_the_documentation_is_read() {
        let page = include_str!("../../../docs/delivery.md");
        let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("hospital-ca.pem");
        fs::write(&authority, "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n").unwrap();
        let fault = "target `hospital-documents`: `ca_file` is not a certificate in PEM";
        assert_eq!(parse(example, folder.path()).unwrap_err(), [fault]);
        let certificate = rcgen::generate_simple_self_signed(["documents.hospital.example".to_owned()]).unwrap();
        fs::write(&authority, certificate.cert.pem()).unwrap();
        let targets = parse(example, folder.path()).unwrap();
        let mut kinds: Vec<_> = targets.iter().map(|target| std::mem::discriminant(&target.kind)).collect();
        kinds.dedup();
        assert_eq!(kinds.len(), KINDS.len(), "one target of each kind");
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let text = "
            colour = 1
            [[target]]
            id = 'Shared Record'
            kind = 'fhir-server'
            url = 'http://10.0.0.1/fhir?x=1'
            timeout_ms = 0
            [[target]]
            id = 'pointers'
            kind = 'record-locator'
            url = 'https://nrl.example/'
            ods = 'X26'
            pointer_url = 'https://coplan.example/'
            on_withdraw = 'mark'
            [[target]]
            id = 'pointers'
            kind = 'pigeon'
            [[target]]
            id = 'files'
            kind = 'mesh'
            url = 'https://mesh.example/'
        ";
        let found = faults(text).join("\n");
        for part in [
            "`colour` is not known",
            "target `Shared Record`: `id` is 1 to 32",
            "target `Shared Record`: `url` is not `https`",
            "target `Shared Record`: `url` has more than",
            "target `Shared Record`: `url` is a private address",
            "target `Shared Record`: `timeout_ms`",
            "target `pointers`: `pointer_url` is an address with `{plan}`",
            "target `pointers`: `on_withdraw",
            "target `pointers`: there are two",
            "target `pointers`: `kind` is none of",
            "target `files`: unknown field `url`",
        ] {
            assert!(found.contains(part), "{part} is missing in:\n{found}");
        }
        let locator = "[[target]]\nkind = 'record-locator'\nurl = 'https://nrl.example/'\nods = 'X26'
            pointer_url = 'https://coplan.example/{plan}'\n";
        let twice = faults(&format!("{locator}id = 'one'\n{locator}id = 'two'\n"));
        assert_eq!(twice, ["target `two`: another target has the same pointers at the same locator"]);
        assert!(faults("[[target]\n")[0].starts_with("line 1: "));
    }

    #[test]
    fn only_where_and_in_which_form_it_is_sent_makes_it_sent_again() {
        let settings = |more: &str| {
            let text = format!("[[target]]\nid = 'a'\nkind = 'fhir-server'\nurl = 'https://a.example/'\n{more}");
            parse(&text, Path::new(".")).unwrap()[0].settings
        };
        assert_eq!(settings(""), settings("timeout_ms = 5\nretry_max_ms = 9000\nconcurrency = 1"));
        assert_ne!(settings(""), settings("send = 'document'"));
        assert_ne!(settings(""), settings("retired = true"));
    }
}
