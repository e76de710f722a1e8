//! Sharing agreements: which organisations share plans with which, for what, and how each of them stands.

use super::{Store, StoreError, access, audit};
use crate::audit::action;
use coplan_core::{id::OrganisationCode, policy::OrganisationKind, time::UtcMillis};
use sqlx::Connection;

/// A sharing agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// From when it is in force.
    pub from: UtcMillis,
    /// Until when; without an end if not said.
    pub until: Option<UtcMillis>,
}

/// For what an organisation takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To look after people.
    DirectCare,
    /// In emergencies only.
    EmergencyCare,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::DirectCare => "direct-care",
            Self::EmergencyCare => "emergency-care",
        }
    }

    /// The purpose of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::DirectCare, Self::EmergencyCare].into_iter().find(|purpose| purpose.as_str() == name)
    }
}

/// An organisation's part in an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementParty {
    /// Which organisation.
    pub organisation: OrganisationCode,
    /// For what.
    pub purpose: Purpose,
    /// From when.
    pub from: UtcMillis,
    /// Until when; as long as the agreement if not said.
    pub until: Option<UtcMillis>,
}

/// How an organisation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationStanding {
    /// What kind of organisation it is.
    pub kind: OrganisationKind,
    /// The region whose shared record it belongs to.
    pub region: String,
    /// Whether it meets the standards of the Data Security and Protection Toolkit.
    pub standards_met: bool,
}

impl Store {
    /// Adds an agreement, or takes over what it says now.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_agreement(&self, agreement: &Agreement) -> Result<(), StoreError> {
        let until = agreement.until.map(|until| until.0);
        let mut writer = self.writer().await?;
        let event = writer.own(action::PUT_AGREEMENT, Some(format!("agreement:{}", agreement.id))).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!(
            "insert into sharing_agreement (id, title, from_at, until_at) values (?, ?, ?, ?)
             on conflict (id) do update
                 set title = excluded.title, from_at = excluded.from_at, until_at = excluded.until_at",
            agreement.id,
            agreement.title,
            agreement.from.0,
            until
        )
        .execute(&mut *transaction)
        .await?;
        access::changed(&mut transaction, None, None).await?;
        audit::commit_beside(transaction, event).await?;
        self.forget_facts(None);
        Ok(())
    }

    /// Makes an organisation a party of an agreement, or takes over what its part is now. Both must be known.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_party(&self, agreement: &str, party: &AgreementParty) -> Result<(), StoreError> {
        let (organisation, purpose) = (party.organisation.as_str(), party.purpose.as_str());
        let until = party.until.map(|until| until.0);
        let mut writer = self.writer().await?;
        let event = writer.own(action::PUT_AGREEMENT, Some(format!("organisation:{organisation}"))).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!(
            "insert into agreement_party (agreement, organisation, purpose, from_at, until_at) values (?, ?, ?, ?, ?)
             on conflict (agreement, organisation) do update
                 set purpose = excluded.purpose, from_at = excluded.from_at, until_at = excluded.until_at",
            agreement,
            organisation,
            purpose,
            party.from.0,
            until
        )
        .execute(&mut *transaction)
        .await?;
        access::changed(&mut transaction, None, None).await?;
        audit::commit_beside(transaction, event).await?;
        self.forget_facts(None);
        Ok(())
    }

    /// Says how an organisation stands; false if there is none of that code.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_organisation_standing(
        &self,
        code: &OrganisationCode,
        standing: &OrganisationStanding,
    ) -> Result<bool, StoreError> {
        let (code, kind) = (code.as_str(), standing.kind.as_str());
        let dspt = if standing.standards_met { "met" } else { "not-met" };
        let mut writer = self.writer().await?;
        let event = writer.own(action::PUT_ORGANISATION, Some(format!("organisation:{code}"))).await?;
        let mut transaction = writer.connection.begin().await?;
        let written = sqlx::query!(
            "update organisation set kind = ?, region = ?, dspt = ? where code = ?",
            kind,
            standing.region,
            dspt,
            code
        )
        .execute(&mut *transaction)
        .await?;
        access::changed(&mut transaction, None, None).await?;
        audit::commit_beside(transaction, event).await?;
        self.forget_facts(None);
        Ok(written.rows_affected() == 1)
    }
}
