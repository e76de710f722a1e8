#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use super::*;
use crate::store::{Store, VaultError};
use coplan_core::{
    id::PlanId,
    policy::{Access, Action, Granted, PlanFacts, Policies, Resource, Role, Scope, Subject},
};
use coplan_core::{nhs_number::NhsNumber, time::UtcMillis, view::Person};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

const NOW: UtcMillis = UtcMillis(1_795_269_903_120);
const CODE: &str = "4711-lavender";

struct World {
    store: Store,
    folder: tempfile::TempDir,
    plan: PlanId,
    nurse: Subject,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("world.db").to_str().unwrap()).await.unwrap();
        let nhs_number = NhsNumber::parse("9990000018").unwrap();
        let (name, born) = ("An Invented Person".to_owned(), "1950-01-01".to_owned());
        store
            .put_person(&Person { nhs_number: nhs_number.clone(), name, preferred_name: None, born, withheld: false })
            .await
            .unwrap();
        let (plan, nurse) = ("plan-1".parse().unwrap(), subject(Role::RegisteredProfessional));
        store.create_plan(&plan, &nhs_number, &[], &nurse, NOW).await.unwrap().unwrap();
        Self { store, folder, plan, nurse }
    }

    fn granted(&self, action: Action) -> Granted {
        let facts = PlanFacts::of_team(self.plan.clone(), [self.nurse.organisation.clone()]);
        let access = Access { policies: &Policies::embedded(), facts: &facts, now: NOW };
        access.decide(&self.nurse, action, Resource::VaultItem("door-code")).unwrap()
    }

    async fn put(&self, master: &MasterKey, kind: VaultKind, value: &str) {
        let (granted, secret) = (self.granted(Action::WriteVault), Secret::from(value.to_owned()));
        self.store.put_into_vault(&granted, master, (kind, &secret), &self.nurse, NOW).await.unwrap();
    }

    async fn look(&self, master: &MasterKey, kind: VaultKind) -> Result<Option<String>, VaultError> {
        let granted = self.granted(Action::RevealVault);
        let looked = self.store.look_into_vault(&granted, master, (kind, "No answer"), &self.nurse, NOW).await;
        looked.map(|secret| secret.map(|secret| secret.expose().to_owned()))
    }

    async fn rows(&self, select: &'static str) -> i64 {
        use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("world.db")).read_only(true);
        sqlx::query_scalar(select).fetch_one(&mut options.connect().await.unwrap()).await.unwrap()
    }

    async fn looks(&self) -> i64 {
        self.rows("select count(*) from vault_look").await
    }

    /// Every byte of every file of the database.
    fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
    }
}

fn subject(role: Role) -> Subject {
    Subject {
        user: "nurse".parse().unwrap(),
        name: "A Nurse".to_owned(),
        role,
        job_title: "District nurse".to_owned(),
        organisation: "TEST1".parse().unwrap(),
        organisation_name: "Northfield Community Trust".to_owned(),
        registration: None,
        senior: false,
        scope: Scope::default(),
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn what_is_sealed_opens_only_with_its_key_for_its_plan_and_kind() {
    let (plan, other): (PlanId, PlanId) = ("one".parse().unwrap(), "two".parse().unwrap());
    let (key, kind) = (PlanKey::random(), VaultKind::KeySafeCode);
    let sealed = key.seal(&plan, kind, &Secret::from(CODE.to_owned()));
    assert_eq!(key.open(&plan, kind, &sealed).unwrap().expose(), CODE);
    assert_ne!(sealed, key.seal(&plan, kind, &Secret::from(CODE.to_owned())), "another nonce each time");
    assert!(key.open(&other, kind, &sealed).is_err());
    assert!(key.open(&plan, VaultKind::DoorCode, &sealed).is_err());
    assert!(PlanKey::random().open(&plan, kind, &sealed).is_err());
    for at in 0..sealed.bytes.len() {
        let mut changed = sealed.clone();
        changed.bytes[at] ^= 1;
        assert!(key.open(&plan, kind, &changed).is_err(), "byte {at}");
    }
    let (master, sealed) = (MasterKey::random(), MasterKey::random().seal(&plan, &key));
    assert!(master.open(&plan, &sealed).is_err());
    assert!(master.open(&other, &master.seal(&plan, &key)).is_err());
    assert!(master.open(&plan, &master.seal(&plan, &key)).is_ok());
}

#[test]
fn no_key_and_no_value_is_ever_printed() {
    let (master, key, secret) = (MasterKey::random(), PlanKey::random(), Secret::from(CODE.to_owned()));
    assert_eq!(format!("{master:?} {key:?} {secret:?}"), "MasterKey(..) PlanKey(..) Secret(..)");
}

#[tokio::test]
async fn nobody_sees_a_value_without_a_row_that_says_so() {
    let (world, master) = (World::new().await, MasterKey::random());
    world.put(&master, VaultKind::KeySafeCode, CODE).await;
    assert_eq!(world.look(&master, VaultKind::KeySafeCode).await.unwrap().as_deref(), Some(CODE));
    assert_eq!(world.looks().await, 1);
    assert_eq!(world.look(&master, VaultKind::DoorCode).await.unwrap(), None);
    assert!(matches!(world.look(&MasterKey::random(), VaultKind::KeySafeCode).await, Err(VaultError::Unreadable(_))));
    assert_eq!(world.looks().await, 1, "nobody saw anything");
    let listing = world.granted(Action::ListVault);
    let as_reveal = world.store.look_into_vault(&listing, &master, (VaultKind::KeySafeCode, "x"), &world.nurse, NOW);
    assert!(matches!(as_reveal.await, Err(VaultError::NotGranted)));
}

#[tokio::test]
async fn a_value_is_replaced_and_never_stands_in_the_file() {
    let (world, master) = (World::new().await, MasterKey::random());
    world.put(&master, VaultKind::DoorCode, "1234-wallflower").await;
    world.put(&master, VaultKind::DoorCode, CODE).await;
    assert_eq!(world.look(&master, VaultKind::DoorCode).await.unwrap().as_deref(), Some(CODE));
    assert_eq!(world.store.vault_items(&world.granted(Action::ListVault)).await.unwrap().len(), 1);
    let bytes = world.bytes();
    assert!(!holds(&bytes, CODE.as_bytes()) && !holds(&bytes, b"wallflower"));
}

#[tokio::test]
async fn a_destroyed_key_is_in_no_file_and_opens_nothing_that_comes_back() {
    let (world, master) = (World::new().await, MasterKey::random());
    world.put(&master, VaultKind::KeySafeCode, CODE).await;
    world.look(&master, VaultKind::KeySafeCode).await.unwrap();
    let wrapped = world.store.some_vault_keys().await.unwrap()[0].1.bytes.clone();
    let sealed = world.rows("select hex(sealed) = '' from vault_item").await;
    assert!(sealed == 0 && holds(&world.bytes(), &wrapped));
    let before = fs::read(world.folder.path().join("world.db-wal")).unwrap();

    world.store.destroy_vault(&world.granted(Action::DestroyVault)).await.unwrap();
    assert!(!holds(&world.bytes(), &wrapped), "not in the database, not in its log");
    assert!(holds(&before, &wrapped), "it was there to be found");
    assert_eq!(world.look(&master, VaultKind::KeySafeCode).await.unwrap(), None);
    assert_eq!(world.looks().await, 1, "who looked stays");

    world.put(&master, VaultKind::Other, "x").await;
    assert_ne!(world.store.some_vault_keys().await.unwrap()[0].1.bytes, wrapped, "the plan has another key");
}

#[tokio::test]
async fn the_key_file_is_made_once_for_its_owner_alone() {
    let world = World::new().await;
    let data = world.folder.path();
    let made = master_key(None, data, &world.store).await.unwrap();
    let file = data.join("vault.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    world.put(&made, VaultKind::Other, CODE).await;
    let again = master_key(None, data, &world.store).await.unwrap();
    assert_eq!(world.look(&again, VaultKind::Other).await.unwrap().as_deref(), Some(CODE));
    assert!(!data.join("vault.fresh").exists());
}

#[tokio::test]
async fn a_key_that_is_not_the_vaults_is_refused_at_the_start_with_the_reason() {
    let world = World::new().await;
    let data = world.folder.path();
    let refused = async |given: Option<MasterKey>, expected: &str| {
        let error = master_key(given, data, &world.store).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    fs::write(data.join("vault.key"), "not a key").unwrap();
    refused(None, "open to others than its owner").await;
    only_mine(&data.join("vault.key"));
    refused(None, "is not 64 hexadecimal digits").await;
    fs::remove_file(data.join("vault.key")).unwrap();

    let master = MasterKey::random();
    world.put(&master, VaultKind::Other, CODE).await;
    refused(None, "is missing, and the vault is not empty").await;
    assert!(!data.join("vault.key").exists(), "no key is made beside values that it cannot open");
    refused(Some(MasterKey::random()), "not the one that its values were sealed with").await;
    assert!(master_key(Some(master), data, &world.store).await.is_ok());
}

fn only_mine(file: &Path) {
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}
