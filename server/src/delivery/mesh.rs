//! Files for a MESH client: a data file and a control file for each message, in the folder that the client empties.
//!
//! The control file is what the client waits for, so it comes last; both come into being whole, by a rename, and are on the
//! disk before the delivery counts as done. A message that is written again has the same name and local id.

use super::{
    attempt::{Attempt, Done, Stop},
    client::Failure,
    kinds::Mesh,
};
use crate::store::Told;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

pub(super) async fn deliver(attempt: &Attempt<'_>, mesh: &Mesh) -> Result<Done, Stop> {
    if attempt.claimed.told == Told::Withdraw && attempt.claimed.there.is_empty() {
        return Ok(Done::nothing());
    }
    let (data, workflow) = match attempt.claimed.told {
        Told::Publish => (attempt.document().await?.bytes, &mesh.workflow_id),
        Told::Withdraw => (withdrawal(attempt).await?, mesh.withdraw_workflow_id.as_ref().unwrap_or(&mesh.workflow_id)),
    };
    let sha256: [u8; 32] = Sha256::digest(&data).into();
    let there = match attempt.claimed.told {
        Told::Publish => attempt.expect([&SENT.to_owned()]).await?,
        Told::Withdraw => BTreeSet::new(),
    };
    let local_id = format!("{}-{:08}", attempt.target.id, attempt.claimed.event);
    let control = control(mesh, workflow, &local_id);
    attempt.check_stands().await?;
    let dir: PathBuf = mesh.dir.clone();
    let written = tokio::task::spawn_blocking(move || {
        write_whole(&dir, &format!("{local_id}.dat"), &data)?;
        write_whole(&dir, &format!("{local_id}.ctl"), control.as_bytes())
    });
    let away = |reason: &str| Failure::Away(reason.to_owned(), None);
    let written = written.await.map_err(|_panicked| away("the folder could not be written"))?;
    written.map_err(|error| away(&format!("the folder could not be written: {}", error.kind())))?;
    Ok(Done { there, note: String::new(), sha256, sent: true })
}

/// What tells the other side that a plan is no longer shared: a reference to the last version, void and without content.
async fn withdrawal(attempt: &Attempt<'_>) -> Result<Vec<u8>, Stop> {
    let identifier = |system: &str, value: &str| json!({ "system": system, "value": value });
    let publication = format!("{}/{}", attempt.granted.plan(), attempt.claimed.version);
    let nhs_number = attempt.nhs_number().await?;
    let reference = json!({
        "resourceType": "DocumentReference",
        "identifier": [identifier("https://coplan.example/id/publication", &publication)],
        "status": "entered-in-error",
        "docStatus": "entered-in-error",
        "type": { "coding": [{ "system": "http://snomed.info/sct", "code": "734163000", "display": "Care plan" }] },
        "subject": { "identifier": identifier("https://fhir.nhs.uk/Id/nhs-number", nhs_number.as_str()) },
        "date": attempt.claimed.at.to_rfc3339(),
        "content": [{ "attachment": { "title": "Care plan, withdrawn" } }],
    });
    Ok(reference.to_string().into_bytes())
}

/// The control file of the MESH client's file interface. Whatever stands in it was checked to be plain words.
fn control(mesh: &Mesh, workflow: &str, local_id: &str) -> String {
    format!(
        "<DTSControl>\n  <Version>1.0</Version>\n  <AddressType>DTS</AddressType>\n  <MessageType>Data</MessageType>\n  \
         <From_DTS>{}</From_DTS>\n  <To_DTS>{}</To_DTS>\n  <Subject>Care plan</Subject>\n  <LocalId>{local_id}</LocalId>\n  \
         <WorkflowId>{workflow}</WorkflowId>\n  <Encrypted>N</Encrypted>\n  <Compress>Y</Compress>\n</DTSControl>\n",
        mesh.from, mesh.to
    )
}

/// Makes the file come into being whole, and be on the disk with its name.
fn write_whole(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let draft = dir.join(format!(".{name}.part"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&draft, dir.join(name))?;
    File::open(dir)?.sync_all()
}

/// For the service and the group that the MESH client is in.
const FILE_MODE: u32 = 0o640;

/// Stands for all messages of a plan, which nobody can take back.
const SENT: &str = "sent";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_into_being_whole_and_is_the_same_when_it_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            write_whole(folder.path(), "a.dat", b"whole").unwrap();
            let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(names, ["a.dat"]);
            assert_eq!(fs::read(folder.path().join("a.dat")).unwrap(), b"whole");
        }
        assert!(write_whole(&folder.path().join("none"), "a.dat", b"").is_err());
    }
}
