//! Names of what is audited beside the actions of the policies.

/// Somebody signed in, or tried to.
pub const SIGN_IN: &str = "session:sign-in";
/// Somebody signed out.
pub const SIGN_OUT: &str = "session:sign-out";
/// Somebody chose the role that a session carries.
pub const SELECT_ROLE: &str = "session:select-role";
/// Somebody got a ticket that opens a socket.
pub const TICKET: &str = "session:ticket";
/// Somebody allowed an app to read for them.
pub const ALLOW_APP: &str = "app:allow";
/// Somebody listed or searched plans.
pub const FIND_PLANS: &str = "plan:find";
/// Somebody looked up what was read in an emergency.
pub const READ_RUN: &str = "run:read";
/// Somebody ended a relationship of their own.
pub const END_RELATIONSHIP: &str = "relationship:end";
/// A publication was made.
pub const PUBLISH: &str = "publication:make";
/// A printed plan was withdrawn, whoever holds it.
pub const REVOKE_PRINT: &str = "print:revoke";
/// A publication of before there was a chain was taken into it.
pub const TAKE_IN: &str = "publication:take-in";
/// Somebody began to change a section, or went on after a while.
pub const CHANGE: &str = "section:change";
/// Something was taken over from another record.
pub const IMPORT: &str = "import:take-over";
/// A document of another record was kept beside a plan.
pub const ATTACH: &str = "attachment:add";
/// Somebody read one.
pub const READ_ATTACHMENT: &str = "attachment:read";
/// The change log of a document was digested.
pub const DIGEST: &str = "log:digest";
/// A publication was delivered to another system.
pub const DELIVER: &str = "publication:deliver";
/// What another system had of a plan was taken back.
pub const WITHDRAW: &str = "publication:withdraw";
/// An account was added, or is said to be somebody else's by now.
pub const PUT_ACCOUNT: &str = "account:put";
/// An account was ended.
pub const END_ACCOUNT: &str = "account:end";
/// A code with which somebody registers a passkey was handed out.
pub const INVITE: &str = "account:invite";
/// Somebody was given another role.
pub const GRANT_ROLE: &str = "account:grant-role";
/// A role of somebody was ended.
pub const END_ROLE: &str = "account:end-role";
/// A person's own account was made, or somebody may act for them.
pub const PUT_OWN_ACCOUNT: &str = "account:put-own";
/// Somebody registered a passkey.
pub const ADD_PASSKEY: &str = "passkey:add";
/// Somebody removed a passkey.
pub const REMOVE_PASSKEY: &str = "passkey:remove";
/// A sharing agreement, or an organisation's part in one, was taken over.
pub const PUT_AGREEMENT: &str = "agreement:put";
/// How an organisation stands was taken over.
pub const PUT_ORGANISATION: &str = "organisation:put";
/// What the national feed says of a person was taken over.
pub const DEMOGRAPHICS: &str = "person:demographics";
/// Whether a person is counted in reports was taken over.
pub const OPT_OUT: &str = "person:opt-out";
