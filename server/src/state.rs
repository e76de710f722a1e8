//! What every request may reach.

use crate::{
    clock::Clock, definitions::CurrentSections, events::Streams, identity::Identity, import::source::Sources,
    peer::Network, rate::Rates, store::Store, suggestion, sync::HubHandle, telemetry::Telemetry, vault::MasterKey,
};
use coplan_core::{id::OrganisationCode, policy::Policies, section::Sections};
use std::sync::Arc;

/// The parts of the running service. Clones share them.
#[derive(Clone)]
pub struct AppState {
    /// Everything that lasts.
    pub store: Store,
    sections: CurrentSections,
    /// Who may do what.
    pub policies: Arc<Policies>,
    /// What time it is.
    pub clock: Clock,
    /// Whether anybody may sign in as anybody: on a loopback address only.
    pub development: bool,
    /// Whether browsers reach the service by TLS, its own or a proxy's.
    pub tls: bool,
    /// Who may ask how the service does, beside this machine itself.
    pub monitors: Arc<[Network]>,
    /// Who keeps the plans that people begin themselves whose practice is not known here.
    pub keeper: Option<OrganisationCode>,
    /// Who may say who people are.
    pub identity: Arc<Identity>,
    /// How often somebody may ask.
    pub rates: Arc<Rates>,
    /// Counts and times, for `/metrics`.
    pub telemetry: Telemetry,
    /// The way to the open documents.
    pub hub: HubHandle,
    /// What opens the vault.
    pub vault: Arc<MasterKey>,
    /// Other records that may be asked.
    pub sources: Arc<Sources>,
    /// Who is deciding a suggestion.
    pub deciding: suggestion::Turns,
    /// Who follows plans.
    pub streams: Streams,
}

impl AppState {
    /// What a plan is made of, as of now: take it once for each request.
    #[must_use]
    pub fn sections(&self) -> Arc<Sections> {
        self.sections.get()
    }

    /// Whether cookies are sent back over TLS only. Plain HTTP is for development on loopback.
    #[must_use]
    pub const fn secure_cookies(&self) -> bool {
        self.tls || !self.development
    }

    /// The one place where the parts are put together.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "the parts of the service, each once")]
    pub fn new(
        store: Store,
        sections: CurrentSections,
        policies: Arc<Policies>,
        clock: Clock,
        development: bool,
        telemetry: Telemetry,
        hub: HubHandle,
        vault: Arc<MasterKey>,
        identity: Arc<Identity>,
        rates: Arc<Rates>,
    ) -> Self {
        Self {
            store,
            sections,
            policies,
            clock,
            development,
            tls: false,
            monitors: Arc::new([]),
            keeper: None,
            identity,
            rates,
            telemetry,
            hub,
            vault,
            sources: Arc::default(),
            deciding: suggestion::Turns::default(),
            streams: Streams::default(),
        }
    }
}
