//! `coplan serve`: put the parts together, say that they listen, and take them apart again.

use crate::{
    audit_checkpoint::{AuditKey, AuditKeyError, Checkpoints},
    clock::Clock,
    config::{ConfigError, Serve},
    definitions::{self, CurrentSections, DefinitionsError, Watch},
    delivery::{
        self, DeliveryError,
        targets::{self, Target, TargetsError},
    },
    demo::DemoError,
    events,
    identity::{Identity, IdentityError},
    import::source::{Sources, SourcesError},
    listener,
    peer::Network,
    policy_files::{self, PolicyFilesError},
    random,
    rate::Rates,
    router::router,
    sharing_choice,
    state::AppState,
    store::{OpenError, Store, StoreError},
    sync,
    telemetry::Telemetry,
    tls::TlsError,
    vault::{self, MasterKey, VaultKeyError},
    worker,
};
use coplan_core::{id::OrganisationCode, policy::Policies, section::Sections, sync::hub::Names};
use std::{
    fs::{File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, signal::unix};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Flags.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Section definitions.
    #[error(transparent)]
    Definitions(#[from] DefinitionsError),
    /// Access rules.
    #[error(transparent)]
    Policies(#[from] PolicyFilesError),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {0}: {1}")]
    Listen(std::net::SocketAddr, #[source] io::Error),
    /// The data folder.
    #[error("cannot use the data folder `{0}`: {1}")]
    Data(PathBuf, #[source] io::Error),
    /// Two services on one SQLite file would each keep documents in memory.
    #[error("the data folder `{0}` is in use by another coplan")]
    InUse(PathBuf),
    /// The demo world.
    #[error("the demo world was not made: {0}")]
    Demo(#[from] DemoError),
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The organisation of `--keeper`.
    #[error("no organisation `{0}` is known, so it cannot keep plans")]
    Keeper(OrganisationCode),
    /// The identity file.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The targets file.
    #[error(transparent)]
    Targets(#[from] TargetsError),
    /// Delivery.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// The sources file.
    #[error(transparent)]
    Sources(#[from] SourcesError),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The vault's key.
    #[error(transparent)]
    Vault(#[from] VaultKeyError),
    /// The audit's key.
    #[error(transparent)]
    AuditKey(#[from] AuditKeyError),
    /// The database, once it was open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Signals or standard output.
    #[error("the operating system refused something that every process needs: {0}")]
    System(#[source] io::Error),
}

/// What has been opened and holds nothing back: the parts before anything runs.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// The definitions.
    pub sections: Arc<Sections>,
    /// Where they were read, to be watched.
    folder: Option<PathBuf>,
    policies: Arc<Policies>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    is_by_tls: bool,
    vault: Arc<MasterKey>,
    data: PathBuf,
    identity: Arc<Identity>,
    rates: Arc<Rates>,
    targets: Vec<Target>,
    trusted_proxies: Arc<[Network]>,
    monitors: Arc<[Network]>,
    keeper: Option<OrganisationCode>,
    sources: Arc<Sources>,
    _lock: File,
}

/// Checks everything that can be wrong before anything is written, then opens the store.
///
/// # Errors
/// `ServeError` with the reason.
pub async fn open(config: &Serve) -> Result<Opened, ServeError> {
    config.check()?;
    let sections = match &config.sections {
        Some(folder) => definitions::read(folder)?,
        None => Sections::embedded(),
    };
    let policies = policy_files::read_or_embedded(config.policies.as_deref())?;
    let targets = config.door.targets.as_deref().map(targets::read).transpose()?.unwrap_or_default();
    let file = config.place.data.join(DATABASE_FILE).to_string_lossy().into_owned();
    let database = config.database_url.as_ref().unwrap_or(&file);
    Store::check_url(database)?;
    let vault = vault::master_key_of_environment()?;
    let listen = config.place.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| ServeError::Listen(listen, error))?;
    let tls = config.place.tls.acceptor()?;
    let own_url = format!("{}://{}", scheme(tls.as_ref()), listener.local_addr().map_err(ServeError::System)?);
    let identity = Identity::read(config.door.identity.as_deref(), config.development, &own_url)?;
    let sources = config.door.sources.as_deref().map(Sources::read).transpose()?.unwrap_or_default();
    let lock = lock(&config.place.data)?;
    // Made now: whoever checks the audit later may need it before the first checkpoint.
    AuditKey::of(&config.place.data)?;
    let store = Store::open(database).await?;
    store.is_reached_at(identity.public_url());
    store.take_into_audit(Clock.now()).await?;
    let vault = Arc::new(vault::master_key(vault, &config.place.data, &store).await?);
    definitions::begin_with(&sections, &store, Clock.now()).await?;
    Ok(Opened {
        store,
        sections: Arc::new(sections),
        folder: config.sections.clone(),
        policies: Arc::new(policies),
        listener,
        tls,
        is_by_tls: config.place.tls.is_on(),
        vault,
        data: config.place.data.clone(),
        identity: Arc::new(identity),
        rates: Arc::new(Rates::new(config.door.requests_per_second)),
        sources: Arc::new(sources),
        trusted_proxies: config.door.trusted_proxies.clone().into(),
        targets,
        monitors: config.door.monitors.clone().into(),
        keeper: config.door.keeper.clone(),
        _lock: lock,
    })
}

/// Serves until the process is told to stop.
///
/// # Errors
/// `ServeError` if it cannot begin to.
pub async fn run(opened: Opened, development: bool) -> Result<(), ServeError> {
    let Opened {
        store,
        sections,
        folder,
        policies,
        listener,
        tls,
        is_by_tls,
        vault,
        data,
        identity,
        rates,
        sources,
        trusted_proxies,
        targets,
        monitors,
        keeper,
        _lock,
    } = opened;
    let clock = Clock;
    let telemetry = Telemetry::install();
    let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
    let names = names(&store).await?;
    let hub = sync::start(store.clone(), sections.clone(), policies.clone(), clock, names, stopping.clone(), &tasks);
    check_keeper(&store, keeper.as_ref()).await?;
    sharing_choice::follow_all(&store, &sections, &policies, clock.now()).await?;
    let current = CurrentSections::new(sections);
    tasks.spawn(worker::run(store.clone(), current.clone(), policies.clone(), clock, stopping.clone()));
    delivery::start(&store, &policies, targets, &stopping, &tasks).await?;
    let checkpoints = || Ok::<_, ServeError>(Checkpoints::new(store.clone(), AuditKey::of(&data)?, &data, clock));
    tasks.spawn(checkpoints()?.run(stopping.clone()));
    let (asking, asking_stops) = (Arc::clone(&identity), stopping.clone());
    tasks.spawn(async move { asking.ask_all(clock, asking_stops).await });
    tasks.spawn(events::hear(store.clone(), stopping.clone()));
    tasks.spawn(tidy(telemetry.clone(), rates.clone(), stopping.clone()));
    if let Some(folder) = folder {
        let watch = Watch { folder, current: current.clone(), store: store.clone(), hub: hub.clone(), clock };
        tasks.spawn(definitions::watch(watch, stopping.clone()));
    }
    let mut state =
        AppState::new(store.clone(), current, policies, clock, development, telemetry, hub, vault, identity, rates);
    (state.tls, state.monitors, state.keeper, state.sources) = (is_by_tls, monitors, keeper, sources);
    let mut signals = signals().map_err(ServeError::System)?;
    announce(&listener, scheme(tls.as_ref())).map_err(ServeError::System)?;
    tokio::select! {
        () = listener::serve(listener, router(state), tls, trusted_proxies, stopping.clone(), &tasks) => {}
        () = signals.told_to_stop() => tracing::info!("told to stop"),
    }
    stopping.cancel();
    tasks.close();
    if tokio::time::timeout(STOP_WITHIN, tasks.wait()).await.is_err() {
        tracing::warn!(open = tasks.len(), "some connections did not end in time");
    }
    checkpoints()?.make_or_log().await;
    store.close().await;
    Ok(())
}

/// The organisation that `--keeper` names has to be known.
async fn check_keeper(store: &Store, keeper: Option<&OrganisationCode>) -> Result<(), ServeError> {
    match keeper {
        Some(code) if store.organisation(code).await?.is_none() => Err(ServeError::Keeper(code.clone())),
        _ => Ok(()),
    }
}

/// Makes the data folder for nobody else to read, and takes it for this process.
pub(crate) fn lock(data: &Path) -> Result<File, ServeError> {
    let unusable = |error| ServeError::Data(data.to_path_buf(), error);
    let mut folder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(folder.recursive(true), 0o700).create(data).map_err(unusable)?;
    let lock = File::create(data.join(LOCK_FILE)).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(ServeError::InUse(data.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// The storage id stands for the database, whichever process serves it; clients remember it.
pub(crate) async fn names(store: &Store) -> Result<Names, StoreError> {
    let storage = store.storage_id(&uuid_text()).await?;
    Ok(Names { peer: format!("coplan-{}", hex::encode(random::bytes::<8>())), storage, session: random::token() })
}

fn uuid_text() -> String {
    uuid::Builder::from_random_bytes(random::bytes()).into_uuid().to_string()
}

fn scheme(tls: Option<&TlsAcceptor>) -> &'static str {
    if tls.is_some() { "https" } else { "http" }
}

/// The one line on standard output, once everything is ready.
fn announce(listener: &TcpListener, scheme: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {scheme}://{}", listener.local_addr()?)?;
    out.flush()
}

struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
}

fn signals() -> io::Result<Signals> {
    let terminate = unix::signal(unix::SignalKind::terminate())?;
    Ok(Signals { terminate, interrupt: unix::signal(unix::SignalKind::interrupt())? })
}

impl Signals {
    async fn told_to_stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn tidy(telemetry: Telemetry, rates: Arc<Rates>, stopping: CancellationToken) {
    while stopping.run_until_cancelled(tokio::time::sleep(TIDY_EVERY)).await.is_some() {
        telemetry.tidy();
        rates.tidy();
    }
}

/// The database in the data folder.
pub(crate) const DATABASE_FILE: &str = "coplan.sqlite";

/// Held while a process serves the folder.
const LOCK_FILE: &str = "coplan.lock";

/// How long open requests and sockets may take to end.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// How often measurements are moved into their buckets.
const TIDY_EVERY: Duration = Duration::from_secs(5);
